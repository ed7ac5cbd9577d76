/** @file Arrays of a described network: their shape as the description has it, and how their axes lie on the tape. */
import type { Tape } from '../tape.ts';
import type { TapeNode } from '../tape-node.ts';

/** The result of a node. */
export interface Value {
  readonly node: TapeNode;
  /** Of one example, as PyTorch has it: [C, H, W] of an image, [T, d] of a sequence, [features]. */
  readonly shape: readonly number[];
  /** Its axes in the order in which they lie in memory, outermost first; the batch lies innermost. */
  readonly order: readonly number[];
}

/** The axes of n as they are counted. */
export function inOrder(n: number): readonly number[] {
  return Array.from({ length: n }, (_, axis) => axis);
}

/** The axes of n, one of them before the others. */
export function axisFirst(n: number, axis: number): readonly number[] {
  return [axis, ...inOrder(n).filter((other) => other !== axis)];
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

/** [1, 8, 8] */
export function shown(shape: readonly (number | undefined)[]): string {
  return `[${shape.map((size) => size ?? '*').join(', ')}]`;
}

/** The array with its axes in this order in memory, the first `rowAxes` of them as rows. */
export function arranged(
  tape: Tape,
  { node, shape, order: present }: Value,
  order: readonly number[],
  rowAxes: number,
): TapeNode {
  const wide = (axes: readonly number[]): readonly number[] => axes.filter((axis) => shape[axis] > 1);
  const alike = wide(order).every((axis, i) => axis === wide(present)[i]);
  const moved = alike
    ? node
    : tape.apply('permute', [node], {
        sizes: present.map((axis) => shape[axis]),
        order: order.map((axis) => present.indexOf(axis)),
      });
  return withRows(tape, moved, product(order.slice(0, rowAxes).map((axis) => shape[axis])));
}

/** The same numbers in so many rows. */
export function withRows(tape: Tape, node: TapeNode, rows: number): TapeNode {
  if (node.rows === rows) return node;
  return tape.apply('reshape', [node], { rows, cols: (node.rows * node.cols) / rows });
}
