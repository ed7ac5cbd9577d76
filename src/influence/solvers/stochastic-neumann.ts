/** @file LiSSA: damped inverse-curvature products by a stochastic Neumann series. */
import { type Checks, checkFields, checkSeed, oneOf } from '../../linalg/border/fields.ts';
import type { MatrixInput } from '../../linalg/border/matrix.ts';
import { Matrix } from '../../linalg/matrix.ts';
import { asSource, type CurvatureSource } from './curvature-source.ts';
import { type HeavyBall, type Momentum, momentumOrAuto, resolveHeavyBall } from './heavy-ball.ts';
import { type StepSize, stepSize } from './step-size.ts';
import {
  DESCENT,
  type DescentOptions,
  type StochasticSolution,
  stochasticDescent,
} from './stochastic-descent.ts';

/** Options of {@link stochasticNeumann}. Iterations are 1000 by default. */
export interface NeumannOptions extends Omit<DescentOptions, 'momentum'> {
  /** Default 'auto': see `resolveHeavyBall`. */
  readonly alpha?: StepSize;
  /** Default `NEUMANN_MOMENTUM`, which 'auto' is too on minibatches; on the full batch see `resolveHeavyBall`. */
  readonly momentum?: Momentum;
  /**
   * 'zero' (default), or 'right-hand-side': v₀ = b, as LiSSA is written, which leaves (1 − α(σ + λ))ᴶ b of the start in the answer.
   */
  readonly start?: 'zero' | 'right-hand-side';
  /** Of the power iteration behind 'auto'. The batches are named by the source. Default 0. */
  readonly seed?: number;
}

/** Checks of the options. */
export const NEUMANN: Checks = {
  ...DESCENT,
  alpha: stepSize,
  momentum: momentumOrAuto,
  start: oneOf('zero', 'right-hand-side'),
  seed: checkSeed,
};

/** J of {@link stochasticNeumann}. */
export const NEUMANN_ITERATIONS = 1000;
/** Momentum of {@link stochasticNeumann}: none, as LiSSA is written. */
export const NEUMANN_MOMENTUM = 0;

/**
 * x ≈ (C + λI)⁻¹ b by v ← v − α(C_k v + λv) + αb for every row b: gradient descent on ½vᵀ(C + λI)v − bᵀv with the source's
 * operator of step k. For a fixed C, from zero, without momentum or decay, J steps give in its eigenbasis
 *
 *   x = Q f(σ) Qᵀ b,  f(σ) = (1 − (1 − α(σ + λ))ᴶ)/(σ + λ),
 *
 * which is close to 1/(σ + λ + 1/(αJ)): stopping early is extra damping (with momentum m, (1 − m)/(αJ)).
 *
 * @param given - The source, of `minibatchCurvature`, or `fixedCurvature` of any operator. @param b - One right-hand side per row, [k, n]. Not modified.
 * @returns x, residuals, error bars over the repetitions, and the residual history. A result says by `residuals` what it is
 * worth: no tolerance is promised.
 * @throws {DivergenceError} iterates or residual left their bounds: for a constant C when α > 2/(σ_max + λ).
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} b or options are not valid.
 * Cost: J·R products with k rows on a batch, plus one full-batch product per check; no D × D matrix. Error after J steps of
 * a fixed C: (1 − α(σ_min + λ))ᴶ; of minibatches: a floor that falls with α.
 * Reference: Agarwal, Bullins & Hazan 2017, Second-order stochastic optimization for machine learning in linear time, §3;
 * Koh & Liang 2017, Understanding black-box predictions via influence functions, §3; Wang et al. 2025, Algorithm 1 and Eq. 8.
 * @example stochasticNeumann(minibatchCurvature(problem, { batch: 64 }), gradients, { damping: 1e-2 }).residuals;
 */
export function stochasticNeumann(
  given: CurvatureSource,
  b: MatrixInput,
  options: NeumannOptions,
): StochasticSolution {
  const where = 'stochasticNeumann';
  checkFields(where, options, NEUMANN, 'options', ['damping']);
  const source = asSource(where, given);
  const { start = 'zero', iterations = NEUMANN_ITERATIONS, ...rest } = options;
  return stochasticDescent(source, b, {
    ...rest,
    where,
    iterations,
    ...neumannHeavyBall(where, source, options),
    start: (rhs) => (start === 'zero' ? new Matrix(rhs.rows, rhs.cols) : rhs.clone()),
  });
}

/** α and m of {@link stochasticNeumann}, decided once for all right-hand sides. */
export function neumannHeavyBall(
  where: string,
  source: CurvatureSource,
  { momentum = NEUMANN_MOMENTUM, iterations = NEUMANN_ITERATIONS, ...rest }: NeumannOptions,
): HeavyBall {
  return resolveHeavyBall(where, source, { ...rest, momentum, iterations, otherwise: NEUMANN_MOMENTUM });
}
