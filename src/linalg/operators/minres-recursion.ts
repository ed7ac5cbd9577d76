/** @file The recursion of MINRES for one right-hand side, which asks for its products: whoever runs it may serve many at once. */
import { NonFiniteError, NumericalError } from '../errors.ts';
import { hypotenuse } from '../hypotenuse.ts';
import type { Vec } from '../matrix.ts';
import { axpy, dot } from '../products.ts';
import { norm2 } from '../sum.ts';
import { type MinresStats, type MinresStatus, withMessage } from './minres-stats.ts';

/** ‖A r‖ / (‖A‖ ‖r‖) up to this means that r is orthogonal to the range of A. */
const ORTHOGONAL = 16 * Number.EPSILON;
/** Where rounding errors keep it above that, it means so too when it has been below √ε and grows again while ‖r‖ stands still. */
const NEARLY_ORTHOGONAL: number = Math.sqrt(Number.EPSILON);
const GROWN = 10;
const STANDS_STILL = 0.9;

/** A product that is wanted: A v, or M⁻¹ v. The answer may be overwritten by the next. */
export interface WantedProduct {
  readonly by: 'operator' | 'preconditioner';
  readonly vector: Vec;
}

/** One system. Nothing is checked. */
export interface MinresSystem {
  readonly where: string;
  readonly b: Vec;
  readonly x0: Vec | undefined;
  readonly rtol: number;
  readonly atol: number;
  readonly maxIterations: number;
  readonly preconditioned: boolean;
}

/** x with what it is worth. */
export interface MinresSolution {
  readonly x: Vec;
  readonly stats: MinresStats;
}

/** A solve under way: yields what it wants, is sent the answers, returns the solution. */
export type MinresSolve<T = MinresSolution> = Generator<WantedProduct, T, Vec>;

interface State {
  readonly system: MinresSystem;
  readonly x: Vec;
  readonly normB: number;
  readonly residuals: number[];
  iterations: number;
  /** A lower bound of ‖A‖, by the largest column of the tridiagonal matrix; of M⁻¹ᐟ² A M⁻¹ᐟ² with a preconditioner. */
  normT: number;
  /** The largest ‖A v‖/‖v‖ seen. */
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

const NO_BEST: Best = { normal: NEARLY_ORTHOGONAL, phi: Number.POSITIVE_INFINITY, x: undefined };

/** Solves one system: rounds of the recursion, each from a true residual, until that meets the tolerance or no longer halves. */
export function* minresSolve(system: MinresSystem): MinresSolve {
  const { b, x0, rtol, atol, maxIterations } = system;
  const normB = norm2(b);
  const fromZero = x0 === undefined || normB === 0;
  const x = fromZero ? new Float64Array(b.length) : x0.slice();
  const state: State = { system, x, normB, residuals: [], iterations: 0, normT: 0, normA: 0, normal: 1 };
  const tolerance = Math.max(rtol * normB, atol);
  let residual = yield* trueResidual(state);
  let size = norm2(residual);
  state.residuals.push(size);
  let status: MinresStatus | undefined = size <= tolerance ? 'converged' : undefined;
  while (status === undefined && state.iterations < maxIterations) {
    const consistent = yield* iterate(state, residual, tolerance, maxIterations);
    if (!consistent && fromZero && !system.preconditioned) yield* shortest(state, tolerance);
    const before = size;
    residual = yield* trueResidual(state);
    size = norm2(residual);
    state.residuals[state.residuals.length - 1] = size;
    if (size <= tolerance) status = 'converged';
    else if (!consistent) status = 'inconsistent';
    else if (state.iterations < maxIterations && !(size <= before / 2)) status = 'stagnated';
  }
  const { iterations, normal: normalResidual } = state;
  const residuals = Float64Array.from(state.residuals);
  status ??= 'iteration-limit';
  return {
    x,
    stats: withMessage({ status, iterations, residual: size, tolerance, normalResidual, residuals }),
  };
}

/** b − A x. */
function* trueResidual({ system: { b }, x }: State): MinresSolve<Vec> {
  if (x.every((v) => v === 0)) return b.slice();
  const image = yield { by: 'operator', vector: x };
  return b.map((v, i) => v - image[i]);
}

/** Rounds in which a residual is made more orthogonal to the range of A. */
const REFINEMENTS = 4;

/**
 * A least-squares solution made the shortest: what of it lies in the null space of A is a multiple of its residual r, since it is in the
 * Krylov space of b. Kept once the new residual is orthogonal to the range of A to √ε: the recursion goes on from r until it is, or a few
 * rounds have not sufficed.
 */
function* shortest(state: State, tolerance: number): MinresSolve<void> {
  const { x, system } = state;
  for (let round = 0; round < REFINEMENTS; round++) {
    const r = yield* trueResidual(state);
    const square = dot(r, r);
    if (square === 0) return;
    const longer = x.slice();
    axpy(-dot(r, x) / square, r, x);
    const left = yield* trueResidual(state);
    const gradient = yield { by: 'operator', vector: left };
    if (norm2(gradient) <= NEARLY_ORTHOGONAL * state.normA * norm2(left)) return;
    x.set(longer);
    if (state.iterations >= system.maxIterations) return;
    yield* iterate(state, r, tolerance, system.maxIterations);
  }
}

/** M⁻¹ r, or r itself. */
function* preconditioned({ system }: State, r: Vec): MinresSolve<Vec> {
  if (!system.preconditioned) return r;
  const z = (yield { by: 'preconditioner', vector: r }).slice();
  const at = z.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new NonFiniteError(system.where, 'M⁻¹ r', at, z[at]);
  return z;
}

/** √(rᵀ z), the length of r that the recursion is in. */
function lengthOf({ system }: State, r: Vec, z: Vec): number {
  if (!system.preconditioned) return norm2(r);
  const square = dot(r, z);
  if (square < 0 || (square === 0 && r.some((value) => value !== 0)))
    throw new NumericalError(
      `${system.where}: rᵀM⁻¹r = ${square}: the preconditioner is not positive definite.`,
    );
  return Math.sqrt(square);
}

/**
 * The recursion, from a residual: Lanczos vectors v with z = M⁻¹ v, the rotations that make their tridiagonal matrix triangular, and
 * directions w. False when r has become orthogonal to the range of A.
 */
function* iterate(s: State, residual: Vec, tolerance: number, limit: number): MinresSolve<boolean> {
  const { where } = s.system;
  const n = residual.length;
  let next: Vec = residual;
  let image: Vec = yield* preconditioned(s, next);
  let beta = lengthOf(s, next, image);
  let phi = beta; // ‖r‖, in the norm of M⁻¹
  let r: Vec = residual;
  let v: Vec = next.map((value) => value / beta);
  let z: Vec = s.system.preconditioned ? image.map((value) => value / beta) : v;
  let previous: Vec = new Float64Array(n);
  let w: Vec = new Float64Array(n);
  let wBefore: Vec = new Float64Array(n);
  beta = 0;
  // the last rotation, and what it left for the next columns: see Paige and Saunders, §6
  let [cosine, sine, dBar, epsilon] = [-1, 0, 0, 0];
  let best = NO_BEST;
  while (s.iterations < limit) {
    const p = yield { by: 'operator', vector: z };
    const alpha = dot(z, p);
    if (!Number.isFinite(alpha)) {
      const at = p.findIndex((value) => !Number.isFinite(value));
      throw new NonFiniteError(where, 'A v', Math.max(at, 0), at < 0 ? alpha : p[at]);
    }
    s.normA = Math.max(s.normA, norm2(p) / norm2(z));
    next = p.slice();
    axpy(-beta, previous, next);
    axpy(-alpha, v, next);
    image = yield* preconditioned(s, next);
    const betaNext = lengthOf(s, next, image);
    s.normT = Math.max(s.normT, norm2(Float64Array.of(beta, alpha, betaNext)));
    const skipped = epsilon;
    const delta = cosine * dBar + sine * alpha;
    const gBar = sine * dBar - cosine * alpha;
    epsilon = sine * betaNext;
    dBar = -cosine * betaNext;
    s.normal = s.normT === 0 ? 0 : hypotenuse(gBar, dBar) / s.normT; // of the residual before this step
    if (s.normal <= ORTHOGONAL) return false;
    if (phi < STANDS_STILL * best.phi) best = NO_BEST;
    if (s.normal < best.normal) best = { normal: s.normal, phi: Math.min(phi, best.phi), x: s.x.slice() };
    else if (best.x !== undefined && s.normal > GROWN * best.normal) {
      s.x.set(best.x);
      s.normal = best.normal;
      return false;
    }
    const gamma = hypotenuse(gBar, betaNext);
    cosine = gBar / gamma;
    sine = betaNext / gamma;
    const direction = z.map((value, i) => (value - skipped * wBefore[i] - delta * w[i]) / gamma);
    axpy(cosine * phi, direction, s.x);
    phi *= sine;
    s.iterations++;
    previous = v;
    v = betaNext === 0 ? next : next.map((value) => value / betaNext);
    if (s.system.preconditioned) {
      const [kept, turned] = [sine * sine, phi * cosine]; // r_k = s² r_{k−1} − φ c v_{k+1}
      r = r.map((value, i) => kept * value - turned * v[i]);
      z = betaNext === 0 ? image : image.map((value) => value / betaNext);
    } else z = v;
    const size = s.system.preconditioned ? norm2(r) : phi;
    s.residuals.push(size);
    const attainable = Number.EPSILON * (s.normA * norm2(s.x) + s.normB);
    if (size <= Math.max(tolerance, attainable) || betaNext === 0) return true;
    wBefore = w;
    w = direction;
    beta = betaNext;
  }
  return true;
}
