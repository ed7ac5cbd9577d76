/** @file Step size and momentum of a stochastic solver together: Polyak's optimum where the spectrum is bounded, else the published momentum. */
import type { EigenOperator } from '../../curvature/eigen-operator.ts';
import { above, type Check, orWord } from '../../linalg/border/fields.ts';
import { DomainError } from '../../linalg/errors.ts';
import type { CurvatureSource } from './curvature-source.ts';
import {
  type AutomaticStepOptions,
  momentumCheck,
  resolveStep,
  type StepSize,
  steepness,
  stepFor,
  upperEnd,
} from './step-size.ts';

/** Heavy-ball momentum m: a number in [0, 1), or 'auto', see `resolveHeavyBall`. */
export type Momentum = 'auto' | number;

/** What a {@link Momentum} may be. */
export const momentumOrAuto: Check = orWord('auto', momentumCheck);

/** v ← v − α u, u ← m u + gradient. */
export interface HeavyBall {
  readonly alpha: number;
  readonly momentum: number;
}

/** What a heavy ball is decided from. */
export interface HeavyBallOptions extends Omit<AutomaticStepOptions, 'momentum'> {
  /** Default 'auto'. */
  readonly alpha?: StepSize;
  readonly momentum: Momentum;
  /** m of 'auto' where no bound of the spectrum is known. */
  readonly otherwise: number;
  /** J: steps that will be taken. */
  readonly iterations: number;
}

/** How much longer than seen the spectrum is taken to be: at the optimum a step of m ≈ 1 that is κ⁻¹ too long grows. */
const MARGIN = 1.02;

/**
 * A ball tuned for κ = (J/c)² forgets by e^(−2c) in J steps, times its swing at the start, which grows with √κ. With c = 5 that leaves
 * 1e-3 or less; a longer memory would not be done swinging.
 */
const PATIENCE = 5;

/**
 * Polyak's heavy ball for eigenvalues in [μ, L]: α = 4/(√L + √μ)², m = (1 − √(αμ))² = ((√L − √μ)/(√L + √μ))². The error falls by √m per
 * step, as with Chebyshev's polynomials in the long run; about ½√(L/μ) ln(1/ε) steps, where constant m = 0 takes ½(L/μ) ln(1/ε).
 *
 * @throws {DomainError} not 0 < μ ≤ L < ∞.
 * Reference: Polyak 1964, Some methods of speeding up the convergence of iteration methods, §3.
 * @example optimalHeavyBall(1, 9); // { alpha: 0.25, momentum: 0.25 }
 */
export function optimalHeavyBall(least: number, largest: number): HeavyBall {
  above(0)('optimalHeavyBall', 'least', least as never);
  above(0)('optimalHeavyBall', 'largest', largest as never);
  if (!(largest >= least))
    throw new DomainError('optimalHeavyBall', 'largest', `finite and ≥ ${least}`, largest);
  const alpha = 4 / (Math.sqrt(largest) + Math.sqrt(least)) ** 2;
  return { alpha, momentum: momentumFor(alpha, least) };
}

/** The m that is best for the slowest eigenvalue at this α. */
function momentumFor(alpha: number, least: number): number {
  return (1 - Math.sqrt(Math.min(1, alpha * least))) ** 2;
}

/** [μ, L] without the part of it that J steps do not reach. */
function within(iterations: number, least: number, largest: number): HeavyBall {
  const reached = largest * Math.min(1, PATIENCE / Math.max(1, iterations)) ** 2;
  return optimalHeavyBall(Math.min(largest, Math.max(least, reached)), largest);
}

/**
 * α and m of a solver of (C + λI)v = b.
 *
 * m = 'auto': on the full batch of a psd C, with λ > 0, eigenvalues of C + λI are at least μ = λ, and those of M^½ (C + λI) M^½ at least
 * μ = λ · min eigenvalue of M = λ/(σ_max(P) + λ̃) for M = (P + λ̃I)⁻¹. L is the power iteration's estimate and its error bound, or a larger Ritz value (`upperEnd`), and 2 %;
 * α = 'auto' and m are then {@link optimalHeavyBall} of [max(μ, L(5/J)²), L]: in J steps no ball can settle what is slower. For an α of
 * yours m = (1 − max(√(αμ), 10/J))². J = 200 gives m ≈ 0.9 on whatever is badly conditioned. Elsewhere (minibatches, whose noise a long
 * memory multiplies; the Hessian, whose least eigenvalue is not bounded; λ = 0) m is `otherwise`.
 *
 * With m a number, α = 'auto' is `automaticStep`.
 *
 * @throws {DomainError} α or m out of range. @throws {ShapeError} a preconditioner of another size.
 * Cost: as `automaticStep`, and 30 products with one row for m = 'auto'; nothing for an α of yours.
 * @example resolveHeavyBall('solver', fixedCurvature(psd), { alpha: 'auto', momentum: 'auto', otherwise: 0.9, damping: 1e-2, iterations: 200 });
 */
export function resolveHeavyBall(
  where: string,
  source: CurvatureSource,
  options: HeavyBallOptions,
): HeavyBall {
  const { alpha = 'auto', momentum, otherwise, damping, iterations, preconditioner } = options;
  if (momentum === 'auto' && source.exact && source.structure === 'psd' && damping > 0) {
    const least = damping * leastEigenvalue(preconditioner);
    if (alpha === 'auto') return within(iterations, least, MARGIN * upperEnd(source, options));
    const step = resolveStep(where, alpha, damping);
    const reached = (2 * PATIENCE) / Math.max(1, iterations);
    return { alpha: step, momentum: momentumFor(step, Math.max(least, reached ** 2 / step)) };
  }
  const constant = momentum === 'auto' ? otherwise : momentum;
  momentumCheck(where, 'momentum', constant as never);
  const step =
    alpha === 'auto'
      ? stepFor(source, constant, steepness(source, options))
      : resolveStep(where, alpha, damping);
  return { alpha: step, momentum: constant };
}

function leastEigenvalue(m: EigenOperator | undefined): number {
  return m === undefined
    ? 1
    : m.values.reduce((least, sigma) => Math.min(least, sigma), Number.POSITIVE_INFINITY);
}
