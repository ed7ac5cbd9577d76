/** @file A few steps of preconditioned conjugate gradients for many right-hand sides, one step at a time. */
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { checkShape } from '../linalg/checks.ts';
import { ShapeError } from '../linalg/errors.ts';
import { Matrix } from '../linalg/matrix.ts';
import { asOperator, type OperatorInput } from '../linalg/operators/checked-operator.ts';
import type { LinearOperator } from '../linalg/operators/operator.ts';
import { dot } from '../linalg/products.ts';
import { norm2 } from '../linalg/sum.ts';

/** The state after a step. */
export interface ConjugateStep {
  /** The iterate of every row, shape [k, n]: a copy. */
  readonly x: Matrix;
  /** Rows that met a direction p with pᵀAp ≤ 0 so far, and stay where they were. */
  readonly stopped: number;
}

/**
 * The iterates x_1, x_2, … of conjugate gradients for A xᵢ = bᵢ from x_0 = 0: after m steps the best solution of the Krylov space
 * of M⁻¹A in the norm of A. Made to be stopped early: nothing is checked but the shapes, and there is no tolerance. To solve
 * to a tolerance, use `conjugateGradientRows`, whose iterates are the same.
 *
 * A row that meets negative curvature, where A is not positive definite, keeps its last iterate; at the first step it takes
 * M⁻¹b instead, the preconditioned gradient, as truncated Newton methods do.
 *
 * @param a - A, shape [n, n], symmetric. @param b - One right-hand side per row, [k, n]. Not modified.
 * @param preconditioner - M⁻¹, symmetric positive definite; the identity when absent.
 * @yields the state after every step, without end. @throws {ShapeError} shapes differ.
 * Cost per step: one product with A and one with M⁻¹ for all rows; 4 vectors per row. The first step only scales M⁻¹b, row by row.
 * References: Hestenes and Stiefel 1952, §3; Nocedal and Wright, Numerical Optimization (2nd ed., 2006), §7.1.
 * @example const [first, second] = take(2, conjugateSteps(shiftedOperator(ggn, λ), gradients, ekfac.inverse(rule)));
 */
export function conjugateSteps(
  a: OperatorInput,
  b: MatrixInput,
  preconditioner?: OperatorInput,
): Generator<ConjugateStep, never> {
  const where = 'conjugateSteps';
  const operator = asOperator(where, 'a', a);
  const rows = asMatrix(where, 'b', b);
  checkShape(where, 'b', rows, rows.rows, operator.cols);
  const m = preconditioner === undefined ? undefined : asOperator(where, 'preconditioner', preconditioner);
  if (m !== undefined && (m.rows !== rows.cols || m.cols !== rows.cols))
    throw new ShapeError(where, 'preconditioner', `[${rows.cols}, ${rows.cols}]`, `[${m.rows}, ${m.cols}]`);
  return steps(operator, rows, m);
}

function* steps(
  a: LinearOperator,
  b: Matrix,
  preconditioner: LinearOperator | undefined,
): Generator<ConjugateStep, never> {
  const { rows: k, cols: n } = b;
  const lengths = Float64Array.from({ length: k }, (_, i) => norm2(b.row(i)));
  const x = new Matrix(k, n);
  const residual = scaledRows(b, lengths, -1); // rows of length 1: gradients may be tiny
  const apply = (rows: Matrix): Matrix => preconditioner?.applyRows(rows) ?? rows.clone();
  const direction = apply(residual);
  const energy = Float64Array.from({ length: k }, (_, i) => dot(residual.row(i), direction.row(i)));
  const open = Uint8Array.from(energy, (e) => (e > 0 ? 1 : 0));
  let stopped = 0;
  for (let step = 0; ; step++) {
    const image = a.applyRows(direction);
    for (let i = 0; i < k; i++) {
      if (open[i] === 0) continue;
      const p = direction.row(i);
      const y = image.row(i);
      const curvature = dot(p, y);
      if (!(curvature > 0)) {
        open[i] = 0;
        stopped++;
        if (step === 0) x.row(i).set(p);
        continue;
      }
      addScaled(x.row(i), energy[i] / curvature, p);
      addScaled(residual.row(i), -energy[i] / curvature, y);
    }
    yield { x: scaledRows(x, lengths, 1), stopped };
    const z = apply(residual);
    for (let i = 0; i < k; i++) {
      if (open[i] === 0) continue;
      const next = dot(residual.row(i), z.row(i));
      if (!(next > 0)) {
        open[i] = 0; // solved
        continue;
      }
      const p = direction.row(i);
      const ratio = next / energy[i];
      for (let j = 0; j < n; j++) p[j] = z.data[i * n + j] + ratio * p[j];
      energy[i] = next;
    }
  }
}

/** x ← x + α y. */
function addScaled(x: Float64Array, alpha: number, y: Float64Array): void {
  for (let j = 0; j < x.length; j++) x[j] += alpha * y[j];
}

/** Row i times lengths[i]^power in a new matrix; rows of length 0 stay. */
function scaledRows(a: Matrix, lengths: Float64Array, power: 1 | -1): Matrix {
  const out = a.clone();
  for (let i = 0; i < out.rows; i++) {
    const row = out.row(i);
    const factor = lengths[i] === 0 ? 1 : power === 1 ? lengths[i] : 1 / lengths[i];
    for (let j = 0; j < row.length; j++) row[j] *= factor;
  }
  return out;
}
