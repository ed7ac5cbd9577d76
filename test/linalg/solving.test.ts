/** @file solve, leastSquares, pseudoInverse, ranks, conditions, determinants: exact rational arithmetic, mpmath, closed forms, laws. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  DomainError,
  NonFiniteError,
  NotPositiveDefiniteError,
  ShapeError,
  SingularError,
} from '../../src/linalg/errors.ts';
import {
  conditionNumber,
  leastSquares,
  matrixRank,
  pseudoInverse,
} from '../../src/linalg/factorisations/least-squares.ts';
import { determinant, logDeterminant, solve } from '../../src/linalg/factorisations/solve.ts';
import { svd } from '../../src/linalg/factorisations/svd.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { matmul, matvec, syrk } from '../../src/linalg/products.ts';
import { frobenius, norm2 } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { uniformMatrix } from './arrays.ts';
import { amplification, GOLDEN } from './golden-factorisations.ts';

const EPS = Number.EPSILON;

interface Deficient {
  name: string;
  rows: number;
  cols: number;
  rank: number;
  data: number[];
  b: number[];
  x: number[];
  residual: number;
  pseudoInverse: number[];
}
interface Condition {
  name: string;
  rows: number;
  cols: number;
  data: number[];
  condition2: number;
  condition1?: number;
  determinant?: number;
}
const golden = JSON.parse(readFileSync(new URL('../reference/solving.json', import.meta.url), 'utf8')) as {
  deficient: Deficient[];
  conditions: Condition[];
};
const matrixOf = ({ rows, cols, data }: { rows: number; cols: number; data: number[] }): Matrix =>
  new Matrix(rows, cols, Float64Array.from(data));
const minus = (x: Vec, y: Vec): Vec => x.map((v, i) => v - y[i]);

describe('solve', () => {
  test('vectors and several right-hand sides, general and positive definite, at every scale', () => {
    for (const n of [0, 1, 2, 9, 40])
      for (const scale of [1e-150, 1, 1e150]) {
        const g = uniformMatrix(n, n, n);
        const a = new Matrix(n, n, g.data.map((x) => x * scale)); // biome-ignore format: short
        const spd = syrk(uniformMatrix(n, 2 * n + 1, n), { alpha: scale });
        const b = uniformMatrix(n, 3, 7);
        for (const [m, options] of [
          [a, {}],
          [spd, {}],
          [spd, { positiveDefinite: true }],
        ] as const) {
          const x = solve(m, b, options);
          for (let j = 0; j < 3; j++) {
            const column = x.column(j);
            expect(norm2(minus(matvec(m, column), b.column(j)))).toBeLessThanOrEqual(
              8 * (n + 1) * EPS * frobenius(m) * norm2(column),
            );
            expect(solve(m, b.column(j), options)).toEqual(column);
          }
        }
      }
  });

  test('with positiveDefinite the upper triangle is not read', () => {
    const a = Matrix.of([
      [4, Number.NaN],
      [2, 5],
    ]);
    expectClose(solve(a, Float64Array.of(6, 7), { positiveDefinite: true }), [1, 1], { rtol: 4 * EPS });
  });

  test('singular and nearly singular matrices are refused, with the number that says why', () => {
    const singular = Matrix.of([
      [1, 2],
      [2, 4],
    ]);
    const near = Matrix.of([
      [1, 1],
      [1, 1 + EPS],
    ]);
    const b = Float64Array.of(1, 1);
    for (const a of [singular, near, Matrix.zeros(2, 2)]) {
      let error: unknown;
      try {
        solve(a, b);
      } catch (e) {
        error = e;
      }
      expect(error).toBeInstanceOf(SingularError);
      expect((error as SingularError).smallest).toBeLessThan(EPS);
      expect((error as SingularError).message).toMatch(
        /^solve: singular to working precision .* leastSquares/,
      );
    }
    expect(() => solve(singular, b, { rcond: 0 })).toThrow(SingularError);
    expectClose(solve(Matrix.diagonal([1, 1e-20]), Float64Array.of(1, 1e-20), { rcond: 0 }), [1, 1], {});
    expect(() => solve(Matrix.diagonal([1, 1e-20]), b)).toThrow(SingularError);
    expect(() => solve(Matrix.diagonal([1, -1]), b, { positiveDefinite: true })).toThrow(
      NotPositiveDefiniteError,
    );
  });

  test('wrong shapes and values are refused', () => {
    const eye = Matrix.identity(2);
    expect(() => solve(Matrix.zeros(2, 3), new Float64Array(2))).toThrow(ShapeError);
    expect(() => solve(eye, new Float64Array(3))).toThrow(/^solve: b/);
    expect(() => solve(eye, Matrix.zeros(3, 1))).toThrow(ShapeError);
    expect(() => solve(Matrix.of([[Number.NaN]]), new Float64Array(1))).toThrow(NonFiniteError);
    expect(() => solve(eye, new Float64Array(2), { rcond: -1 })).toThrow(DomainError);
  });
});

describe('leastSquares', () => {
  test.each(golden.deficient)('rational arithmetic: $name', (stored) => {
    const a = matrixOf(stored);
    const b = Float64Array.from(stored.b);
    const { x, rank, residuals } = leastSquares(a, b);
    const c = 64 * Math.max(stored.rows, stored.cols) * EPS;
    const plus = norm2(Float64Array.from(stored.pseudoInverse));
    const kappa = frobenius(a) * plus;
    expect(rank).toBe(stored.rank);
    expectClose(x, stored.x, { atol: c * kappa * (plus * norm2(b) + norm2(Float64Array.from(stored.x))) });
    expectClose(residuals, [stored.residual], { atol: c * kappa * norm2(b) });
    expectClose(svd(a).solve(b), x, { atol: c * kappa * plus * norm2(b) });
  });

  const solvable = GOLDEN.filter((c) => amplification(c) * EPS < 1e-3);
  test.each(solvable)('mpmath: the shortest solution of $name', (stored) => {
    const exact = Float64Array.from(stored.minimumNorm);
    const atol = 8 * Math.max(stored.rows, stored.cols) * EPS * amplification(stored) * norm2(exact);
    expectClose(leastSquares(stored.a, Float64Array.from(stored.b), { rcond: 0 }).x, exact, { atol });
  });

  test('several right-hand sides; the residual is orthogonal to the columns, x to the null space', () => {
    for (const [m, n, rank] of [
      [12, 5, 5],
      [5, 12, 5],
      [40, 30, 11],
      [30, 40, 11],
      [6, 6, 0],
      [0, 3, 0],
      [3, 0, 0],
    ]) {
      const a = matmul(uniformMatrix(m, rank, m), uniformMatrix(rank, n, n));
      const b = uniformMatrix(m, 2, 3);
      const solved = leastSquares(a, b);
      expect(solved.rank).toBe(rank);
      expect(solved.x.shape).toEqual([n, 2]);
      const gap = new Matrix(m, 2, minus(b.data, matmul(a, solved.x).data));
      const plus = pseudoInverse(a);
      const c = 64 * Math.max(m, n) * EPS * (1 + frobenius(a)) * (1 + frobenius(plus)) * (1 + norm2(b.data));
      expectMatrixClose(matmul(a, gap, { transposeA: true }), Matrix.zeros(n, 2), {
        atol: c * (1 + frobenius(a)),
      });
      expectMatrixClose(matmul(plus, b), solved.x, { atol: c * (1 + frobenius(plus)) ** 2 });
      expectClose(solved.residuals, [norm2(gap.column(0)), norm2(gap.column(1))], { atol: c });
      for (let j = 0; j < 2; j++)
        expectClose(leastSquares(a, b.column(j)).x, solved.x.column(j), { atol: c * (1 + frobenius(plus)) });
    }
  });

  test('rcond decides what counts; scale does not matter', () => {
    for (const scale of [1e-200, 1, 1e200]) {
      const a = Matrix.diagonal([scale, 1e-9 * scale]);
      const b = Float64Array.of(scale, scale);
      expect(leastSquares(a, b).rank).toBe(2);
      const cut = leastSquares(a, b, { rcond: 1e-6 });
      expect(cut.rank).toBe(1);
      expectClose(cut.x, [1, 0], { rtol: 8 * EPS });
      expectClose(cut.residuals, [scale], { rtol: 8 * EPS });
    }
  });

  test('wrong shapes and values are refused', () => {
    expect(() => leastSquares(Matrix.zeros(3, 2), new Float64Array(2))).toThrow(ShapeError);
    expect(() => leastSquares(Matrix.zeros(3, 2), Matrix.zeros(2, 1))).toThrow(ShapeError);
    expect(() => leastSquares(Matrix.of([[Number.NaN]]), new Float64Array(1))).toThrow(NonFiniteError);
    for (const call of [
      () => leastSquares(Matrix.identity(1), new Float64Array(1), { rcond: Number.NaN }),
      () => pseudoInverse(Matrix.identity(1), { rcond: -1 }),
      () => matrixRank(Matrix.identity(1), { rcond: -1 }),
    ])
      expect(call).toThrow(DomainError);
  });
});

describe('pseudoInverse and matrixRank', () => {
  test.each(golden.deficient)('rational arithmetic: $name', (stored) => {
    const a = matrixOf(stored);
    const plus = norm2(Float64Array.from(stored.pseudoInverse));
    const atol = 16 * Math.max(stored.rows, stored.cols) * EPS * frobenius(a) * plus * plus;
    expectClose(pseudoInverse(a).data, stored.pseudoInverse, { atol });
    expect(matrixRank(a)).toBe(stored.rank);
  });

  test('the cut-off', () => {
    const a = Matrix.diagonal([1, 1e-3, 1e-9]);
    expect([0, 1e-12, 1e-6, 1e-2].map((rcond) => matrixRank(a, { rcond }))).toEqual([3, 3, 2, 1]);
    expectClose(pseudoInverse(a, { rcond: 1e-6 }).data, [1, 0, 0, 0, 1e3, 0, 0, 0, 0], { rtol: 8 * EPS });
    expect(matrixRank(Matrix.zeros(0, 4))).toBe(0);
  });
});

describe('conditions and determinants', () => {
  test.each(golden.conditions)('mpmath: $name', (stored) => {
    const a = matrixOf(stored);
    const k = Math.max(stored.rows, stored.cols);
    const rtol = 8 * k * EPS * stored.condition2;
    expectClose([conditionNumber(a)], [stored.condition2], { rtol });
    if (stored.condition1 === undefined) return;
    const estimate = conditionNumber(a, { norm: 1 });
    expect(estimate).toBeLessThanOrEqual(stored.condition1 * (1 + rtol));
    expect(estimate).toBeGreaterThanOrEqual(stored.condition1 / 3);
    const det = stored.determinant as number;
    expectClose([determinant(a)], [det], { rtol });
    const { sign, logAbsolute } = logDeterminant(a);
    expect(sign).toBe(Math.sign(det));
    expect(Math.abs(logAbsolute - Math.log(Math.abs(det)))).toBeLessThanOrEqual(rtol);
  });

  test('singular and empty', () => {
    expect(conditionNumber(Matrix.zeros(2, 2))).toBe(Number.POSITIVE_INFINITY);
    expect(conditionNumber(Matrix.zeros(2, 2), { norm: 1 })).toBe(Number.POSITIVE_INFINITY);
    expect(conditionNumber(Matrix.zeros(0, 0), { norm: 1 })).toBe(1);
    expect(determinant(Matrix.of([[1, 2], [2, 4]]))).toBe(0); // biome-ignore format: short
    expect(logDeterminant(Matrix.zeros(1, 1))).toEqual({ sign: 0, logAbsolute: Number.NEGATIVE_INFINITY });
  });

  test('wrong shapes and norms are refused in the name of the function called', () => {
    expect(() => determinant(Matrix.zeros(1, 2))).toThrow(/^determinant/);
    expect(() => logDeterminant(Matrix.zeros(1, 2))).toThrow(/^logDeterminant/);
    expect(() => conditionNumber(Matrix.zeros(1, 2), { norm: 1 })).toThrow(ShapeError);
    expect(() => conditionNumber(Matrix.identity(1), { norm: 3 as 2 })).toThrow(DomainError);
  });
});
