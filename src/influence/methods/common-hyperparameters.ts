/** @file Hyper-parameters that several methods read, with the rules for their defaults. */
import { ASTRA_DECAY, ASTRA_MOMENTUM } from '../astra.ts';
import type { StepDecay } from '../step-size.ts';
import type { Hyperparameter } from './method.ts';

/** λ of iterative solves. */
export const DAMPING: Hyperparameter = {
  name: 'damping',
  meaning:
    'λ in (C + λI)⁻¹, C the curvature of the mean loss; what the rule adds for the Hessian is an upper bound of −min σ, its Lanczos value and residual at rtol 1e-3; damping in --json is the λ used',
  rule: '0.1 · tr(G)/D, a tenth of the mean eigenvalue of the GGN (and of its EK-FAC: the traces agree); for the Hessian plus −min σ, if that is positive',
  reason:
    "kronfluence's default, per layer there and one λ for all here, so that every method inverts the same C + λI; it needs the final weights only, where the 1/(ηK) of Wang et al. 2025 needs the training",
};

/** Which C the iterative methods invert. */
export const CURVATURE: Hyperparameter = {
  name: 'curvature',
  meaning: 'C: ggn, or hessian',
  rule: 'ggn',
  reason:
    'psd at any weights, so that every λ > 0 gives a solvable system and residuals bound errors (Martens 2010; Wang et al. 2025)',
};

/** Repetitions. */
export const REPEATS: Hyperparameter = {
  name: 'repeats',
  meaning: 'R independent runs whose mean is the answer; two or more give error bars',
  rule: '1',
  reason: 'Wang et al. 2025, §2: R = 1; the residual already says what a solve is worth',
};

/** Seeds. */
export const SEED: Hyperparameter = {
  name: 'seed',
  meaning: 'names every random stream',
  rule: '0',
  reason: 'any number serves; equal seeds give equal bits',
};

/** Fisher type. */
export const FISHER: Hyperparameter = {
  name: 'fisher',
  meaning:
    'labels of the pseudo-gradients: type-2 (exact expectation), mc (drawn from the model), empirical (the data’s)',
  rule: 'type-2',
  reason: 'exact and without a seed (Kunstner et al. 2019 on why not empirical)',
};

/** Blocks. */
export const PARTITION: Hyperparameter = {
  name: 'partition',
  meaning: 'blocks: layer (weight and bias together), or tensor',
  rule: 'layer',
  reason: 'the bias as one more column of the weight, as Martens & Grosse 2015 and Hong et al. 2025 write it',
};

/** ASTRA's momentum. */
export const HEAVY_BALL: Hyperparameter = {
  name: 'momentum',
  meaning: 'm, heavy ball',
  rule: `${ASTRA_MOMENTUM}`,
  reason: 'Wang et al. 2025, Table 3',
};

/** ASTRA's momentum, where the system is known to be definite. */
export const OPTIMAL_HEAVY_BALL: Hyperparameter = {
  name: 'momentum',
  meaning: 'm, heavy ball; or auto, which decides α too',
  rule: `auto: on the full batch, GGN, m = (1 − √(αμ))² with α = 4/(√σ̂ + √μ)², μ = max(λ/(σ_max(P) + λ), σ̂(5/J)²), P the EK-FAC; else ${ASTRA_MOMENTUM}`,
  reason:
    "Polyak's optimum for a spectrum in [μ, σ̂], as far as J steps reach into it: about 0.9 for J = 200; minibatch noise forbids a longer memory than the 0.9 of Wang et al. 2025, Table 3",
};

/** Minibatches. */
export const BATCH: Hyperparameter = {
  name: 'batch',
  meaning: 'B examples per step, drawn with replacement; full for all of them',
  rule: 'min(N, 256), full from there down',
  reason: 'Wang et al. 2025, Table 3, for their perceptrons',
};

/** Step sizes. */
export const ALPHA: Hyperparameter = {
  name: 'alpha',
  meaning: 'α, the step size: a number, a multiple of λ, or auto',
  rule: 'auto: (1 + m)/σ̂ on the full batch, (1 − m)/max σ̂_B on minibatches, σ̂ by power iteration on the (preconditioned) operator',
  reason:
    'the longest step that no batch seen can make grow (Koh & Liang 2017, §3, on the scale of LiSSA): the first four, and the four steepest by trace of all that will be drawn, whose σ̂ counts half; multiples of λ, as Wang et al. 2025 state theirs, were tuned per data set',
};

/** When a stochastic solve may stop. */
export const TOLERANCE: Hyperparameter = {
  name: 'tolerance',
  meaning: 'a query is done at this relative residual, looked at every 50 steps, on the full batch every 10',
  rule: '0: all iterations are taken',
  reason: 'a minibatch iterate wanders about its solution; stopping on a lucky residual would bias it',
};

/** Schedule of ASTRA's step. */
export const DECAY: Hyperparameter = {
  name: 'decay',
  meaning: 'α is multiplied by a factor every so many steps; or none',
  rule: `none on the full batch; on minibatches by ${ASTRA_DECAY.factor} every ⌈J/4⌉ steps`,
  reason:
    'of J = 200 steps these are the 50 of Wang et al. 2025, Table 3, and more steps still lead further; without noise a shorter step only loses time',
};

/** The default of {@link DECAY}. */
export function quarterDecay(batch: number | 'full', iterations: number): StepDecay | 'none' {
  return batch === 'full'
    ? 'none'
    : { factor: ASTRA_DECAY.factor, every: Math.max(1, Math.ceil(iterations / 4)) };
}
