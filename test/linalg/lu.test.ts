/** @file LU: residuals, pivots, closed forms, golden values of SciPy and mpmath, singular matrices, condition numbers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NonFiniteError, ShapeError, SingularError } from '../../src/linalg/errors.ts';
import { lu } from '../../src/linalg/factorisations/lu.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { matmul, matvec } from '../../src/linalg/products.ts';
import { frobenius, norm2 } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose, relativeError } from '../helpers/close.ts';
import { naiveProduct, uniformMatrix, uniforms } from './arrays.ts';
import { GOLDEN } from './golden-factorisations.ts';

const EPS = Number.EPSILON;
const SIZES = [0, 1, 2, 3, 5, 31, 32, 33, 67, 100];
const SCALES = [1e-300, 1e-150, 1, 1e150, 1e290];

const scaled = (a: Matrix, by: number): Matrix =>
  new Matrix(
    a.rows,
    a.cols,
    a.data.map((x) => x * by),
  );
const absolute = (a: Matrix): Matrix => new Matrix(a.rows, a.cols, a.data.map(Math.abs));
const minus = (x: Vec, y: Vec): Vec => x.map((v, i) => v - y[i]);

describe('lu', () => {
  test('|P A − L U| ≤ 2 n ε |L||U|, |L| ≤ 1, the triangles are triangles', () => {
    for (const n of SIZES)
      for (const scale of SCALES) {
        const a = scaled(uniformMatrix(n, n, n), scale);
        const factor = lu(a);
        const [l, u] = [factor.lower(), factor.upper()];
        const product = naiveProduct(l, u);
        const size = naiveProduct(absolute(l), absolute(u));
        let ok = true;
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++) {
            ok &&= Math.abs(product.at(i, j) - a.at(factor.permutation[i], j)) <= 2 * n * EPS * size.at(i, j);
            ok &&= j > i ? l.at(i, j) === 0 : Math.abs(l.at(i, j)) <= 1 && (i !== j || l.at(i, j) === 1);
            ok &&= j >= i || u.at(i, j) === 0;
          }
        expect(ok, `n ${n}, scale ${scale}`).toBe(true);
        expect(relativeError(factor.reconstruct().data, a.data)).toBeLessThanOrEqual(4 * n * EPS);
        expect(Array.from(factor.permutation).sort((i, j) => i - j)).toEqual(
          Array.from({ length: n }, (_, i) => i),
        );
      }
  });

  test('‖A x − b‖ ≤ 4 n ε ‖|L||U|‖ ‖x‖ at every scale, for vectors and for several right-hand sides', () => {
    for (const n of SIZES)
      for (const scale of SCALES) {
        const a = scaled(uniformMatrix(n, n, n), scale);
        const factor = lu(a);
        const size = frobenius(naiveProduct(absolute(factor.lower()), absolute(factor.upper())));
        const b = uniformMatrix(n, 3, n + 1);
        const before = b.data.slice();
        const x = factor.solve(b);
        for (let j = 0; j < 3; j++) {
          const column = x.column(j);
          expect(norm2(minus(matvec(a, column), b.column(j)))).toBeLessThanOrEqual(
            4 * n * EPS * size * norm2(column),
          );
          expect(factor.solve(b.column(j))).toEqual(column);
        }
        expect(b.data).toEqual(before);
      }
  });

  test('inverse: A A⁻¹ = I within the condition number', () => {
    for (const n of [1, 2, 17, 40]) {
      const a = uniformMatrix(n, n, n);
      const inverse = lu(a).inverse();
      const atol = 4 * n * EPS * frobenius(a) * frobenius(inverse);
      expectMatrixClose(matmul(a, inverse), Matrix.identity(n), { atol });
      expectMatrixClose(matmul(inverse, a), Matrix.identity(n), { atol });
    }
  });

  test('a permutation matrix is factored without rounding', () => {
    const p = Matrix.of([
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0],
    ]);
    const factor = lu(p);
    expect(Array.from(factor.permutation)).toEqual([1, 2, 0]);
    expect(factor.lower()).toEqual(Matrix.identity(3));
    expect(factor.upper()).toEqual(Matrix.identity(3));
    expect(factor.determinant()).toBe(1);
    expect(
      lu(
        Matrix.of([
          [0, 1],
          [1, 0],
        ]),
      ).determinant(),
    ).toBe(-1);
  });

  test('scaling by a power of two changes L by no bit and U by that power', () => {
    const a = uniformMatrix(50, 50, 4);
    const factor = lu(a);
    for (const k of [-900, 900]) {
      const other = lu(scaled(a, 2 ** k));
      expect(other.lower()).toEqual(factor.lower());
      expect(other.upper().data).toEqual(factor.upper().data.map((x) => x * 2 ** k));
    }
  });

  test('determinants: integers, products, and beyond the range of doubles', () => {
    expect(lu(Matrix.zeros(0, 0)).determinant()).toBe(1);
    expect(
      lu(
        Matrix.of([
          [2, 1],
          [7, 4],
        ]),
      ).determinant(),
    ).toBeCloseTo(1, 14);
    expect(lu(Matrix.diagonal([1e-200, -1e-200, 1e300, 1e100])).determinant()).toBeCloseTo(-1, 12);
    expect(lu(Matrix.diagonal([1e200, 1e200])).determinant()).toBe(Number.POSITIVE_INFINITY);
    expect(lu(Matrix.diagonal([1e-200, 1e-200, 1e-200])).determinant()).toBe(0);
    const { sign, logAbsolute } = lu(Matrix.diagonal([-1e200, 1e200])).logDeterminant();
    expect(sign).toBe(-1);
    expect(Math.abs(logAbsolute - 400 * Math.LN10)).toBeLessThanOrEqual(4 * EPS * logAbsolute);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(1e6), (n, seed) => {
        const [a, b] = [uniformMatrix(n, n, seed), uniformMatrix(n, n, seed + 1)];
        const [x, y, xy] = [a, b, matmul(a, b)].map((m) => lu(m));
        const conditions =
          1 / x.reciprocalCondition() + 1 / y.reciprocalCondition() + 1 / xy.reciprocalCondition();
        const gap = Math.abs(xy.determinant() - x.determinant() * y.determinant());
        expect(gap).toBeLessThanOrEqual(8 * n * n * EPS * conditions * Math.abs(xy.determinant()));
      }),
    );
  });

  test('a singular matrix is factored and reconstructed, but not solved', () => {
    const a = Matrix.of([
      [1, 2, 3],
      [2, 4, 6],
      [1, 0, 1],
    ]);
    const factor = lu(a);
    expect(factor.reconstruct()).toEqual(a);
    expect(factor.determinant()).toBe(0);
    expect(factor.logDeterminant()).toEqual({ sign: 0, logAbsolute: Number.NEGATIVE_INFINITY });
    expect(factor.reciprocalCondition()).toBe(0);
    for (const run of [(): unknown => factor.solve(new Float64Array(3)), (): unknown => factor.inverse()]) {
      expect(run).toThrow(SingularError);
      expect(run).toThrow(/Pivot 2 is zero/);
    }
    expect(lu(Matrix.zeros(40, 40)).reconstruct()).toEqual(Matrix.zeros(40, 40));
  });

  test('reciprocalCondition: at least the truth, at most three times it, in the 1-norm', () => {
    for (const { name, a, condition1 } of GOLDEN) {
      if (condition1 === undefined || condition1 > 1e14) continue; // beyond that the factors themselves have no digits
      const estimate = lu(a).reciprocalCondition() * condition1;
      expect(estimate, name).toBeGreaterThanOrEqual(1 - 1e-2);
      expect(estimate, name).toBeLessThanOrEqual(3);
    }
    expect(lu(Matrix.diagonal([1, 1e-7])).reciprocalCondition()).toBeCloseTo(1e-7, 20);
    expect(lu(Matrix.identity(5)).reciprocalCondition()).toBe(1);
    expect(lu(Matrix.zeros(0, 0)).reciprocalCondition()).toBe(1);
  });

  test.each(GOLDEN.filter((c) => c.lu !== undefined))(
    'SciPy: permutation, L and U of $name',
    ({ a, rows, lu: golden }) => {
      const factor = lu(a);
      if (golden === undefined) return;
      expect(Array.from(factor.permutation)).toEqual(golden.permutation);
      // both are exact factors of matrices within n ε |L||U| of A; compare what they multiply to, not ill-conditioned parts
      const product = naiveProduct(
        new Matrix(rows, rows, Float64Array.from(golden.lower)),
        new Matrix(rows, rows, Float64Array.from(golden.upper)),
      );
      const own = naiveProduct(factor.lower(), factor.upper());
      const size = naiveProduct(absolute(factor.lower()), absolute(factor.upper()));
      const worst = own.data.findIndex(
        (x, i) => !(Math.abs(x - product.data[i]) <= 4 * rows * EPS * size.data[i]),
      );
      expect(worst).toBe(-1);
      const first = (m: number[]): number[] => m.slice(0, rows); // the first row of U is a row of A: not one bit may differ
      expect(Array.from(factor.upper().row(0))).toEqual(first(golden.upper));
    },
  );

  test.each(GOLDEN.filter((c) => c.logDeterminant !== undefined))(
    'mpmath: determinant and solution of $name',
    (golden) => {
      const { a, rows: n, b, minimumNorm, logDeterminant: exact, condition1 = 1 } = golden;
      const factor = lu(a);
      const slack = Math.min(1, 4 * n * EPS * condition1);
      const { sign, logAbsolute } = factor.logDeterminant();
      if (slack < 1) expect(sign).toBe(exact?.sign);
      if (slack < 1)
        expect(Math.abs(logAbsolute - (exact?.logAbsolute ?? Number.NaN))).toBeLessThanOrEqual(
          slack + 4 * EPS * Math.abs(logAbsolute),
        );
      const x = factor.solve(Float64Array.from(b));
      if (slack < 1) expectClose(x, minimumNorm, { atol: slack * norm2(Float64Array.from(minimumNorm)) });
      const size = frobenius(naiveProduct(absolute(factor.lower()), absolute(factor.upper())));
      expect(norm2(minus(matvec(a, x), Float64Array.from(b)))).toBeLessThanOrEqual(
        4 * n * EPS * size * norm2(x),
      );
    },
  );

  test('random systems with a known solution', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 45 }),
        fc.nat(1e6),
        fc.integer({ min: -290, max: 290 }),
        (n, seed, e) => {
          const a = scaled(uniformMatrix(n, n, seed), 10 ** e);
          const x = uniforms(n, seed + 1);
          const factor = lu(a);
          const bound = (4 * n * EPS) / factor.reciprocalCondition();
          expect(relativeError(factor.solve(matvec(a, x)), x)).toBeLessThanOrEqual(bound);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('shapes and non-finite input', () => {
    expect(() => lu(Matrix.zeros(2, 3))).toThrow(ShapeError);
    expect(() =>
      lu(
        Matrix.of([
          [1, 2],
          [Number.POSITIVE_INFINITY, 1],
        ]),
      ),
    ).toThrow(NonFiniteError);
    expect(() => lu(Matrix.identity(3)).solve(new Float64Array(2))).toThrow(ShapeError);
    expect(() => lu(Matrix.identity(3)).solve(Matrix.zeros(2, 1))).toThrow(ShapeError);
  });
});
