/** @file Preconditioned conjugate gradients for symmetric positive definite operators, one right-hand side or many. */
import { checkOneOf, checkOptions } from '../border/arguments.ts';
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { asVector, type VectorInput } from '../border/vector.ts';
import { checkFinite, checkInteger, checkLength, checkNonNegative, checkShape } from '../checks.ts';
import { NonFiniteError, NumericalError, ShapeError } from '../errors.ts';
import { rescaledSystem } from '../factorisations/rescaled-system.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { scalingByPowerOfTwo } from '../power-of-two.ts';
import { axpy, dot } from '../products.ts';
import {
  checkRepresentable,
  hasItsDigits,
  leavesRange,
  staysInRange,
  timesPowerOfTwo,
} from '../safe-scale.ts';
import { norm2 } from '../sum.ts';
import { asOperator, type OperatorInput } from './checked-operator.ts';
import {
  type ConjugateGradientStats,
  type ConjugateGradientStatus,
  STATUS_SENTENCES,
  throwUnlessConverged,
} from './conjugate-gradient-stats.ts';
import type { LinearOperator } from './linear-operator.ts';

/** Options of {@link conjugateGradientRows}, and but for `x0` of {@link conjugateGradient}. */
export interface ConjugateGradientRowsOptions {
  /** An approximation M⁻¹ of A⁻¹, symmetric positive definite; e.g. a damped inverse of another curvature. */
  readonly preconditioner?: OperatorInput;
  /** Done when ‖b − A x‖ ≤ max(rtol·‖b‖, atol). Defaults 1e-10 and 0. */
  readonly rtol?: number;
  readonly atol?: number;
  /** Products with A per right-hand side, not counting the checks of the residual. Default 2n, at least 20. */
  readonly maxIterations?: number;
  /** Where to start, shape of b. Default 0. */
  readonly x0?: MatrixInput;
  /** 'throw' (default), or 'return' the best effort with its status. */
  readonly onFailure?: 'throw' | 'return';
}

/** Options of {@link conjugateGradient}. */
export interface ConjugateGradientOptions extends Omit<ConjugateGradientRowsOptions, 'x0'> {
  /** Where to start, shape [n]. Default 0. */
  readonly x0?: VectorInput;
}

/** Products with several vectors at once: one array per vector, in the same order. */
type Apply = (vectors: readonly Vec[]) => readonly Vec[];

/** One right-hand side in progress. */
interface Solve {
  readonly where: string;
  readonly b: Vec;
  readonly x: Vec;
  readonly normB: number;
  readonly tolerance: number;
  readonly residuals: number[];
  residual: Vec;
  direction: Vec;
  /** rᵀ M⁻¹ r. */
  energy: number;
  /** Largest ‖Ap‖/‖p‖ so far, a lower bound of ‖A‖. */
  normA: number;
  /** The last true ‖b − A x‖. */
  checked: number;
  iterations: number;
  status: ConjugateGradientStatus | undefined;
  /** A square left the range in which it has all its digits: the solve begins anew, rescaled. */
  outOfRange: boolean;
  /** Whether to look for that. */
  readonly watched: boolean;
}

/**
 * Solves A x = b, A symmetric positive definite, by (preconditioned) conjugate gradients.
 *
 * Departures from the textbook: (1) when the recursion says ‖r‖ is small enough, or as small as rounding lets it be, the
 * true residual is computed, and iteration starts again from it until it meets the tolerance or no longer halves
 * ('stagnated'); (2) a direction with pᵀAp ≤ ε‖A‖‖p‖² ends the solve.
 *
 * @param operator - A, shape [n, n], symmetric positive definite; semidefinite works when b lies in its range. @param right - b, shape [n],
 * finite. Not modified, neither is x0.
 * @returns x, shape [n], and `stats`; with `onFailure: 'return'` look at `stats.status`.
 * @throws {ShapeError} shapes do not fit. @throws {NonFiniteError} b or x0, or a product with A or M⁻¹.
 * @throws {DomainError} options. With onFailure 'throw': {@link ConvergenceError} at the iteration limit or on stagnation, in
 * the norm of `residual`; {@link NumericalError} on zero or negative curvature. A preconditioner with rᵀM⁻¹r < 0 always
 * throws {@link NumericalError}.
 * Not checked: symmetry. Any scale of A, b and M⁻¹: where a square would over- or underflow, the solve begins anew with all three
 * brought to size 1 by powers of two. {@link NumericalError} when x itself is beyond the largest double.
 * Cost: per iteration one product with A, one with M⁻¹ and about 14n flops; 4 vectors. After at most as many iterations as A
 * has distinct eigenvalues in exact arithmetic; error after k steps ≤ 2((√κ − 1)/(√κ + 1))ᵏ in the norm of A.
 * Reference: Hestenes and Stiefel, Methods of conjugate gradients for solving linear systems (J. Res. NBS 49, 1952), §3.
 * @example conjugateGradient(denseOperator(Matrix.of([[2, 1], [1, 2]]), 'psd'), Float64Array.of(3, 3)).x; // [1, 1]
 */
export function conjugateGradient(
  operator: OperatorInput,
  right: VectorInput,
  options: ConjugateGradientOptions = {},
): { x: Vec; stats: ConjugateGradientStats } {
  const where = 'conjugateGradient';
  checkOptions(where, options, OPTIONS);
  const op = asOperator(where, 'op', operator);
  const b = asVector(where, 'b', right);
  const { x0: start, ...others } = options;
  const x0 = start === undefined ? undefined : asVector(where, 'x0', start);
  checkLength(where, 'b', b, op.cols);
  if (x0 !== undefined) checkLength(where, 'x0', x0, op.cols);
  const rowOptions = x0 === undefined ? others : { ...others, x0: new Matrix(1, x0.length, x0) };
  const a: Apply = (vectors) => vectors.map((v) => op.matvec(v));
  const m = preconditionerOf(where, options.preconditioner);
  const inverse: Apply | undefined = m && ((vectors) => vectors.map((v) => m.matvec(v)));
  const { x, stats } = solveAll(
    where,
    op,
    a,
    inverse,
    new Matrix(1, b.length, b),
    m,
    rowOptions,
    () => where,
  );
  return { x: x.data, stats: stats[0] };
}

/**
 * Solves A xᵢ = bᵢ for every row bᵢ of b: {@link conjugateGradient} in lock step, so that one `applyRows` per iteration serves
 * all unfinished rows. Each row has its own scalars and leaves when it is done.
 *
 * @param operator - A, shape [n, n]. @param right - b, one right-hand side per row, shape [k, n], finite. Not modified.
 * @returns x, shape [k, n], and one `stats` per row. A row's result does not depend on the other rows, if that holds of
 * `op.applyRows`.
 * Throws as {@link conjugateGradient}; the message names the first row that failed.
 * Cost: as many calls of `applyRows` as the slowest row needs iterations; 4 vectors per row.
 * Reference: as {@link conjugateGradient}.
 * @example conjugateGradientRows(shiftedOperator(hessian, 1e-3), gradients).x; // one solution per row
 */
export function conjugateGradientRows(
  operator: OperatorInput,
  right: MatrixInput,
  options: ConjugateGradientRowsOptions = {},
): { x: Matrix; stats: readonly ConjugateGradientStats[] } {
  const where = 'conjugateGradientRows';
  checkOptions(where, options, OPTIONS);
  const op = asOperator(where, 'op', operator);
  const b = asMatrix(where, 'b', right);
  const m = preconditionerOf(where, options.preconditioner);
  const batched =
    (by: LinearOperator): Apply =>
    (vectors) => {
      const y = by.applyRows(Matrix.of(vectors));
      return vectors.map((_, i) => y.row(i));
    };
  return solveAll(where, op, batched(op), m && batched(m), b, m, options, (i) => `${where}, row ${i}`);
}

const OPTIONS = ['preconditioner', 'rtol', 'atol', 'maxIterations', 'x0', 'onFailure'];

function preconditionerOf(where: string, m: OperatorInput | undefined): LinearOperator | undefined {
  return m === undefined ? undefined : asOperator(where, 'preconditioner', m);
}

function solveAll(
  where: string,
  op: LinearOperator,
  a: Apply,
  inverse: Apply | undefined,
  b: Matrix,
  m: LinearOperator | undefined,
  options: ConjugateGradientRowsOptions,
  nameOf: (row: number) => string,
): { x: Matrix; stats: readonly ConjugateGradientStats[] } {
  const n = op.cols;
  const { rtol = 1e-10, atol = 0, maxIterations = Math.max(20, 2 * n), onFailure = 'throw' } = options;
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

  const { x, solves } = run(a, inverse, b, x0, { rtol, atol, maxIterations, nameOf, watched: true });
  const stats = solves.map((s, i) =>
    s.outOfRange ? rescaled(s, a, inverse, x0?.row(i), { rtol, atol, maxIterations, nameOf }) : statsOf(s),
  );
  checkRepresentable(where, b.data, x.data);
  if (onFailure === 'throw') for (const [i, s] of stats.entries()) throwUnlessConverged(nameOf(i), s);
  return { x, stats };
}

type RunOptions = Record<'rtol' | 'atol' | 'maxIterations', number> & { nameOf: (row: number) => string };

function run(
  a: Apply,
  inverse: Apply | undefined,
  b: Matrix,
  x0: Matrix | undefined,
  { rtol, atol, maxIterations, nameOf, watched }: RunOptions & { readonly watched: boolean },
): { x: Matrix; solves: readonly Solve[] } {
  const x = x0?.clone() ?? new Matrix(b.rows, b.cols);
  const solves = Array.from({ length: b.rows }, (_, i) =>
    begin(nameOf(i), b.row(i), x.row(i), rtol, atol, watched),
  );
  const isOpen = (s: Solve): boolean => s.status === undefined;
  if (x0 !== undefined) recompute(a, solves.filter(isOpen), Number.POSITIVE_INFINITY);
  for (let open = solves.filter(isOpen); open.length > 0; open = open.filter(isOpen)) {
    iterate(a, inverse, open, maxIterations);
    recompute(a, open, maxIterations);
  }
  return { x, solves };
}

/** The solve anew, with b, A and M⁻¹ of size 1; x is written where the solve had it. */
function rescaled(
  { where, b, x }: Solve,
  a: Apply,
  inverse: Apply | undefined,
  x0: Vec | undefined,
  options: RunOptions,
): ConjugateGradientStats {
  const system = rescaledSystem((v) => a([v])[0], inverse && ((v) => inverse([v])[0]), b, x0);
  const { apply, inverse: inverseApply, exponentA, exponentB } = system;
  const start = system.x0 && new Matrix(1, b.length, system.x0);
  const outcome = run(
    (vectors) => vectors.map(apply),
    inverseApply && ((vectors) => vectors.map(inverseApply)),
    new Matrix(1, b.length, system.b),
    start,
    { ...options, atol: scalingByPowerOfTwo(-exponentB)(options.atol), nameOf: () => where, watched: false },
  );
  x.set(timesPowerOfTwo(outcome.x.data, exponentB - exponentA));
  checkRepresentable(where, outcome.x.data, x);
  const s = outcome.solves[0];
  const up = scalingByPowerOfTwo(exponentB);
  const residuals = s.residuals.map(up);
  return statsOf({ ...s, checked: up(s.checked), tolerance: up(s.tolerance), residuals });
}

/** A solve at x, its residual that of x = 0. A zero right-hand side is answered at once, by zero. */
function begin(where: string, b: Vec, x: Vec, rtol: number, atol: number, watched: boolean): Solve {
  const normB = norm2(b);
  const tolerance = Math.max(rtol * normB, atol);
  if (normB === 0) x.fill(0);
  const fromZero = x.every((value) => value === 0);
  const outOfRange = watched && !staysInRange(normB);
  const answered = normB === 0 || (fromZero && normB <= tolerance && Number.isFinite(normB));
  return {
    where,
    b,
    x,
    normB,
    tolerance,
    residuals: [normB],
    residual: b.slice(),
    direction: b,
    energy: 0,
    normA: 0,
    checked: normB,
    iterations: 0,
    status: answered ? 'converged' : outOfRange ? 'stagnated' : undefined,
    outOfRange: outOfRange && !answered,
    watched,
  };
}

/** Starts every solve from its residual and runs the recursion until it claims convergence, meets bad curvature or its limit. */
function iterate(a: Apply, inverse: Apply | undefined, open: readonly Solve[], limit: number): void {
  const precondition = (solves: readonly Solve[]): readonly Vec[] => {
    const residuals = solves.map((s) => s.residual);
    return inverse === undefined || solves.length === 0 ? residuals : inverse(residuals);
  };
  const first = precondition(open);
  let active = open.filter((s, i) => turn(s, first[i], 0));
  while (active.length > 0) {
    const products = a(active.map((s) => s.direction));
    active = active.filter((s, i) => step(s, products[i], limit));
    const z = precondition(active);
    active = active.filter((s, i) => turn(s, z[i], s.energy));
  }
}

/** p ← z + (rᵀz / previous) p, or p ← z after a start (`previous` = 0); false when rᵀz is too small to go on. */
function turn(s: Solve, z: Vec, previous: number): boolean {
  s.energy = dot(s.residual, z);
  if (s.watched && !hasItsDigits(s.energy) && leavesRange(norm2(s.residual), norm2(z))) return leave(s);
  if (Number.isNaN(s.energy))
    throw new NonFiniteError(s.where, 'M⁻¹ r', z.findIndex(Number.isNaN), Number.NaN);
  if (s.energy < 0 || (s.energy === 0 && s.residual.some((r) => r !== 0)))
    throw new NumericalError(
      `${s.where}: rᵀM⁻¹r = ${s.energy}: the preconditioner is not positive definite.`,
    );
  if (s.energy === 0) {
    s.status = 'stagnated';
    return false;
  }
  if (previous === 0) {
    s.direction = z.slice();
    return true;
  }
  const beta = s.energy / previous;
  const p = s.direction;
  for (let i = 0; i < p.length; i++) p[i] = z[i] + beta * p[i];
  return true;
}

function leave(s: Solve): false {
  Object.assign(s, { outOfRange: true, status: 'stagnated' });
  return false;
}

/** x ← x + α p, r ← r − α A p; false when the solve should leave the recursion. */
function step(s: Solve, product: Vec, limit: number): boolean {
  if (s.iterations >= limit) return false;
  const square = dot(s.direction, s.direction);
  const curvature = dot(s.direction, product);
  const size = norm2(product);
  if (s.watched) {
    const moved = hasItsDigits(square) ? Math.sqrt(square) : norm2(s.direction);
    if (leavesRange(moved, Math.max(moved, size))) return leave(s);
  }
  if (!Number.isFinite(curvature)) {
    const at = product.findIndex((value) => !Number.isFinite(value));
    throw new NonFiniteError(s.where, 'A p', Math.max(at, 0), at < 0 ? curvature : product[at]);
  }
  s.normA = Math.max(s.normA, size / Math.sqrt(square));
  const negligible = Number.EPSILON * s.normA * square;
  if (curvature <= negligible) {
    s.status = curvature < -negligible ? 'negative-curvature' : 'zero-curvature';
    return false;
  }
  const alpha = s.energy / curvature;
  axpy(alpha, s.direction, s.x);
  axpy(-alpha, product, s.residual);
  s.iterations++;
  const norm = norm2(s.residual);
  s.residuals.push(norm);
  const attainable = Number.EPSILON * (s.normA * norm2(s.x) + s.normB);
  return norm > Math.max(s.tolerance, attainable);
}

/** r ← b − A x, from which status follows. Solves without a status go another round. */
function recompute(a: Apply, solves: readonly Solve[], limit: number): void {
  const products = solves.length === 0 ? [] : a(solves.map((s) => s.x));
  for (const [i, s] of solves.entries()) {
    if (s.outOfRange) continue;
    for (let k = 0; k < s.b.length; k++) s.residual[k] = s.b[k] - products[i][k];
    const norm = norm2(s.residual);
    s.residuals[s.residuals.length - 1] = norm;
    if (norm <= s.tolerance) s.status = 'converged';
    else if (s.status === undefined && s.iterations >= limit) s.status = 'iteration-limit';
    else if (s.status === undefined && s.iterations > 0 && !(norm <= s.checked / 2)) s.status = 'stagnated';
    s.checked = norm;
  }
}

function statsOf(s: Solve): ConjugateGradientStats {
  const status = s.status ?? 'stagnated';
  const { iterations, checked: residual, tolerance } = s;
  const numbers = `residual ${residual.toExponential(2)}, tolerance ${tolerance.toExponential(2)}, ${iterations} iterations`;
  const message = `${STATUS_SENTENCES[status]} (${numbers})`;
  const residuals = Float64Array.from(s.residuals);
  return { status, iterations, residual: s.normB === 0 ? 0 : residual, tolerance, residuals, message };
}
