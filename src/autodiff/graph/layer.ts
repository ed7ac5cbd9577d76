/** @file What a layer is: it adds nodes to a description under construction; and what layers have in common. */
import { describe } from '../../linalg/border/describe.ts';
import { asList } from '../../linalg/border/instances.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import type { DescribedNode, NodeOf, NodeOp, Pair } from './description.ts';
import type { GraphBuilder } from './graph-builder.ts';

/** Adds nodes named after `name` that read node `input`; returns the id of its result. */
export type Layer = (builder: GraphBuilder, name: string, input: string) => string;

/** One number for both axes, or one for each. */
export type Size = number | Pair;

/** The beginning of a node of one operand. */
export function node<K extends NodeOp>(
  op: K,
  id: string,
  input: string,
): { id: string; op: K; inputs: [string] } {
  return { id: id === '' ? op : id, op, inputs: [input] };
}

/** The name of a part of a layer: alone, of the whole network. */
export function under(name: string, part: string): string {
  return name === '' ? part : `${name}.${part}`;
}

/** Any op of one operand, with its attributes. */
export function unary<K extends NodeOp>(op: K, attributes: Omit<NodeOf<K>, 'id' | 'op' | 'inputs'>): Layer {
  return (builder, name, input) =>
    builder.add({ ...node(op, name, input), ...attributes } as unknown as DescribedNode);
}

/** One number for both axes, or one for each, checked. */
export function pair(where: string, name: string, size: Size, least: number): Pair {
  const both: readonly number[] =
    typeof size === 'number' ? [size, size] : asList<number>(where, name, size, 'integers');
  if (both.length !== 2)
    throw new DomainError(
      where,
      name,
      'an integer, or one for rows and one for columns',
      size,
      describe(size),
    );
  for (const value of both) checkInteger(where, name, value, least, Number.MAX_SAFE_INTEGER);
  return [both[0], both[1]];
}
