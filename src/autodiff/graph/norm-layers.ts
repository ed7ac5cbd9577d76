/** @file Layers that normalise, with scale and shift. */
import { checkOptions } from '../../linalg/border/arguments.ts';
import { asVector, type VectorInput } from '../../linalg/border/vector.ts';
import { checkFinite, checkInteger, checkLength, checkNonNegative } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import { type Layer, node, under } from './layer.ts';

/** Normalises the last axis; scale and shift of its size. */
export function layerNorm(eps = 1e-5): Layer {
  checkEps('layerNorm', eps);
  return (builder, name, input) =>
    builder.add({
      ...node('layer-norm', name, input),
      eps,
      weight: under(name, 'weight'),
      bias: under(name, 'bias'),
    });
}

/** Normalises groups of channels of [C, …]. */
export function groupNorm(groups: number, eps = 1e-5): Layer {
  checkInteger('groupNorm', 'groups', groups, 1, Number.MAX_SAFE_INTEGER);
  checkEps('groupNorm', eps);
  return (builder, name, input) =>
    builder.add({
      ...node('group-norm', name, input),
      groups,
      eps,
      weight: under(name, 'weight'),
      bias: under(name, 'bias'),
    });
}

/** Divides by the root of the mean square over the last axis; scale of its size. */
export function rmsNorm(eps = 1e-6): Layer {
  checkEps('rmsNorm', eps);
  return (builder, name, input) =>
    builder.add({ ...node('rms-norm', name, input), eps, weight: under(name, 'weight') });
}

/** From 1 on it is a number of features, which other libraries want to be told in this place. */
function checkEps(where: string, eps: number): void {
  checkNonNegative(where, 'eps', eps);
  if (eps >= 1) throw new DomainError(where, 'eps', 'below 1 (sizes are inferred)', eps);
}

/** The frozen statistics of a batch norm, a number for each channel. Defaults, PyTorch's before training: mean 0, variance 1, eps 1e-5. */
export interface BatchNormOptions {
  readonly mean?: VectorInput;
  readonly variance?: VectorInput;
  readonly eps?: number;
}

/**
 * Batch norm in evaluation mode on [C, …]: (x − mean)/√(variance + eps) with frozen statistics, then scale and shift, which are parameters.
 * Networks with it are attributed, not trained: in training its statistics would mix the examples of a batch.
 */
export function batchNorm(options: BatchNormOptions = {}): Layer {
  checkOptions('batchNorm', options, ['mean', 'variance', 'eps']);
  const { mean, variance, eps = 1e-5 } = options;
  checkNonNegative('batchNorm', 'eps', eps);
  const given = { mean, variance };
  const vectors = Object.entries(given).map(([key, values]) => {
    if (values === undefined) return undefined;
    const vector = asVector('batchNorm', key, values).slice();
    checkFinite('batchNorm', key, vector);
    return vector;
  });
  return (builder, name, input) => {
    const [channels] = builder.shape(input);
    const names = [under(name, 'running_mean'), under(name, 'running_var')];
    for (const [i, vector] of vectors.entries()) {
      const data = vector ?? new Float64Array(channels).fill(i);
      checkLength(`batchNorm '${name}'`, i === 0 ? 'mean' : 'variance', data, channels);
      builder.buffers.set(names[i], { shape: [channels], data });
    }
    return builder.add({
      ...node('batch-norm', name, input),
      eps,
      weight: under(name, 'weight'),
      bias: under(name, 'bias'),
      mean: names[0],
      variance: names[1],
    });
  };
}
