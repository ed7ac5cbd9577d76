/** @file The option λ of methods that damp each layer by itself. */
import { datasetSize } from '../../autodiff/dataset.ts';
import { LAYER_DAMPING, type LayerDamping } from '../baselines/layer-damping.ts';
import { weightedExamples } from '../baselines/weighted-examples.ts';
import { gradientNorms } from '../solvers/gradient-products.ts';
import { LAMBDA } from './common-hyperparameters.ts';
import type { MethodContext, Setting } from './method.ts';
import { type Option, ruled } from './option.ts';
import { dampingWarnings } from './warnings.ts';

/** λ of every layer; by default a share of the mean eigenvalue of its own matrix. */
export const LAYER_LAMBDA: Option<number | 'auto' | undefined> = {
  ...LAMBDA,
  meaning: 'λ of every layer, in the units of the mean squared gradient',
  default: ruled('mean-eigenvalue-per-layer', 'per layer, 0.1 · tr(F)/d of its own matrix F [d, d]', {
    fraction: 0.1,
  }),
  reason: 'the published rule of Kwon et al. 2023 and Choe et al. 2024, that of Grosse et al. 2023 per layer',
};

/** 'auto' and absent both mean the rule per layer. */
export function layerLambda(damping: number | 'auto' = 'auto'): LayerDamping {
  return damping === 'auto' ? LAYER_DAMPING : damping;
}

/** λ_l by layer, as plain values. */
export function layerSetting(dampings: Float64Array): Setting {
  return Object.fromEntries(Array.from(dampings, (lambda, l) => [`layer ${l}`, lambda]));
}

/** What to say of a λ given for every layer. */
export function layerWarnings(damping: LayerDamping, context: MethodContext): string[] {
  return typeof damping === 'number' ? dampingWarnings('λ', damping, fisherTrace(context)) : [];
}

/** tr of the empirical Fisher matrix, the mean squared norm of the training gradients, by the weights of examples. */
function fisherTrace({ fitted: { model, loss, theta }, train }: MethodContext): number {
  const { data, weights } = weightedExamples(model, train);
  const norms = gradientNorms(model, loss, theta, data);
  return norms.reduce((sum, norm, i) => sum + weights[i] * norm ** 2, 0) / datasetSize(train);
}
