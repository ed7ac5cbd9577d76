/** @file Nodes with parameters: linear maps, convolutions, tables, normalisations. */
import { DomainError, ShapeError, UnsupportedError } from '../../linalg/errors.ts';
import type { TapeNode } from '../tape-node.ts';
import type { DescribedNode, NodeOf } from './description.ts';
import { checkAxes, type NodeContext, type NodeRecorder, nodeName } from './node-context.ts';
import { notPadding } from './padding.ts';
import { arranged, axisFirst, inOrder, product, shown, type Value } from './values.ts';

/** [..., in] → [..., out], at each of the other axes' positions. */
export const linear: NodeRecorder<'linear'> = (node, [x], context) => {
  const { tape, shapes } = context;
  const last = x.shape.length - 1;
  const inputs = x.shape[last];
  const outputs = node.transposed
    ? shapes.resolve(nodeName(node), node.weight, [inputs, undefined])[1]
    : shapes.resolve(nodeName(node), node.weight, [undefined, inputs])[0];
  checkBias(node, outputs, context);
  const order = axisFirst(x.shape.length, last);
  const a = arranged(tape, x, order, 1);
  const positions = product(x.shape.slice(0, last));
  const site = {
    ...named(node, { inputs, outputs, positions }),
    ...(node.transposed ? { stored: 'transposed' as const } : {}),
  };
  const s = context.site(site, a);
  return { node: s, shape: [...x.shape.slice(0, last), outputs], order };
};

/** [C, H, W] → [out, H′, W′]: windows as columns, then a linear map at each. */
export const conv2d: NodeRecorder<'conv2d'> = (node, [x], context) => {
  checkAxes(node, x, ['C', 'H', 'W']);
  const [channels, height, width] = x.shape;
  return convolved(node, x, context, { channels, height, width, ...windows(node) }, node.kernel);
};

/** [C, L] → [out, L′]: an image of height 1. */
export const conv1d: NodeRecorder<'conv1d'> = (node, [x], context) => {
  checkAxes(node, x, ['C', 'L']);
  const [channels, width] = x.shape;
  const { kernel, stride, padding, dilation } = windows(node);
  const sizes = {
    channels,
    height: 1,
    width,
    kernel: [1, kernel[0]],
    stride: [1, stride[0]],
    padding: [0, padding[0]],
    dilation: [1, dilation[0]],
  } as const;
  const { node: s, shape } = convolved(node, x, context, sizes as never, node.kernel);
  return { node: s, shape: [shape[0], shape[2]], order: [0, 1] };
};

interface ImageWindows {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
}

function windows<T extends NodeOf<'conv1d'> | NodeOf<'conv2d'>>(
  node: T,
): Pick<T, 'kernel' | 'stride' | 'padding' | 'dilation'> {
  const { kernel, stride, padding, dilation } = node;
  return { kernel, stride, padding, dilation };
}

function convolved(
  node: NodeOf<'conv1d'> | NodeOf<'conv2d'>,
  x: Value,
  context: NodeContext,
  { channels, height, width, kernel, stride, padding, dilation }: ImageWindows,
  own: readonly number[],
): Value {
  const { tape, shapes } = context;
  const { groups } = node;
  const where = nodeName(node);
  if (channels % groups !== 0)
    throw new ShapeError(where, 'groups', `a divisor of ${channels} channels`, `${groups}`);
  const expected = [undefined, channels / groups, ...own];
  const [outputs] = shapes.resolve(where, node.weight, expected);
  if (outputs % groups !== 0)
    throw new ShapeError(where, 'groups', `a divisor of ${outputs} output channels`, `${groups}`);
  checkBias(node, outputs, context);
  const [rows, cols] = [height, width].map(
    (size, axis) =>
      Math.floor((size + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1,
  );
  if (!(rows >= 1 && cols >= 1))
    throw new ShapeError(where, 'kernel', `within ${shown(x.shape)} and its padding`, shown(own));
  const image = arranged(tape, x, inOrder(x.shape.length), 1);
  const plain = [...kernel, ...stride].every((n) => n === 1) && padding.every((n) => n === 0);
  const a = plain
    ? image
    : tape.apply('unfold', [image], { height, width, kernel, stride, padding, dilation });
  const inputs = channels * kernel[0] * kernel[1];
  const s = context.site(named(node, { inputs, outputs, positions: rows * cols, groups }), a);
  return { node: s, shape: [outputs, rows, cols], order: [0, 1, 2] };
}

/** [T] tokens → [T, d]. */
export const embedding: NodeRecorder<'embedding'> = (node, [x], context) => {
  checkAxes(node, x, ['T']);
  if (x.node.kind !== 'input')
    throw new UnsupportedError(
      `${nodeName(node)}: reads '${node.inputs[0]}': only the input itself is supported.`,
    );
  const [rows, outputs] = context.shapes.resolve(nodeName(node), node.weight, [node.rows, undefined]);
  const positions = x.shape[0];
  const shape = { inputs: rows, outputs, positions, lookup: 'token' } as const;
  const s = context.site({ id: node.id, op: node.op, weight: node.weight, bias: undefined, shape }, x.node);
  return { node: withoutPadding(node, s, context), shape: [positions, outputs], order: [1, 0] };
};

/** Zeros at the positions of the padding token: what its row has does not matter. */
function withoutPadding(node: NodeOf<'embedding'>, s: TapeNode, context: NodeContext): TapeNode {
  const { paddingToken } = node;
  if (paddingToken === undefined) return s;
  return context.tape.apply('mask-columns', [s, notPadding(node, paddingToken, 'row', context)], 0);
}

/** [T, d] → [T, d]: a row of the table for each position. */
export const positionEmbedding: NodeRecorder<'position-embedding'> = (node, [x], context) => {
  checkAxes(node, x, ['T', 'd']);
  const [positions, outputs] = x.shape;
  const [rows] = context.shapes.resolve(nodeName(node), node.weight, [node.rows, outputs]);
  if (rows < positions)
    throw new ShapeError(nodeName(node), 'rows', `at least the ${positions} positions`, `${rows}`);
  const shape = { inputs: rows, outputs, positions, lookup: 'position' } as const;
  const a = arranged(context.tape, x, [1, 0], 1);
  const s = context.site({ id: node.id, op: node.op, weight: node.weight, bias: undefined, shape }, a);
  return { node: s, shape: x.shape, order: [1, 0] };
};

/** Over the last axis. */
export const layerNorm: NodeRecorder<'layer-norm'> = (node, [x], context) => {
  const order = axisFirst(x.shape.length, x.shape.length - 1);
  const a = arranged(context.tape, x, order, 1);
  const normal = context.tape.apply('layer-norm', [a], { epsilon: node.eps });
  return { node: scaled(node, normal, context), shape: x.shape, order };
};

/** Over the last axis, without its mean. */
export const rmsNorm: NodeRecorder<'rms-norm'> = (node, [x], context) => {
  const order = axisFirst(x.shape.length, x.shape.length - 1);
  const a = arranged(context.tape, x, order, 1);
  const normal = context.tape.apply('rms-norm', [a], { epsilon: node.eps });
  return { node: scaled(node, normal, context), shape: x.shape, order };
};

/** [C, …]: over the positions and the channels of a group. */
export const groupNorm: NodeRecorder<'group-norm'> = (node, [x], context) => {
  const [channels] = x.shape;
  const { groups, eps: epsilon } = node;
  if (channels % groups !== 0)
    throw new ShapeError(nodeName(node), 'groups', `a divisor of ${channels} channels`, `${groups}`);
  const order = inOrder(x.shape.length);
  const a = arranged(context.tape, x, order, 1);
  const positions = product(x.shape.slice(1));
  const normal = context.tape.apply('group-norm', [a], { groups, positions, epsilon });
  return { node: scaled(node, normal, context), shape: x.shape, order };
};

/** [C, …] with fixed mean and variance: x/√(v + ε) − m/√(v + ε), then scale and shift. */
export const batchNorm: NodeRecorder<'batch-norm'> = (node, [x], context) => {
  const [channels] = x.shape;
  const order = inOrder(x.shape.length);
  const a = arranged(context.tape, x, order, 1);
  const [mean, variance] = [node.mean, node.variance].map((name) => {
    const buffer = context.buffers.get(name);
    if (buffer?.data.length !== channels)
      throw new ShapeError(
        nodeName(node),
        `buffer ${name}`,
        `[${channels}]`,
        buffer === undefined ? 'none' : shown(buffer.shape),
      );
    return buffer.data;
  });
  const scale = Array.from(variance, (v) => 1 / Math.sqrt(v + node.eps));
  if (scale.some((s) => !Number.isFinite(s)))
    throw new DomainError(nodeName(node), `buffer ${node.variance}`, 'above −eps', 'otherwise');
  const shift = scale.map((s, c) => -s * mean[c]);
  const normal = context.tape.apply('channel-affine', [a], { scale, shift });
  return { node: scaled(node, normal, context), shape: x.shape, order };
};

/** γ ⊙ x + β over the last axis. */
export const layerScale: NodeRecorder<'layer-scale'> = (node, [x], context) => {
  const order = axisFirst(x.shape.length, x.shape.length - 1);
  const a = arranged(context.tape, x, order, 1);
  return { node: scaled(node, a, context), shape: x.shape, order };
};

/** γ ⊙ x + β over the rows, where the node has them: every row is a group of its own. */
function scaled(
  node:
    | NodeOf<'layer-norm'>
    | NodeOf<'rms-norm'>
    | NodeOf<'group-norm'>
    | NodeOf<'batch-norm'>
    | NodeOf<'layer-scale'>,
  x: TapeNode,
  context: NodeContext,
): TapeNode {
  const { weight } = node;
  const bias = 'bias' in node ? node.bias : undefined;
  if (weight === undefined) {
    if (bias === undefined) return x;
    throw new UnsupportedError(`${nodeName(node)}: a shift without a scale is not supported.`);
  }
  const { rows } = x;
  context.shapes.resolve(nodeName(node), weight, [rows]);
  if (bias !== undefined) context.shapes.resolve(nodeName(node), bias, [rows]);
  const shape = { inputs: rows, outputs: rows, groups: rows, kronecker: false };
  const given = { id: node.id, op: node.op, weight, bias };
  return context.site({ ...given, shape: { ...shape, positions: context.positions(x) } }, x);
}

function named(
  node: NodeOf<'linear'> | NodeOf<'conv1d'> | NodeOf<'conv2d'>,
  shape: NonNullable<Parameters<NodeContext['site']>[0]>['shape'],
): Parameters<NodeContext['site']>[0] {
  const { id, op, weight, bias } = node;
  return { id, op, weight, bias, shape };
}

function checkBias(
  node: DescribedNode & { readonly bias?: string },
  outputs: number,
  context: NodeContext,
): void {
  if (node.bias !== undefined) context.shapes.resolve(nodeName(node), node.bias, [outputs]);
}
