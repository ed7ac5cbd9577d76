/** @file Spearman from multiplicities equals Spearman of the resample written out. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spearman } from '../../src/influence/judging/rank-correlation.ts';
import { resampledSpearman, sortRows } from '../../src/influence/judging/resampled-spearman.ts';
import { Matrix } from '../../src/linalg/matrix.ts';

const table = (rows: number, cols: number): fc.Arbitrary<number[][]> =>
  fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: cols, maxLength: cols }), {
    minLength: rows,
    maxLength: rows,
  });

test('same bits as spearman on the expanded arrays, with ties, zero weights and constant resamples', () => {
  const cases = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9 }))
    .chain(([rows, cols]) =>
      fc.tuple(
        table(rows, cols),
        table(rows, cols),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: cols, maxLength: cols }),
      ),
    );
  fc.assert(
    fc.property(cases, ([x, y, weights]) => {
      const expand = (row: number[]): number[] =>
        row.flatMap((value, k) => Array<number>(weights[k]).fill(value));
      const out = new Float64Array(x.length).fill(7);
      resampledSpearman(sortRows(Matrix.of(x)), sortRows(Matrix.of(y)), Int32Array.from(weights), out);
      for (const [r, row] of x.entries()) expect(out[r]).toBe(spearman(expand(row), expand(y[r])));
    }),
    { numRuns: 300 },
  );
});
