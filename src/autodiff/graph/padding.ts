/** @file Where the sequences of a batch are padding: what nodes that name a padding token record. */
import { DomainError } from '../../linalg/errors.ts';
import type { TapeNode } from '../tape-node.ts';
import type { DescribedNode } from './description.ts';
import { type NodeContext, nodeName, tokensOf } from './node-context.ts';

/**
 * 1 where the input is another token than this, 0 where it is this one.
 *
 * @param layout - 'positions': [T, B], 'row': [1, T·B]; the same numbers.
 */
export function notPadding(
  node: DescribedNode,
  token: number,
  layout: 'positions' | 'row',
  context: NodeContext,
): TapeNode {
  const { tape } = context;
  const tokens = tokensOf(node, context);
  const { rows, cols } = tokens;
  const ids = layout === 'row' ? tape.apply('reshape', [tokens], { rows: 1, cols: rows * cols }) : tokens;
  return tape.apply('not-equal', [ids], token);
}

/** Whether positions of an operand are those of the tokens. @throws {DomainError} its number is another one. */
export function checkPositions(node: DescribedNode, what: string, count: number, context: NodeContext): void {
  const { rows } = tokensOf(node, context);
  if (count !== rows)
    throw new DomainError(nodeName(node), what, `the ${rows} positions of the input`, count);
}

/**
 * Weights [T, B] of the positions, Σ = 1 in each example: the same for all that are no padding, or 1 for the last of these; 0 for an example without
 * any. They depend on no parameter.
 */
export function positionShares(
  node: DescribedNode,
  token: number,
  which: 'all' | 'last',
  context: NodeContext,
): TapeNode {
  const { tape } = context;
  const counts = notPadding(node, token, 'positions', context);
  const { rows } = counts;
  // a softmax of 0, 1000, 2000, …: e^−1000 is 0
  const shift = Array.from({ length: rows }, (_, t) => (which === 'last' ? 1000 * t : 0));
  const level = tape.apply('channel-affine', [counts], { scale: new Array<number>(rows).fill(0), shift });
  return tape.apply('softmax', [tape.apply('mask', [level, counts], Number.NEGATIVE_INFINITY)]);
}
