/** @file Bayesian influence, covariance and correlation, as lines of the registry. */
import { asDataset, type Dataset, type DatasetInput, datasetSize } from '../../autodiff/dataset.ts';
import type { Problem } from '../../curvature/problem.ts';
import { checkObject } from '../../linalg/border/arguments.ts';
import { integer } from '../../linalg/border/fields.ts';
import { checkNonNegative } from '../../linalg/checks.ts';
import { UnsupportedError } from '../../linalg/errors.ts';
import type { Matrix } from '../../linalg/matrix.ts';
import { asFittedModel } from '../attributors/bilinear-scores.ts';
import { automaticDamping, meanEigenvalue } from '../attributors/damping-rule.ts';
import { bayesianInfluence, influenceTarget } from '../bayesian/bayesian-influence.ts';
import {
  type BayesianScores,
  bayesianScores,
  type Normalisation,
  type SamplingDiagnostics,
} from '../bayesian/bayesian-scores.ts';
import type { InfluenceTarget } from '../bayesian/influence-chain.ts';
import {
  DAMPING_SHARE,
  inverseTemperature,
  resolveSampler,
  SAMPLER_BATCH,
  type SamplerOptions,
  type SamplerSettings,
  type SamplingMethod,
  STEP_SHARE,
  STEPS_PER_DRAW,
} from '../bayesian/sampler-settings.ts';
import { measurementFunction } from '../measurement.ts';
import { BATCH, LAMBDA, SEED } from './common-hyperparameters.ts';
import { fittedMethod } from './fitted-method.ts';
import {
  type DiagnosedScores,
  type Filled,
  type FittedMethod,
  type Given,
  type Method,
  type MethodContext,
  method,
} from './method.ts';
import { checkMethodOptions } from './method-options.ts';
import { type OptionTable, ruled } from './option.ts';
import { choice, NON_NEGATIVE, POSITIVE, whole } from './option-values.ts';
import { dampingWarnings } from './warnings.ts';

/** What both read. */
export interface BayesianOptions {
  readonly chains: number;
  readonly draws: number;
  readonly burnIn: number | undefined;
  readonly nBeta: number | undefined;
  readonly gamma: number | undefined;
  readonly damping: number | 'auto' | undefined;
  readonly stepSize: number | undefined;
  readonly batch: number | 'full' | undefined;
  readonly sampler: SamplingMethod;
  readonly seed: number;
}

const READ: OptionTable<BayesianOptions> = {
  chains: {
    values: whole(1),
    placeholder: '<C>',
    brief: 'independent chains of a sampler',
    meaning: 'C independent chains from the fitted parameters',
    default: 4,
    reason: 'Kreer et al. 2026, Table 3 (retraining); split R-hat wants at least two',
  },
  draws: {
    values: { ...whole(4), check: integer(2) },
    placeholder: '<T>',
    brief: 'draws per chain',
    meaning: 'T draws per chain that count',
    default: 500,
    reason: '2,000 draws in all, as in the scaling experiment of Kreer et al. 2026',
  },
  burnIn: {
    values: whole(0),
    placeholder: '<n>',
    brief: 'steps before the first draw',
    meaning: 'steps before the first draw',
    default: ruled('relaxation', '⌈4/(εγ)⌉, at most T', { times: 4 }),
    reason: 'after that the variance is within e⁻⁴ of stationary in the slowest direction',
  },
  nBeta: {
    values: POSITIVE,
    placeholder: '<nβ>',
    brief: 'inverse temperature of the mean loss',
    meaning: 'nβ, the inverse temperature of the mean loss',
    default: ruled('watanabe', 'N/max(1, ln N)'),
    reason:
      'Watanabe’s temperature 1/ln N, at which the localised posterior is usually sampled (Lau et al. 2025)',
  },
  gamma: {
    values: NON_NEGATIVE,
    placeholder: '<γ>',
    brief: 'localisation; γ/(nβ) damps the curvature',
    meaning: 'γ, the strength of the localisation; γ/(nβ) is the damping of the curvature',
    default: ruled(
      'steepest-eigenvalue',
      'nβ·σ/10, σ the largest |eigenvalue| of the Hessian; with a damping λ, nβ·λ',
      { share: DAMPING_SHARE },
    ),
    reason:
      'the slowest direction then forgets within 11 draws; the λ of the other methods is some hundred times smaller, and a few thousand steps would not explore it',
  },
  damping: {
    ...LAMBDA,
    meaning: 'λ = γ/(nβ), in place of gamma; auto for 0.1 · tr(G)/D, that of the other methods',
    default: ruled('by-gamma', 'by gamma'),
    reason: 'to first order the scores are then those of (H + λI)⁻¹, so that scales agree across methods',
  },
  stepSize: {
    values: POSITIVE,
    placeholder: '<ε>',
    brief: 'of a sampler',
    meaning: 'ε; its bias is told beside the error bars',
    default: ruled('stability', '¼/(nβ·σ + γ); a tenth of it for rmsprop-sgld; 8 steps from draw to draw', {
      share: STEP_SHARE,
      stepsPerDraw: STEPS_PER_DRAW,
      preconditioned: 0.1,
    }),
    reason:
      'a sixteenth of the limit of stability: on a quadratic the variance is at most 16/15 of the posterior’s',
  },
  batch: {
    values: BATCH.values,
    placeholder: BATCH.placeholder,
    brief: BATCH.brief,
    meaning: 'examples per step; the bias by their noise is told beside the error bars',
    default: ruled('batch', 'min(N, 256)', { most: SAMPLER_BATCH }),
    reason:
      'Kreer et al. 2026, Table 3, take 32 to 1,024; here steps are cheap beside the losses of all examples',
  },
  sampler: {
    values: choice('sgld', 'rmsprop-sgld'),
    placeholder: '<name>',
    brief: 'of the chains',
    meaning: 'sgld, or rmsprop-sgld',
    default: 'sgld',
    reason: 'its stationary law is known; preconditioning without its Γ term samples another',
  },
  seed: SEED,
};

const COST = {
  fit: '60·N·D for σ',
  score: 'C·(burn-in + T)·B·D + C·T·((N + Q)·D + N·Q)',
  memory: '16·N·Q',
};

/** Covariance. */
export const BIF: Method<BayesianOptions> = method<BayesianOptions>({
  name: 'bif',
  label: 'BIF',
  approximates:
    'nβ·Cov(L_i, m_q) under the local posterior: to first order ∇mᵀ(H + γ/(nβ) I)⁻¹∇L, without a Hessian',
  cost: COST,
  options: READ,
  needsTrajectory: false,
  scaled: true,
  tokens: true,
  reference:
    'Kreer et al., Bayesian influence functions for Hessian-free data attribution (2026), Eqs. 4 to 6',
  fit: (options, context) => fitBayesian('covariance', options, context),
});

/** Correlation. */
export const BIF_CORRELATION: Method<BayesianOptions> = method<BayesianOptions>({
  name: 'bif-correlation',
  label: 'BIF correlation',
  approximates: 'the correlation of L_i and m_q under the local posterior, in [−1, 1]',
  cost: COST,
  options: READ,
  needsTrajectory: false,
  scaled: false,
  reference:
    'Kreer et al., Bayesian influence functions for Hessian-free data attribution (2026), §3.1 and C.3',
  fit: (options, context) => fitBayesian('correlation', options, context),
});

/** What chains that are run elsewhere need: one `InfluenceChain(problem, settings, target, c)` for c = 0 … chains − 1. */
export interface SamplingPlan {
  readonly problem: Problem;
  readonly settings: SamplerSettings;
  readonly target: InfluenceTarget;
}

/**
 * The chains of the Bayesian methods as a plan: run them in any order, on any thread, and hand their samples back as
 * `samples` of the job. The bits are those of `attribute` without them.
 *
 * @throws {DomainError} options. @throws {UnsupportedError} gamma and damping together.
 * @param tokens - Whether scores of pairs of output positions will be asked for; default false.
 * Cost: at most 60 Hessian-vector products.
 * @example new InfluenceChain(plan.problem, plan.settings, plan.target, 0).advance();
 */
export function samplingPlan(
  options: Given<BayesianOptions>,
  context: MethodContext,
  given: DatasetInput,
  tokens: boolean = false,
): SamplingPlan {
  const where = 'samplingPlan';
  checkObject(where, 'options', options);
  checkMethodOptions(where, BIF, options);
  const { measurement = 'loss' } = options;
  checkObject(where, 'context', context);
  const { fitted, train } = asFittedModel(where, context.fitted, context.train);
  const f = measurementFunction(measurement, fitted.loss);
  const queries = asDataset(where, fitted.model, f, given);
  const problem = { ...fitted, data: train };
  const settings = resolveSampler(problem, samplerOptions(options, problem));
  const target = influenceTarget(settings, queries, measurement, datasetSize(train), tokens);
  return { problem, settings, target };
}

function fitBayesian(
  normalisation: Normalisation,
  options: Filled<BayesianOptions>,
  context: MethodContext,
): FittedMethod {
  const { fitted, train, samples } = context;
  const { measurement } = options;
  const problem = { ...fitted, data: train };
  const localised = options.gamma !== undefined || typeof options.damping === 'number';
  const sampler = samplerOptions(options, problem);
  const attributor = bayesianInfluence({ ...sampler, normalisation, measurement }).fit(fitted, train);
  const { settings, bias } = attributor;
  const { chains, draws, burnIn, nBeta, gamma, stepSize, batch, method, seed } = settings;
  const damping = gamma / nBeta;
  let last: { readonly queries: Dataset; readonly scored: BayesianScores } | undefined;
  /** From the chains that were run elsewhere, or those of the last question if it was the same, or from a run of its own. */
  const sampled = (queries: Dataset, tokens: boolean): BayesianScores => {
    if (last?.queries === queries && (!tokens || last.scored.tokenScores !== undefined)) return last.scored;
    const { watched } = influenceTarget(settings, queries, measurement, datasetSize(train));
    const scored =
      samples === undefined
        ? attributor.scoreWithErrors(queries, tokens)
        : bayesianScores(samples, { nBeta, normalisation, watched, bias });
    if (tokens) last = { queries, scored };
    return scored;
  };
  const diagnose = (queries: Dataset): DiagnosedScores => {
    const { scores, standardErrors, diagnostics } = sampled(queries, false);
    const notes = samplingNotes(diagnostics);
    const warnings = [...diagnostics.warnings, ...stillWarnings(diagnostics)];
    return { scores, diagnostics: { standardErrors, notes: { ...notes, warnings } } };
  };
  const tokenScores = (queries: Dataset): Matrix => {
    const { tokenScores: parts } = sampled(queries, true);
    if (parts !== undefined) return parts;
    throw new UnsupportedError(
      'bif: these samples have no positions; sample by a plan that asks for tokens.',
    );
  };
  return fittedMethod(context, attributor, {
    settings: { chains, draws, burnIn, nBeta, gamma, damping, stepSize, batch, sampler: method, seed },
    damping,
    warnings: localised
      ? dampingWarnings('γ/(nβ)', damping, meanEigenvalue(problem) * fitted.model.parameterCount)
      : [],
    seed,
    parameters: settings.parameters.length,
    diagnose,
    ...(normalisation === 'covariance' ? { tokenScores } : {}),
  });
}

function samplerOptions(options: Partial<BayesianOptions>, problem: Problem): SamplerOptions {
  const { sampler, nBeta, gamma, damping, stepSize, batch, chains, draws, burnIn, seed } = options;
  if (damping !== undefined && damping !== 'auto') checkNonNegative('bif', 'damping', damping);
  if (gamma !== undefined && damping !== undefined)
    throw new UnsupportedError('bif: gamma and damping both say γ = λ·nβ; give one.');
  const localised = damping === 'auto' ? automaticDamping(problem, 'ggn') : damping;
  const inverse = nBeta ?? inverseTemperature(datasetSize(problem.data));
  return defined({
    method: sampler,
    nBeta,
    gamma: localised === undefined ? gamma : localised * inverse,
    stepSize,
    batch,
    chains,
    draws,
    burnIn,
    seed,
  });
}

function samplingNotes(
  diagnostics: SamplingDiagnostics,
): NonNullable<DiagnosedScores['diagnostics']['notes']> {
  const { effectiveSampleSize, splitRhat, watched, batches, inflation, bias, warnings, lossTraces } =
    diagnostics;
  return {
    effectiveSampleSize,
    splitRhat,
    watched: watched.map((score) => ({ ...score })),
    errorBatches: batches,
    errorInflation: inflation,
    ...(bias === undefined ? {} : { bias: { step: bias.step ?? null, batch: bias.batch } }),
    warnings,
    lossTraces: Array.from({ length: lossTraces.rows }, (_, chain) => lossTraces.row(chain)),
  };
}

/** Below this relative spread of the mean loss over the draws, its covariances are made of rounding errors. */
const STILL = 1e-10;

/** Whether the chains have not moved far enough for the loss to notice. */
function stillWarnings({ lossTraces: { data } }: SamplingDiagnostics): string[] {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const value of data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high - low > STILL * high) return [];
  return [
    'the mean training loss is the same at every draw to ten digits: the chains do not move (step size, nβ or γ), and covariances are rounding errors.',
  ];
}

/** Without the entries that are undefined. */
function defined(
  options: { readonly [K in keyof SamplerOptions]: SamplerOptions[K] | undefined },
): SamplerOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
