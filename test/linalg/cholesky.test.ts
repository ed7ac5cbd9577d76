/** @file Cholesky: residuals over sizes and scales, closed forms, refusals with their pivot. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NonFiniteError, NotPositiveDefiniteError, ShapeError } from '../../src/linalg/errors.ts';
import { cholesky } from '../../src/linalg/factorisations/cholesky.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { matmul, matvec, syrk } from '../../src/linalg/products.ts';
import { frobenius, norm2 } from '../../src/linalg/sum.ts';
import { expectClose, relativeError } from '../helpers/close.ts';
import { uniformMatrix, uniforms } from './arrays.ts';

const EPS = Number.EPSILON;

/** B Bᵀ + I/10, scaled. */
function definite(n: number, seed: number, scale = 1): Matrix {
  const a = syrk(uniformMatrix(n, n + 2, seed));
  for (let i = 0; i < n; i++) a.data[i * n + i] += 0.1;
  return new Matrix(
    n,
    n,
    a.data.map((x) => x * scale),
  );
}

/** The pivot error that cholesky throws. */
function refusal(a: Matrix): NotPositiveDefiniteError {
  try {
    cholesky(a);
  } catch (error) {
    if (error instanceof NotPositiveDefiniteError) return error;
    throw error;
  }
  throw new Error('expected a NotPositiveDefiniteError');
}

describe('cholesky', () => {
  for (const scale of [1e-300, 1e-150, 1e-12, 1, 1e12, 1e150, 1e300])
    test(`A = L Lᵀ, A A⁻¹ b = b at scale ${scale}`, () => {
      for (const n of [0, 1, 2, 5, 31, 32, 33, 64, 101]) {
        const a = definite(n, n, scale);
        const size = frobenius(a);
        const factor = cholesky(a);
        const gap = factor.reconstruct().data.map((x, i) => x - a.data[i]);
        expect(norm2(gap)).toBeLessThanOrEqual(4 * n * EPS * size);
        for (let i = 0; i < n; i++) {
          expect(factor.lower.at(i, i)).toBeGreaterThan(0);
          for (let j = i + 1; j < n; j++) expect(factor.lower.at(i, j)).toBe(0);
        }
        const b = uniforms(n, n + 1);
        const x = factor.solve(b);
        const residual = matvec(a, x).map((v, i) => v - b[i]);
        expect(norm2(residual)).toBeLessThanOrEqual(8 * n * EPS * size * norm2(x));
      }
    });

  test('scaling A by a power of four scales L by a power of two, bit for bit', () => {
    const a = definite(45, 3);
    const { lower } = cholesky(a);
    for (const k of [-400, 400]) {
      const scaled = cholesky(
        new Matrix(
          45,
          45,
          a.data.map((x) => x * 4 ** k),
        ),
      );
      expect(scaled.lower.data).toEqual(lower.data.map((x) => x * 2 ** k));
    }
  });

  test('a graded matrix D M D is solved as well as M: the method is scaling invariant', () => {
    const n = 20;
    const m = definite(n, 8);
    const d = (i: number): number => 2 ** (-15 * i);
    const graded = new Matrix(
      n,
      n,
      m.data.map((x, p) => x * d(Math.floor(p / n)) * d(p % n)),
    );
    const b = uniforms(n, 9);
    const x = cholesky(m).solve(b);
    const y = cholesky(graded).solve(b.map((v, i) => v * d(i)));
    expect(y.map((v, i) => v * d(i))).toEqual(x); // powers of two: not one bit differs
  });

  test('closed form: the matrix min(i, j) has L = ones and A⁻¹ tridiagonal', () => {
    const n = 40;
    const a = new Matrix(
      n,
      n,
      Float64Array.from({ length: n * n }, (_, p) => Math.min(Math.floor(p / n), p % n) + 1),
    );
    const factor = cholesky(a);
    const inverse = factor.inverse();
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        expect(factor.lower.at(i, j)).toBe(j <= i ? 1 : 0);
        expect(inverse.at(i, j)).toBe(i === j ? (i === n - 1 ? 1 : 2) : Math.abs(i - j) === 1 ? -1 : 0);
      }
    expect(factor.logDeterminant()).toBe(0);
  });

  test('several right-hand sides are solved as one by one; the input stays', () => {
    const a = definite(37, 1);
    const b = uniformMatrix(37, 6, 2);
    const [aBefore, bBefore] = [a.data.slice(), b.data.slice()];
    const factor = cholesky(a);
    const x = factor.solve(b);
    for (let j = 0; j < 6; j++) expect(x.column(j)).toEqual(factor.solve(b.column(j)));
    expect(a.data).toEqual(aBefore);
    expect(b.data).toEqual(bBefore);
    expect(factor.solve(Matrix.zeros(37, 0)).shape).toEqual([37, 0]);
  });

  test('inverse is exactly symmetric and inverts', () => {
    for (const n of [1, 13, 50]) {
      const a = definite(n, n);
      const inverse = cholesky(a).inverse();
      for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) expect(inverse.at(i, j)).toBe(inverse.at(j, i));
      const condition = frobenius(a) * frobenius(inverse);
      expectClose(matmul(a, inverse).data, Matrix.identity(n).data, { atol: 8 * n * EPS * condition });
    }
  });

  test('logDeterminant: product of eigenvalues in closed form, and no overflow', () => {
    const n = 200; // second difference matrix: det = n + 1
    const a = Matrix.zeros(n, n);
    for (let i = 0; i < n; i++) {
      a.set(i, i, 2);
      if (i > 0) a.set(i, i - 1, -1); // lower triangle only: the upper one is not read
    }
    expect(Math.abs(cholesky(a).logDeterminant() - Math.log(n + 1))).toBeLessThanOrEqual(
      n * EPS * Math.log(n + 1),
    );
    const big = new Matrix(
      n,
      n,
      a.data.map((x) => x * 2 ** 400),
    );
    expectClose([cholesky(big).logDeterminant()], [Math.log(n + 1) + 400 * n * Math.LN2], { rtol: 4 * EPS });
  });

  test('only the lower triangle is read', () => {
    const a = definite(40, 5);
    const { lower } = cholesky(a);
    for (let i = 0; i < 40; i++) for (let j = i + 1; j < 40; j++) a.set(i, j, Number.NaN);
    expect(cholesky(a).lower.data).toEqual(lower.data);
  });

  test('an indefinite matrix is refused with pivot and index, at every scale', () => {
    for (const scale of [1e-150, 1, 1e150]) {
      const error = refusal(
        Matrix.of([
          [4 * scale, 2 * scale],
          [2 * scale, -3 * scale],
        ]),
      );
      expect(error.index).toBe(1);
      expect(relativeError([error.pivot], [-4 * scale])).toBeLessThanOrEqual(2 * EPS);
    }
    expect(refusal(Matrix.zeros(3, 3)).index).toBe(0);
    expect(refusal(Matrix.diagonal([1, 1, 0])).index).toBe(2);
    const late = definite(70, 2);
    late.set(69, 69, -1);
    expect(refusal(late).index).toBe(69);
  });

  test('exactly singular matrices are refused at every scale, also where rounding leaves a positive pivot', () => {
    for (const scale of [2 ** -500, 1, 2 ** 500])
      for (let seed = 0; seed < 100; seed++) {
        const rankTwo = syrk(
          new Matrix(
            5,
            2,
            uniforms(10, seed).map((x) => Math.round(1000 * x)),
          ),
        ); // exact
        expect(
          refusal(
            new Matrix(
              5,
              5,
              rankTwo.data.map((x) => x * scale),
            ),
          ).index,
        ).toBeGreaterThanOrEqual(2);
      }
  });

  test('the Hilbert matrix of order 10, condition 1.6e13, is still accepted', () => {
    const n = 10;
    const h = new Matrix(
      n,
      n,
      Float64Array.from({ length: n * n }, (_, p) => 1 / (Math.floor(p / n) + (p % n) + 1)),
    );
    const factor = cholesky(h);
    expect(relativeError(factor.reconstruct().data, h.data)).toBeLessThanOrEqual(4 * EPS);
    let determinant = 0; // log det Hₙ = 4 Σ_{k<n} log k! − Σ_{k<2n} log k!
    for (let k = 1, logFactorial = 0; k < 2 * n; k++) {
      logFactorial += Math.log(k);
      determinant += (k < n ? 3 : -1) * logFactorial;
    }
    expect(Math.abs(factor.logDeterminant() - determinant)).toBeLessThanOrEqual(EPS * 1.6e13);
  });

  test('well-conditioned matrices are always accepted, and solved', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.nat(1e6),
        fc.integer({ min: -120, max: 120 }),
        (n, seed, e) => {
          const a = definite(n, seed, 10 ** e);
          const x = uniforms(n, seed + 1);
          expect(relativeError(cholesky(a).solve(matvec(a, x)), x)).toBeLessThanOrEqual(1e4 * n * EPS);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('shapes and non-finite input', () => {
    expect(() => cholesky(Matrix.zeros(2, 3))).toThrow(ShapeError);
    expect(() =>
      cholesky(
        Matrix.of([
          [1, 0],
          [Number.NaN, 1],
        ]),
      ),
    ).toThrow(NonFiniteError);
    expect(() =>
      cholesky(
        Matrix.of([
          [1, 0],
          [Number.NaN, 1],
        ]),
      ),
    ).toThrow(/flat index 2/);
    const factor = cholesky(Matrix.identity(3));
    expect(() => factor.solve(new Float64Array(2))).toThrow(ShapeError);
    expect(() => factor.solve(Matrix.zeros(2, 2))).toThrow(ShapeError);
  });
});
