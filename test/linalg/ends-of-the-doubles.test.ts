/** @file Systems near the ends of the doubles: A = s [[2, 1], [1, 2]] and b = 3t (1, 1) have x = (t/s)(1, 1), or no double does. */
import { describe, expect, test } from 'vitest';
import {
  cholesky,
  conjugateGradient,
  conjugateGradientRows,
  denseOperator,
  lanczos,
  leastSquares,
  lu,
  Matrix,
  minres,
  type NotPositiveDefiniteError,
  NumericalError,
  powerIteration,
  qr,
  rng,
  SingularError,
  solve,
  svd,
} from '../../src/linalg/index.ts';

const matrix = (s: number): Matrix =>
  Matrix.of([
    [2 * s, s],
    [s, 2 * s],
  ]);
const operator = (s: number) => denseOperator(matrix(s), 'psd');

const SOLVERS: Record<string, (a: number, b: readonly number[]) => ArrayLike<number>> = {
  conjugateGradient: (a, b) => conjugateGradient(operator(a), b).x,
  'conjugateGradient, started': (a, b) => conjugateGradient(operator(a), b, { x0: [b[0] / 3, 0] }).x,
  conjugateGradientRows: (a, b) => conjugateGradientRows(operator(a), [b, b]).x.row(1),
  minres: (a, b) => minres(operator(a), b).x,
  leastSquares: (a, b) => leastSquares(matrix(a), b).x,
  solve: (a, b) => solve(matrix(a), b),
  'solve, positive definite': (a, b) => solve(matrix(a), b, { positiveDefinite: true }),
  lu: (a, b) => lu(matrix(a)).solve(b),
  cholesky: (a, b) => cholesky(matrix(a)).solve(b),
  qr: (a, b) => qr(matrix(a)).solve(b),
  svd: (a, b) => svd(matrix(a)).solve(b),
};

const SIZES = [
  [1, 1e-200], [1, 1e200], [1, 1e-310], [1, 3e307], [1e-200, 1], [1e200, 1], [1e-200, 1e-200], [1e200, 1e200], [1e307, 1],
  [5e-324, 5e-324], [1e-300, 1e-5], [1e155, 1e155], [5e307, 5e307], [1e-320, 1e-320],
] as const; // biome-ignore format: a list

describe('solved', () => {
  for (const [name, solver] of Object.entries(SOLVERS))
    test(name, () => {
      for (const [s, t] of SIZES) {
        const x = solver(s, [3 * t, 3 * t]);
        // where b or x is subnormal, its spacing bounds what is possible
        const right = (3 * t) / (3 * s) || t / s;
        const tolerance = Math.max(
          64 * Number.EPSILON * right,
          5e-324,
          Number.isFinite(3 * s) && s < 1e-307 ? 1e-12 : 0,
        );
        for (const value of [x[0], x[1]])
          expect(Math.abs(value - right), `${s}, ${t}`).toBeLessThanOrEqual(tolerance);
      }
    });
});

describe('beyond the largest double: said so', () => {
  for (const [name, solver] of Object.entries(SOLVERS))
    test(name, () => {
      for (const [s, t] of [[1e-200, 1e200], [5e-324, 1]] as const) // biome-ignore format: pairs
        expect(() => solver(s, [3 * t, 3 * t]), `${s}, ${t}`).toThrow(NumericalError);
    });
});

test('solve of 5e-324·I', () => {
  const a = Matrix.diagonal([5e-324, 5e-324]);
  expect(solve(a, [5e-324, 1e-323])).toEqual(Float64Array.of(1, 2));
  expect(() => solve(a, [1, 1])).toThrow(/element 0 of the result is beyond the largest double/);
  expect(lu(a).determinant()).toBe(0);
  expect(lu(a).logDeterminant().logAbsolute).toBeCloseTo(2 * -1074 * Math.LN2, 9);
  expect(lu(a).reconstruct()).toEqual(a);
});

const DIRECT: Record<string, (a: Matrix, b: Matrix) => Matrix> = {
  solve: (a, b) => solve(a, b),
  lu: (a, b) => lu(a).solve(b),
  cholesky: (a, b) => cholesky(a).solve(b),
  qr: (a, b) => qr(a).solve(b),
  svd: (a, b) => svd(a).solve(b),
  leastSquares: (a, b) => leastSquares(a, b).x,
};

describe('right-hand sides of different sizes do not spoil one another', () => {
  for (const [name, solver] of Object.entries(DIRECT))
    test(name, () => {
      // s [[2, 1], [1, 3]] x = t (3, 4) has x = (t/s)(1, 1); powers of two, so that nothing rounds
      for (const [s, ...ts] of [
        [-500, 0, -1070],
        [-500, -1070, -1069],
        [500, 1000, -500],
        [-500, 400, -1060],
        [0, 0, -1070],
        [-500, -1070],
      ]) {
        // biome-ignore format: a list
        const a = Matrix.of([[2, 1], [1, 3]].map((row) => row.map((v) => v * 2 ** s))); // biome-ignore format: a matrix
        const b = Matrix.of([3, 4].map((v) => ts.map((t) => v * 2 ** t)));
        const x = solver(a, b);
        for (const [j, t] of ts.entries())
          for (const value of [x.at(0, j), x.at(1, j)])
            expect(Math.abs(value / 2 ** (t - s) - 1), `${s}, ${t}`).toBeLessThanOrEqual(
              t - s < -1022 ? 2 ** (-1074 - t + s) : 1e-14,
            );
      }
    });

  test('one column whose elimination rounds: 2⁻⁵⁰⁰ [[3, 1], [1, 3]] x = (1, 0) 2⁻¹⁰⁷⁰', () => {
    const a = Matrix.of([[3 * 2 ** -500, 2 ** -500], [2 ** -500, 3 * 2 ** -500]]); // biome-ignore format: a matrix
    for (const x of [solve(a, [2 ** -1070, 0]), lu(a).solve([2 ** -1070, 0])]) {
      expect(Math.abs(x[0] / (0.375 * 2 ** -570) - 1)).toBeLessThan(1e-15);
      expect(Math.abs(x[1] / (-0.125 * 2 ** -570) - 1)).toBeLessThan(1e-15);
    }
  });
});

test('a small element beside a huge one is not lost', () => {
  expect(lu(Matrix.diagonal([1e308, 1e-308])).solve([1e308, 1e-308])).toEqual(Float64Array.of(1, 1));
});

test('eigenvalues', () => {
  for (const s of [1e-300, 1e-200, 1e200, 5e307]) {
    expect(lanczos(operator(s), 1, rng(0, 'start')).values[0] / s).toBeCloseTo(3, 12);
    expect(powerIteration(operator(s), rng(0, 'start')).magnitude / s).toBeCloseTo(3, 5);
  }
});

describe('messages are true', () => {
  test('a positive pivot is not called "not positive"', () => {
    const refusal = (a: number[][]): NotPositiveDefiniteError => {
      try {
        cholesky(a);
      } catch (error) {
        return error as NotPositiveDefiniteError;
      }
      return expect.unreachable();
    };
    const tiny = refusal([
      [1, 1],
      [1, 1 + 2 ** -52],
    ]);
    expect(tiny.pivot).toBe(2 ** -52);
    expect(tiny.limit).toBe(2 ** -51 * (1 + 2 ** -52));
    expect(tiny.message).toMatch(
      /pivot 1 is 2\.220e-16, which is positive, but not above its rounding error of up to 4\.441e-16/,
    );
    const indefinite = refusal([
      [1, 2],
      [2, 1],
    ]);
    expect(indefinite.pivot).toBe(-3);
    expect(indefinite.message).toMatch(/pivot 1 is -3\.000e\+0, not positive/);
  });

  test('a wish is not called working precision', () => {
    const a = [
      [1, 2],
      [3, 4],
    ];
    expect(() => solve(a, [1, 1], { rcond: 0.5 })).toThrow(/the condition is beyond rcond = 0\.5/);
    expect(() => solve([[1, 2], [2, 4]], [1, 1])).toThrow(SingularError); // biome-ignore format: a matrix
    expect(() => conjugateGradient(a, [1, 1], { preconditioner: Matrix.zeros(2, 2) })).toThrow(
      /preconditioner is not positive/,
    );
  });
});
