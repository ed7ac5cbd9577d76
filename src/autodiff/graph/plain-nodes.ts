/** @file Nodes without parameters that compute: activations, sums and products, pooling, attention. */
import { ShapeError, UnsupportedError } from '../../linalg/errors.ts';
import type { TapeNode } from '../tape-node.ts';
import type { NodeOf, NodeOp } from './description.ts';
import { checkAxes, type NodeContext, type NodeRecorder, nodeName } from './node-context.ts';
import { arranged, inOrder, shown, type Value } from './values.ts';

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

export const maxPool: NodeRecorder<'max-pool'> = (node, operands, context) =>
  pooled(node, operands, context, (image, given) => context.tape.apply('max-pool', [image], given));

export const averagePool: NodeRecorder<'avg-pool'> = (node, operands, context) =>
  pooled(node, operands, context, (image, given) =>
    context.tape.apply('avg-pool', [image], { ...given, countPadding: node.countPadding }),
  );

/** [C, H, W] → [C, H′, W′]. */
function pooled(
  node: NodeOf<'max-pool'> | NodeOf<'avg-pool'>,
  [x]: readonly Value[],
  { tape }: NodeContext,
  record: (
    image: TapeNode,
    given: {
      readonly height: number;
      readonly width: number;
      readonly kernel: readonly [number, number];
      readonly stride: readonly [number, number];
      readonly padding: readonly [number, number];
    },
  ) => TapeNode,
): Value {
  checkAxes(node, x, ['C', 'H', 'W']);
  const [channels, height, width] = x.shape;
  const { kernel, stride, padding } = node;
  const [rows, cols] = [height, width].map(
    (size, axis) => Math.floor((size + 2 * padding[axis] - kernel[axis]) / stride[axis]) + 1,
  );
  if (!(rows >= 1 && cols >= 1))
    throw new ShapeError(nodeName(node), 'kernel', `within ${shown(x.shape)} and its padding`, shown(kernel));
  const image = arranged(tape, x, inOrder(3), 1);
  const y = record(image, { height, width, kernel, stride, padding });
  return { node: y, shape: [channels, rows, cols], order: inOrder(3) };
}

/** q, k, v [T, d] → [T, d]. */
export const attention: NodeRecorder<'attention'> = (node, operands, { tape }) => {
  const [q, k, v] = operands;
  for (const operand of operands)
    if (operand.shape.length !== 2 || shown(operand.shape) !== shown(q.shape))
      throw new ShapeError(
        nodeName(node),
        'operands q, k, v',
        'of one shape [T, d]',
        operands.map((x) => shown(x.shape)).join(', '),
      );
  const [positions, width] = q.shape;
  const { heads, causal, scale, paddingToken } = node;
  if (width % heads !== 0)
    throw new ShapeError(nodeName(node), 'heads', `a divisor of the ${width} features`, `${heads}`);
  if (paddingToken !== undefined)
    throw new UnsupportedError(`${nodeName(node)}: paddingToken is not supported.`);
  const usual = 1 / Math.sqrt(width / heads);
  const [a, b, c] = [q, k, v].map((x) => arranged(tape, x, [1, 0], 1));
  const scaled = scale === undefined || scale === usual ? a : tape.scale(a, scale / usual);
  const stacked = tape.apply('concat', [tape.apply('concat', [scaled, b]), c]);
  const y = tape.apply('attention', [stacked], { heads, positions, causal });
  return { node: y, shape: q.shape, order: [1, 0] };
};
