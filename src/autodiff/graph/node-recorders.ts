/** @file How each op of a description is recorded on a tape, one line each. */
import type { NodeOp } from './description.ts';
import type { NodeRecorder } from './node-context.ts';
import * as parameters from './parameter-nodes.ts';
import * as plain from './plain-nodes.ts';
import * as sequences from './sequence-nodes.ts';
import * as shapes from './shape-nodes.ts';

const { elementwise, ofTwo } = plain;

/** Exhaustive by type. */
export const NODE_RECORDERS: { readonly [K in NodeOp]: NodeRecorder<K> } = {
  linear: parameters.linear,
  conv2d: parameters.conv2d,
  conv1d: parameters.conv1d,
  embedding: parameters.embedding,
  'position-embedding': parameters.positionEmbedding,
  'layer-norm': parameters.layerNorm,
  'group-norm': parameters.groupNorm,
  'rms-norm': parameters.rmsNorm,
  'batch-norm': parameters.batchNorm,
  'layer-scale': parameters.layerScale,
  identity: elementwise((x) => x),
  tanh: elementwise((x, { tape }) => tape.tanh(x)),
  relu: elementwise((x, { tape }) => tape.relu(x)),
  silu: elementwise((x, { tape }) => tape.apply('silu', [x])),
  sigmoid: elementwise((x, { tape }) => tape.sigmoid(x)),
  gelu: elementwise((x, { tape }, { approximate }) =>
    approximate === 'none' ? tape.gelu(x) : tape.apply('gelu-tanh', [x]),
  ),
  'leaky-relu': elementwise((x, { tape }, { slope }) => tape.apply('leaky-relu', [x], slope)),
  softplus: elementwise((x, { tape }, { beta }) =>
    beta === 1
      ? tape.apply('softplus', [x])
      : tape.scale(tape.apply('softplus', [tape.scale(x, beta)]), 1 / beta),
  ),
  dropout: elementwise((x) => x),
  add: ofTwo('add'),
  multiply: ofTwo('multiply'),
  scale: elementwise((x, { tape }, { factor }) => tape.scale(x, factor)),
  'constant-affine': plain.constantAffine,
  'max-pool': plain.maxPool,
  'avg-pool': plain.averagePool,
  'max-pool1d': plain.maxPool1d,
  'avg-pool1d': plain.averagePool1d,
  'global-avg-pool': shapes.globalAveragePool,
  mean: shapes.mean,
  last: sequences.last,
  flatten: shapes.flatten,
  reshape: shapes.reshape,
  transpose: shapes.transpose,
  split: shapes.split,
  select: shapes.select,
  concat: shapes.concat,
  repeat: shapes.repeat,
  matmul: sequences.matmul,
  mask: sequences.mask,
  softmax: sequences.softmax,
  attention: sequences.attention,
};
