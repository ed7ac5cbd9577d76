/** @file The ops of networks other than an Mlp, and of losses beyond the table, one line each. */
import { geluTanh, leakyRelu, silu, softplus } from './activations.ts';
import { attention, maskedAttention } from './attention.ts';
import { binaryCrossEntropy, binaryMargin } from './binary-cross-entropy.ts';
import { channelAffine } from './channel-affine.ts';
import { compiledGelu, compiledMargin, compiledRelu, packedAffine } from './compiled.ts';
import { dropout } from './dropout.ts';
import { embedding, positionEmbedding } from './embedding.ts';
import * as formulas from './formulas.ts';
import { huber } from './huber.ts';
import { mask, maskColumns, maskRows } from './mask.ts';
import { matmul, transpose } from './matmul.ts';
import { groupNorm, layerNorm, rmsNorm } from './normalising.ts';
import { notEqual } from './not-equal.ts';
import { permute } from './permute.ts';
import { averagePool, globalAveragePool, maxPool } from './pools.ts';
import { repeat } from './repeat.ts';
import { reshape } from './reshape.ts';
import { softCrossEntropy, softMargin } from './soft-cross-entropy.ts';
import { softmax } from './softmax.ts';
import { sparseMatmul } from './sparse-matmul.ts';
import { concat, split } from './stack.ts';
import { unfold } from './unfold.ts';
import { weightedSum } from './weighted-sum.ts';

/** As CORE_OPS, for tapes and networks that ask for them: their kernels are a WebAssembly module of its own. Some of the core are here again with faster ones. */
export const NETWORK_OPS = {
  reshape: reshape as typeof reshape,
  permute: permute as typeof permute,
  repeat: repeat as typeof repeat,
  concat: concat as typeof concat,
  split: split as typeof split,
  'weighted-sum': weightedSum as typeof weightedSum,
  unfold: unfold as typeof unfold,
  'max-pool': maxPool as typeof maxPool,
  'avg-pool': averagePool as typeof averagePool,
  'global-avg-pool': globalAveragePool as typeof globalAveragePool,
  'layer-norm': layerNorm as typeof layerNorm,
  'group-norm': groupNorm as typeof groupNorm,
  'rms-norm': rmsNorm as typeof rmsNorm,
  embedding: embedding as typeof embedding,
  'position-embedding': positionEmbedding as typeof positionEmbedding,
  attention: attention as typeof attention,
  'masked-attention': maskedAttention as typeof maskedAttention,
  softmax: softmax as typeof softmax,
  mask: mask as typeof mask,
  'mask-columns': maskColumns as typeof maskColumns,
  'mask-rows': maskRows as typeof maskRows,
  'not-equal': notEqual as typeof notEqual,
  matmul: matmul as typeof matmul,
  transpose: transpose as typeof transpose,
  'channel-affine': channelAffine as typeof channelAffine,
  silu: silu as typeof silu,
  softplus: softplus as typeof softplus,
  'cut-softplus': formulas.cutSoftplus as typeof formulas.cutSoftplus,
  'gelu-tanh': geluTanh as typeof geluTanh,
  'leaky-relu': leakyRelu as typeof leakyRelu,
  clamp: formulas.clamp as typeof formulas.clamp,
  hardtanh: formulas.hardtanh as typeof formulas.hardtanh,
  elu: formulas.elu as typeof formulas.elu,
  'hard-sigmoid': formulas.hardSigmoid as typeof formulas.hardSigmoid,
  'hard-swish': formulas.hardSwish as typeof formulas.hardSwish,
  mish: formulas.mish as typeof formulas.mish,
  'soft-shrink': formulas.softShrink as typeof formulas.softShrink,
  threshold: formulas.threshold as typeof formulas.threshold,
  absolute: formulas.absolute as typeof formulas.absolute,
  sin: formulas.sine as typeof formulas.sine,
  cos: formulas.cosine as typeof formulas.cosine,
  erf: formulas.errorFunction as typeof formulas.errorFunction,
  exp: formulas.exponential as typeof formulas.exponential,
  log: formulas.logarithm as typeof formulas.logarithm,
  log1p: formulas.logarithmOfMore as typeof formulas.logarithmOfMore,
  power: formulas.powerOp as typeof formulas.powerOp,
  norm: formulas.norm as typeof formulas.norm,
  'sparse-matmul': sparseMatmul as typeof sparseMatmul,
  dropout: dropout as typeof dropout,
  'binary-cross-entropy': binaryCrossEntropy as typeof binaryCrossEntropy,
  'binary-margin': binaryMargin as typeof binaryMargin,
  'soft-cross-entropy': softCrossEntropy as typeof softCrossEntropy,
  'soft-margin': softMargin as typeof softMargin,
  huber: huber as typeof huber,
  affine: packedAffine as typeof packedAffine,
  gelu: compiledGelu as typeof compiledGelu,
  relu: compiledRelu as typeof compiledRelu,
  margin: compiledMargin as typeof compiledMargin,
} as const;
