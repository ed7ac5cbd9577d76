/** @file What the nodes of a description are recorded with. */
import { ShapeError } from '../../linalg/errors.ts';
import type { Vec } from '../../linalg/matrix.ts';
import type { SiteShape } from '../site.ts';
import type { Tape } from '../tape.ts';
import type { TapeNode } from '../tape-node.ts';
import type { DescribedNode, NodeOf, NodeOp } from './description.ts';
import type { ParameterShapes } from './parameter-shapes.ts';
import { shown, type Value } from './values.ts';

/** A place where parameters enter. */
export interface NamedSite {
  /** The node. */
  readonly id: string;
  readonly op: NodeOp;
  readonly weight: string;
  readonly bias: string | undefined;
  readonly shape: Omit<SiteShape, 'tie' | 'bias'>;
}

/** What a node is recorded with. */
export interface NodeContext {
  readonly tape: Tape;
  readonly shapes: ParameterShapes;
  /** Constants by name: statistics of frozen batch-norm. */
  readonly buffers: ReadonlyMap<string, Vec>;
  /** How many positions an array has: its columns by the batch. */
  positions(x: TapeNode): number;
  /** Records a place where parameters enter. */
  site(named: NamedSite, a: TapeNode): TapeNode;
}

/** Records a node on the values of its operands. */
export type NodeRecorder<K extends NodeOp> = (
  node: NodeOf<K>,
  operands: readonly Value[],
  context: NodeContext,
) => Value;

/** How errors name a node. */
export function nodeName({ id, op }: Pick<DescribedNode, 'id' | 'op'>): string {
  return `node '${id}' (${op})`;
}

/** Refuses an operand of another number of axes. @param axes - How shapes are to look, e.g. ['C', 'H', 'W']. */
export function checkAxes(node: DescribedNode, { shape }: Value, axes: readonly string[]): void {
  if (shape.length !== axes.length)
    throw new ShapeError(nodeName(node), `operand '${node.inputs[0]}'`, `[${axes.join(', ')}]`, shown(shape));
}
