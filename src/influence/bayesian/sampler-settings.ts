/** @file What a Langevin sampler is told, and the rules for what it is not told. */
import { datasetSize } from '../../autodiff/dataset.ts';
import { hessianOperator } from '../../curvature/operators.ts';
import { asProblem, type Problem, type ProblemInput } from '../../curvature/problem.ts';
import { checkFiniteNumber, checkOneOf } from '../../linalg/border/arguments.ts';
import {
  above,
  type Check,
  type Checks,
  checkFields,
  checkPath,
  checkSeed,
  integer,
} from '../../linalg/border/fields.ts';
import { asIntegers } from '../../linalg/border/integers.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { log } from '../../linalg/elementary.ts';
import { DomainError } from '../../linalg/errors.ts';
import { submatrixOperator } from '../../linalg/operators/operator.ts';
import { powerIteration } from '../../linalg/operators/power-iteration.ts';
import { rng } from '../../linalg/random/random.ts';
import { batchSize, count, nonNegative } from '../option-checks.ts';

/**
 * - `sgld`: w ← w − (ε/2) [nβ ĝ + γ(w − w*)] + N(0, ε I), ĝ the gradient of the mean loss of a minibatch.
 * - `rmsprop-sgld`: V ← 0.99 V + 0.01 ĝ², G = 1/(√V + 0.1), w ← w − (ε/2) G [nβ ĝ + γ(w − w*)] + N(0, ε G); V starts at 0.
 */
export type SamplingMethod = 'sgld' | 'rmsprop-sgld';

/** Every method, for tables and messages. */
export const SAMPLING_METHODS: readonly SamplingMethod[] = ['sgld', 'rmsprop-sgld'];

/** How to sample p(w) ∝ exp(−nβ L(w) − (γ/2)‖w − w*‖²), L the mean training loss, w* the fitted parameters. */
export interface SamplerOptions {
  /** Default 'sgld'. */
  readonly method?: SamplingMethod;
  /** ε > 0. Default: a quarter of 1/(nβ σ + γ), see {@link resolveSampler}. */
  readonly stepSize?: number;
  /** nβ > 0, the inverse temperature of the mean loss. Default N/ln N; N, that is β = 1, is the posterior of the training set itself. */
  readonly nBeta?: number;
  /** γ ≥ 0; γ/(nβ) damps the curvature of the mean loss. Default nβ σ/10, see {@link resolveSampler}. */
  readonly gamma?: number;
  /** Examples per step. Default {@link SAMPLER_BATCH}, or 'full' when there are no more than that. */
  readonly batch?: number | 'full';
  /** Default 4. */
  readonly chains?: number;
  /** Draws that count, per chain. Default 500. */
  readonly draws?: number;
  /** Steps before the first draw. Default ⌈4/(εγ)⌉, at most draws · stepsPerDraw. */
  readonly burnIn?: number;
  /** Steps from one draw to the next. Default {@link STEPS_PER_DRAW}. */
  readonly stepsPerDraw?: number;
  /** With `path`, names the streams of noise and minibatches. Default 0. */
  readonly seed?: number;
  readonly path?: readonly (string | number)[];
  /** The parameters that move, strictly ascending indices into θ; the others keep their bits. Default all. */
  readonly parameters?: Int32Array;
  /** A chain is refused when it is so many times further out than a Gaussian posterior would be. Default 10. */
  readonly divergenceLimit?: number;
}

/** Every option with its value: plain data, equal settings sample equal bits. */
export interface SamplerSettings {
  readonly method: SamplingMethod;
  readonly stepSize: number;
  readonly nBeta: number;
  readonly gamma: number;
  readonly batch: number;
  readonly chains: number;
  readonly draws: number;
  readonly burnIn: number;
  readonly stepsPerDraw: number;
  readonly seed: number;
  readonly path: readonly (string | number)[];
  readonly parameters: Int32Array;
  readonly divergenceLimit: number;
  /** σ of the rules; undefined when no rule needed it. */
  readonly steepness: number | undefined;
}

/** Examples per step by default. Kreer et al. 2026, Table 3, take 32 to 1,024. */
export const SAMPLER_BATCH = 256;

/** Steps from one draw to the next by default: a step on a minibatch costs less than the losses of all examples. */
export const STEPS_PER_DRAW = 8;

/** What each of {@link SamplerOptions} must be; σ, which decided settings also have, is passed over where these are given as options. */
export const SAMPLER: Checks = {
  method: ((where, argument, value) => checkOneOf(where, argument, value, SAMPLING_METHODS)) as Check,
  stepSize: above(0),
  nBeta: above(0),
  gamma: nonNegative,
  batch: batchSize,
  chains: count,
  draws: integer(2),
  burnIn: integer(0),
  stepsPerDraw: count,
  seed: checkSeed,
  path: checkPath,
  parameters: ((where, argument, value) => {
    if (asIntegers(where, argument, value, 0).length === 0)
      throw new DomainError(where, argument, 'non-empty', 'no indices');
  }) as Check,
  divergenceLimit: above(0),
  steepness: checkFiniteNumber as Check,
};

const DECIDED = Object.keys(SAMPLER).filter((name) => name !== 'steepness');

/** The constants of `rmsprop-sgld`: decay of V, and what is added to √V. */
export const RMSPROP_DECAY = 0.99;
export const RMSPROP_FLOOR = 0.1;

/** γ/(nβ) by default, as a share of σ. */
export const DAMPING_SHARE = 0.1;

/** ε(nβ σ + γ) by default: a sixteenth of the limit of stability, 4. */
export const STEP_SHARE = 0.25;

/** Products of the power iteration at most. */
const PROBE_ITERATIONS = 60;

/**
 * Fills in what was not said. With σ = estimate + error bound of a power iteration for the largest |eigenvalue| of the Hessian of the mean
 * training loss at w*, on the parameters that move (relative tolerance 0.02, at most 60 products; start `rng(seed, ...path, 'steepness')`):
 *
 * - nβ = N/max(1, ln N), Watanabe's temperature β = 1/ln N, at which the localised posterior is usually sampled;
 * - γ = nβ σ/10, an effective damping γ/(nβ) of a tenth of the steepest curvature;
 * - ε = ¼/(nβ σ + γ). On a quadratic of curvature A = nβ H + γ the stationary variance of SGLD is 1/(A(1 − εA/4)) along an
 *   eigenvector: at most 16/15 of the posterior's, beside what the noise of the minibatches adds (`samplerBias`). `rmsprop-sgld`
 *   multiplies ε by G ≤ 10, and its ε is a tenth;
 * - 8 steps from one draw to the next. The slowest direction forgets its past in 2/(εγ) = 88 steps, 11 draws: scores are means of
 *   products, whose noise is what limits them;
 * - burn-in = ⌈4/(εγ)⌉ steps, after which the variance is within e⁻⁴ of stationary everywhere; at most as many as are sampled.
 *
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} problem or options are not valid.
 * Cost: at most 60 Hessian-vector products, none when ε and γ are both given.
 * Reference: Welling & Teh 2011 (SGLD); Li, Chen, Carlson & Carin 2016 (preconditioned SGLD, here without its Γ term); Lau et
 * al. 2025 (localisation, temperature); Watanabe 2013 (1/ln N); Kreer et al. 2026, §3.1 and Appendix B.
 * @example resolveSampler(problem, { chains: 2, draws: 100 }).gamma;
 */
export function resolveSampler(given: ProblemInput, options: SamplerOptions = {}): SamplerSettings {
  const where = 'resolveSampler';
  const problem = asProblem(where, given);
  checkFields(where, options, SAMPLER);
  const { method = 'sgld', seed = 0, path = [], chains = 4, draws = 500 } = options;
  const { stepsPerDraw = STEPS_PER_DRAW } = options;
  const n = datasetSize(problem.data);
  const d = problem.model.parameterCount;
  const parameters =
    options.parameters === undefined
      ? Int32Array.from({ length: d }, (_, i) => i)
      : movingParameters(where, 'parameters', options.parameters, d).slice();
  const nBeta = options.nBeta ?? inverseTemperature(n);
  const steepness =
    options.stepSize === undefined || options.gamma === undefined
      ? steepestCurvature(problem, parameters, seed, path)
      : undefined;
  const gamma = options.gamma ?? DAMPING_SHARE * nBeta * (steepness ?? 0);
  const stretch = method === 'rmsprop-sgld' ? RMSPROP_FLOOR : 1;
  const stepSize = options.stepSize ?? (stretch * STEP_SHARE) / (nBeta * (steepness ?? 0) + gamma);
  if (!(stepSize > 0 && stepSize < Number.POSITIVE_INFINITY))
    throw new DomainError(where, 'stepSize', 'given, where the loss has no curvature', stepSize);
  const relaxation = Math.ceil((4 * stretch) / (stepSize * gamma));
  return {
    method,
    stepSize,
    nBeta,
    gamma,
    batch: options.batch === 'full' ? n : Math.min(options.batch ?? SAMPLER_BATCH, n),
    chains,
    draws,
    burnIn: options.burnIn ?? Math.min(relaxation, draws * stepsPerDraw),
    stepsPerDraw,
    seed,
    path,
    parameters,
    divergenceLimit: options.divergenceLimit ?? 10,
    steepness,
  };
}

/** The default nβ = N/max(1, ln N) for N training examples. @example inverseTemperature(1617); // 218.9 */
export function inverseTemperature(examples: number): number {
  checkInteger('inverseTemperature', 'examples', examples, 1, Number.POSITIVE_INFINITY);
  return examples / Math.max(1, log(examples));
}

/** Some of the indices 0..d−1 in strictly ascending order. @throws {DomainError} they are not. */
function movingParameters(where: string, argument: string, given: ArrayLike<number>, d: number): Int32Array {
  const indices = asIntegers(where, argument, given, 0, d - 1);
  if (indices.length === 0) throw new DomainError(where, argument, 'non-empty', 'no indices');
  for (let k = 1; k < indices.length; k++)
    if (indices[k] <= indices[k - 1])
      throw new DomainError(where, argument, 'strictly ascending', `${indices[k]} at position ${k}`);
  return indices;
}

/**
 * Settings that were decided before, e.g. by {@link resolveSampler}, plain lists made arrays.
 *
 * @throws {DomainError} they are none, or not for a model of D parameters and n examples.
 */
export function asSettings(
  where: string,
  settings: SamplerSettings,
  { model, data }: Problem,
): SamplerSettings {
  checkFields(where, settings, SAMPLER, 'settings', DECIDED);
  checkInteger(where, 'settings.batch', settings.batch, 1, datasetSize(data));
  const parameters = movingParameters(
    where,
    'settings.parameters',
    settings.parameters,
    model.parameterCount,
  );
  return parameters === settings.parameters ? settings : { ...settings, parameters };
}

function steepestCurvature(
  problem: Problem,
  parameters: Int32Array,
  seed: number,
  path: readonly (string | number)[],
): number {
  const whole = hessianOperator(problem);
  const op = parameters.length === whole.cols ? whole : submatrixOperator(whole, parameters, parameters);
  const start = rng(seed, ...path, 'steepness');
  const options = { rtol: 0.02, maxIterations: PROBE_ITERATIONS, onFailure: 'return' } as const;
  const { magnitude, error } = powerIteration(op, start, options);
  return magnitude + error;
}
