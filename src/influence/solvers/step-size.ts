/** @file How long a step of a stochastic solver may be: rules for α, and its schedule. */
import { EigenOperator } from '../../curvature/eigen-operator.ts';
import { above, type Check, checkFields, checkSeed, integer } from '../../linalg/border/fields.ts';
import { checkInstance } from '../../linalg/border/instances.ts';
import { checkNonNegative } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import type { Matrix } from '../../linalg/matrix.ts';
import { lanczos } from '../../linalg/operators/lanczos.ts';
import { functionOperator, type LinearOperator, shiftedOperator } from '../../linalg/operators/operator.ts';
import { powerIteration } from '../../linalg/operators/power-iteration.ts';
import { rng } from '../../linalg/random/random.ts';
import { count, nonNegative } from '../option-checks.ts';
import { asSource, type CurvatureSource } from './curvature-source.ts';

/**
 * α of a step: a number; a multiple of the damping λ, as Wang et al. (2025, Table 3) state theirs; or 'auto', see
 * {@link automaticStep}.
 */
export type StepSize = 'auto' | number | { readonly timesDamping: number };

/** α_k = α · factor^⌊k / every⌋. */
export interface StepDecay {
  /** In (0, 1]. */
  readonly factor: number;
  /** Iterations between two reductions, ≥ 1. */
  readonly every: number;
}

/** How 'auto' looks at a source. */
export interface AutomaticStepOptions {
  /** λ ≥ 0. */
  readonly damping: number;
  /** Heavy-ball momentum of the solver that will use α. Default 0. */
  readonly momentum?: number;
  /** M, which multiplies every step; none when absent. */
  readonly preconditioner?: EigenOperator;
  /** J and R: the batches that will be drawn, of which the steepest by trace are looked at. Default: none are, and R = 1. */
  readonly iterations?: number;
  readonly repeats?: number;
  /** Start vectors come from `rng(seed, 'step-size', probe)`. Default 0. */
  readonly seed?: number;
}

/** What a {@link StepSize} may be. */
export const stepSize: Check = (where, argument, value: StepSize) => {
  if (value === 'auto') return;
  if (typeof value !== 'object') above(0)(where, argument, value as never);
  else checkFields(where, value, { timesDamping: above(0) }, argument, ['timesDamping']);
};

/** What the momentum of a heavy ball may be. */
export const momentumCheck: Check = (where, argument, value: number) => {
  checkNonNegative(where, argument, value);
  if (value >= 1) throw new DomainError(where, argument, 'in [0, 1)', value);
};

/** What a {@link StepDecay} may be. */
export const decayCheck: Check = (where, argument, value) =>
  checkFields(where, value, { factor: factorCheck, every: count }, argument, ['factor', 'every']);

/** What a preconditioner with eigenvalues may be. */
export const eigenOperator: Check = (where, argument, value) =>
  checkInstance(where, argument, value, EigenOperator, 'an EigenOperator');

const factorCheck: Check = (where, argument, value: number) => {
  above(0)(where, argument, value as never);
  if (value > 1) throw new DomainError(where, argument, 'in (0, 1]', value);
};

const OPTIONS = {
  damping: nonNegative,
  momentum: momentumCheck,
  preconditioner: eigenOperator,
  iterations: integer(0),
  repeats: count,
  seed: checkSeed,
};

/** Minibatches looked at beside the full batch: so many first ones, and as many of the steepest. */
const PROBES = 4;

/** Products per power iteration at most. */
const PROBE_ITERATIONS = 60;

/** Products of the search for a Ritz value. */
const RITZ_PRODUCTS = 30;

/**
 * The α of 'auto'. With A = C + λI, or M^½ (C + λI) M^½ under a preconditioner M, and σ̂(A) = estimate + error bound of a power
 * iteration (relative tolerance 0.02, at most 60 products):
 *
 * - full batch: α = (1 + momentum)/σ̂(A), half the limit 2(1 + momentum)/σ_max(A) of heavy ball; without momentum every
 *   eigenvalue of I − αA lies in [0, 1) for psd C, λ > 0;
 * - minibatches: α = (1 − momentum)/max(σ̂(A), σ̂(A_B), ½σ̂(A_S)) with A the mean operator, B 4 batches (steps 0 to 3 of repetition 0)
 *   and S the 4 of the J·R to come whose examples have the largest sum of traces. As ‖I − αA_B‖ ≤ 1 for psd A_B with α ≤ 2/σ_max(A_B),
 *   noise then cannot add up to growth unless some batch is more than twice as steep as all that were seen. A few examples can be a
 *   hundred times as steep as the mean: without S default runs diverge on Digits. Momentum lengthens a step to α/(1 − momentum),
 *   which the factor takes back.
 *
 * @param given - The source. Its products are used as they are: fit once, not per chunk of right-hand sides.
 * @throws {ShapeError} a preconditioner of another size. @throws {DomainError} options, or A = 0.
 * Cost: at most 60 products with one row, for the full batch and for each of 8 batches; a forward and backward sweep for the traces.
 * Reference: Koh & Liang 2017, §3 (scale of LiSSA); Polyak 1964 (heavy ball);
 * Golub & Van Loan 2013, §7.3.1 (power iteration).
 * @example automaticStep(fixedCurvature(op), { damping: 0.1 }); // ≈ 1/(σ_max + 0.1)
 */
export function automaticStep(given: CurvatureSource, options: AutomaticStepOptions): number {
  const source = asSource('automaticStep', given);
  checkFields('automaticStep', options, OPTIONS, 'options', ['damping']);
  const { momentum = 0, ...seen } = options;
  return stepFor(source, momentum, steepness(source, seen));
}

/** The α of {@link automaticStep} for a momentum and a σ̂. */
export function stepFor({ exact }: CurvatureSource, momentum: number, largest: number): number {
  return (exact ? 1 + momentum : 1 - momentum) / largest;
}

/** The denominator of {@link automaticStep}: σ̂ of the mean operator or, unless the source is exact, of a batch that exceeds it; the steepest to come count half. */
export function steepness(
  source: CurvatureSource,
  { damping, preconditioner, iterations = 0, repeats = 1, seed = 0 }: Omit<AutomaticStepOptions, 'momentum'>,
): number {
  const estimate = (op: LinearOperator, probe: number): number => {
    const seen = stepped(source, op, damping, preconditioner);
    const start = rng(seed, 'step-size', probe);
    const options = { rtol: 0.02, maxIterations: PROBE_ITERATIONS, onFailure: 'return' } as const;
    const { magnitude, error } = powerIteration(seen, start, options);
    return magnitude + error;
  };
  let largest = estimate(source.mean, 0);
  if (!source.exact) {
    for (let k = 0; k < PROBES; k++) largest = Math.max(largest, estimate(source.at(0, k), k + 1));
    const steepest = source.steepest?.(repeats, iterations, PROBES) ?? [];
    for (const [k, { repeat, step }] of steepest.entries())
      largest = Math.max(largest, estimate(source.at(repeat, step), PROBES + k + 1) / 2);
  }
  if (!(largest > 0)) throw new DomainError('automaticStep', 'C + λI', 'not zero', largest);
  return largest;
}

/**
 * The upper end of the spectrum of the mean operator where 2 % decide: {@link steepness}, or the largest Ritz value if that is more. A power
 * iteration calls a start vector an eigenvector where nearly all eigenvalues are equal, and overlooks the larger one beside them; this is
 * what a good preconditioner makes of a spectrum. A Ritz value is never above the end.
 */
export function upperEnd(source: CurvatureSource, options: Omit<AutomaticStepOptions, 'momentum'>): number {
  const { damping, preconditioner, seed = 0 } = options;
  const seen = stepped(source, source.mean, damping, preconditioner);
  const search = { target: 'largest', rtol: 0, maxIterations: RITZ_PRODUCTS, onFailure: 'return' } as const;
  const { values } = lanczos(seen, 1, rng(seed, 'step-size', 'ritz'), search);
  return Math.max(values[0], steepness(source, options));
}

/** C + λI, or M^½ (C + λI) M^½. */
function stepped(
  { size }: CurvatureSource,
  op: LinearOperator,
  damping: number,
  m: EigenOperator | undefined,
): LinearOperator {
  const damped = shiftedOperator(op, damping);
  if (m === undefined) return damped;
  const root = (x: Matrix): Matrix => m.apply((sigma) => Math.sqrt(Math.max(sigma, 0)), x);
  return functionOperator(size, (x) => root(damped.applyRows(root(x))), 'symmetric');
}

/**
 * A {@link StepSize} that is not 'auto' as a number.
 *
 * @throws {DomainError} α is not finite and > 0, e.g. a multiple of λ = 0.
 * @example resolveStep('solver', { timesDamping: 0.1 }, 0.01); // 0.001
 */
export function resolveStep(where: string, size: Exclude<StepSize, 'auto'>, damping: number): number {
  const alpha = typeof size === 'number' ? size : size.timesDamping * damping;
  if (!(alpha > 0 && alpha < Number.POSITIVE_INFINITY))
    throw new DomainError(where, 'alpha', 'finite and > 0', alpha);
  return alpha;
}
