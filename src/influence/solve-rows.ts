/** @file Conjugate gradients for many right-hand sides in lock step: one operator product serves all unfinished rows. */
import { checkFinite, checkInteger, checkNonNegative, checkShape } from '../linalg/checks.ts';
import { ConvergenceError, ShapeError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import type { LinearOperator } from '../linalg/operator.ts';
import { axpy, dot } from '../linalg/products.ts';
import { norm2 } from '../linalg/sum.ts';

/**
 * How a row ended: `converged`; `negative-curvature` or `zero-curvature`, a direction p with pᵀAp < 0 or = 0, so that A
 * is not positive definite; `iteration-limit`; `stagnated`, rounding errors keep the residual above the tolerance.
 */
export type RowStatus =
  | 'converged'
  | 'negative-curvature'
  | 'zero-curvature'
  | 'iteration-limit'
  | 'stagnated';

export interface SolveRowsOptions {
  /** A row is done when ‖b − A x‖ ≤ rtol ‖b‖. Default 1e-8. */
  readonly rtol?: number;
  /** Products with A per row. Default 2n. */
  readonly maxIterations?: number;
  /** An approximation of A⁻¹, positive definite; e.g. an EigenOperator's damped inverse. */
  readonly preconditioner?: LinearOperator;
  /** 'throw' (default) or 'return' the best effort with its status. */
  readonly onFailure?: 'throw' | 'return';
}

/** Solutions, one per row, with what they are worth. */
export interface RowSolutions {
  /** Shape [k, n]. */
  readonly x: Matrix;
  /** ‖b − A x‖ / ‖b‖ per row, recomputed from x at the end, not the recursion's own; 0 for b = 0. Shape [k]. */
  readonly residuals: Vec;
  /** Shape [k]. */
  readonly iterations: Int32Array;
  readonly status: readonly RowStatus[];
}

/** One right-hand side in progress, scaled to length 1 so that no square of a residual underflows. */
interface Row {
  readonly b: Vec;
  readonly x: Vec;
  residual: Vec;
  direction: Vec;
  /** rᵀ M⁻¹ r of the current residual. */
  energy: number;
  /** ‖b − A x‖ when last recomputed. */
  relative: number;
  iterations: number;
  status: RowStatus | undefined;
}

/**
 * Solves A xᵢ = bᵢ for every row bᵢ, A symmetric positive definite, by preconditioned conjugate gradients.
 *
 * Departures from the textbook: rows that are done leave the batch; when the recursion says that a row has converged,
 * its residual is recomputed, and iteration restarts from there until the true residual meets the tolerance or a
 * restart fails to halve it ('stagnated').
 *
 * @param a - Square, symmetric, [n, n]. Symmetry is not checked. @param b - One right-hand side per row, [k, n].
 * @throws {ShapeError} shapes do not fit. @throws {NonFiniteError} b. @throws {DomainError} rtol or maxIterations.
 * @throws {ConvergenceError} with onFailure 'throw': a row did not converge; carries the worst relative residual.
 * Each row depends on its own right-hand side only, if that holds of `a.applyRows`. Cost: per iteration one product of
 * A with all unfinished rows; memory 5 vectors per row.
 * Reference: Hestenes & Stiefel, Methods of conjugate gradients for solving linear systems (1952), §3.
 * @example solveRows(denseOperator(Matrix.of([[2, 0], [0, 4]])), Matrix.of([[2, 4]])).x.data; // [1, 1]
 */
export function solveRows(a: LinearOperator, b: Matrix, options: SolveRowsOptions = {}): RowSolutions {
  const { rtol = 1e-8, maxIterations = 2 * a.cols, preconditioner, onFailure = 'throw' } = options;
  if (a.rows !== a.cols) throw new ShapeError('solveRows', 'a', 'square', `[${a.rows}, ${a.cols}]`);
  checkShape('solveRows', 'b', b, b.rows, a.cols);
  checkFinite('solveRows', 'b', b.data);
  checkNonNegative('solveRows', 'rtol', rtol);
  checkInteger('solveRows', 'maxIterations', maxIterations, 1, Number.POSITIVE_INFINITY);

  const norms = Array.from({ length: b.rows }, (_, i) => norm2(b.row(i)));
  const rows = norms.map((norm, i) => startRow(b.row(i), norm));
  for (let open = rows.filter(isOpen); open.length > 0; open = open.filter(isOpen)) {
    precondition(open, preconditioner);
    iterate(a, open, rtol, maxIterations, preconditioner);
    recomputeResiduals(a, open, rtol, maxIterations);
  }
  const failed = rows.filter((row) => row.status !== 'converged');
  if (onFailure === 'throw' && failed.length > 0) {
    const worst = failed.reduce((w, row) => (row.relative > w.relative ? row : w));
    throw new ConvergenceError(
      'solveRows',
      worst.iterations,
      worst.relative,
      rtol,
      HINTS[worst.status ?? 'stagnated'],
    );
  }
  const x = new Matrix(b.rows, b.cols);
  for (const [i, row] of rows.entries()) x.row(i).set(row.x.map((value) => value * norms[i]));
  return {
    x,
    residuals: Float64Array.from(rows, (row) => row.relative),
    iterations: Int32Array.from(rows, (row) => row.iterations),
    status: rows.map((row) => row.status ?? 'stagnated'),
  };
}

const HINTS: Record<RowStatus, string> = {
  converged: '',
  'negative-curvature': 'The operator has negative curvature: raise the damping, or use the GGN.',
  'zero-curvature': 'The operator is singular: add damping.',
  'iteration-limit': 'Allow more iterations, raise the damping or give a preconditioner.',
  stagnated: 'Rounding errors stop it here: raise rtol or the damping.',
};

const isOpen = (row: Row): boolean => row.status === undefined;

function startRow(rightHandSide: Vec, norm: number): Row {
  const b = norm === 0 ? rightHandSide : rightHandSide.map((value) => value / norm);
  return {
    b,
    x: new Float64Array(b.length),
    residual: b.slice(),
    direction: b,
    energy: 0,
    relative: norm === 0 ? 0 : 1,
    iterations: 0,
    status: norm === 0 ? 'converged' : undefined,
  };
}

/** Starts every row afresh from its residual: direction = M⁻¹ r. */
function precondition(rows: readonly Row[], preconditioner: LinearOperator | undefined): void {
  const z = preconditioned(rows, preconditioner);
  for (const [i, row] of rows.entries()) {
    row.direction = z[i].slice();
    row.energy = dot(row.residual, z[i]);
  }
}

/** M⁻¹ r of every row; r itself without a preconditioner. */
function preconditioned(rows: readonly Row[], preconditioner: LinearOperator | undefined): Vec[] {
  const residuals = rows.map((row) => row.residual);
  return preconditioner === undefined ? residuals : rowsOf(preconditioner.applyRows(Matrix.of(residuals)));
}

function rowsOf(a: Matrix): Vec[] {
  return Array.from({ length: a.rows }, (_, i) => a.row(i));
}

/** Runs the recursion on every row until it claims convergence, meets bad curvature or its limit. */
function iterate(
  a: LinearOperator,
  open: readonly Row[],
  rtol: number,
  limit: number,
  preconditioner: LinearOperator | undefined,
): void {
  for (let rows = [...open]; rows.length > 0; ) {
    const products = a.applyRows(Matrix.of(rows.map((row) => row.direction)));
    rows = rows.filter((row, i) => step(row, products.row(i), rtol, limit));
    const z = rows.length === 0 ? [] : preconditioned(rows, preconditioner);
    for (const [i, row] of rows.entries()) {
      const energy = dot(row.residual, z[i]);
      const beta = energy / row.energy;
      row.energy = energy;
      for (let k = 0; k < row.direction.length; k++) row.direction[k] = z[i][k] + beta * row.direction[k];
    }
  }
}

/** x ← x + α p, r ← r − α A p; false when the row should leave the recursion. */
function step(row: Row, product: Vec, rtol: number, limit: number): boolean {
  if (!(row.energy > 0)) return false; // r = 0, or a preconditioner that is not positive definite: the true residual decides
  row.iterations++;
  const curvature = dot(row.direction, product);
  if (!(curvature > 0)) {
    row.status = curvature < 0 ? 'negative-curvature' : 'zero-curvature';
    return false;
  }
  const alpha = row.energy / curvature;
  axpy(alpha, row.direction, row.x);
  axpy(-alpha, product, row.residual);
  return norm2(row.residual) > rtol && row.iterations < limit;
}

/** r ← b − A x, from which status follows. Rows without a status go another round. */
function recomputeResiduals(a: LinearOperator, rows: readonly Row[], rtol: number, limit: number): void {
  const products = a.applyRows(Matrix.of(rows.map((row) => row.x)));
  for (const [i, row] of rows.entries()) {
    row.residual = row.b.map((value, k) => value - products.data[i * products.cols + k]);
    const before = row.relative;
    row.relative = norm2(row.residual);
    if (row.relative <= rtol) row.status = 'converged';
    else if (row.status === undefined && row.iterations >= limit) row.status = 'iteration-limit';
    else if (row.status === undefined && !(row.relative <= before / 2)) row.status = 'stagnated';
  }
}
