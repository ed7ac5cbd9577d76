/** @file MINRES: symmetric systems that may be indefinite or singular, one right-hand side or many. */
import { checkOneOf, checkOptions } from '../border/arguments.ts';
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { asVector, type VectorInput } from '../border/vector.ts';
import { checkFinite, checkInteger, checkLength, checkNonNegative, checkShape } from '../checks.ts';
import { ShapeError } from '../errors.ts';
import { rescaledSystem } from '../factorisations/rescaled-system.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { scalingByPowerOfTwo } from '../power-of-two.ts';
import { checkRepresentable, staysInRange, timesPowerOfTwo } from '../safe-scale.ts';
import { norm2 } from '../sum.ts';
import { asOperator, type OperatorInput } from './checked-operator.ts';
import type { LinearOperator } from './linear-operator.ts';
import {
  type MinresSolution,
  type MinresSolve,
  type MinresSystem,
  minresSolve,
  type WantedProduct,
} from './minres-recursion.ts';
import { type MinresStats, throwUnlessSolved, withMessage } from './minres-stats.ts';

/** Options of {@link minresRows}, and but for `x0` of {@link minres}. */
export interface MinresRowsOptions {
  /** An approximation M⁻¹ of |A|⁻¹, symmetric positive definite; e.g. a damped inverse of a psd curvature. */
  readonly preconditioner?: OperatorInput;
  /** Done when ‖b − A x‖ ≤ max(rtol·‖b‖, atol). Defaults 1e-10 and 0. */
  readonly rtol?: number;
  readonly atol?: number;
  /** Products with A per right-hand side, not counting the checks of the residual. Default 4n, at least 20. */
  readonly maxIterations?: number;
  /** Where to start, shape of b. Default 0. */
  readonly x0?: MatrixInput;
  /** 'throw' (default), or 'return' the best effort with its status. */
  readonly onFailure?: 'throw' | 'return';
}

/** Options of {@link minres}. */
export interface MinresOptions extends Omit<MinresRowsOptions, 'x0'> {
  /** Where to start, shape [n]. Default 0. */
  readonly x0?: VectorInput;
}

/** Products with several vectors at once, by A or M⁻¹. */
type Serve = (by: WantedProduct['by'], vectors: readonly Vec[]) => readonly Vec[];

/**
 * Solves A x = b, A symmetric, by the minimal residual method: x_k minimises ‖b − A x‖ over x₀ + the Krylov space; with a
 * preconditioner, √(rᵀM⁻¹r) over that of M⁻¹A.
 *
 * Where conjugate gradients need a positive definite A, this takes any symmetric one. For a singular A and x₀ = 0 it finds the shortest
 * solution A⁺b, also where b is not in the range of A and the status is 'inconsistent', as far as rounding lets it; with a preconditioner
 * some least-squares solution. Departure from the textbook: when the recursion says that ‖r‖ is small enough, or as small as
 * rounding lets it be, the true residual is computed, and iteration starts again from it until it meets the tolerance or no
 * longer halves ('stagnated').
 *
 * @param operator - A, shape [n, n], symmetric. For (A − σI) x = b give `shiftedOperator`. @param right - b, shape [n], finite. Not modified,
 * neither is x0.
 * @returns x, shape [n], and `stats`; with `onFailure: 'return'` look at `stats.status`.
 * @throws {ShapeError} shapes do not fit. @throws {NonFiniteError} b or x0, or a product with A or M⁻¹. @throws {DomainError} options.
 * With onFailure 'throw': {@link ConvergenceError} at the iteration limit or on stagnation, in the norm of `residual`;
 * {@link NumericalError} when inconsistent. A preconditioner with rᵀM⁻¹r < 0 always throws {@link NumericalError}.
 * Not checked: symmetry. Any scale: A and b near the ends of the doubles are brought to size 1 by powers of two.
 * {@link NumericalError} when x itself is beyond the largest double.
 * Cost: per iteration one product with A, one with M⁻¹ and about 20n flops; 7 vectors, 10 with M⁻¹. As many iterations as A has distinct
 * eigenvalues in exact arithmetic; with m eigenvalues on each side of 0, |λ| in [1/κ, 1], ‖r_2k‖ ≤ 2((κ − 1)/(κ + 1))ᵏ ‖b‖.
 * References: Paige and Saunders (1975), Solution of sparse indefinite systems of linear equations, SIAM J. Numer. Anal. 12; Liu, Milzarek and
 * Roosta (2023), Obtaining pseudo-inverse solutions with MINRES, arXiv:2309.17096 (the shortest least-squares solution).
 * @example minres(denseOperator(Matrix.of([[0, 1], [1, 0]]), 'symmetric'), Float64Array.of(2, 3)).x; // [3, 2]
 */
export function minres(
  operator: OperatorInput,
  right: VectorInput,
  options: MinresOptions = {},
): { x: Vec; stats: MinresStats } {
  const where = 'minres';
  checkOptions(where, options, OPTIONS);
  const op = asOperator(where, 'op', operator);
  const b = asVector(where, 'b', right);
  checkLength(where, 'b', b, op.cols);
  const { x0: start, ...others } = options;
  const x0 = start === undefined ? undefined : asVector(where, 'x0', start);
  if (x0 !== undefined) checkLength(where, 'x0', x0, op.cols);
  const rowOptions = x0 === undefined ? others : { ...others, x0: new Matrix(1, x0.length, x0) };
  const m = preconditionerOf(where, options.preconditioner);
  const serve: Serve = (by, vectors) =>
    vectors.map((v) => (by === 'operator' || m === undefined ? op : m).matvec(v));
  const { x, stats } = solveAll(where, op, m, serve, new Matrix(1, b.length, b), rowOptions, () => where);
  return { x: x.data, stats: stats[0] };
}

/**
 * Solves A xᵢ = bᵢ for every row bᵢ of b: {@link minres} in lock step, so that one `applyRows` per iteration serves all unfinished rows.
 *
 * @param operator - A, shape [n, n]. @param right - b, one right-hand side per row, shape [k, n], finite. Not modified.
 * @returns x, shape [k, n], and one `stats` per row. A row's result does not depend on the other rows, if that holds of
 * `op.applyRows`.
 * Throws as {@link minres}; the message names the first row that failed.
 * Cost: as many calls of `applyRows` as the slowest row needs iterations. Reference: as {@link minres}.
 * @example minresRows(shiftedOperator(hessian, 1e-3), gradients).x; // one solution per row
 */
export function minresRows(
  operator: OperatorInput,
  right: MatrixInput,
  options: MinresRowsOptions = {},
): { x: Matrix; stats: readonly MinresStats[] } {
  const where = 'minresRows';
  checkOptions(where, options, OPTIONS);
  const op = asOperator(where, 'op', operator);
  const b = asMatrix(where, 'b', right);
  const m = preconditionerOf(where, options.preconditioner);
  const serve: Serve = (by, vectors) => {
    const y = (by === 'operator' || m === undefined ? op : m).applyRows(Matrix.of(vectors));
    return vectors.map((_, i) => y.row(i));
  };
  return solveAll(where, op, m, serve, b, options, (i) => `${where}, row ${i}`);
}

const OPTIONS = ['preconditioner', 'rtol', 'atol', 'maxIterations', 'x0', 'onFailure'];

function preconditionerOf(where: string, m: OperatorInput | undefined): LinearOperator | undefined {
  return m === undefined ? undefined : asOperator(where, 'preconditioner', m);
}

function solveAll(
  where: string,
  op: LinearOperator,
  m: LinearOperator | undefined,
  serve: Serve,
  b: Matrix,
  options: MinresRowsOptions,
  nameOf: (row: number) => string,
): { x: Matrix; stats: readonly MinresStats[] } {
  const n = op.cols;
  const { rtol = 1e-10, atol = 0, maxIterations = Math.max(20, 4 * n), onFailure = 'throw' } = options;
  if (op.rows !== n) throw new ShapeError(where, 'op', 'square', `[${op.rows}, ${n}]`);
  if (m !== undefined && (m.rows !== n || m.cols !== n))
    throw new ShapeError(where, 'preconditioner', `[${n}, ${n}]`, `[${m.rows}, ${m.cols}]`);
  checkShape(where, 'b', b, b.rows, n);
  checkFinite(where, 'b', b.data);
  checkNonNegative(where, 'rtol', rtol);
  checkNonNegative(where, 'atol', atol);
  checkInteger(where, 'maxIterations', maxIterations, 0, Number.POSITIVE_INFINITY);
  checkOneOf(where, 'onFailure', onFailure, ['throw', 'return']);
  const x0 = options.x0 === undefined ? undefined : asMatrix(where, 'x0', options.x0);
  if (x0 !== undefined) {
    checkShape(where, 'x0', x0, b.rows, n);
    checkFinite(where, 'x0', x0.data);
  }
  const systems = Array.from({ length: b.rows }, (_, i): MinresSystem => {
    const start = x0?.row(i);
    return {
      where: nameOf(i),
      b: b.row(i),
      x0: start,
      rtol,
      atol,
      maxIterations,
      preconditioned: m !== undefined,
    };
  });
  const inRange = systems.map((system) => staysInRange(norm2(system.b)));
  const together = lockStep(
    systems.filter((_, i) => inRange[i]),
    serve,
  );
  const solutions = systems.map((system, i) =>
    inRange[i] ? (together.shift() as MinresSolution) : rescaled(system, serve),
  );
  const x = Matrix.zeros(b.rows, n);
  for (const [i, solution] of solutions.entries()) x.row(i).set(solution.x);
  checkRepresentable(where, b.data, x.data);
  if (onFailure === 'throw')
    for (const [i, { stats }] of solutions.entries()) throwUnlessSolved(nameOf(i), stats);
  return { x, stats: solutions.map(({ stats }) => stats) };
}

/** All systems, each getting its products together with those of the others that want the same. */
function lockStep(systems: readonly MinresSystem[], serve: Serve): MinresSolution[] {
  const solutions: MinresSolution[] = [];
  const waiting: { readonly index: number; readonly solve: MinresSolve; wanted: WantedProduct }[] = [];
  const advance = (
    index: number,
    solve: MinresSolve,
    step: IteratorResult<WantedProduct, MinresSolution>,
  ): void => {
    if (step.done === true) solutions[index] = step.value;
    else waiting.push({ index, solve, wanted: step.value });
  };
  for (const [index, system] of systems.entries()) {
    const solve = minresSolve(system);
    advance(index, solve, solve.next());
  }
  for (let turn = waiting.splice(0); turn.length > 0; turn = waiting.splice(0)) {
    const { by } = turn[0].wanted;
    const served = turn.filter(({ wanted }) => wanted.by === by);
    waiting.push(...turn.filter(({ wanted }) => wanted.by !== by));
    const answers = serve(
      by,
      served.map(({ wanted }) => wanted.vector),
    );
    for (const [i, { index, solve }] of served.entries()) advance(index, solve, solve.next(answers[i]));
  }
  return solutions;
}

/** With b, A and M⁻¹ of size 1. */
function rescaled(system: MinresSystem, serve: Serve): MinresSolution {
  const one =
    (by: WantedProduct['by']) =>
    (v: Vec): Vec =>
      serve(by, [v])[0];
  const inverse = system.preconditioned ? one('preconditioner') : undefined;
  const scaled = rescaledSystem(one('operator'), inverse, system.b, system.x0);
  const { apply, b, x0, exponentA, exponentB } = scaled;
  const atol = scalingByPowerOfTwo(-exponentB)(system.atol);
  const products: Serve = (by, vectors) =>
    vectors.map(by === 'operator' || scaled.inverse === undefined ? apply : scaled.inverse);
  const [{ x, stats }] = lockStep([{ ...system, b, x0, atol }], products);
  const up = scalingByPowerOfTwo(exponentB);
  const [residual, tolerance] = [up(stats.residual), up(stats.tolerance)];
  const residuals = stats.residuals.map(up);
  return {
    x: timesPowerOfTwo(x, exponentB - exponentA),
    stats: withMessage({ ...stats, residual, tolerance, residuals }),
  };
}
