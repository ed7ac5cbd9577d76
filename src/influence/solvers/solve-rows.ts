/** @file Conjugate gradients or MINRES for the gradients of queries, which may be tiny: solved at length 1, scaled back afterwards. */

import { type Check, type Checks, checkFields, integer, oneOf } from '../../linalg/border/fields.ts';
import { asMatrix, type MatrixInput } from '../../linalg/border/matrix.ts';
import { checkFinite, checkShape } from '../../linalg/checks.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import { asOperator, type OperatorInput } from '../../linalg/operators/checked-operator.ts';
import { conjugateGradientRows } from '../../linalg/operators/conjugate-gradient.ts';
import type {
  ConjugateGradientStats,
  ConjugateGradientStatus,
} from '../../linalg/operators/conjugate-gradient-stats.ts';
import { minresRows } from '../../linalg/operators/minres.ts';
import type { MinresStats, MinresStatus } from '../../linalg/operators/minres-stats.ts';
import type { LinearOperator } from '../../linalg/operators/operator.ts';
import { norm2 } from '../../linalg/sum.ts';
import { nonNegative } from '../option-checks.ts';

export interface SolveRowsOptions {
  /** 'cg' (default) for a positive definite A; 'minres' for any symmetric one, indefinite too. */
  readonly solver?: RowSolver;
  /** A row is done when ‖b − A x‖ ≤ rtol ‖b‖. Default 1e-8. */
  readonly rtol?: number;
  /** Products with A per row. Default max(20, 2n), twice that for 'minres'. */
  readonly maxIterations?: number;
  /** An approximation of A⁻¹, positive definite; e.g. an EigenOperator's damped inverse. */
  readonly preconditioner?: LinearOperator;
  /** 'throw' (default) or 'return' the best effort with its status. */
  readonly onFailure?: 'throw' | 'return';
}

/** What solves a row. */
export type RowSolver = 'cg' | 'minres';

/** Checks of the options. */
export const ITERATION: Checks = {
  solver: oneOf('cg', 'minres'),
  rtol: nonNegative,
  maxIterations: integer(0),
  preconditioner: ((where, argument, value) => asOperator(where, argument, value)) as Check,
  onFailure: oneOf('throw', 'return'),
};

/** Solutions, one per row, with what they are worth. */
export interface RowSolutions {
  /** Shape [k, n]. */
  readonly x: Matrix;
  /** ‖b − A x‖ / ‖b‖ per row, computed from x, not the recursion's own; 0 for b = 0. Shape [k]. */
  readonly residuals: Vec;
  /** Shape [k]. */
  readonly iterations: Int32Array;
  readonly status: readonly (ConjugateGradientStatus | MinresStatus)[];
  /** Per row, ‖b − A x‖ / ‖b‖ before the first and after every iteration. */
  readonly histories: readonly Vec[];
}

/**
 * Solves A xᵢ = bᵢ for every row bᵢ by {@link conjugateGradientRows} or {@link minresRows}, each right-hand side scaled to length 1, so that the
 * gradient of a query that the model is certain of (norms down to 1e-300) is solved as accurately as any other.
 *
 * @param operator - A, symmetric, positive definite for 'cg', [n, n]. @param right - One right-hand side b per row, [k, n].
 * Throws as these. Cost: per iteration one product of A with all unfinished rows.
 * @example solveRows(denseOperator(Matrix.of([[2, 0], [0, 4]])), Matrix.of([[2, 4]])).x.data; // [1, 1]
 */
export function solveRows(
  operator: OperatorInput,
  right: MatrixInput,
  options: SolveRowsOptions = {},
): RowSolutions {
  const a = asOperator('solveRows', 'a', operator);
  const b = asMatrix('solveRows', 'b', right);
  checkShape('solveRows', 'b', b, b.rows, a.cols);
  checkFinite('solveRows', 'b', b.data);
  checkFields('solveRows', options, ITERATION);
  const norms = Float64Array.from({ length: b.rows }, (_, i) => norm2(b.row(i)) || 1);
  const { solver = 'cg', ...iteration } = options;
  const unit = scaleRows(b, (i) => 1 / norms[i]);
  const solve = solver === 'cg' ? conjugateGradientRows : minresRows;
  const solved = solve(a, unit, { rtol: 1e-8, ...iteration });
  const stats: readonly (ConjugateGradientStats | MinresStats)[] = solved.stats;
  return {
    x: scaleRows(solved.x, (i) => norms[i]),
    residuals: Float64Array.from(stats, (s) => s.residual),
    iterations: Int32Array.from(stats, (s) => s.iterations),
    status: stats.map((s) => s.status),
    histories: stats.map((s) => s.residuals),
  };
}

function scaleRows(a: Matrix, factor: (row: number) => number): Matrix {
  const out = a.clone();
  for (let i = 0; i < out.rows; i++) {
    const row = out.row(i);
    const f = factor(i);
    for (let j = 0; j < row.length; j++) row[j] *= f;
  }
  return out;
}
