/** @file TRAK, DataInf and LoGra against dense NumPy algebra on stored gradients. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { torchPermutation } from '../../../src/autodiff/torch-order.ts';
import { dataInf } from '../../../src/influence/baselines/data-inf.ts';
import { logra } from '../../../src/influence/baselines/logra.ts';
import { trak } from '../../../src/influence/baselines/trak.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { expectClose, relativeError } from '../../helpers/close.ts';
import { GOLDENS } from '../../reference/golden.ts';
import { matrixProjection } from './matrix-projection.ts';

interface Case {
  readonly projections: number[][][];
  readonly trak: Partial<Record<'loss' | 'margin', number[][]>>;
  readonly datainf: { relative: number[][]; absolute: number[][]; dampings: number[] };
  readonly logra: number[][];
}

const FILE = JSON.parse(readFileSync(new URL('../../reference/baselines.json', import.meta.url), 'utf8')) as {
  ridge: number;
  relative: number;
  absolute: number;
  side: number;
  cases: Record<string, Case>;
};

/** Small inverses with damping: conditions below 10⁴. */
const TOLERANCE = 1e-11;

const close = (scores: Matrix, expected: number[][]): void =>
  expect(relativeError(scores.data, Matrix.of(expected).data)).toBeLessThan(TOLERANCE);

for (const [name, golden] of Object.entries(FILE.cases)) {
  const network = GOLDENS.find((g) => g.name === name);
  if (network === undefined) throw new Error(`${name} is not a golden network.`);
  const { model, loss, theta, data } = network;
  const fitted = { model, loss, theta };
  describe(name, () => {
    const perm = torchPermutation(model);
    const projections = golden.projections.map((rows) => {
      const ours = Matrix.zeros(model.parameterCount, rows[0].length);
      for (const [t, row] of rows.entries()) ours.row(perm[t]).set(row);
      return matrixProjection(ours);
    });
    for (const measurement of ['loss', 'margin'] as const) {
      const expected = golden.trak[measurement];
      if (expected === undefined) continue;
      test(`TRAK, ${measurement}, ${projections.length} projections`, () => {
        const attributor = trak({ ridge: FILE.ridge, projection: (_, m) => projections[m], measurement });
        const scores = attributor.fitMany(
          projections.map(() => fitted),
          data,
        );
        close(scores.score(data), expected);
        const own = scores.selfInfluence();
        expectClose(
          own,
          expected.map((row, i) => row[i]),
          { atol: TOLERANCE * Math.max(...own.map(Math.abs)) },
        );
      });
    }

    test('DataInf, relative and absolute damping', () => {
      const relative = dataInf({ damping: { relative: FILE.relative } }).fit(fitted, data);
      close(relative.score(data), golden.datainf.relative);
      expectClose(relative.dampings, golden.datainf.dampings, { rtol: 1e-12 });
      const absolute = dataInf({ damping: FILE.absolute }).fit(fitted, data);
      close(absolute.score(data), golden.datainf.absolute);
    });

    test('LoGra, PCA', () => {
      const options = {
        dimension: FILE.side,
        damping: { relative: FILE.relative },
        initialisation: 'pca',
      } as const;
      close(logra(options).fit(fitted, data).score(data), golden.logra);
    });
  });
}
