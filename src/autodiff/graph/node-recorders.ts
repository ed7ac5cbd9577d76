/** @file How each op of a description is recorded on a tape, one line each. */
import { convTranspose1d, convTranspose2d } from './conv-transpose.ts';
import type { NodeOp } from './description.ts';
import type { NodeRecorder } from './node-context.ts';
import * as parameters from './parameter-nodes.ts';
import * as plain from './plain-nodes.ts';
import * as sequences from './sequence-nodes.ts';
import * as shapes from './shape-nodes.ts';

const { elementwise, ofTwo } = plain;

/** An op of the tape that is given nothing. */
function plainOp<K extends NodeOp>(
  op:
    | 'log-sigmoid'
    | 'hard-sigmoid'
    | 'hard-swish'
    | 'mish'
    | 'absolute'
    | 'sin'
    | 'cos'
    | 'erf'
    | 'exp'
    | 'log'
    | 'log1p',
): NodeRecorder<K> {
  return elementwise<K>((x, { tape }) => tape.apply(op, [x]));
}

/** Exhaustive by type. */
export const NODE_RECORDERS: { readonly [K in NodeOp]: NodeRecorder<K> } = {
  linear: parameters.linear,
  conv2d: parameters.conv2d,
  conv1d: parameters.conv1d,
  'conv-transpose2d': convTranspose2d,
  'conv-transpose1d': convTranspose1d,
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
  softplus: elementwise((x, { tape }, { beta, threshold }) => {
    if (threshold !== undefined) return tape.apply('cut-softplus', [x], { beta, threshold });
    if (beta === 1) return tape.apply('softplus', [x]);
    return tape.scale(tape.apply('softplus', [tape.scale(x, beta)]), 1 / beta);
  }),
  'log-sigmoid': plainOp('log-sigmoid'),
  hardtanh: elementwise((x, { tape }, { min, max }) => tape.apply('hardtanh', [x], { min, max })),
  clamp: elementwise((x, { tape }, { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }) =>
    tape.apply('clamp', [x], { min, max }),
  ),
  elu: elementwise((x, { tape }, { alpha, scale, rate }) => tape.apply('elu', [x], { alpha, scale, rate })),
  hardsigmoid: plainOp('hard-sigmoid'),
  hardswish: plainOp('hard-swish'),
  mish: plainOp('mish'),
  softshrink: elementwise((x, { tape }, { lambda }) => tape.apply('soft-shrink', [x], { lambda })),
  threshold: elementwise((x, { tape }, { threshold, value }) =>
    tape.apply('threshold', [x], { threshold, value }),
  ),
  abs: plainOp('absolute'),
  sin: plainOp('sin'),
  cos: plainOp('cos'),
  erf: plainOp('erf'),
  exp: plainOp('exp'),
  log: plainOp('log'),
  log1p: plainOp('log1p'),
  power: elementwise((x, { tape }, { exponent }) => tape.apply('power', [x], { exponent })),
  norm: shapes.norm,
  dropout: elementwise((x) => x),
  add: ofTwo('add'),
  multiply: ofTwo('multiply'),
  scale: elementwise((x, { tape }, { factor }) => tape.scale(x, factor)),
  'constant-affine': plain.constantAffine,
  'sparse-matmul': shapes.sparseMatmul,
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
