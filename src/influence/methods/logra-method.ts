/** @file LoGra, as a line of the registry. */
import type { FisherType } from '../../curvature/fisher.ts';
import { LOGRA_DIMENSION, logra } from '../baselines/logra.ts';
import { DIMENSION, LABELS, SEED } from './common-hyperparameters.ts';
import { fisherSetting, fittedMethod } from './fitted-method.ts';
import { LAYER_LAMBDA, layerLambda, layerSetting, layerWarnings } from './layer-damping-option.ts';
import { type Filled, type FittedMethod, type Method, type MethodContext, method } from './method.ts';
import { asFitOf } from './method-fit.ts';
import { choice } from './option-values.ts';

/** What `logra` reads. */
export interface LograOptions {
  readonly dimension: number;
  readonly damping: number | 'auto' | undefined;
  readonly initialisation: 'random' | 'pca';
  readonly fisher: FisherType;
  readonly seed: number;
}

/** LoGra. */
export const LOGRA: Method<LograOptions> = method<LograOptions>({
  name: 'logra',
  label: 'LoGra',
  approximates:
    'layer-wise influence with a damped Fisher matrix, empirical by default, between gradients compressed on both sides of a layer',
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

function fitLogra(options: Filled<LograOptions>, context: MethodContext): FittedMethod {
  const { dimension, initialisation, seed, fisher, measurement } = options;
  const damping = layerLambda(options.damping);
  const attributor = logra({ dimension, damping, initialisation, fisher, seed, measurement }).fit(
    context.fitted,
    context.train,
    context.curvature && asFitOf('logra', 'logra', context.curvature),
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
    kept: { kind: 'logra', ...attributor.fit },
    warnings: layerWarnings(damping, context),
    known: { notes: { compressedDimension: attributor.dimension } },
  });
}
