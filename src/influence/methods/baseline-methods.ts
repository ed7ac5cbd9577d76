/** @file Projection and low-rank baselines, TRAK, DataInf, Arnoldi and LoGra, as lines of the registry. */
import { datasetSize } from '../../autodiff/dataset.ts';
import { LOSS_TABLE } from '../../autodiff/losses/table.ts';
import type { FisherType } from '../../curvature/fisher.ts';
import type { Problem } from '../../curvature/problem.ts';
import { maxAbs } from '../../linalg/sum.ts';
import { automaticDamping, meanEigenvalue } from '../attributors/damping-rule.ts';
import { RANDOM_PROJECTION } from '../attributors/discarded.ts';
import { ARNOLDI_RANK, arnoldiInfluence } from '../baselines/arnoldi.ts';
import { dataInf } from '../baselines/data-inf.ts';
import { LAYER_DAMPING, type LayerDamping } from '../baselines/layer-damping.ts';
import { LOGRA_DIMENSION, logra } from '../baselines/logra.ts';
import { TRAK_DIMENSION, trak } from '../baselines/trak.ts';
import { gradientNorms } from '../solvers/gradient-products.ts';
import { DIMENSION, EXACT_CURVATURE, LABELS, LAMBDA, SEED, STEPS } from './common-hyperparameters.ts';
import { fisherSetting, fittedMethod, undefinedShare } from './fitted-method.ts';
import {
  type Filled,
  type FittedMethod,
  type Method,
  type MethodContext,
  method,
  type Setting,
} from './method.ts';
import { type Option, ruled } from './option.ts';
import { choice, NON_NEGATIVE, whole } from './option-values.ts';
import { dampingWarnings } from './warnings.ts';

/** What `trak` reads. */
export interface TrakOptions {
  readonly dimension: number | undefined;
  readonly ridge: number;
  readonly seed: number;
}

/** What `datainf` reads. */
export interface DataInfOptions {
  readonly damping: number | 'auto' | undefined;
}

/** What `arnoldi` reads. */
export interface ArnoldiOptions {
  readonly rank: number | undefined;
  readonly curvature: 'ggn' | 'hessian';
  readonly iterations: number | undefined;
  readonly damping: number | 'auto';
  readonly seed: number;
}

/** What `logra` reads. */
export interface LograOptions {
  readonly dimension: number;
  readonly damping: number | 'auto' | undefined;
  readonly initialisation: 'random' | 'pca';
  readonly fisher: FisherType;
  readonly seed: number;
}

const LAYER_LAMBDA: Option<number | 'auto' | undefined> = {
  ...LAMBDA,
  meaning: 'λ of every layer, in the units of the mean squared gradient',
  default: ruled('mean-eigenvalue-per-layer', 'per layer, 0.1 · tr(F)/d of its own matrix F [d, d]', {
    fraction: 0.1,
  }),
  reason: 'the published rule of Kwon et al. 2023 and Choe et al. 2024, that of Grosse et al. 2023 per layer',
};

/** The share of min(N·outputs, D) that a TRAK projection may have: beyond, ΦᵀΦ is close to singular. */
const TRAK_SHARE = 3;

/** TRAK. */
export const TRAK: Method<TrakOptions> = method<TrakOptions>({
  name: 'trak',
  label: 'TRAK',
  approximates:
    '∇mᵀ C⁻¹ ∇L in a random projection to k dimensions, C the Gauss–Newton matrix of the margin with unit weights',
  cost: { fit: 'M·(N·D·k + N·k²)', score: 'M·Q·(D + N)·k', memory: 'M·(N·k + k²)' },
  options: {
    dimension: {
      ...DIMENSION,
      meaning: 'k of the projection',
      default: ruled(
        'share-of-rows',
        `min(${TRAK_DIMENSION}, ⌊min(N·outputs of f, D)/${TRAK_SHARE}⌋), at least 1; f has one output per example for classes`,
        { most: TRAK_DIMENSION, share: TRAK_SHARE },
      ),
      reason:
        'ΦᵀΦ [k, k] of N projected gradients is well conditioned for k well below N only; Wang et al. 2025 tuned to 512 on their small sets',
    },
    ridge: {
      values: NON_NEGATIVE,
      placeholder: '<ρ>',
      brief: 'added to a sum of squared projected gradients',
      meaning: 'ρ in (ΦᵀΦ + ρI)⁻¹, in units of a SUM over examples',
      default: 0,
      reason: 'as published; the projection is the regularisation',
    },
    seed: SEED,
  },
  needsTrajectory: false,
  scaled: true,
  reference: 'Park et al., TRAK: attributing model behavior at scale (2023), §3',
  fit: (options, context) => fitTrak(options, [context]),
  fitMany: fitTrak,
});

/** DataInf. */
export const DATAINF: Method<DataInfOptions> = method<DataInfOptions>({
  name: 'datainf',
  label: 'DataInf',
  approximates:
    'influence with the inverse of the layer-wise empirical Fisher replaced by the mean of the inverses of its terms',
  cost: { fit: 'N·D', score: '3·Q·N·D', memory: 'three chunks of gradients' },
  options: {
    damping: LAYER_LAMBDA,
  },
  needsTrajectory: false,
  scaled: true,
  reference:
    'Kwon et al., DataInf: efficiently estimating data influence in LoRA-tuned LLMs and diffusion models (2023), Eqs. 4 and 5',
  fit: fitDataInf,
});

/** Arnoldi. */
export const ARNOLDI: Method<ArnoldiOptions> = method<ArnoldiOptions>({
  name: 'arnoldi',
  label: 'Arnoldi',
  approximates:
    '∇mᵀ C⁺ ∇L on the k eigenvectors of C with the largest |σ|; the rest of the space counts as zero',
  cost: { fit: '2k·N·D + N·D·k', score: 'Q·(D + N)·k', memory: '2k·D + N·k' },
  options: {
    rank: {
      values: whole(1),
      placeholder: '<k>',
      brief: 'eigenpairs kept',
      meaning: 'k eigenpairs',
      default: ruled('at-most-the-dimension', `min(${ARNOLDI_RANK}, D)`, { most: ARNOLDI_RANK }),
      reason:
        'Schioppa et al. 2022 keep tens to hundreds; the top hundred hold most of the trace of a small perceptron',
    },
    curvature: {
      ...EXACT_CURVATURE,
      meaning: 'C: hessian, or ggn',
      default: 'hessian',
      reason: 'as published; its largest |σ| are positive at the end of training',
    },
    iterations: {
      ...STEPS,
      meaning: 'products with C, the dimension of the Krylov space',
      default: ruled('twice-the-rank', '2k, at most D', { times: 2 }),
      reason: 'leading pairs converge first; residuals are reported',
    },
    damping: {
      ...LAMBDA,
      meaning: 'λ added to every |σ|; auto for 0.1 · tr(G)/D',
      default: 0,
      reason: 'as published: the truncation is the regularisation',
    },
    seed: SEED,
  },
  needsTrajectory: false,
  scaled: true,
  reference: 'Schioppa et al., Scaling up influence functions (2022), §4',
  fit: fitArnoldi,
});

/** LoGra. */
export const LOGRA: Method<LograOptions> = method<LograOptions>({
  name: 'logra',
  label: 'LoGra',
  approximates:
    'layer-wise influence with the damped empirical Fisher, between gradients compressed on both sides of a layer',
  cost: {
    fit: 'N Σ_l (k·(in + out) + k⁴) + Σ_l k⁶/3',
    score: 'Q·Σ_l (k·(in + out) + k⁴) + Q·N·L·k²',
    memory: 'N·L·k² + L·k⁴',
  },
  options: {
    dimension: {
      ...DIMENSION,
      meaning: 'k per side: a layer’s gradient becomes k × k; shorter sides stay as they are',
      default: LOGRA_DIMENSION,
      reason: 'k⁴ numbers per layer: 65,536 at 16, which a small network can still afford to factor',
    },
    damping: LAYER_LAMBDA,
    initialisation: {
      values: choice('random', 'pca'),
      placeholder: '<what>',
      brief: 'of projections',
      meaning: 'random (Gaussian), or pca: leading eigenvectors of the K-FAC factors',
      default: 'pca',
      reason:
        'published beside random; of all projections to k it keeps the most curvature, for two eigendecompositions per layer, and leaves no draw to chance',
    },
    fisher: {
      ...LABELS,
      meaning:
        'labels of the Fisher: empirical (the data’s), type-2 (exact expectation) or mc; also of the K-FAC factors, and so of the basis, of pca projections',
      default: { kind: 'empirical' },
      reason: 'as published',
    },
    seed: SEED,
  },
  needsTrajectory: false,
  scaled: false,
  reference:
    'Choe et al., What is your data worth to GPT? LLM-scale data valuation with influence functions (2024), §3',
  fit: fitLogra,
});

function fitTrak(options: Filled<TrakOptions>, contexts: readonly MethodContext[]): FittedMethod {
  const [context] = contexts;
  const { train, fitted } = context;
  const { ridge, seed, measurement } = options;
  const { linearised } = LOSS_TABLE[fitted.loss];
  const rows = datasetSize(train) * (linearised === 'outputs' ? fitted.model.outputs : 1);
  const most = Math.floor(Math.min(rows, fitted.model.parameterCount) / TRAK_SHARE);
  const dimension = options.dimension ?? Math.max(1, Math.min(TRAK_DIMENSION, most));
  const attributor = trak({ dimension, ridge, seed, measurement }).fitMany(
    contexts.map((one) => one.fitted),
    train,
  );
  return fittedMethod(context, attributor, {
    settings: { dimension, ridge, seed },
    seed,
    discarded: undefinedShare(RANDOM_PROJECTION),
    warnings: ridge === 0 ? [] : dampingWarnings('ridge ρ', ridge, outputTrace(context)),
  });
}

/** Σ‖∇f(z_i)‖² over the training examples and the outputs that TRAK's f runs over, about tr(ΦᵀΦ). */
function outputTrace({ fitted, train }: MethodContext): number {
  const { model, loss, theta } = fitted;
  const { linearised } = LOSS_TABLE[loss];
  if (linearised !== 'outputs') return squaredNorms(gradientNorms(model, linearised.of, theta, train));
  const outputs: Problem = { model, theta, loss: 'squared-error', data: train }; // whose GGN is the mean of JᵀJ
  return datasetSize(train) * model.parameterCount * meanEigenvalue(outputs);
}

/** tr of the empirical Fisher matrix, the mean squared norm of the training gradients. */
function fisherTrace({ fitted: { model, loss, theta }, train }: MethodContext): number {
  return squaredNorms(gradientNorms(model, loss, theta, train)) / datasetSize(train);
}

function squaredNorms(norms: Float64Array): number {
  return norms.reduce((sum, norm) => sum + norm ** 2, 0);
}

/** What to say of a λ given for every layer. */
function layerWarnings(damping: LayerDamping, context: MethodContext): string[] {
  return typeof damping === 'number' ? dampingWarnings('λ', damping, fisherTrace(context)) : [];
}

/** 'auto' and absent both mean the rule per layer. */
function layerLambda({ damping = 'auto' }: DataInfOptions): LayerDamping {
  return damping === 'auto' ? LAYER_DAMPING : damping;
}

/** λ_l by layer, as plain values. */
function layerSetting(dampings: Float64Array): Setting {
  return Object.fromEntries(Array.from(dampings, (lambda, l) => [`layer ${l}`, lambda]));
}

function fitDataInf(options: Filled<DataInfOptions>, context: MethodContext): FittedMethod {
  const damping = layerLambda(options);
  const attributor = dataInf({ damping, measurement: options.measurement }).fit(
    context.fitted,
    context.train,
  );
  return fittedMethod(context, attributor, {
    settings: { damping: layerSetting(attributor.dampings) },
    damping: typeof damping === 'number' ? damping : undefined,
    warnings: layerWarnings(damping, context),
  });
}

function fitArnoldi(options: Filled<ArnoldiOptions>, context: MethodContext): FittedMethod {
  const { fitted, train } = context;
  const size = fitted.model.parameterCount;
  const { curvature, seed } = options;
  const rank = Math.min(options.rank ?? ARNOLDI_RANK, size);
  const iterations = Math.min(options.iterations ?? 2 * rank, size);
  const damping =
    options.damping === 'auto' ? automaticDamping({ ...fitted, data: train }, 'ggn') : options.damping;
  const settings = { rank, curvature, iterations, damping, seed };
  const attributor = arnoldiInfluence({ ...settings, measurement: options.measurement }).fit(fitted, train);
  const { values, residuals, kept, stats } = attributor;
  return fittedMethod(context, attributor, {
    settings,
    damping,
    seed,
    discarded: (queries) => attributor.discarded(queries),
    warnings: dampingWarnings('λ', damping, maxAbs(values)),
    known: {
      notes: {
        eigenvalues: values,
        eigenvalueResiduals: residuals,
        kept,
        products: stats.iterations,
        search: stats.message,
      },
    },
  });
}

function fitLogra(options: Filled<LograOptions>, context: MethodContext): FittedMethod {
  const { dimension, initialisation, seed, fisher, measurement } = options;
  const damping = layerLambda(options);
  const attributor = logra({ dimension, damping, initialisation, fisher, seed, measurement }).fit(
    context.fitted,
    context.train,
  );
  return fittedMethod(context, attributor, {
    settings: {
      dimension,
      damping: layerSetting(attributor.dampings),
      initialisation,
      fisher: fisherSetting(fisher),
      seed,
    },
    damping: typeof damping === 'number' ? damping : undefined,
    seed,
    discarded: (queries) => attributor.discarded(queries),
    warnings: layerWarnings(damping, context),
    known: { notes: { compressedDimension: attributor.dimension } },
  });
}
