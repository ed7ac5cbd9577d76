/** @file Nodes without parameters that compute: activations, sums and products, pooling. */
import { ShapeError } from '../../linalg/errors.ts';
import type { Vec } from '../../linalg/matrix.ts';
import type { TapeNode } from '../tape-node.ts';
import type { NodeOf, NodeOp, Pair } from './description.ts';
import { checkAxes, type NodeContext, type NodeRecorder, nodeName, stretched } from './node-context.ts';
import { arranged, inOrder, product, shown, type Value } from './values.ts';

/** The node's op element by element: axes stay as they lie. */
export function elementwise<K extends NodeOp>(
  record: (x: TapeNode, context: NodeContext, node: NodeOf<K>) => TapeNode,
): NodeRecorder<K> {
  return (node, [{ node: x, shape, order }], context) => ({ node: record(x, context, node), shape, order });
}

/** Two operands of one shape. */
export function ofTwo(op: 'add' | 'multiply'): NodeRecorder<'add'> & NodeRecorder<'multiply'> {
  return (node: NodeOf<'add'> | NodeOf<'multiply'>, [x, z]: readonly Value[], { tape }: NodeContext) => {
    if (shown(x.shape) !== shown(z.shape))
      throw new ShapeError(
        nodeName(node),
        `operand '${node.inputs[1]}'`,
        `${shown(x.shape)} as '${node.inputs[0]}'`,
        shown(z.shape),
      );
    const a = arranged(tape, x, x.order, 1);
    return { node: tape.apply(op, [a, arranged(tape, z, x.order, 1)]), shape: x.shape, order: x.order };
  };
}

/** x ⊙ scale + shift, both constants. */
export const constantAffine: NodeRecorder<'constant-affine'> = (node, [x], context) => {
  const { shape } = x;
  const order = inOrder(shape.length);
  const numbers = (name: string | undefined, otherwise: number): Vec =>
    name === undefined
      ? new Float64Array(product(shape)).fill(otherwise)
      : stretched(node, name, shape, context);
  const given = { scale: numbers(node.scale, 1), shift: numbers(node.shift, 0) };
  const all = arranged(context.tape, x, order, shape.length);
  return { node: context.tape.apply('channel-affine', [all], given), shape, order };
};

export const maxPool: NodeRecorder<'max-pool'> = (node, operands, context) =>
  pooled(node, operands, context, (image, given) => context.tape.apply('max-pool', [image], given));

export const averagePool: NodeRecorder<'avg-pool'> = (node, operands, context) =>
  pooled(node, operands, context, (image, given) =>
    context.tape.apply('avg-pool', [image], { ...given, countPadding: node.countPadding }),
  );

export const maxPool1d: NodeRecorder<'max-pool1d'> = (node, operands, context) =>
  pooled(node, operands, context, (image, given) => context.tape.apply('max-pool', [image], given));

export const averagePool1d: NodeRecorder<'avg-pool1d'> = (node, operands, context) =>
  pooled(node, operands, context, (image, given) =>
    context.tape.apply('avg-pool', [image], { ...given, countPadding: node.countPadding }),
  );

interface Windows {
  readonly height: number;
  readonly width: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

/** [C, H, W] → [C, H′, W′], or [C, L] → [C, L′] as images of height 1. */
function pooled(
  node: NodeOf<'max-pool'> | NodeOf<'avg-pool'> | NodeOf<'max-pool1d'> | NodeOf<'avg-pool1d'>,
  [x]: readonly Value[],
  { tape }: NodeContext,
  record: (image: TapeNode, given: Windows) => TapeNode,
): Value {
  checkAxes(node, x, node.kernel.length === 1 ? ['C', 'L'] : ['C', 'H', 'W']);
  const [channels, ...have] = x.shape;
  const { kernel, stride, padding } = node;
  const sizes = have.map(
    (size, axis) => Math.floor((size + 2 * padding[axis] - kernel[axis]) / stride[axis]) + 1,
  );
  if (!sizes.every((size) => size >= 1))
    throw new ShapeError(nodeName(node), 'kernel', `within ${shown(x.shape)} and its padding`, shown(kernel));
  const pair = (given: readonly number[], one: number): Pair =>
    given.length === 1 ? [one, given[0]] : [given[0], given[1]];
  const [height, width] = pair(have, 1);
  const order = inOrder(x.shape.length);
  const y = record(arranged(tape, x, order, 1), {
    height,
    width,
    kernel: pair(kernel, 1),
    stride: pair(stride, 1),
    padding: pair(padding, 0),
  });
  return { node: y, shape: [channels, ...sizes], order };
}
