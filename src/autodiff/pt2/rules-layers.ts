/** @file Layers with weights: linear, convolution, embedding. */
import { asConstant } from './constants.ts';
import type { Call, Rule } from './conversion.ts';
import { computedAs, told } from './conversion.ts';
import { asTensor, isOtherWay } from './other-way.ts';
import { sumOfTwo } from './rules-arithmetic.ts';
import { part } from './rules-parts.ts';
import { parameterView } from './tables.ts';
import type { Constant, ParameterValue, Value } from './values.ts';
import type { View } from './view.ts';
import { exampleAxes, isBatch, shapeOf, sizeOf } from './view.ts';

/** Weight and bias by name. */
function weights(weight: string, bias: string | undefined): Record<string, string> {
  return bias === undefined ? { weight } : { weight, bias };
}

/** y = W x over the last axis of the tensor; W [out, in]. */
function applyLinear(
  call: Call,
  x: View,
  weight: string,
  rows: number,
  bias: string | undefined,
  transposed = false,
): View {
  const last = x.dims.at(-1) ?? [];
  if (last.includes(x.batch)) call.unsupported('multiplies along the batch, which is not supported.');
  const before = exampleAxes({ ...x, dims: x.dims.slice(0, -1) });
  const id = call.writer.add(call.id(weight), 'linear', [call.writer.shaped(x, [...before, last])], {
    ...weights(weight, bias),
    ...(transposed ? { transposed } : {}),
  });
  const out = [{ size: rows }];
  return { ...x, node: id, axes: [...before, out], dims: [...x.dims.slice(0, -1), out], scale: 1 };
}

export const linear: Rule = (call: Call) => {
  const value = call.value('weight');
  const part = value?.kind === 'parameter' ? rowsOf(call, value) : undefined;
  if (part !== undefined) return linearPart(call, part);
  if (value?.kind === 'parameter' && value.shape.length === 2 && value.transposed)
    return turnedLinear(call, value);
  const weight = call.tensor('weight') ?? call.unsupported('needs a weight.');
  const shape = call.conversion.tensors.get(weight)?.shape ?? [];
  if (shape.length !== 2) call.unsupported(`needs a weight [outputs, inputs], got [${shape.join(', ')}].`);
  return computedAs(
    applyLinear(call, call.computed('input'), weight, shape[0], call.tensor('bias', [shape[0]])),
  );
};

/** y = W x + b, W the transpose of a stored tensor. @param weight - [outputs, inputs]. */
function turnedLinear(call: Call, weight: ParameterValue): Value {
  const [outputs, inputs] = weight.shape;
  const x = call.computed('input');
  if (isOtherWay(call, weight)) {
    const y = asTensor(call, x, weight);
    const bias = call.value('bias');
    if (bias === undefined) return computedAs(y);
    if (bias.kind !== 'parameter') return call.unsupported(`has ${told(bias)} for a bias.`);
    return sumOfTwo(call, y, parameterView(call, y, bias));
  }
  const name = call.register('weight', weight.name, [inputs, outputs]);
  return computedAs(applyLinear(call, x, name, outputs, call.tensor('bias', [outputs]), true));
}

/** Some rows of a stored tensor. */
interface Rows {
  readonly name: string;
  readonly stored: readonly number[];
  readonly start: number;
  readonly stop: number;
}

/** The rows that are meant; undefined: all. */
function rowsOf(call: Call, { name, shape, first = 0, transposed }: ParameterValue): Rows | undefined {
  const stored = call.conversion.stored.get(name)?.shape ?? [];
  if (transposed || stored.length !== shape.length || stored[0] === shape[0]) return undefined;
  return { name, stored, start: first, stop: first + shape[0] };
}

/** Rows of a weight: the layer of all rows, which its other uses share, and those outputs of it. */
function linearPart(call: Call, { name, stored, start, stop }: Rows): Value {
  const given = call.value('bias');
  const bias = given?.kind === 'parameter' ? rowsOf(call, given) : undefined;
  if (given !== undefined && (bias?.start !== start || bias.stop !== stop || bias.stored[0] !== stored[0]))
    call.unsupported(
      'has rows of a weight with a bias that is not the same part of another, which is not supported.',
    );
  const weight = call.register('weight', name, stored);
  const shift = bias === undefined ? undefined : call.register('bias', bias.name, bias.stored);
  const all = applyLinear(call, call.computed('input'), weight, stored[0], shift);
  return part(call, computedAs(all), all.dims.length - 1, start, stop);
}

/** x Wᵀ with Wᵀ the transpose of a parameter, as the core dialect and models by hand write a linear layer; or x W with W [inputs, outputs]. */
export function timesParameter(call: Call, x: View, value: Value, bias: string | undefined): Value {
  if (value.kind !== 'parameter')
    return call.unsupported(`multiplies by ${told(value)}, which is not supported.`);
  if (value.shape.length === 1) return timesVector(call, x, value);
  const shape = value.shape.filter((size, axis) => size !== 1 || axis >= value.shape.length - 2);
  if (shape.length !== 2)
    return call.unsupported(`multiplies by ${told(value)}: matrices [inputs, outputs] are supported.`);
  const [inputs, outputs] = shape;
  const asItIs = !value.transposed && !shape.includes(1);
  const turned = { ...value, shape: [outputs, inputs], transposed: !value.transposed };
  if (bias === undefined && isOtherWay(call, turned)) return computedAs(asTensor(call, x, turned));
  const stored = asItIs ? [inputs, outputs] : [outputs, inputs];
  const weight = call.register('the second factor', value.name, stored);
  return computedAs(applyLinear(call, x, weight, outputs, bias, asItIs));
}

/** x · w over the last axis of the tensor, which vanishes. */
function timesVector(call: Call, x: View, { name, shape }: ParameterValue): Value {
  const weight = call.register('the second factor', name, [1, ...shape]);
  const { node, axes, dims, ...rest } = applyLinear(call, x, weight, 1, undefined);
  const before = axes.slice(0, -1);
  if (before.length === 0)
    return computedAs({ ...rest, node, axes, dims: [...dims.slice(0, -1), axes[0]].slice(0, -1) });
  const id = call.writer.add(`${node}.reshape`, 'reshape', [node], { shape: before.map(sizeOf) });
  return computedAs({ ...rest, node: id, axes: before, dims: dims.slice(0, -1) });
}

export const addmm: Rule = (call: Call) => {
  if (call.number('beta', 1) !== 1 || call.number('alpha', 1) !== 1)
    call.unsupported('has beta or alpha, which is not supported.');
  const matrix = call.value('mat2') ?? call.unsupported('needs mat2.');
  const rows = matrix.kind === 'parameter' ? (matrix.shape.at(-1) ?? 0) : 0;
  return timesParameter(call, call.computed('mat1'), matrix, call.tensor('self', [rows]));
};

/** Zeros on each side so that the size stays. */
function samePadding(call: Call, kernel: readonly number[], dilation: readonly number[]): number[] {
  return kernel.map((size, axis) => {
    const both = dilation[axis] * (size - 1);
    return both % 2 === 0
      ? both / 2
      : call.unsupported(`has padding 'same' with an even kernel, which is not the same on both sides.`);
  });
}

/** Convolution over one or two axes. */
export const convolution: Rule = (call: Call) => {
  const x = call.computed('input');
  const axes = x.dims.length - 2;
  if ((axes !== 1 && axes !== 2) || !isBatch(x, 0))
    call.unsupported(
      'needs a batch of images [batch, channels, height, width] or sequences [batch, channels, length].',
    );
  if (isTransposed(call)) return transposedConvolution(call, x, axes);
  const weight = call.tensor('weight') ?? call.unsupported('needs a weight.');
  const shape = call.conversion.tensors.get(weight)?.shape ?? [];
  if (shape.length !== axes + 2)
    call.unsupported(`needs a weight of ${axes + 2} axes, got [${shape.join(', ')}].`);
  const bias = call.tensor('bias', [shape[0]]);
  const kernel = shape.slice(2);
  const dilation = call.perAxis('dilation', axes, 1);
  const stride = call.perAxis('stride', axes, 1);
  const padding = paddingOf(call, kernel, dilation);
  const groups = call.integer('groups', 1);
  const sizes = shapeOf(x)
    .slice(2)
    .map(
      (size, axis) =>
        Math.floor((size + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1,
    );
  if (sizes.some((size) => !(size >= 1)) || sizeOf(x.dims[1]) !== shape[1] * groups)
    call.unsupported(
      `does not fit: weight [${shape.join(', ')}] in ${groups} groups over [${shapeOf(x).slice(1).join(', ')}].`,
    );
  const attributes = { kernel, stride, padding, dilation, groups, ...weights(weight, bias) };
  const id = call.writer.add(
    call.id(weight),
    `conv${axes}d`,
    [call.writer.shaped(x, x.dims.slice(1))],
    attributes,
  );
  return computedAs(spatial(x, id, shape[0], sizes));
};

function isTransposed(call: Call): boolean {
  return call.node.op.startsWith('aten.conv_transpose') || call.flag('transposed', false);
}

/** Its adjoint: weight [channels, outputs/groups, kernel]. */
function transposedConvolution(call: Call, x: View, axes: number): Value {
  const weight = call.tensor('weight') ?? call.unsupported('needs a weight.');
  const [channels, each, ...kernel] = call.conversion.tensors.get(weight)?.shape ?? [];
  const groups = call.integer('groups', 1);
  if (kernel.length !== axes || sizeOf(x.dims[1]) !== channels)
    call.unsupported(`does not fit: its weight over [${shapeOf(x).slice(1).join(', ')}].`);
  const bias = call.tensor('bias', [each * groups]);
  const [stride, dilation] = ['stride', 'dilation'].map((name) => call.perAxis(name, axes, 1));
  const [padding, outputPadding] = ['padding', 'output_padding'].map((name) => call.perAxis(name, axes, 0));
  const sizes = shapeOf(x)
    .slice(2)
    .map(
      (size, axis) =>
        (size - 1) * stride[axis] -
        2 * padding[axis] +
        dilation[axis] * (kernel[axis] - 1) +
        1 +
        outputPadding[axis],
    );
  const attributes = { kernel, stride, padding, outputPadding, dilation, groups, ...weights(weight, bias) };
  const input = call.writer.shaped(x, x.dims.slice(1));
  const id = call.writer.add(call.id(weight), `conv-transpose${axes}d`, [input], attributes);
  return computedAs(spatial(x, id, each * groups, sizes));
}

function paddingOf(call: Call, kernel: readonly number[], dilation: readonly number[]): readonly number[] {
  const given = call.argument('padding');
  if (given === 'valid') return kernel.map(() => 0);
  return given === 'same' ? samePadding(call, kernel, dilation) : call.perAxis('padding', kernel.length, 0);
}

/** The result of an op on [batch, channels, …]. */
export function spatial(x: View, node: string, channels: number, sizes: readonly number[]): View {
  const axes = [channels, ...sizes].map((size) => [{ size }]);
  return { node, axes, dims: [x.dims[0], ...axes], batch: x.batch, scale: 1 };
}

/** Rows of a table: by ids of tokens, or by positions 0, 1, …. */
export const embedding: Rule = (call: Call) => {
  if (call.flag('scale_grad_by_freq', false) || call.flag('sparse', false))
    call.unsupported('has scaled or sparse gradients, which is not supported.');
  const weight = call.tensor('weight') ?? call.unsupported('needs a weight.');
  const [rows, features, ...more] = call.conversion.tensors.get(weight)?.shape ?? [];
  if (features === undefined || more.length > 0) call.unsupported('needs a weight [rows, features].');
  const ids = call.value('indices');
  if (ids?.kind === 'view' && ids.integer) {
    const before = exampleAxes(ids.view);
    const id = call.writer.add(call.id(weight), 'embedding', [call.writer.shaped(ids.view)], {
      weight,
      rows,
      ...paddingRow(call, weight, rows),
    });
    const out = [{ size: features }];
    call.conversion.vocabulary = Math.min(call.conversion.vocabulary ?? rows, rows);
    return computedAs({ ...ids.view, node: id, axes: [...before, out], dims: [...ids.view.dims, out] });
  }
  const positions = asConstant(call, ids);
  if (positions === undefined)
    return call.unsupported(`needs ids of tokens or constant positions, got ${told(ids)}.`);
  return tableRows(call, weight, positions, rows, features);
};

/** The row that PyTorch does not train. */
function paddingRow(call: Call, weight: string, rows: number): { paddingToken?: number } {
  const given = call.integer('padding_idx', -1);
  if (given === -1) return {};
  const row = call.axis(given, rows);
  const { data = [], shape = [] } = call.conversion.tensors.get(weight) ?? {};
  const width = shape[1] ?? 0;
  if (
    Array.from(data)
      .slice(row * width, (row + 1) * width)
      .some((x) => x !== 0)
  )
    call.unsupported('has padding_idx with a row that is not 0, which is not supported.');
  return { paddingToken: row };
}

/** [1, …, T] positions, whatever the number of equal rows: 0..T − 1 or others. */
function tableRows(
  call: Call,
  weight: string,
  { shape, data }: Constant,
  rows: number,
  features: number,
): Value {
  const count = shape.at(-1) ?? 1;
  const given = Array.from(data);
  const at = given.slice(0, count);
  const fits = (row: number): boolean => Number.isInteger(row) && row >= 0 && row < rows;
  if (given.some((value, i) => value !== at[i % count]) || !at.every(fits))
    call.unsupported(
      'looks up positions that differ between examples, or are no rows of its table: not supported.',
    );
  const own = { kind: 'rows', weight, shape: [...shape.slice(0, -1).map(() => 1), count, features] } as const;
  return at.every((value, i) => value === i) ? own : { ...own, at };
}
