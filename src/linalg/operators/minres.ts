/** @file MINRES: symmetric systems that may be indefinite or singular. */
import { checkOneOf, checkOptions } from '../border/arguments.ts';
import { asVector, type VectorInput } from '../border/vector.ts';
import { checkFinite, checkInteger, checkLength, checkNonNegative } from '../checks.ts';
import { ConvergenceError, NonFiniteError, NumericalError, ShapeError } from '../errors.ts';
import { rescaledSystem } from '../factorisations/rescaled-system.ts';
import { hypotenuse } from '../hypotenuse.ts';
import type { Vec } from '../matrix.ts';
import { scalingByPowerOfTwo } from '../power-of-two.ts';
import { axpy, dot } from '../products.ts';
import { checkRepresentable, staysInRange, timesPowerOfTwo } from '../safe-scale.ts';
import { norm2 } from '../sum.ts';
import { asOperator, type OperatorInput } from './checked-operator.ts';
import type { LinearOperator } from './linear-operator.ts';

/**
 * How a solve ended. `inconsistent`: A is singular and b is not in its range; x is a least-squares solution. `stagnated`: rounding
 * errors keep the true residual above the tolerance.
 */
export type MinresStatus = 'converged' | 'inconsistent' | 'iteration-limit' | 'stagnated';

/** Options of {@link minres}. */
export interface MinresOptions {
  /** Done when ‖b − A x‖ ≤ max(rtol·‖b‖, atol). Defaults 1e-10 and 0. */
  readonly rtol?: number;
  readonly atol?: number;
  /** Products with A, not counting the checks of the residual. Default 4n, at least 20. */
  readonly maxIterations?: number;
  /** Where to start, shape [n]. Default 0. */
  readonly x0?: VectorInput;
  /** 'throw' (default), or 'return' the best effort with its status. */
  readonly onFailure?: 'throw' | 'return';
}

/** What a solution is worth. */
export interface MinresStats {
  readonly status: MinresStatus;
  readonly iterations: number;
  /** ‖b − A x‖₂, computed from x at the end. */
  readonly residual: number;
  /** max(rtol·‖b‖, atol), what `residual` was to reach. */
  readonly tolerance: number;
  /** ‖A r‖₂ / (‖A‖ ‖r‖₂), ‖A‖ as estimated: 0 at a least-squares solution. From the recursion. */
  readonly normalResidual: number;
  /** ‖r‖₂ before the first and after every iteration, from the recursion, but true where it was recomputed, as at the end. */
  readonly residuals: Float64Array;
  /** The status as a sentence, with numbers. */
  readonly message: string;
}

/** ‖A r‖ / (‖A‖ ‖r‖) up to this means that r is orthogonal to the range of A. */
const ORTHOGONAL = 16 * Number.EPSILON;
/** Where rounding errors keep it above that, it means so too when it has been below √ε and grows again while ‖r‖ stands still. */
const NEARLY_ORTHOGONAL: number = Math.sqrt(Number.EPSILON);
const GROWN = 10;
const STANDS_STILL = 0.9;

/**
 * Solves A x = b, A symmetric, by the minimal residual method: x_k minimises ‖b − A x‖ over x₀ + the Krylov space.
 *
 * Where conjugate gradients need a positive definite A, this takes any symmetric one. For a singular A with b in its range and x₀ = 0
 * it finds the shortest solution. Departure from the textbook: when the recursion says that ‖r‖ is small enough, or as small as
 * rounding lets it be, the true residual is computed, and iteration starts again from it until it meets the tolerance or no
 * longer halves ('stagnated').
 *
 * @param operator - A, shape [n, n], symmetric. For (A − σI) x = b give `shiftedOperator`. @param right - b, shape [n], finite. Not modified,
 * neither is x0.
 * @returns x, shape [n], and `stats`; with `onFailure: 'return'` look at `stats.status`.
 * @throws {ShapeError} shapes do not fit. @throws {NonFiniteError} b or x0, or a product with A. @throws {DomainError} options.
 * With onFailure 'throw': {@link ConvergenceError} at the iteration limit or on stagnation, in the norm of `residual`;
 * {@link NumericalError} when inconsistent.
 * Not checked: symmetry. Any scale: A and b near the ends of the doubles are brought to size 1 by powers of two.
 * {@link NumericalError} when x itself is beyond the largest double.
 * Cost: per iteration one product with A and about 20n flops; 7 vectors. As many iterations as A has distinct eigenvalues in exact
 * arithmetic; with m eigenvalues on each side of 0, |λ| in [1/κ, 1], ‖r_2k‖ ≤ 2((κ − 1)/(κ + 1))ᵏ ‖b‖.
 * Reference: Paige and Saunders (1975), Solution of sparse indefinite systems of linear equations, SIAM J. Numer. Anal. 12.
 * @example minres(denseOperator(Matrix.of([[0, 1], [1, 0]]), 'symmetric'), Float64Array.of(2, 3)).x; // [3, 2]
 */
export function minres(
  operator: OperatorInput,
  right: VectorInput,
  options: MinresOptions = {},
): { x: Vec; stats: MinresStats } {
  const where = 'minres';
  checkOptions(where, options, ['rtol', 'atol', 'maxIterations', 'x0', 'onFailure']);
  const op = asOperator(where, 'op', operator);
  const b = asVector(where, 'b', right);
  const n = op.cols;
  const { rtol = 1e-10, atol = 0, maxIterations = Math.max(20, 4 * n), onFailure = 'throw' } = options;
  if (op.rows !== n) throw new ShapeError(where, 'op', 'square', `[${op.rows}, ${n}]`);
  checkLength(where, 'b', b, n);
  checkFinite(where, 'b', b);
  checkNonNegative(where, 'rtol', rtol);
  checkNonNegative(where, 'atol', atol);
  checkInteger(where, 'maxIterations', maxIterations, 0, Number.POSITIVE_INFINITY);
  checkOneOf(where, 'onFailure', onFailure, ['throw', 'return']);
  const x0 = options.x0 === undefined ? undefined : asVector(where, 'x0', options.x0);
  if (x0 !== undefined) {
    checkLength(where, 'x0', x0, n);
    checkFinite(where, 'x0', x0);
  }
  const atLimit = { rtol, atol, maxIterations };
  const { x, stats } = staysInRange(norm2(b)) ? run(op, b, x0, atLimit) : rescaled(op, b, x0, atLimit);
  checkRepresentable(where, b, x);
  if (onFailure === 'throw') throwUnlessConverged(where, stats);
  return { x, stats };
}

interface RunOptions {
  readonly rtol: number;
  readonly atol: number;
  readonly maxIterations: number;
}

/** With b and A of size 1. */
function rescaled(
  op: Operator,
  b: Vec,
  x0: Vec | undefined,
  options: RunOptions,
): { x: Vec; stats: MinresStats } {
  const system = rescaledSystem((v) => op.matvec(v), undefined, b, x0);
  const { apply, b: unit, exponentA, exponentB } = system;
  const atol = scalingByPowerOfTwo(-exponentB)(options.atol);
  const { x, stats } = run({ matvec: apply }, unit, system.x0, { ...options, atol });
  const up = scalingByPowerOfTwo(exponentB);
  const [residual, tolerance] = [up(stats.residual), up(stats.tolerance)];
  const residuals = stats.residuals.map(up);
  return {
    x: timesPowerOfTwo(x, exponentB - exponentA),
    stats: {
      ...stats,
      residual,
      tolerance,
      residuals,
      message: messageOf({ ...stats, residual, tolerance }),
    },
  };
}

function run(
  op: Operator,
  b: Vec,
  x0: Vec | undefined,
  { rtol, atol, maxIterations }: RunOptions,
): { x: Vec; stats: MinresStats } {
  const n = b.length;
  const normB = norm2(b);
  const x = x0 === undefined || normB === 0 ? new Float64Array(n) : x0.slice();
  const state: State = { op, b, x, normB, residuals: [], iterations: 0, normA: 0, normal: 1 };
  const tolerance = Math.max(rtol * normB, atol);
  let residual = trueResidual(state);
  let size = norm2(residual);
  state.residuals.push(size);
  let status: MinresStatus | undefined = size <= tolerance ? 'converged' : undefined;
  while (status === undefined && state.iterations < maxIterations) {
    const consistent = iterate(state, residual, tolerance, maxIterations);
    const before = size;
    residual = trueResidual(state);
    size = norm2(residual);
    state.residuals[state.residuals.length - 1] = size;
    if (size <= tolerance) status = 'converged';
    else if (!consistent) status = 'inconsistent';
    else if (state.iterations < maxIterations && !(size <= before / 2)) status = 'stagnated';
  }
  return { x, stats: statsOf(status ?? 'iteration-limit', state, size, tolerance) };
}

type Operator = Pick<LinearOperator, 'matvec'>;

interface State {
  readonly op: Operator;
  readonly b: Vec;
  readonly x: Vec;
  readonly normB: number;
  readonly residuals: number[];
  iterations: number;
  /** A lower bound of ‖A‖, by the largest column of the tridiagonal matrix. */
  normA: number;
  /** ‖A r‖ / (‖A‖ ‖r‖). */
  normal: number;
}

/** The x whose residual was closest to orthogonal to the range of A, with ‖r‖ when it first was near. */
interface Best {
  readonly normal: number;
  readonly phi: number;
  readonly x: Vec | undefined;
}

/** b − A x. */
function trueResidual({ op, b, x }: State): Vec {
  if (x.every((v) => v === 0)) return b.slice();
  const image = op.matvec(x);
  return b.map((v, i) => v - image[i]);
}

/**
 * The recursion, from a residual: Lanczos vectors v, the rotations that make their tridiagonal matrix triangular, and directions w.
 * False when r has become orthogonal to the range of A.
 */
function iterate(s: State, residual: Vec, tolerance: number, limit: number): boolean {
  const n = residual.length;
  let beta = norm2(residual);
  let v = residual.map((r) => r / beta);
  let previous: Vec = new Float64Array(n);
  let w: Vec = new Float64Array(n);
  let wBefore: Vec = new Float64Array(n);
  let phi = beta; // ‖r‖
  beta = 0;
  // the last rotation, and what it left for the next columns: see Paige and Saunders, §6
  let [cosine, sine, dBar, epsilon] = [-1, 0, 0, 0];
  let best: Best = { normal: NEARLY_ORTHOGONAL, phi: Number.POSITIVE_INFINITY, x: undefined };
  while (s.iterations < limit) {
    const p = s.op.matvec(v);
    const alpha = dot(v, p);
    if (!Number.isFinite(alpha)) {
      const at = p.findIndex((value) => !Number.isFinite(value));
      throw new NonFiniteError('minres', 'A v', Math.max(at, 0), at < 0 ? alpha : p[at]);
    }
    const next = p.slice();
    axpy(-beta, previous, next);
    axpy(-alpha, v, next);
    const betaNext = norm2(next);
    s.normA = Math.max(s.normA, norm2(Float64Array.of(beta, alpha, betaNext)));
    const skipped = epsilon;
    const delta = cosine * dBar + sine * alpha;
    const gBar = sine * dBar - cosine * alpha;
    epsilon = sine * betaNext;
    dBar = -cosine * betaNext;
    s.normal = s.normA === 0 ? 0 : hypotenuse(gBar, dBar) / s.normA; // of the residual before this step
    if (s.normal <= ORTHOGONAL) return false;
    if (phi < STANDS_STILL * best.phi)
      best = { normal: NEARLY_ORTHOGONAL, phi: Number.POSITIVE_INFINITY, x: undefined };
    if (s.normal < best.normal) best = { normal: s.normal, phi: Math.min(phi, best.phi), x: s.x.slice() };
    else if (best.x !== undefined && s.normal > GROWN * best.normal) {
      s.x.set(best.x);
      s.normal = best.normal;
      return false;
    }
    const gamma = hypotenuse(gBar, betaNext);
    cosine = gBar / gamma;
    sine = betaNext / gamma;
    const direction = v.map((value, i) => (value - skipped * wBefore[i] - delta * w[i]) / gamma);
    axpy(cosine * phi, direction, s.x);
    phi *= sine;
    s.iterations++;
    s.residuals.push(phi);
    const attainable = Number.EPSILON * (s.normA * norm2(s.x) + s.normB);
    if (phi <= Math.max(tolerance, attainable) || betaNext === 0) return true;
    wBefore = w;
    w = direction;
    previous = v;
    v = next.map((value) => value / betaNext);
    beta = betaNext;
  }
  return true;
}

const SENTENCES: Readonly<Record<MinresStatus, string>> = {
  converged: 'converged',
  inconsistent: 'inconsistent: the operator is singular, and x is a least-squares solution',
  'iteration-limit': 'iteration limit: allow more, or add damping',
  stagnated: 'stagnated: rounding errors stop it here, relax the tolerance or add damping',
};

function statsOf(status: MinresStatus, s: State, residual: number, tolerance: number): MinresStats {
  const { iterations } = s;
  return {
    status,
    iterations,
    residual,
    tolerance,
    normalResidual: s.normal,
    residuals: Float64Array.from(s.residuals),
    message: messageOf({ status, iterations, residual, tolerance }),
  };
}

function messageOf(s: Pick<MinresStats, 'status' | 'iterations' | 'residual' | 'tolerance'>): string {
  const numbers = `residual ${s.residual.toExponential(2)}, tolerance ${s.tolerance.toExponential(2)}, ${s.iterations} iterations`;
  return `${SENTENCES[s.status]} (${numbers})`;
}

function throwUnlessConverged(where: string, s: MinresStats): void {
  if (s.status === 'converged') return;
  if (s.status === 'inconsistent') throw new NumericalError(`${where}: ${s.message}.`);
  throw new ConvergenceError(where, s.iterations, s.residual, s.tolerance, `${SENTENCES[s.status]}.`);
}
