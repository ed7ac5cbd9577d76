/** @file symmetricEigen with its matrix handed over, without room in the kernels' memory, and with the discarded values. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type EigenMethod, symmetricEigen } from '../../src/linalg/eigen/symmetric-eigen.ts';
import { kernels } from '../../src/linalg/kernels/select.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { withWorkspace, workspace } from '../../src/linalg/workspace.ts';
import { expectClose } from '../helpers/close.ts';
import { expectSameBits } from '../helpers/eigen-laws.ts';
import { goe, graded, hilbert, scaled, symmetricZoo } from '../helpers/zoo.ts';

const METHODS: readonly EigenMethod[] = ['jacobi', 'ql', 'dc'];
const MATRICES = [goe(2), goe(40), graded(34, 16), hilbert(14), scaled(goe(66), 1e-150)];

afterEach(() => vi.restoreAllMocks());

describe('overwrite', () => {
  for (const method of METHODS)
    test(`${method}: the same bits from a matrix that is handed over, and the result is not in its memory`, () => {
      for (const a of MATRICES) {
        const above = 0.2 * frobenius(a);
        for (const options of [{ method }, { method, above }, { method, vectors: false }]) {
          const given = a.clone();
          const expected = symmetricEigen(a, options);
          const actual = symmetricEigen(given, { ...options, overwrite: true });
          expectSameBits(actual.values, expected.values, 'values');
          expectSameBits(actual.vectors.data, expected.vectors.data, 'vectors');
          given.data.fill(Number.NaN);
          expectSameBits(actual.vectors.data, expected.vectors.data, 'vectors, after the memory was reused');
        }
      }
    });
});

describe('discarded', () => {
  for (const method of METHODS)
    test(`${method}: with the kept values it is the whole spectrum`, () => {
      for (const { matrix: a } of symmetricZoo().filter(({ matrix: { rows } }) => rows <= 34)) {
        const { values: all } = symmetricEigen(a, { method });
        const sizes = all.map(Math.abs).sort();
        for (const above of [0, sizes[sizes.length >> 1] ?? 0, 2 * (sizes.at(-1) ?? 0)])
          for (const vectors of [true, false]) {
            const { values, discarded = [] } = symmetricEigen(a, { method, above, vectors, discarded: true });
            expect(values.length + discarded.length).toBe(a.rows);
            const tolerance = 4 * a.rows * Number.EPSILON * frobenius(a);
            expectClose(Float64Array.of(...values, ...discarded).sort(), all, { atol: tolerance });
            for (const [i, lambda] of discarded.entries()) {
              expect(Math.abs(lambda)).toBeLessThanOrEqual(above + tolerance);
              if (i > 0) expect(lambda).toBeGreaterThanOrEqual(discarded[i - 1]);
            }
          }
      }
    });

  test('is empty without `above`, and absent unless asked for', () => {
    expect(symmetricEigen(goe(30), { discarded: true }).discarded).toEqual(new Float64Array(0));
    expect(symmetricEigen(goe(30), { above: 1 })).not.toHaveProperty('discarded');
  });
});

test('without room in the memory of the kernels everything runs in ordinary memory, with the same bits', () => {
  const a = goe(201); // large enough to ask for it, and for more than any test before it
  const asked = vi.spyOn(kernels(), 'workspace').mockImplementation(() => {
    throw new RangeError('WebAssembly.Memory(): could not allocate memory');
  });
  expect(workspace(30000).every((x) => x === 0)).toBe(true);
  const actual = symmetricEigen(a);
  expect(asked).toHaveBeenCalledTimes(2); // once above; for the matrix and the vectors together
  vi.restoreAllMocks();
  const expected = symmetricEigen(a);
  expectSameBits(actual.values, expected.values, 'values');
  expectSameBits(actual.vectors.data, expected.vectors.data, 'vectors');
});

test('memory of the kernels is lent again, though never twice at a time', () => {
  const buffers = withWorkspace(40000, (outer) => [
    outer.buffer,
    withWorkspace(40000, (inner) => inner.buffer),
  ]);
  expect(buffers[0] === buffers[1]).toBe(false);
  withWorkspace(39999, (again) => {
    expect(buffers.includes(again.buffer)).toBe(true);
    expect(again.length).toBe(39999);
  });
});
