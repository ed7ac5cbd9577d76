/** @file Every op of PyTorch that is converted, one line each. */
import type { Call, Rule } from './conversion.ts';
import * as arithmetic from './rules-arithmetic.ts';
import * as attention from './rules-attention.ts';
import * as functions from './rules-functions.ts';
import * as layers from './rules-layers.ts';
import * as norms from './rules-norms.ts';
import * as parts from './rules-parts.ts';
import * as pooling from './rules-pooling.ts';
import * as products from './rules-products.ts';
import * as resampling from './rules-resampling.ts';
import * as sums from './rules-sums.ts';
import * as views from './rules-views.ts';
import * as windows from './rules-windows.ts';

const { elementwise } = arithmetic;

/** In evaluation mode only. */
const dropout: Rule = (call: Call) => {
  if (call.flag('train', false))
    call.unsupported('is in training mode: export it in evaluation mode (model.eval).');
  call.conversion.dropout ||= call.number('p', 0.5) > 0;
  return views.same(call);
};

const sizeOfAxis: Rule = (call: Call) => {
  const value = call.value('self');
  const axis = call.integer('dim');
  if (value?.kind === 'view') {
    const dims = value.view.dims;
    return { kind: 'size', size: dims[call.axis(axis, dims.length)].reduce((a, { size }) => a * size, 1) };
  }
  if (value === undefined || !('shape' in value))
    return call.unsupported('asks for the size of what has none.');
  return { kind: 'size', size: value.shape[call.axis(axis, value.shape.length)] };
};

/** Arithmetic of sizes. */
const ofSizes =
  (compute: (a: number, b: number) => number): Rule =>
  (call: Call) => ({ kind: 'size', size: compute(call.number('a'), call.number('b')) });

/** Layers that have a name and no counterpart. */
const refused =
  (what: string): Rule =>
  (call: Call) =>
    call.unsupported(`is ${what}, which is not supported.`);
const weightNorm: Rule = (call: Call) =>
  call.unsupported(
    'computes a weight from parameters (weight_norm), which is not supported: torch.nn.utils.parametrize.remove_parametrizations(layer, "weight") before the export keeps the outputs.',
  );
const lstm = refused('a recurrent layer (LSTM)');
const gru = refused('a recurrent layer (GRU)');
const rnn = refused('a recurrent layer (RNN)');

const gelu = elementwise('gelu', (call: Call) => {
  const form = call.argument('approximate') ?? 'none';
  if (form !== 'none' && form !== 'tanh') call.unsupported('has an unknown form.');
  return { approximate: form };
});

/** Nothing to compute: assertions about sizes and types. */
export const SKIPPED: RegExp =
  /^(aten\._assert|aten\.sym_constrain_range|aten\._assert_scalar|_operator\.(ge|le|gt|lt|eq|ne|and_)$)/;

/** By the name of the op without its overload. */
export const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['aten.linear', layers.linear],
  ['aten.addmm', layers.addmm],
  ['aten.conv1d', layers.convolution],
  ['aten.conv2d', layers.convolution],
  ['aten.convolution', layers.convolution],
  ['aten.conv_transpose1d', layers.convolution],
  ['aten.conv_transpose2d', layers.convolution],
  ['aten.embedding', layers.embedding],

  ['aten.layer_norm', norms.layerNorm],
  ['aten.native_layer_norm', norms.layerNorm],
  ['aten.rms_norm', norms.rmsNorm],
  ['aten.group_norm', norms.groupNorm],
  ['aten.native_group_norm', norms.groupNorm],
  ['aten.instance_norm', norms.groupNorm],
  ['aten.batch_norm', norms.batchNorm],
  ['aten._native_batch_norm_legit_no_training', norms.batchNorm],
  ['aten.pow', norms.power],
  ['aten.square', (call: Call) => norms.squared(call, call.value('self'))],
  ['aten.sqrt', norms.root(0.5)],
  ['aten.rsqrt', norms.root(-0.5)],

  ['aten.relu', elementwise('relu')],
  ['aten.relu_', elementwise('relu')],
  ['aten.tanh', elementwise('tanh')],
  ['aten.sigmoid', elementwise('sigmoid')],
  ['aten.silu', elementwise('silu')],
  ['aten.silu_', elementwise('silu')],
  ['aten.gelu', gelu],
  ['aten.leaky_relu', elementwise('leaky-relu', (call: Call) => ({ slope: call.number('negative_slope', 0.01) }))],
  ['aten.leaky_relu_', elementwise('leaky-relu', (call: Call) => ({ slope: call.number('negative_slope', 0.01) }))],
  ['aten.softplus', elementwise('softplus', (call: Call) => ({ beta: call.number('beta', 1), threshold: call.number('threshold', 20) }))],

  ['aten.hardtanh', functions.hardtanh],
  ['aten.hardtanh_', functions.hardtanh],
  ['aten.relu6', functions.relu6],
  ['aten.relu6_', functions.relu6],
  ['aten.elu', functions.elu],
  ['aten.elu_', functions.elu],
  ['aten.selu', functions.selu],
  ['aten.selu_', functions.selu],
  ['aten.celu', functions.celu],
  ['aten.celu_', functions.celu],
  ['aten.hardswish', elementwise('hardswish')],
  ['aten.hardswish_', elementwise('hardswish')],
  ['aten.hardsigmoid', elementwise('hardsigmoid')],
  ['aten.hardsigmoid_', elementwise('hardsigmoid')],
  ['aten.mish', elementwise('mish')],
  ['aten.mish_', elementwise('mish')],
  ['aten.threshold', functions.threshold],
  ['aten.threshold_', functions.threshold],
  ['aten.clamp', functions.clamp],
  ['aten.clamp_', functions.clamp],
  ['aten.clamp_min', functions.clamp],
  ['aten.clamp_min_', functions.clamp],
  ['aten.clamp_max', functions.clamp],
  ['aten.clamp_max_', functions.clamp],
  ['aten.sin', elementwise('sin')],
  ['aten.cos', elementwise('cos')],
  ['aten.erf', elementwise('erf')],
  ['aten.exp', elementwise('exp')],
  ['aten.exp_', elementwise('exp')],
  ['aten.log', elementwise('log')],
  ['aten.log_', elementwise('log')],
  ['aten.log1p', elementwise('log1p')],
  ['aten.log1p_', elementwise('log1p')],
  ['aten.abs', elementwise('abs')],
  ['aten.abs_', elementwise('abs')],
  ['aten.reciprocal', arithmetic.reciprocal],
  ['aten.reciprocal_', arithmetic.reciprocal],
  ['aten.log_sigmoid', elementwise('log-sigmoid')],
  ['aten.softshrink', functions.softshrink],
  ['aten.prelu', functions.prelu],
  ['aten.glu', functions.glu],
  ['aten.minimum', functions.extreme('min')],
  ['aten.maximum', functions.extreme('max')],
  ['aten.linalg_vector_norm', functions.vectorNorm],
  ['aten.norm', functions.vectorNorm],
  ['aten.std', functions.spread(true)],
  ['aten.var', functions.spread(false)],

  ['aten.add', arithmetic.add],
  ['aten.add_', arithmetic.add],
  ['aten.sub', arithmetic.subtract],
  ['aten.sub_', arithmetic.subtract],
  ['aten.rsub', arithmetic.subtractFrom],
  ['aten.mul', arithmetic.multiply],
  ['aten.mul_', arithmetic.multiply],
  ['aten.div', arithmetic.divide],
  ['aten.div_', arithmetic.divide],
  ['aten.true_divide', arithmetic.divide],
  ['aten.neg', arithmetic.negate],

  ['aten.max_pool2d', pooling.maxPool],
  ['aten.max_pool2d_with_indices', pooling.maxPool],
  ['aten.avg_pool2d', pooling.avgPool],
  ['aten.adaptive_avg_pool2d', pooling.adaptiveAvgPool],
  ['aten.adaptive_max_pool2d', pooling.adaptiveMaxPool],
  ['aten.max_pool1d', pooling.maxPool],
  ['aten.avg_pool1d', pooling.avgPool],
  ['aten.adaptive_avg_pool1d', pooling.adaptiveAvgPool],
  ['aten.adaptive_max_pool1d', pooling.adaptiveMaxPool],
  ['aten.avg_pool3d', pooling.avgPool],
  ['aten.mean', pooling.mean],
  ['aten.sum', pooling.sum],
  ['aten.logsumexp', sums.logSumExp],
  ['aten.amax', sums.extremeOver('max')],
  ['aten.max', sums.extremeOver('max')],
  ['aten.amin', sums.extremeOver('min')],
  ['aten.min', sums.extremeOver('min')],
  ['aten.aminmax', sums.bothExtremes],
  ['aten.addcmul', sums.addedProduct],
  ['aten.addcdiv', sums.addedQuotient],
  ['aten.lerp', sums.between],
  ['aten.prod', sums.product],
  ['aten.expm1', sums.expMinusOne],
  ['aten.cosine_similarity', sums.cosine],

  ['aten.scaled_dot_product_attention', attention.scaledDotProduct],
  ['aten.matmul', products.matmul],
  ['aten.bmm', products.matmul],
  ['aten.mm', products.matmul],
  ['aten.baddbmm', products.baddbmm],
  ['aten.einsum', products.einsum],
  ['aten.masked_fill', functions.maskedFill],
  ['aten.masked_fill_', functions.maskedFill],
  ['aten.where', functions.where],
  ['aten.softmax', attention.softmax(false)],
  ['aten._softmax', attention.softmax(false)],
  ['aten.log_softmax', attention.softmax(true)],
  ['aten._log_softmax', attention.softmax(true)],

  ['aten.pad', resampling.pad],
  ['aten.constant_pad_nd', resampling.pad],
  ['aten.reflection_pad1d', resampling.padAs('reflect')],
  ['aten.reflection_pad2d', resampling.padAs('reflect')],
  ['aten.replication_pad1d', resampling.padAs('replicate')],
  ['aten.replication_pad2d', resampling.padAs('replicate')],
  ['aten.upsample_nearest1d', resampling.nearest],
  ['aten.upsample_nearest2d', resampling.nearest],
  ['aten.upsample_linear1d', resampling.linearly],
  ['aten.upsample_bilinear2d', resampling.linearly],
  ['aten.pixel_shuffle', resampling.pixelShuffle(false)],
  ['aten.pixel_unshuffle', resampling.pixelShuffle(true)],
  ['aten.cumsum', resampling.cumulativeSum],
  ['aten.diff', resampling.differences],
  ['aten.unfold', windows.unfold],
  ['aten.im2col', windows.imageWindows],
  ['aten.flip', resampling.flip],
  ['aten.roll', resampling.roll],
  ['aten.index_select', resampling.indexSelect],
  ['aten.index', resampling.index],

  ['aten.zeros_like', views.filledLike(0)],
  ['aten.ones_like', views.filledLike(1)],
  ['aten.full_like', views.filledLike()],
  ['aten.new_zeros', views.filledNew(0)],
  ['aten.new_ones', views.filledNew(1)],
  ['aten.new_full', views.filledNew()],
  ['aten.repeat', views.repeat],
  ['aten.tile', views.repeat],
  ['aten.repeat_interleave', views.repeatInterleave],
  ['aten.expand_as', views.expandAs],
  ['aten.view', views.view],
  ['aten.reshape', views.view],
  ['aten._unsafe_view', views.view],
  ['aten.flatten', views.flatten],
  ['aten.unflatten', views.unflatten],
  ['aten.unsqueeze', views.unsqueeze],
  ['aten.squeeze', views.squeeze],
  ['aten.expand', views.expand],
  ['aten.permute', views.permute],
  ['aten.movedim', views.moved],
  ['aten.moveaxis', views.moved],
  ['aten.swapaxes', views.transpose],
  ['aten.swapdims', views.transpose],
  ['aten.narrow', parts.narrow],
  ['aten.transpose', views.transpose],
  ['aten.t', views.transpose],
  ['aten.mT', views.transpose],
  ['aten.numpy_T', views.transpose],
  ['aten.slice', parts.slice],
  ['aten.select', parts.select],
  ['aten.unbind', parts.unbind],
  ['aten.split', parts.split],
  ['aten.split_with_sizes', parts.split],
  ['aten.chunk', parts.chunk],
  ['aten.cat', parts.concat],
  ['aten.hstack', parts.concat],
  ['aten.stack', parts.concat],
  ['aten.dropout', dropout],
  ['aten.feature_dropout', dropout],
  ['aten.dropout_', dropout],
  ['aten.clone', views.same],
  ['aten.alias', views.same],
  ['aten.detach', views.detached],
  ['aten.contiguous', views.same],
  ['aten.to', views.cast],
  ['aten._to_copy', views.cast],
  ['aten.lift_fresh_copy', views.same],

  ['aten._weight_norm', weightNorm],
  ['aten.lstm', lstm],
  ['aten.gru', gru],
  ['aten.rnn_tanh', rnn],
  ['aten.rnn_relu', rnn],

  ['aten.sym_size', sizeOfAxis],
  ['_operator.mul', ofSizes((a, b) => a * b)],
  ['_operator.add', ofSizes((a, b) => a + b)],
  ['_operator.sub', ofSizes((a, b) => a - b)],
  ['_operator.floordiv', ofSizes((a, b) => Math.floor(a / b))],
]); // biome-ignore format: a table
