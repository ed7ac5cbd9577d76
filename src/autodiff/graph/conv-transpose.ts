/** @file Transposed convolutions: zeros between the elements, then windows as columns and a linear map at each. */
import { ShapeError } from '../../linalg/errors.ts';
import type { NodeOf } from './description.ts';
import { checkAxes, type NodeContext, type NodeRecorder, nodeName } from './node-context.ts';
import { arranged, axisFirst, inOrder, shown, type Value } from './values.ts';

/** [C, H, W] → [out, H′, W′]. */
export const convTranspose2d: NodeRecorder<'conv-transpose2d'> = (node, [x], context) => {
  checkAxes(node, x, ['C', 'H', 'W']);
  return transposed(node, x, context);
};

/** [C, L] → [out, L′]. */
export const convTranspose1d: NodeRecorder<'conv-transpose1d'> = (node, [x], context) => {
  checkAxes(node, x, ['C', 'L']);
  return transposed(node, x, context);
};

type Node = NodeOf<'conv-transpose1d'> | NodeOf<'conv-transpose2d'>;

/** The adjoint of unfold and its linear map, as a convolution of its own: with step 1 over zeros between and around, the kernel backwards. */
function transposed(node: Node, x: Value, context: NodeContext): Value {
  const { tape, shapes } = context;
  const where = nodeName(node);
  const { groups, kernel, dilation, weight, bias, id, op } = node;
  const [channels] = x.shape;
  if (channels % groups !== 0)
    throw new ShapeError(where, 'groups', `a divisor of ${channels} channels`, `${groups}`);
  const [, each] = shapes.resolve(where, weight, [channels, undefined, ...kernel]);
  const outputs = each * groups;
  if (bias !== undefined) shapes.resolve(where, bias, [outputs]);
  let wide = x;
  for (let axis = 0; axis < kernel.length; axis++) wide = spread(node, wide, axis, context);
  const sizes = wide.shape.slice(1).map((size, axis) => size - dilation[axis] * (kernel[axis] - 1));
  const pair = (given: readonly number[], one: number): [number, number] =>
    given.length === 1 ? [one, given[0]] : [given[0], given[1]];
  const [height, width] = pair(wide.shape.slice(1), 1);
  const windows = { height, width, kernel: pair(kernel, 1), dilation: pair(dilation, 1) };
  const image = arranged(tape, wide, inOrder(wide.shape.length), 1);
  const elements = kernel.reduce((product, size) => product * size, 1);
  const a = elements === 1 ? image : tape.apply('unfold', [image], windows);
  const shape = {
    inputs: channels * elements,
    outputs,
    groups,
    positions: sizes.reduce((product, size) => product * size, 1),
  };
  const s = context.site({ id, op, weight, bias, shape, stored: { elements, groups } }, a);
  return { node: s, shape: [outputs, ...sizes], order: inOrder(sizes.length + 1) };
}

/** One axis with `stride` − 1 zeros between its entries, and as many around (or fewer entries) as the kernel and the padding want. */
function spread(node: Node, x: Value, axis: number, { tape }: NodeContext): Value {
  const [kernel, stride, padding, more, dilation] = (
    ['kernel', 'stride', 'padding', 'outputPadding', 'dilation'] as const
  ).map((name) => node[name][axis] as number);
  if (more > 0 && more >= Math.max(stride, dilation))
    throw new ShapeError(nodeName(node), 'outputPadding', 'less than stride or dilation', `${more}`);
  const have = x.shape[axis + 1];
  const span = dilation * (kernel - 1);
  const before = span - padding;
  const rows = (have - 1) * stride + 1 + 2 * before + more;
  if (rows - span < 1)
    throw new ShapeError(nodeName(node), 'padding', `less than leaves of ${shown(x.shape)}`, `${padding}`);
  const entries = Array.from({ length: have }, (_, i) => [i * stride + before, i] as const).filter(
    ([row]) => row >= 0 && row < rows,
  );
  const order = axisFirst(x.shape.length, axis + 1);
  const given = { rows, indices: entries.flat(), values: entries.map(() => 1) };
  return {
    node: tape.apply('sparse-matmul', [arranged(tape, x, order, 1)], given),
    shape: x.shape.map((size, a) => (a === axis + 1 ? rows : size)),
    order,
  };
}
