/** @file Nodes that move axes about, put arrays together and take them apart. */
import { ShapeError } from '../../linalg/errors.ts';
import type { DescribedNode } from './description.ts';
import { type NodeContext, type NodeRecorder, nodeName } from './node-context.ts';
import { weighted } from './sequence-nodes.ts';
import { arranged, axisFirst, inOrder, product, shown, type Value, withRows } from './values.ts';

/** All axes become one, in C order. */
export const flatten: NodeRecorder<'flatten'> = (_, [x], { tape }) =>
  renamed(x, [product(x.shape)], { tape });

/** The same numbers in C order. */
export const reshape: NodeRecorder<'reshape'> = (node, [x], { tape }) => {
  if (product(node.shape) !== product(x.shape))
    throw new ShapeError(
      nodeName(node),
      'shape',
      `of the ${product(x.shape)} elements of ${shown(x.shape)}`,
      shown(node.shape),
    );
  return renamed(x, node.shape, { tape });
};

function renamed(x: Value, shape: readonly number[], { tape }: Pick<NodeContext, 'tape'>): Value {
  const natural = arranged(tape, x, inOrder(x.shape.length), 1);
  return { node: withRows(tape, natural, shape[0]), shape, order: inOrder(shape.length) };
}

/** Axis i of the result is axis axes[i] of the operand: nothing moves, axes have other names. */
export const transpose: NodeRecorder<'transpose'> = (node, [x]) => {
  if (node.axes.length !== x.shape.length)
    throw new ShapeError(
      nodeName(node),
      'axes',
      `the ${x.shape.length} of ${shown(x.shape)}`,
      shown(node.axes),
    );
  return {
    node: x.node,
    shape: node.axes.map((axis) => x.shape[axis]),
    order: x.order.map((axis) => node.axes.indexOf(axis)),
  };
};

/** Entries start..stop−1 of an axis. */
export const split: NodeRecorder<'split'> = (node, [x], context) => {
  const axis = axisOf(node, x, node.axis);
  return part(node, x, axis, node.start, node.stop, context);
};

/** One entry of an axis, which vanishes. */
export const select: NodeRecorder<'select'> = (node, [x], context) => {
  const axis = axisOf(node, x, node.axis);
  if (x.shape.length === 1)
    throw new ShapeError(nodeName(node), 'operand', 'of at least two axes', shown(x.shape));
  const { node: one, shape, order } = part(node, x, axis, node.index, node.index + 1, context);
  return {
    node: one,
    shape: shape.filter((_, a) => a !== axis),
    order: order.filter((a) => a !== axis).map((a) => (a > axis ? a - 1 : a)),
  };
};

function part(
  node: DescribedNode,
  x: Value,
  axis: number,
  start: number,
  stop: number,
  { tape }: NodeContext,
): Value {
  if (stop > x.shape[axis])
    throw new ShapeError(
      nodeName(node),
      'entries',
      `within axis ${axis} of ${shown(x.shape)}`,
      `${start}..${stop - 1}`,
    );
  const order = axisFirst(x.shape.length, axis);
  const shape = x.shape.map((size, a) => (a === axis ? stop - start : size));
  if (stop - start === x.shape[axis]) return x;
  return { node: tape.apply('split', [arranged(tape, x, order, 1)], { start, stop }), shape, order };
}

/** Side by side along an axis. */
export const concat: NodeRecorder<'concat'> = (node, operands, { tape }) => {
  const [first] = operands;
  const axis = axisOf(node, first, node.axis);
  const order = axisFirst(first.shape.length, axis);
  for (const { shape } of operands)
    if (shape.length !== first.shape.length || shape.some((size, a) => a !== axis && size !== first.shape[a]))
      throw new ShapeError(
        nodeName(node),
        'operands',
        `${shown(first.shape)} but for axis ${axis}`,
        shown(shape),
      );
  const rows = operands.map((x) => arranged(tape, x, order, 1));
  return {
    node: rows.reduce((left, right) => tape.apply('concat', [left, right])),
    shape: first.shape.map((size, a) =>
      a === axis ? operands.reduce((sum, { shape }) => sum + shape[axis], 0) : size,
    ),
    order,
  };
};

/** Each entry of an axis several times. */
export const repeat: NodeRecorder<'repeat'> = (node, [x], { tape }) => {
  const axis = axisOf(node, x, node.axis);
  const { times } = node;
  const { shape, order } = x;
  const given = { sizes: order.map((a) => shape[a]), axis: order.indexOf(axis), times };
  return {
    node: times === 1 ? x.node : tape.apply('repeat', [x.node], given),
    shape: shape.map((size, a) => (a === axis ? size * times : size)),
    order,
  };
};

/** The mean over axes, which vanish. */
export const mean: NodeRecorder<'mean'> = (node, [x], context) => {
  for (const axis of node.axes) axisOf(node, x, axis);
  const { paddingToken } = node;
  if (paddingToken !== undefined) {
    if (shown(node.axes) !== '[0]')
      throw new ShapeError(
        nodeName(node),
        'axes',
        '[0], the positions, where padding is left out',
        shown(node.axes),
      );
    return weighted(node, x, paddingToken, 'all', context);
  }
  return averaged(x, node.axes, context);
};

/** [C, …] → [C]. */
export const globalAveragePool: NodeRecorder<'global-avg-pool'> = (_, [x], context) =>
  averaged(x, inOrder(x.shape.length).slice(1), context);

function averaged(x: Value, axes: readonly number[], { tape }: NodeContext): Value {
  const kept = x.order.filter((axis) => !axes.includes(axis));
  const order = [...kept, ...x.order.filter((axis) => axes.includes(axis))];
  const width = product(axes.map((axis) => x.shape[axis]));
  const a = arranged(tape, x, order, kept.length);
  // kept axes as channels of images of height 1
  const rows = withRows(tape, a, product(kept.map((axis) => x.shape[axis])));
  const left = inOrder(x.shape.length).filter((axis) => !axes.includes(axis));
  const node = width === 1 ? rows : tape.apply('global-avg-pool', [rows], { positions: width });
  if (left.length === 0) return { node, shape: [1], order: [0] };
  return { node, shape: left.map((axis) => x.shape[axis]), order: kept.map((axis) => left.indexOf(axis)) };
}

/** √(Σ x²) over axes, which vanish. */
export const norm: NodeRecorder<'norm'> = (node, [x], context) => {
  for (const axis of node.axes) axisOf(node, x, axis);
  const { tape } = context;
  const square = { ...x, node: tape.apply('multiply', [x.node, x.node]) };
  const mean = averaged(square, node.axes, context);
  const count = product(node.axes.map((axis) => x.shape[axis]));
  return { ...mean, node: tape.apply('norm', [tape.scale(mean.node, count)]) };
};

/** M x along an axis. */
export const sparseMatmul: NodeRecorder<'sparse-matmul'> = (node, [x], { tape, buffers }) => {
  const axis = axisOf(node, x, node.axis);
  const [indices, values] = [node.indices, node.values].map((name) => buffers.get(name));
  const count = values?.data.length ?? 0;
  if (indices === undefined || values === undefined || shown(indices.shape) !== shown([2, count]))
    throw new ShapeError(
      nodeName(node),
      'indices',
      `[2, ${count}], as there are values`,
      shown(indices?.shape ?? []),
    );
  const pairs = Float64Array.from({ length: 2 * count }, (_, k) => indices.data[(k % 2) * count + (k >> 1)]);
  const order = axisFirst(x.shape.length, axis);
  const given = { rows: node.size, indices: pairs, values: values.data };
  return {
    node: tape.apply('sparse-matmul', [arranged(tape, x, order, 1)], given),
    shape: x.shape.map((size, a) => (a === axis ? node.size : size)),
    order,
  };
};

/** An axis of x; by default the last. */
function axisOf(node: DescribedNode, { shape }: Value, axis: number = shape.length - 1): number {
  if (axis >= shape.length)
    throw new ShapeError(nodeName(node), 'axis', `one of the ${shape.length} of ${shown(shape)}`, `${axis}`);
  return axis;
}
