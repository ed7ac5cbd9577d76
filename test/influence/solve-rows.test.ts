/** @file Conjugate gradients in lock step: exactness, independence of rows, preconditioning, failures. */
import { describe, expect, test } from 'vitest';
import { solveRows } from '../../src/influence/solvers/solve-rows.ts';
import { DomainError, NonFiniteError, NumericalError, ShapeError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { denseOperator } from '../../src/linalg/operators/operator.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';
import { gaussSolve } from './gauss-solve.ts';

const n = 12;
const k = 5;
/** B Bᵀ/n + λI: positive definite. */
function spd(lambda: number): Matrix {
  const b = new Matrix(n, n, rng(1, 'spd').fillNormal(new Float64Array(n * n)));
  const rows = b.toArray();
  return Matrix.of(
    rows.map((x, i) =>
      rows.map((y, j) => x.reduce((s, v, m) => s + v * y[m], 0) / n + (i === j ? lambda : 0)),
    ),
  );
}
const a = spd(0.1);
const b = new Matrix(k, n, rng(1, 'rhs').fillNormal(new Float64Array(k * n)));

describe('solveRows', () => {
  test('agrees with Gaussian elimination, and reports true residuals', () => {
    const { x, residuals, status, iterations } = solveRows(denseOperator(a, 'psd'), b, { rtol: 1e-13 });
    for (let i = 0; i < k; i++) {
      const exact = gaussSolve(a.toArray(), Array.from(b.row(i)));
      expectClose(x.row(i), exact, { atol: 1e-10 * Math.max(...exact.map(Math.abs)) });
      expect(residuals[i]).toBeLessThanOrEqual(1e-13);
      expect(status[i]).toBe('converged');
      expect(iterations[i]).toBeLessThanOrEqual(2 * n);
    }
  });

  test('each row is what it would be alone', () => {
    const { x } = solveRows(denseOperator(a, 'psd'), b, { rtol: 1e-6 });
    for (let i = 0; i < k; i++)
      expectClose(
        solveRows(denseOperator(a, 'psd'), b.rowRange(i, i + 1), { rtol: 1e-6 }).x.row(0),
        x.row(i),
        { rtol: 1e-12 },
      );
  });

  test('a matrix with three eigenvalues takes three iterations, the inverse as preconditioner one', () => {
    const values = Float64Array.from({ length: n }, (_, i) => [1, 5, 30][i % 3]);
    const operator = denseOperator(Matrix.diagonal(values), 'psd');
    expect(Array.from(solveRows(operator, b, { rtol: 1e-12 }).iterations)).toEqual([3, 3, 3, 3, 3]);
    const preconditioner = denseOperator(Matrix.diagonal(values.map((v) => 1 / v)), 'psd');
    expect(Array.from(solveRows(operator, b, { rtol: 1e-12, preconditioner }).iterations)).toEqual([
      1, 1, 1, 1, 1,
    ]);
  });

  test('a zero right-hand side has the zero solution', () => {
    const { x, status, iterations, residuals } = solveRows(denseOperator(a, 'psd'), new Matrix(1, n));
    expect([x.data.every((v) => v === 0), status[0], iterations[0], residuals[0]]).toEqual([
      true,
      'converged',
      0,
      0,
    ]);
  });

  test('a right-hand side scaled by a power of two takes the same path, bit for bit, also where squares underflow', () => {
    const plain = solveRows(denseOperator(a, 'psd'), b);
    for (const scale of [2 ** -600, 2 ** 600]) {
      const scaled = solveRows(
        denseOperator(a, 'psd'),
        new Matrix(
          k,
          n,
          b.data.map((v) => v * scale),
        ),
      );
      expect(scaled.iterations).toEqual(plain.iterations);
      expect(scaled.x.data.map((v) => v / scale)).toEqual(plain.x.data);
    }
  });

  test('failures: negative curvature, singular, too few iterations; the worst residual is carried', () => {
    const indefinite = denseOperator(
      Matrix.diagonal(Float64Array.from({ length: n }, (_, i) => (i === 3 ? -1 : 1 + i))),
    );
    expect(() => solveRows(indefinite, b)).toThrow(NumericalError);
    expect(() => solveRows(indefinite, b)).toThrow(/negative curvature.*raise the damping/);
    const returned = solveRows(indefinite, b, { onFailure: 'return' });
    expect(new Set(returned.status)).toEqual(new Set(['negative-curvature']));
    expect(Math.min(...returned.residuals)).toBeGreaterThan(1e-8);

    const singular = denseOperator(Matrix.zeros(n, n), 'psd');
    expect(solveRows(singular, b, { onFailure: 'return' }).status[0]).toBe('zero-curvature');

    const few = solveRows(denseOperator(a, 'psd'), b, { maxIterations: 2, onFailure: 'return' });
    expect(few.status[0]).toBe('iteration-limit');
    const product = solveRows(denseOperator(a, 'psd'), b, { maxIterations: 2, onFailure: 'return' }).x;
    const residual = Array.from(
      b.row(0),
      (v, i) => v - a.row(i).reduce((s, w, j) => s + w * product.at(0, j), 0),
    );
    expect(few.residuals[0]).toBeCloseTo(Math.hypot(...residual) / Math.hypot(...b.row(0)), 12);
  });

  test('a tolerance below rounding ends as stagnated, with a residual at rounding level', () => {
    const { status, residuals } = solveRows(denseOperator(a, 'psd'), b, {
      rtol: 1e-19,
      maxIterations: 500,
      onFailure: 'return',
    });
    for (let i = 0; i < k; i++) {
      expect(status[i]).toBe('stagnated');
      expect(residuals[i]).toBeLessThan(n * Number.EPSILON * 8);
    }
  });

  test('an indefinite preconditioner is refused, and not reported as a property of the operator', () => {
    const preconditioner = denseOperator(
      Matrix.diagonal(Float64Array.from({ length: n }, (_, i) => (i % 2) - 0.5)),
    );
    expect(() => solveRows(denseOperator(a, 'psd'), b, { preconditioner })).toThrow(
      /the preconditioner is not positive definite/,
    );
  });

  test('refusals', () => {
    expect(() => solveRows(denseOperator(new Matrix(2, 3)), b)).toThrow(ShapeError);
    expect(() => solveRows(denseOperator(a, 'psd'), new Matrix(1, n - 1))).toThrow(ShapeError);
    expect(() => solveRows(denseOperator(a, 'psd'), b, { rtol: -1 })).toThrow(DomainError);
    expect(() =>
      solveRows(denseOperator(a, 'psd'), new Matrix(1, n, new Float64Array(n).fill(Infinity))),
    ).toThrow(NonFiniteError);
  });
});
