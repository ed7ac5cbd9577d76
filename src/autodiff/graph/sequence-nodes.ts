/** @file Attention, as one node and by hand, and what is read off the positions of a sequence. */
import { ShapeError } from '../../linalg/errors.ts';
import type { DescribedNode } from './description.ts';
import { type NodeContext, type NodeRecorder, nodeName, stretched } from './node-context.ts';
import { checkPositions, notPadding, positionShares } from './padding.ts';
import { arranged, inOrder, product, shown, type Value, withRows } from './values.ts';

/** q, k, v [T, d] → [T, d]. */
export const attention: NodeRecorder<'attention'> = (node, operands, context) => {
  const { tape } = context;
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
  const usual = 1 / Math.sqrt(width / heads);
  const [a, b, c] = [q, k, v].map((x) => arranged(tape, x, [1, 0], 1));
  const scaled = scale === undefined || scale === usual ? a : tape.scale(a, scale / usual);
  const stacked = tape.apply('concat', [tape.apply('concat', [scaled, b]), c]);
  const given = { heads, positions, causal };
  if (paddingToken === undefined)
    return { node: tape.apply('attention', [stacked], given), shape: q.shape, order: [1, 0] };
  checkPositions(node, 'keys', positions, context);
  const keys = notPadding(node, paddingToken, 'row', context);
  return { node: tape.apply('masked-attention', [stacked, keys], given), shape: q.shape, order: [1, 0] };
};

/** [..., R, K] and [..., K, P] → [..., R, P]: the axes before are examples of the product. */
export const matmul: NodeRecorder<'matmul'> = (node, [x, z], { tape }) => {
  const axes = x.shape.length;
  const [rows, depth] = x.shape.slice(-2);
  const lead = x.shape.slice(0, -2);
  const transpose = node.transpose === true;
  const [deep, wide] = transpose ? [axes - 1, axes - 2] : [axes - 2, axes - 1];
  if (
    axes < 2 ||
    z.shape.length !== axes ||
    z.shape[deep] !== depth ||
    shown(z.shape.slice(0, -2)) !== shown(lead)
  )
    throw new ShapeError(
      nodeName(node),
      `operand '${node.inputs[1]}'`,
      shown([...lead, ...(transpose ? [undefined, depth] : [depth, undefined])]),
      shown(z.shape),
    );
  const before = inOrder(axes - 2);
  const left = arranged(tape, x, [axes - 2, axes - 1, ...before], 1);
  const right = arranged(tape, z, [deep, wide, ...before], 1);
  const batch = (left.rows * left.cols) / product(x.shape);
  const y = tape.apply('matmul', [left, right], { examples: product(lead) * batch });
  return { node: y, shape: [...lead, rows, z.shape[wide]], order: [axes - 2, axes - 1, ...before] };
};

/** Over the last axis. */
export const softmax: NodeRecorder<'softmax'> = (_, [x], { tape }) => {
  const last = x.shape.length - 1;
  const order = [last, ...inOrder(last)];
  return { node: tape.apply('softmax', [arranged(tape, x, order, 1)]), shape: x.shape, order };
};

/** [..., T, S]: −∞ where a key is not seen. */
export const mask: NodeRecorder<'mask'> = (node, [x], context) => {
  const { shape } = x;
  const { causal = false, paddingToken, keep } = node;
  if (shape.length < 2) throw new ShapeError(nodeName(node), 'operand', '[…, T, S]', shown(shape));
  const [queries, keys] = shape.slice(-2);
  const kept = keep === undefined ? undefined : stretched(node, keep, shape, context);
  let value: Value = x;
  if (causal || kept !== undefined) {
    const sees = Float64Array.from({ length: product(shape) }, (_, k) =>
      (causal && k % keys > Math.floor(k / keys) % queries) || kept?.[k] === 0 ? 0 : 1,
    );
    const order = inOrder(shape.length);
    const all = arranged(context.tape, x, order, shape.length);
    value = {
      node: context.tape.apply('mask-rows', [all], { keep: sees, value: Number.NEGATIVE_INFINITY }),
      shape,
      order,
    };
  }
  if (paddingToken === undefined) return value;
  checkPositions(node, 'keys', keys, context);
  const order = inOrder(shape.length);
  const rows = arranged(context.tape, value, order, shape.length - 1);
  const columns = notPadding(node, paddingToken, 'row', context);
  const hidden = context.tape.apply('mask-columns', [rows, columns], Number.NEGATIVE_INFINITY);
  return { node: hidden, shape, order };
};

/** [T, d] → [d]: the last position that is no padding. */
export const last: NodeRecorder<'last'> = (node, [x], context) =>
  weighted(node, x, node.paddingToken, 'last', context);

/** [T, …] → […]: a sum over the positions with weights that the tokens say. */
export function weighted(
  node: DescribedNode,
  x: Value,
  paddingToken: number,
  which: 'all' | 'last',
  context: NodeContext,
): Value {
  const { tape } = context;
  const { shape } = x;
  if (shape.length < 2) throw new ShapeError(nodeName(node), 'operand', '[T, …]', shown(shape));
  checkPositions(node, 'axis 0', shape[0], context);
  const features = inOrder(shape.length).slice(1);
  const a = arranged(tape, x, [...features, 0], features.length);
  const shares = positionShares(node, paddingToken, which, context);
  const y = tape.apply('matmul', [a, shares], { examples: shares.cols });
  const left = shape.slice(1);
  return { node: withRows(tape, y, left[0]), shape: left, order: inOrder(left.length) };
}
