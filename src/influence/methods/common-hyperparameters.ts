/** @file Hyper-parameters that several methods read, with the rules for their defaults. */

import type { FisherType } from '../../curvature/fisher.ts';
import type { PartitionKind } from '../../curvature/partition.ts';
import type { KfacForm } from '../../curvature/problem.ts';
import { DAMPING_FRACTION } from '../attributors/damping-rule.ts';
import { INFLUENCE_BATCH } from '../attributors/stochastic-influence.ts';
import { ASTRA_DECAY, ASTRA_MOMENTUM } from '../solvers/astra.ts';
import type { StepDecay, StepSize } from '../solvers/step-size.ts';
import { type Option, type OptionForm, ruled } from './option.ts';
import {
  choice,
  countOr,
  DAMPINGS,
  FISHER_TYPES,
  MOMENTA,
  NON_NEGATIVE,
  SEEDS,
  STEP_DECAYS,
  STEP_SIZES,
  whole,
} from './option-values.ts';

/** λ, on the command line. */
export const LAMBDA: OptionForm<number | 'auto'> = {
  values: DAMPINGS,
  placeholder: '<λ>',
  brief: 'invert C + λI instead of truncating; auto: by the rule of the table, where the method has one',
};

/** Which C, on the command line. */
export const EXACT_CURVATURE: OptionForm<'ggn' | 'hessian'> = {
  values: choice('ggn', 'hessian'),
  placeholder: '<C>',
  brief: 'what is inverted',
};

/** J, on the command line. */
export const STEPS: OptionForm<number> = { values: whole(0), placeholder: '<n>', brief: 'of a solver' };

/** When to stop, on the command line. */
export const RESIDUAL: OptionForm<number> = {
  values: NON_NEGATIVE,
  placeholder: '<r>',
  brief: 'relative residual at which a solve is done',
};

/** m, on the command line. */
export const MOMENTUM: OptionForm<number | 'auto'> = {
  values: MOMENTA,
  placeholder: '<m>',
  brief: 'of a solver: a number, or auto',
};

/** k, on the command line. */
export const DIMENSION: OptionForm<number> = {
  values: whole(1),
  placeholder: '<k>',
  brief: 'of a projection',
};

/** Expectation over labels, on the command line. */
export const LABELS: OptionForm<FisherType> = {
  values: FISHER_TYPES,
  placeholder: '<type>',
  brief: 'expectation over labels',
};

/** λ of iterative solves. */
export const DAMPING: Option<number | 'auto' | undefined> = {
  ...LAMBDA,
  meaning:
    'λ in (C + λI)⁻¹, C the curvature of the mean loss; what the rule adds for the Hessian is an upper bound of −min σ, its Lanczos value and residual at rtol 1e-3; damping in --json is the λ used',
  default: ruled(
    'mean-eigenvalue',
    '0.1 · tr(G)/D, a tenth of the mean eigenvalue of the GGN (and of its EK-FAC: the traces agree); for the Hessian plus −min σ, if that is positive',
    { fraction: DAMPING_FRACTION },
  ),
  reason:
    "kronfluence's default, per layer there and one λ for all here, so that every method inverts the same C + λI; it needs the final weights only, where the 1/(ηK) of Wang et al. 2025 needs the training",
};

/** Which C the iterative methods invert. */
export const CURVATURE: Option<'ggn' | 'hessian'> = {
  ...EXACT_CURVATURE,
  meaning: 'C: ggn, or hessian',
  default: 'ggn',
  reason:
    'psd at any weights, so that every λ > 0 gives a solvable system and residuals bound errors (Martens 2010; Wang et al. 2025)',
};

/** Repetitions. */
export const REPEATS: Option<number> = {
  values: whole(1),
  placeholder: '<R>',
  brief: 'independent solves that are averaged',
  meaning: 'R independent runs whose mean is the answer; two or more give error bars',
  default: 1,
  reason: 'Wang et al. 2025, §2: R = 1; the residual already says what a solve is worth',
};

/** Seeds. */
export const SEED: Option<number> = {
  values: SEEDS,
  placeholder: '<n>',
  brief: 'names every random stream',
  meaning: 'names every random stream',
  default: 0,
  reason: 'any number serves; equal seeds give equal bits',
};

/** Fisher type. */
export const FISHER: Option<FisherType> = {
  ...LABELS,
  meaning:
    'labels of the pseudo-gradients: type-2 (exact expectation), mc (drawn from the model), empirical (the data’s)',
  default: { kind: 'type-2' },
  reason: 'exact and without a seed (Kunstner et al. 2019 on why not empirical)',
};

/** Blocks. */
export const PARTITION: Option<PartitionKind> = {
  values: choice('layer', 'tensor'),
  placeholder: '<kind>',
  brief: 'blocks: per layer or per parameter tensor',
  meaning: 'blocks: layer (weight and bias together), or tensor',
  default: 'layer',
  reason: 'the bias as one more column of the weight, as Martens & Grosse 2015 and Hong et al. 2025 write it',
};

/** Positions of an example. */
export const KFAC_FORM: Option<KfacForm> = {
  values: choice('expand', 'reduce'),
  placeholder: '<form>',
  brief:
    'kfac and ekfac of weights used at several positions: each by itself, or their mean input and summed gradient',
  meaning:
    'a weight that is used at several positions of an example (pixels, tokens): expand (each position by itself), or reduce (their mean input and summed gradient)',
  default: 'expand',
  note: 'without such weights the two are one',
  reason:
    'Eschenhagen et al. 2023, §3.2: exact for deep linear networks with a loss at each position; under attention reduce is degenerate',
  implied: 'expand',
};

/** ASTRA's momentum. */
export const HEAVY_BALL: Option<number | 'auto'> = {
  ...MOMENTUM,
  meaning: 'm, heavy ball',
  default: ASTRA_MOMENTUM,
  reason: 'Wang et al. 2025, Table 3',
};

/** ASTRA's momentum, where the system is known to be definite. */
export const OPTIMAL_HEAVY_BALL: Option<number | 'auto' | undefined> = {
  ...MOMENTUM,
  meaning: 'm, heavy ball; or auto, which decides α too',
  default: ruled(
    'polyak',
    `auto: on the full batch, GGN, m = (1 − √(αμ))² with α = 4/(√σ̂ + √μ)², μ = max(λ/(σ_max(P) + λ), σ̂(5/J)²), P the EK-FAC; else ${ASTRA_MOMENTUM}`,
    { otherwise: ASTRA_MOMENTUM },
  ),
  reason:
    "Polyak's optimum for a spectrum in [μ, σ̂], as far as J steps reach into it: about 0.9 for J = 200; minibatch noise forbids a longer memory than the 0.9 of Wang et al. 2025, Table 3",
};

/** Minibatches. */
export const BATCH: Option<number | 'full' | undefined> = {
  values: countOr('full'),
  placeholder: '<n>',
  brief: 'examples per step, or full',
  meaning: 'B examples per step, drawn with replacement; full for all of them',
  default: ruled('batch', 'min(N, 256), full from there down', { most: INFLUENCE_BATCH }),
  reason: 'Wang et al. 2025, Table 3, for their perceptrons',
};

/** Step sizes. */
export const ALPHA: Option<StepSize | undefined> = {
  values: STEP_SIZES,
  placeholder: '<α>',
  brief: 'step of a solver: a number, 0.1lambda, or auto',
  meaning: 'α, the step size: a number, a multiple of λ, or auto',
  default: ruled(
    'steepest',
    'auto: (1 + m)/σ̂ on the full batch, (1 − m)/max σ̂_B on minibatches, σ̂ by power iteration on the (preconditioned) operator',
  ),
  reason:
    'the longest step that no batch seen can make grow (Koh & Liang 2017, §3, on the scale of LiSSA): the first four, and the four steepest by trace of all that will be drawn, whose σ̂ counts half; multiples of λ, as Wang et al. 2025 state theirs, were tuned per data set',
};

/** When a stochastic solve may stop. */
export const TOLERANCE: Option<number> = {
  ...RESIDUAL,
  meaning: 'a query is done at this relative residual, looked at every 50 steps, on the full batch every 10',
  default: 0,
  note: 'all iterations are taken',
  reason: 'a minibatch iterate wanders about its solution; stopping on a lucky residual would bias it',
};

/** Schedule of ASTRA's step. */
export const DECAY: Option<StepDecay | 'none' | undefined> = {
  values: STEP_DECAYS,
  placeholder: '<factor/steps>',
  brief: 'of α: 0.5/50 halves it every 50 steps; or none',
  meaning: 'α is multiplied by a factor every so many steps; or none',
  default: ruled(
    'quarter-decay',
    `none on the full batch; on minibatches by ${ASTRA_DECAY.factor} every ⌈J/4⌉ steps`,
    { factor: ASTRA_DECAY.factor, parts: 4 },
  ),
  reason:
    'of J = 200 steps these are the 50 of Wang et al. 2025, Table 3, and more steps still lead further; without noise a shorter step only loses time',
};

/** The default of {@link DECAY}. */
export function quarterDecay(batch: number | 'full', iterations: number): StepDecay | 'none' {
  return batch === 'full'
    ? 'none'
    : { factor: ASTRA_DECAY.factor, every: Math.max(1, Math.ceil(iterations / 4)) };
}
