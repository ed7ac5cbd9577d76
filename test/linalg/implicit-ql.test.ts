/** @file Implicit QL: closed-form spectra, grading in both directions, splits, the cap; the exact scalar helpers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { implicitQl } from '../../src/linalg/eigen/implicit-ql.ts';
import { ConvergenceError } from '../../src/linalg/errors.ts';
import { hypotenuse } from '../../src/linalg/hypotenuse.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { exponentOf, powerOfTwo, scalingByPowerOfTwo } from '../../src/linalg/power-of-two.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectClose } from '../helpers/close.ts';
import { checkEigenLaws, eigenDefects, expectSameBits } from '../helpers/eigen-laws.ts';
import { clement, gluedWilkinson, laplacian, tridiagonal, wilkinson } from '../helpers/zoo.ts';

/** d and e of a tridiagonal matrix, e with a last entry 0. */
function bands(t: Matrix): { d: Float64Array; e: Float64Array } {
  const n = t.rows;
  return {
    d: Float64Array.from({ length: n }, (_, i) => t.at(i, i)),
    e: Float64Array.from({ length: n }, (_, i) => (i < n - 1 ? t.at(i, i + 1) : 0)),
  };
}

/** Unsorted eigenpairs, vectors in columns. */
function solve(t: Matrix): { values: Float64Array; vectors: Matrix } {
  const n = t.rows;
  const { d, e } = bands(t);
  const rows = Matrix.identity(n);
  implicitQl(n, d, 0, e, 0, { data: rows.data, offset: 0, stride: n, cols: n });
  expectSameBits(e, new Float64Array(n), 'e');
  return { values: d, vectors: Matrix.from({ data: rows.data, shape: [n, n], stride: [1, n], offset: 0 }) };
}

describe('closed forms', () => {
  for (const { name, matrix, values } of [2, 3, 10, 100].flatMap((n) => [laplacian(n), clement(n)]))
    test(name, () => {
      const result = solve(matrix);
      const { residual, orthogonality } = eigenDefects(matrix, result);
      expect(residual).toBeLessThan(10);
      expect(orthogonality).toBeLessThan(10);
      expectClose(result.values.slice().sort(), values as Float64Array, {
        atol: matrix.rows * Number.EPSILON * frobenius(matrix),
      });
    });

  test('W21+: the two largest eigenvalues agree to 14 digits and differ (Wilkinson 1965)', () => {
    const values = solve(wilkinson(21)).values.sort();
    expect(values[20] - values[19]).toBeGreaterThan(0);
    expect(values[20] - values[19]).toBeLessThan(1e-13);
  });
});

describe('grading', () => {
  const e = Array.from({ length: 19 }, (_, i) => 10 ** (-i - 1));
  const d = Array.from({ length: 20 }, (_, i) => 10 ** -i);
  for (const [name, t] of [
    ['downwards', tridiagonal(d, e)],
    ['upwards', tridiagonal(d.slice().reverse(), e.slice().reverse())],
  ] as const)
    test(name, () => {
      const result = solve(t);
      const { residual, orthogonality } = eigenDefects(t, result);
      expect(residual).toBeLessThan(10);
      expect(orthogonality).toBeLessThan(10);
      // Relative accuracy: Sturm's sequence (LDLᵀ pivots of T − x) counts eigenvalues below x(1 ± 1e-11), without solving.
      const sorted = result.values.slice().sort();
      for (const [k, x] of sorted.entries()) {
        const slack = 1e-11 * Math.abs(x);
        expect(sturmCount(t, x - slack), `λ${k}`).toBeLessThanOrEqual(k);
        expect(sturmCount(t, x + slack), `λ${k}`).toBeGreaterThan(k);
      }
    });
});

/** Eigenvalues of a tridiagonal matrix below x. */
function sturmCount(t: Matrix, x: number): number {
  const { d, e } = bands(t);
  let count = 0;
  let pivot = 1;
  for (let i = 0; i < d.length; i++) {
    pivot = d[i] - x - (i > 0 ? (e[i - 1] * e[i - 1]) / pivot : 0);
    if (pivot === 0) pivot = 1e-300;
    if (pivot < 0) count++;
  }
  return count;
}

test('a part of a larger problem leaves the rest alone', () => {
  const { matrix } = laplacian(12);
  const alone = solve(matrix);
  const d = new Float64Array(20).fill(7);
  const e = new Float64Array(20).fill(5);
  const rows = new Float64Array(30 * 15).fill(9);
  const { d: d1, e: e1 } = bands(matrix);
  d.set(d1, 3);
  e.set(e1, 4);
  for (let i = 0; i < 12; i++) for (let j = 0; j < 12; j++) rows[33 + i * 15 + j] = i === j ? 1 : 0;
  implicitQl(12, d, 3, e, 4, { data: rows, offset: 33, stride: 15, cols: 12 });
  expectSameBits(d.slice(3, 15), alone.values);
  expect([d[2], d[15], e[3], e[16]]).toEqual([7, 7, 5, 5]);
  for (let i = 0; i < 12; i++) {
    expectSameBits(rows.slice(33 + i * 15, 33 + i * 15 + 12), alone.vectors.column(i));
    expect([rows[33 + i * 15 + 12], rows[33 + i * 15 - 1]]).toEqual([9, 9]);
  }
});

test('exact zeros and negligible entries split the matrix', () => {
  const { d, e } = bands(gluedWilkinson(3, 11, 0));
  implicitQl(33, d, 0, e, 0);
  const { d: one, e: link } = bands(wilkinson(11));
  implicitQl(11, one, 0, link, 0);
  for (let k = 0; k < 3; k++) expectSameBits(d.slice(11 * k, 11 * k + 11), one);
});

test('random tridiagonals, also with many zeros and wild scales', () => {
  const entry = fc.oneof(
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.constantFrom(0, 0, 1, -1, 1e-8, 1e-16, 1e-100, 1e-320),
  );
  const bandsOf = fc
    .integer({ min: 1, max: 30 })
    .chain((n) =>
      fc.tuple(
        fc.array(entry, { minLength: n, maxLength: n }),
        fc.array(entry, { minLength: n - 1, maxLength: n - 1 }),
      ),
    );
  fc.assert(
    fc.property(bandsOf, ([d, e]) => {
      const t = tridiagonal([...d, 1], [...e, 0]); // a 1 on the diagonal: the caller promises ‖T‖ ≈ 1
      const { residual, orthogonality } = eigenDefects(t, solve(t));
      expect(residual).toBeLessThan(10);
      expect(orthogonality).toBeLessThan(10);
    }),
    { numRuns: 200, seed: 3 },
  );
});

test('the cap throws', () => {
  const { d, e } = bands(laplacian(10).matrix);
  expect(() => implicitQl(10, d, 0, e, 0, undefined, 0)).toThrow(ConvergenceError);
});

describe('scalar helpers', () => {
  test('powers of two are exact', () => {
    for (let k = -1074; k <= 1023; k++) expect(powerOfTwo(k)).toBe(2 ** k);
  });

  test('exponents bracket the number', () => {
    for (let k = -1074; k <= 1023; k++) {
      expect(exponentOf(powerOfTwo(k))).toBe(k);
      if (k >= -1022) expect(exponentOf(-powerOfTwo(k) * (2 - Number.EPSILON))).toBe(k);
    }
    expect(exponentOf(Number.MAX_VALUE)).toBe(1023);
    expect(exponentOf(3 * Number.MIN_VALUE)).toBe(-1073);
  });

  test('scaling there and back is the identity', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        if (x === 0) return;
        const k = exponentOf(x);
        const unit = scalingByPowerOfTwo(-k)(x);
        expect(Math.abs(unit)).toBeGreaterThanOrEqual(1);
        expect(Math.abs(unit)).toBeLessThan(2);
        expect(scalingByPowerOfTwo(k)(unit)).toBe(x);
      }),
      { seed: 4 },
    );
  });

  test('hypotenuse: Pythagorean triples at every scale, no overflow', () => {
    for (const s of [1e-320, 1e-200, 1e-150, 1, 1e150, 1e300])
      expectClose([hypotenuse(3 * s, -4 * s)], [5 * s], { rtol: 2 * Number.EPSILON, atol: Number.MIN_VALUE });
    expect(hypotenuse(0, 0)).toBe(0);
    expect(hypotenuse(0, -7)).toBe(7);
  });
});

test('the wrapper agrees: checkEigenLaws accepts a sorted, signed solution', () => {
  const { values, vectors } = solve(tridiagonal([1, 2], [0]));
  checkEigenLaws(Matrix.diagonal([1, 2]), { values, vectors });
  expect(() => checkEigenLaws(Matrix.diagonal([1, 2.1]), { values, vectors })).toThrow(/residual/);
  expect(() =>
    checkEigenLaws(Matrix.diagonal([1, 2]), { values: values.slice().reverse(), vectors }),
  ).toThrow(/order/);
});
