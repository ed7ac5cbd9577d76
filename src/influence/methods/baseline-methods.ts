/** @file Projection and low-rank baselines, TRAK, DataInf, Arnoldi and LoGra, as lines of the registry. */
import { datasetSize } from '../../autodiff/dataset.ts';
import { LOSS_TABLE } from '../../autodiff/losses/table.ts';
import type { Problem } from '../../curvature/problem.ts';
import { maxAbs } from '../../linalg/sum.ts';
import { ARNOLDI_RANK, arnoldiInfluence } from '../baselines/arnoldi.ts';
import { dataInf } from '../baselines/data-inf.ts';
import { LAYER_DAMPING, type LayerDamping } from '../baselines/layer-damping.ts';
import { LOGRA_DIMENSION, logra } from '../baselines/logra.ts';
import { TRAK_DIMENSION, trak } from '../baselines/trak.ts';
import { automaticDamping, meanEigenvalue } from '../damping-rule.ts';
import { RANDOM_PROJECTION } from '../discarded.ts';
import { gradientNorms } from '../gradient-products.ts';
import { SEED } from './common-hyperparameters.ts';
import { fisherSetting, fittedMethod, measurementOf, undefinedShare } from './fitted-method.ts';
import type {
  FittedMethod,
  Hyperparameter,
  MethodContext,
  MethodDescription,
  MethodOptions,
  Setting,
} from './method.ts';
import { dampingWarnings } from './warnings.ts';

const LAYER_LAMBDA: Hyperparameter = {
  name: 'damping',
  meaning: 'λ of every layer, in the units of the mean squared gradient',
  rule: 'per layer, 0.1 · tr(F)/d of its own matrix F [d, d]',
  reason: 'the published rule of Kwon et al. 2023 and Choe et al. 2024, that of Grosse et al. 2023 per layer',
};

/** The share of min(N·outputs, D) that a TRAK projection may have: beyond, ΦᵀΦ is close to singular. */
const TRAK_SHARE = 3;

/** TRAK, DataInf, Arnoldi and LoGra. */
export const BASELINE_METHODS: {
  readonly [K in 'trak' | 'datainf' | 'arnoldi' | 'logra']: MethodDescription;
} = {
  trak: {
    name: 'trak',
    label: 'TRAK',
    approximates:
      '∇mᵀ C⁻¹ ∇L in a random projection to k dimensions, C the Gauss–Newton matrix of the margin with unit weights',
    cost: { fit: 'M·(N·D·k + N·k²)', score: 'M·Q·(D + N)·k', memory: 'M·(N·k + k²)' },
    hyperparameters: [
      {
        name: 'dimension',
        meaning: 'k of the projection',
        rule: `min(${TRAK_DIMENSION}, ⌊min(N·outputs of f, D)/${TRAK_SHARE}⌋), at least 1; f has one output per example for classes`,
        reason:
          'ΦᵀΦ [k, k] of N projected gradients is well conditioned for k well below N only; Wang et al. 2025 tuned to 512 on their small sets',
      },
      {
        name: 'ridge',
        meaning: 'ρ in (ΦᵀΦ + ρI)⁻¹, in units of a SUM over examples',
        rule: '0',
        reason: 'as published; the projection is the regularisation',
      },
      SEED,
    ],
    needsTrajectory: false,
    scaled: true,
    reference: 'Park et al., TRAK: attributing model behavior at scale (2023), §3',
    fit: (options, context) => fitTrak(options, [context]),
    fitMany: fitTrak,
  },
  datainf: {
    name: 'datainf',
    label: 'DataInf',
    approximates:
      'influence with the inverse of the layer-wise empirical Fisher replaced by the mean of the inverses of its terms',
    cost: { fit: 'N·D', score: '3·Q·N·D', memory: 'three chunks of gradients' },
    hyperparameters: [LAYER_LAMBDA],
    needsTrajectory: false,
    scaled: true,
    reference:
      'Kwon et al., DataInf: efficiently estimating data influence in LoRA-tuned LLMs and diffusion models (2023), Eqs. 4 and 5',
    fit: fitDataInf,
  },
  arnoldi: {
    name: 'arnoldi',
    label: 'Arnoldi',
    approximates:
      '∇mᵀ C⁺ ∇L on the k eigenvectors of C with the largest |σ|; the rest of the space counts as zero',
    cost: { fit: '2k·N·D + N·D·k', score: 'Q·(D + N)·k', memory: '2k·D + N·k' },
    hyperparameters: [
      {
        name: 'rank',
        meaning: 'k eigenpairs',
        rule: `min(${ARNOLDI_RANK}, D)`,
        reason:
          'Schioppa et al. 2022 keep tens to hundreds; the top hundred hold most of the trace of a small perceptron',
      },
      {
        name: 'curvature',
        meaning: 'C: hessian, or ggn',
        rule: 'hessian',
        reason: 'as published; its largest |σ| are positive at the end of training',
      },
      {
        name: 'iterations',
        meaning: 'products with C, the dimension of the Krylov space',
        rule: '2k, at most D',
        reason: 'leading pairs converge first; residuals are reported',
      },
      {
        name: 'damping',
        meaning: 'λ added to every |σ|; auto for 0.1 · tr(G)/D',
        rule: '0',
        reason: 'as published: the truncation is the regularisation',
      },
      SEED,
    ],
    needsTrajectory: false,
    scaled: true,
    reference: 'Schioppa et al., Scaling up influence functions (2022), §4',
    fit: fitArnoldi,
  },
  logra: {
    name: 'logra',
    label: 'LoGra',
    approximates:
      'layer-wise influence with the damped empirical Fisher, between gradients compressed on both sides of a layer',
    cost: {
      fit: 'N Σ_l (k·(in + out) + k⁴) + Σ_l k⁶/3',
      score: 'Q·Σ_l (k·(in + out) + k⁴) + Q·N·L·k²',
      memory: 'N·L·k² + L·k⁴',
    },
    hyperparameters: [
      {
        name: 'dimension',
        meaning: 'k per side: a layer’s gradient becomes k × k; shorter sides stay as they are',
        rule: `${LOGRA_DIMENSION}`,
        reason: 'k⁴ numbers per layer: 65,536 at 16, which a small network can still afford to factor',
      },
      LAYER_LAMBDA,
      {
        name: 'initialisation',
        meaning: 'random (Gaussian), or pca: leading eigenvectors of the K-FAC factors',
        rule: 'pca',
        reason:
          'published beside random; of all projections to k it keeps the most curvature, for two eigendecompositions per layer, and leaves no draw to chance',
      },
      {
        name: 'fisher',
        meaning:
          'labels of the Fisher: empirical (the data’s), type-2 (exact expectation) or mc; also of the K-FAC factors, and so of the basis, of pca projections',
        rule: 'empirical',
        reason: 'as published',
      },
      SEED,
    ],
    needsTrajectory: false,
    scaled: false,
    reference:
      'Choe et al., What is your data worth to GPT? LLM-scale data valuation with influence functions (2024), §3',
    fit: fitLogra,
  },
};

function fitTrak(options: MethodOptions, contexts: readonly MethodContext[]): FittedMethod {
  const [context] = contexts;
  const { train, fitted } = context;
  const { ridge = 0, seed = 0 } = options;
  const { linearised } = LOSS_TABLE[fitted.loss];
  const rows = datasetSize(train) * (linearised === 'outputs' ? fitted.model.outputs : 1);
  const most = Math.floor(Math.min(rows, fitted.model.parameterCount) / TRAK_SHARE);
  const dimension = options.dimension ?? Math.max(1, Math.min(TRAK_DIMENSION, most));
  const measurement = measurementOf(options);
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
function layerLambda({ damping = 'auto' }: MethodOptions): LayerDamping {
  return damping === 'auto' ? LAYER_DAMPING : damping;
}

/** λ_l by layer, as plain values. */
function layerSetting(dampings: Float64Array): Setting {
  return Object.fromEntries(Array.from(dampings, (lambda, l) => [`layer ${l}`, lambda]));
}

function fitDataInf(options: MethodOptions, context: MethodContext): FittedMethod {
  const damping = layerLambda(options);
  const attributor = dataInf({ damping, measurement: measurementOf(options) }).fit(
    context.fitted,
    context.train,
  );
  return fittedMethod(context, attributor, {
    settings: { damping: layerSetting(attributor.dampings) },
    damping: typeof damping === 'number' ? damping : undefined,
    warnings: layerWarnings(damping, context),
  });
}

function fitArnoldi(options: MethodOptions, context: MethodContext): FittedMethod {
  const { fitted, train } = context;
  const size = fitted.model.parameterCount;
  const { curvature = 'hessian', seed = 0 } = options;
  const rank = Math.min(options.rank ?? ARNOLDI_RANK, size);
  const iterations = Math.min(options.iterations ?? 2 * rank, size);
  const damping =
    options.damping === 'auto' ? automaticDamping({ ...fitted, data: train }, 'ggn') : (options.damping ?? 0);
  const settings = { rank, curvature, iterations, damping, seed };
  const attributor = arnoldiInfluence({ ...settings, measurement: measurementOf(options) }).fit(
    fitted,
    train,
  );
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

function fitLogra(options: MethodOptions, context: MethodContext): FittedMethod {
  const { dimension = LOGRA_DIMENSION, initialisation = 'pca', seed = 0 } = options;
  const { fisher = { kind: 'empirical' } } = options;
  const damping = layerLambda(options);
  const measurement = measurementOf(options);
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
