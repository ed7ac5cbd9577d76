/** @file Conjugate gradients over named problems: residuals, status, exact iterates, optimality, rows in lock step. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { subtractMatrices } from '../../src/linalg/elementwise.ts';
import {
  ConvergenceError,
  DomainError,
  NonFiniteError,
  NumericalError,
  ShapeError,
} from '../../src/linalg/errors.ts';
import { cholesky } from '../../src/linalg/factorisations/cholesky.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { conjugateGradient, conjugateGradientRows } from '../../src/linalg/operators/conjugate-gradient.ts';
import type { ConjugateGradientStats } from '../../src/linalg/operators/conjugate-gradient-stats.ts';
import {
  denseOperator,
  diagonalOperator,
  functionOperator,
  identityOperator,
  type LinearOperator,
} from '../../src/linalg/operators/operator.ts';
import { dot, matmul, matvec, syrk } from '../../src/linalg/products.ts';
import { norm2 } from '../../src/linalg/sum.ts';
import { expectClose, relativeError } from '../helpers/close.ts';
import { normalMatrix } from '../helpers/operator-laws.ts';

const EPS = Number.EPSILON;

/** H diag(spectrum) H with the reflector H = I − 2uuᵀ: a full matrix of known spectrum and inverse. */
function withSpectrum(spectrum: readonly number[], seed = 0): Matrix {
  const n = spectrum.length;
  const u = normalMatrix(1, n, 'reflector', seed).data;
  const size = norm2(u);
  const reflect = (x: Vec): Vec => {
    const along = (2 * dot(u, x)) / size ** 2;
    return x.map((value, i) => value - along * u[i]);
  };
  const rows = Array.from({ length: n }, (_, i) => reflect(Matrix.identity(n).row(i)));
  const scaled = Matrix.of(rows.map((row) => row.map((value, j) => value * spectrum[j])));
  const a = matmul(scaled, Matrix.of(rows), { transposeB: true });
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a.set(j, i, a.at(i, j));
  return a;
}

function logSpaced(n: number, condition: number): number[] {
  return Array.from({ length: n }, (_, i) => condition ** (-i / Math.max(1, n - 1)));
}

/** tridiag(−1, 2, −1): −u″ on a grid; its eigenvectors are sines. */
function poisson(n: number): LinearOperator {
  return functionOperator(
    n,
    (x) => {
      const y = new Matrix(x.rows, n);
      for (let i = 0; i < x.rows; i++)
        for (let j = 0; j < n; j++) {
          const k = i * n + j;
          y.data[k] = 2 * x.data[k] - (j > 0 ? x.data[k - 1] : 0) - (j < n - 1 ? x.data[k + 1] : 0);
        }
      return y;
    },
    'psd',
  );
}

function trueResidual(op: LinearOperator, x: Vec, b: Vec): number {
  const image = op.matvec(x);
  return norm2(b.map((value, i) => value - image[i]));
}

/** What every result must satisfy, converged or not. */
function checkStats(op: LinearOperator, b: Vec, x: Vec, stats: ConjugateGradientStats, rtol: number): void {
  expect(stats.tolerance).toBe(rtol * norm2(b));
  expect(stats.residuals).toHaveLength(stats.iterations + 1);
  expect(Math.abs(stats.residual - trueResidual(op, x, b))).toBeLessThanOrEqual(
    64 * b.length * EPS * norm2(b),
  );
  if (stats.iterations > 0) {
    expect(stats.residuals[stats.iterations]).toBe(stats.residual);
    expect(stats.residuals[0]).toBe(norm2(b));
  }
  if (stats.status === 'converged') expect(stats.residual).toBeLessThanOrEqual(stats.tolerance);
  expect(stats.message).toContain(stats.residual.toExponential(2));
}

/** Named problems that have a solution, with the relative error that their condition number allows at this rtol. */
const SOLVABLE: Record<string, { op: LinearOperator; solution: Vec; rtol: number; error: number }> = (() => {
  const normal = (n: number): Vec => normalMatrix(1, n, 'solution').data;
  const spd = syrk(normalMatrix(30, 60, 'spd'), { alpha: 1 / 60 });
  const inRange = matvec(withSpectrum([3, 2, 1, 0, 0, 0]), normal(6));
  return {
    'random, definite': { op: denseOperator(spd, 'psd'), solution: normal(30), rtol: 1e-12, error: 1e-10 },
    identity: { op: identityOperator(7), solution: normal(7), rtol: 1e-14, error: 1e-14 },
    '1 × 1': {
      op: denseOperator(Matrix.of([[4]]), 'psd'),
      solution: Float64Array.of(-2.5),
      rtol: 1e-14,
      error: 1e-14,
    },
    'condition 1e8': {
      op: denseOperator(withSpectrum(logSpaced(24, 1e8)), 'psd'),
      solution: normal(24),
      rtol: 1e-13,
      error: 1e-4,
    },
    'scaled by 1e-12': {
      op: denseOperator(withSpectrum(logSpaced(20, 1e3).map((v) => 1e-12 * v)), 'psd'),
      solution: normal(20),
      rtol: 1e-13,
      error: 1e-9,
    },
    'scaled by 1e12': {
      op: denseOperator(withSpectrum(logSpaced(20, 1e3).map((v) => 1e12 * v)), 'psd'),
      solution: normal(20),
      rtol: 1e-13,
      error: 1e-9,
    },
    'diagonal over 10 decades': {
      op: diagonalOperator(Float64Array.from(logSpaced(16, 1e10))),
      solution: normal(16),
      rtol: 1e-15,
      error: 1e-4,
    },
    'singular, consistent': {
      op: denseOperator(withSpectrum([3, 2, 1, 0, 0, 0]), 'psd'),
      solution: inRange,
      rtol: 1e-12,
      error: 1e-11,
    },
    poisson: { op: poisson(50), solution: normal(50), rtol: 1e-12, error: 1e-8 },
  };
})();

describe('problems with a solution', () => {
  for (const [name, { op, solution, rtol, error }] of Object.entries(SOLVABLE))
    test(name, () => {
      const b = op.matvec(solution);
      const before = b.slice();
      const { x, stats } = conjugateGradient(op, b, { rtol, maxIterations: 40 * op.cols });
      expect(stats.status).toBe('converged');
      checkStats(op, b, x, stats, rtol);
      expect(trueResidual(op, x, b)).toBeLessThanOrEqual(rtol * norm2(b) * (1 + 1e-12));
      expect(relativeError(x, solution)).toBeLessThanOrEqual(error); // ≤ κ·rtol; least-norm solution if singular
      expect(b).toEqual(before);
    });
});

test('agrees with Cholesky, the direct method', () => {
  const a = syrk(normalMatrix(25, 40, 'direct'));
  const b = normalMatrix(1, 25, 'b').data;
  const { x } = conjugateGradient(denseOperator(a, 'psd'), b, { rtol: 1e-14 });
  expect(relativeError(x, cholesky(a).solve(b))).toBeLessThanOrEqual(1e-11);
});

describe('iterates equal those of exact rational arithmetic', () => {
  const path = new URL('../reference/conjugate-gradient.json', import.meta.url);
  const { systems } = JSON.parse(readFileSync(path, 'utf8')) as {
    systems: Record<string, { a: number[][]; b: number[]; plain: number[][]; jacobi: number[][] }>;
  };
  for (const [name, { a, b, plain, jacobi }] of Object.entries(systems))
    for (const [kind, iterates] of Object.entries({ plain, jacobi }))
      test(`${name}, ${kind}`, () => {
        const jacobiInverse = diagonalOperator(Float64Array.from(a, (row, i) => 1 / row[i]));
        for (const [k, expected] of iterates.entries()) {
          const { x } = conjugateGradient(denseOperator(Matrix.of(a), 'psd'), Float64Array.from(b), {
            rtol: 0,
            maxIterations: k + 1,
            onFailure: 'return',
            ...(kind === 'jacobi' ? { preconditioner: jacobiInverse } : {}),
          });
          const amplification = name === 'hilbert' ? 1.6e4 : 10; // the condition number
          expect(relativeError(x, expected), `iterate ${k + 1}`).toBeLessThanOrEqual(
            64 * amplification * EPS,
          );
        }
      });
});

test('as many steps as there are distinct eigenvalues', () => {
  const a = withSpectrum([1, 1, 1, 5, 5, 5, 5, 9, 9, 20]);
  const { stats } = conjugateGradient(denseOperator(a, 'psd'), normalMatrix(1, 10, 'b').data, {
    rtol: 1e-12,
  });
  expect(stats.iterations).toBe(4);
});

test('n steps solve a well-conditioned system of size n', () => {
  for (const n of [2, 5, 9]) {
    const spectrum = Array.from({ length: n }, (_, i) => 1 + i);
    const { stats } = conjugateGradient(denseOperator(withSpectrum(spectrum)), normalMatrix(1, n, 'b').data, {
      rtol: 1e-12,
    });
    expect(stats.iterations).toBe(n);
  }
});

test('the error in the norm of A falls at every step and obeys the Chebyshev bound', () => {
  const condition = 100;
  const a = withSpectrum(logSpaced(40, condition));
  const solution = normalMatrix(1, 40, 'solution').data;
  const b = matvec(a, solution);
  const rate = (Math.sqrt(condition) - 1) / (Math.sqrt(condition) + 1);
  const energyError = (x: Vec): number => {
    const gap = subtractMatrices(new Matrix(1, 40, x), new Matrix(1, 40, solution)).data;
    return Math.sqrt(dot(gap, matvec(a, gap)));
  };
  const start = energyError(new Float64Array(40));
  let previous = start;
  for (let k = 1; k <= 20; k++) {
    const { x } = conjugateGradient(denseOperator(a), b, { rtol: 0, maxIterations: k, onFailure: 'return' });
    const error = energyError(x);
    expect(error).toBeLessThan(previous);
    expect(error).toBeLessThanOrEqual(2 * rate ** k * start * (1 + 1e-10));
    previous = error;
  }
});

describe('preconditioning', () => {
  const spectrum = logSpaced(20, 1e6);
  const a = withSpectrum(spectrum);
  const b = normalMatrix(1, 20, 'b').data;

  test('the exact inverse solves in one step', () => {
    const inverse = denseOperator(withSpectrum(spectrum.map((v) => 1 / v)), 'psd');
    const { stats } = conjugateGradient(denseOperator(a, 'psd'), b, { preconditioner: inverse, rtol: 1e-8 });
    expect(stats.iterations).toBe(1);
  });

  test('an approximate inverse saves steps and reaches the same solution', () => {
    const rough = spectrum.map((v, i) => (i % 2 === 0 ? 1.3 : 0.8) / v);
    const plain = conjugateGradient(denseOperator(a, 'psd'), b, { rtol: 1e-9, maxIterations: 500 });
    const helped = conjugateGradient(denseOperator(a, 'psd'), b, {
      preconditioner: denseOperator(withSpectrum(rough), 'psd'),
      rtol: 1e-9,
    });
    expect(helped.stats.iterations).toBeLessThan(10);
    expect(plain.stats.iterations).toBeGreaterThan(3 * helped.stats.iterations);
    expect(relativeError(helped.x, plain.x)).toBeLessThanOrEqual(1e6 * 2e-9);
  });

  test('a negative preconditioner is refused whatever onFailure says', () => {
    const negative = diagonalOperator(new Float64Array(20).fill(-1));
    expect(() =>
      conjugateGradient(denseOperator(a), b, { preconditioner: negative, onFailure: 'return' }),
    ).toThrow(/preconditioner is not positive definite/);
  });
});

describe('failures are told apart, returned or thrown', () => {
  const cases: Record<
    string,
    {
      op: LinearOperator;
      b: Vec;
      status: string;
      error: typeof NumericalError | typeof ConvergenceError;
      options?: object;
    }
  > = {
    'negative at the first step': {
      op: diagonalOperator(Float64Array.of(-1, -2)),
      b: Float64Array.of(1, 1),
      status: 'negative-curvature',
      error: NumericalError,
    },
    'negative at a later step': {
      op: denseOperator(withSpectrum([5, 3, 1, -0.5])),
      b: Float64Array.of(1, 2, 3, 4),
      status: 'negative-curvature',
      error: NumericalError,
    },
    'zero at the first step': {
      op: diagonalOperator(Float64Array.of(1, -1)),
      b: Float64Array.of(1, 1),
      status: 'zero-curvature',
      error: NumericalError,
    },
    'the zero operator': {
      op: diagonalOperator(new Float64Array(3)),
      b: Float64Array.of(1, 0, 0),
      status: 'zero-curvature',
      error: NumericalError,
    },
    'singular, inconsistent': {
      op: diagonalOperator(Float64Array.of(2, 1, 0)),
      b: Float64Array.of(1, 1, 1),
      status: 'zero-curvature',
      error: NumericalError,
    },
    'too few iterations': {
      op: denseOperator(withSpectrum(logSpaced(30, 1e4))),
      b: normalMatrix(1, 30, 'b').data,
      status: 'iteration-limit',
      error: ConvergenceError,
      options: { maxIterations: 7 },
    },
    'no iterations at all': {
      op: identityOperator(2),
      b: Float64Array.of(1, 1),
      status: 'iteration-limit',
      error: ConvergenceError,
      options: { maxIterations: 0 },
    },
    'an unreachable tolerance': {
      op: denseOperator(withSpectrum(logSpaced(12, 1e3))),
      b: normalMatrix(1, 12, 'b').data,
      status: 'stagnated',
      error: ConvergenceError,
      options: { rtol: 0, maxIterations: 10_000 },
    },
  };
  for (const [name, { op, b, status, error, options = {} }] of Object.entries(cases))
    test(name, () => {
      const { x, stats } = conjugateGradient(op, b, { ...options, onFailure: 'return' });
      expect(stats.status).toBe(status);
      checkStats(op, b, x, stats, 'rtol' in options ? 0 : 1e-10);
      expect(() => conjugateGradient(op, b, options)).toThrow(error);
      expect(() => conjugateGradientRows(op, Matrix.of([b, b]), options)).toThrow(/row 0/);
    });

  test('the error carries the numbers', () => {
    const { op, b } = cases['too few iterations'];
    const { stats } = conjugateGradient(op, b, { maxIterations: 7, onFailure: 'return' });
    try {
      conjugateGradient(op, b, { maxIterations: 7 });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConvergenceError);
      expect(error).toMatchObject({ iterations: 7, residual: stats.residual, tolerance: stats.tolerance });
    }
  });

  test('stagnation is reached at rounding level, not at the limit', () => {
    const { op, b } = cases['an unreachable tolerance'];
    const { stats } = conjugateGradient(op, b, { rtol: 0, maxIterations: 10_000, onFailure: 'return' });
    expect(stats.iterations).toBeLessThan(200);
    expect(stats.residual).toBeLessThanOrEqual(1e3 * 16 * EPS * norm2(b)); // ε‖A‖‖x‖, ‖x‖ ≤ 10³‖b‖
  });
});

test('a zero right-hand side is solved by zero, whatever the start and the operator', () => {
  const { x, stats } = conjugateGradient(diagonalOperator(Float64Array.of(-1, 2)), new Float64Array(2), {
    x0: Float64Array.of(5, 6),
  });
  expect(x).toEqual(new Float64Array(2));
  expect(stats).toMatchObject({ status: 'converged', iterations: 0, residual: 0 });
  expect(conjugateGradient(identityOperator(0), new Float64Array(0)).x).toHaveLength(0);
});

test('a good start needs no steps, a bad one is no obstacle; atol counts', () => {
  const a = withSpectrum([4, 3, 2, 1]);
  const op = denseOperator(a, 'psd');
  const solution = Float64Array.of(1, -1, 2, 0.5);
  const b = matvec(a, solution);
  const x0 = solution.slice();
  expect(conjugateGradient(op, b, { x0, rtol: 1e-12 }).stats.iterations).toBe(0);
  expect(x0).toEqual(solution);
  const far = conjugateGradient(op, b, { x0: Float64Array.of(1e3, 1e3, -1e3, 0), rtol: 1e-12 });
  expectClose(far.x, solution, { atol: 1e-10 });
  expect(far.stats.residuals[0]).toBeGreaterThan(1e3); // of x0, not of zero
  expect(conjugateGradient(op, b, { atol: 2 * norm2(b) }).stats).toMatchObject({
    status: 'converged',
    iterations: 0,
  });
});

describe('many right-hand sides', () => {
  const a = withSpectrum(logSpaced(18, 1e4));
  const op = denseOperator(a, 'psd');
  const b = normalMatrix(6, 18, 'rows');
  b.row(2).fill(0);
  b.row(4).set(a.row(3)); // its solution is a unit vector

  test('solve each row', () => {
    const { x, stats } = conjugateGradientRows(op, b, { rtol: 1e-12, maxIterations: 400 });
    for (let i = 0; i < b.rows; i++) checkStats(op, b.row(i), x.row(i), stats[i], 1e-12);
    expect(stats.map((s) => s.status)).toEqual(new Array(6).fill('converged'));
    expect(stats[2].iterations).toBe(0);
    expectClose(x.row(4), Matrix.identity(18).row(3), { atol: 1e4 * 1e-12 * norm2(b.row(4)) });
    const direct = cholesky(a);
    for (const i of [0, 1, 3, 5])
      expect(relativeError(x.row(i), direct.solve(b.row(i)))).toBeLessThanOrEqual(1e-8);
  });

  test('a row has the same bits alone and among others', () => {
    const options = { rtol: 1e-12, maxIterations: 400 };
    const together = conjugateGradientRows(op, b, options);
    for (let i = 0; i < b.rows; i++) {
      const alone = conjugateGradientRows(op, b.rowRange(i, i + 1), options);
      expect(alone.x.data).toEqual(together.x.row(i));
      expect(alone.stats[0]).toEqual(together.stats[i]);
    }
  });

  test('one product per iteration serves all unfinished rows', () => {
    const sizes: number[] = [];
    const counting = functionOperator(
      18,
      (x) => {
        sizes.push(x.rows);
        return matmul(x, a);
      },
      'psd',
    );
    const inverse = denseOperator(withSpectrum(logSpaced(18, 1e4).map((v) => 1 / v)), 'psd');
    const { stats } = conjugateGradientRows(counting, b, { preconditioner: inverse, rtol: 1e-9 });
    expect(stats.map((s) => s.iterations)).toEqual([1, 1, 0, 1, 1, 1]);
    expect(sizes).toEqual([5, 5]); // one step, one check of the residual
  });

  test('a failing row does not disturb the others', () => {
    const indefinite = diagonalOperator(Float64Array.of(3, 2, -1));
    const rows = Matrix.of([
      [1, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]);
    const { x, stats } = conjugateGradientRows(indefinite, rows, {
      onFailure: 'return',
      x0: Matrix.of([
        [0, 0, 0],
        [0, 0, 0],
        [1 / 3, 0, 0],
      ]),
    });
    expect(stats.map((s) => s.status)).toEqual(['converged', 'negative-curvature', 'converged']);
    expectClose(x.row(0), [1 / 3, 1 / 2, 0], { atol: 4 * EPS });
    expect(() => conjugateGradientRows(indefinite, rows)).toThrow(/row 1.*negative curvature/);
  });

  test('no rows', () => expect(conjugateGradientRows(op, new Matrix(0, 18)).stats).toEqual([]));
});

test('refusals', () => {
  const op = identityOperator(3);
  const b = Float64Array.of(1, 2, 3);
  expect(() => conjugateGradient(op, new Float64Array(2))).toThrow(ShapeError);
  expect(() => conjugateGradient(op, b, { x0: new Float64Array(2) })).toThrow(/x0/);
  expect(() => conjugateGradient(denseOperator(new Matrix(2, 3)), b)).toThrow(/square/);
  expect(() => conjugateGradient(op, b, { preconditioner: identityOperator(2) })).toThrow(/preconditioner/);
  expect(() => conjugateGradientRows(op, new Matrix(1, 2))).toThrow(ShapeError);
  expect(() => conjugateGradientRows(op, new Matrix(1, 3), { x0: new Matrix(2, 3) })).toThrow(/x0/);
  expect(() => conjugateGradient(op, Float64Array.of(1, Number.NaN, 3))).toThrow(NonFiniteError);
  expect(() => conjugateGradient(op, b, { rtol: -1 })).toThrow(DomainError);
  expect(() => conjugateGradient(op, b, { atol: Number.NaN })).toThrow(DomainError);
  expect(() => conjugateGradient(op, b, { maxIterations: 1.5 })).toThrow(DomainError);
  const broken = functionOperator(
    3,
    (x) =>
      new Matrix(
        x.rows,
        3,
        x.data.map((v, i) => (i === 1 ? Number.NaN : v)),
      ),
    'psd',
  );
  expect(() => conjugateGradient(broken, b, { onFailure: 'return' })).toThrow(/A p must be finite.*index 1/);
  expect(() => conjugateGradient(op, b, { preconditioner: broken })).toThrow(/M⁻¹ r/);
});
