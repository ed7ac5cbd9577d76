/** @file What the nodes of a description are recorded with. */
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import type { Vec } from '../../linalg/matrix.ts';
import type { SiteShape } from '../site.ts';
import type { Tape } from '../tape.ts';
import type { TapeNode } from '../tape-node.ts';
import type { DescribedNode, NodeOf, NodeOp } from './description.ts';
import type { ParameterShapes } from './parameter-shapes.ts';
import { product, shown, type Value } from './values.ts';

/** [inputs, outputs]; or as a transposed convolution has it, [inputs, outputs/groups, kernel], whose convolution reads the kernel backwards. */
export type StoredWeight = 'transposed' | { readonly elements: number; readonly groups: number };

/** A place where parameters enter. */
export interface NamedSite {
  /** The node. */
  readonly id: string;
  readonly op: NodeOp;
  readonly weight: string;
  readonly bias: string | undefined;
  readonly shape: Omit<SiteShape, 'tie' | 'bias'>;
  /** How the weight is stored. Default: [outputs, inputs]. */
  readonly stored?: StoredWeight;
}

/** A constant as it is stored. */
export interface Buffer {
  readonly shape: readonly number[];
  readonly data: Vec;
}

/** What a node is recorded with. */
export interface NodeContext {
  readonly tape: Tape;
  readonly shapes: ParameterShapes;
  /** Constants by name: statistics of frozen batch-norm, tables, masks. */
  readonly buffers: ReadonlyMap<string, Buffer>;
  /** The input of the network, [inputs, batch], if it is of tokens. */
  readonly tokens: TapeNode | undefined;
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

/** The constant of that name, stretched to a shape: its axes are the last ones, or of size 1. */
export function stretched(
  node: DescribedNode,
  name: string,
  shape: readonly number[],
  { buffers }: Pick<NodeContext, 'buffers'>,
): Vec {
  const buffer = buffers.get(name);
  const own = buffer?.shape ?? [];
  const sizes = [...new Array<number>(Math.max(0, shape.length - own.length)).fill(1), ...own];
  if (
    buffer === undefined ||
    sizes.length !== shape.length ||
    sizes.some((size, a) => size !== 1 && size !== shape[a])
  )
    throw new ShapeError(
      nodeName(node),
      `buffer ${name}`,
      `the last axes of ${shown(shape)}, or 1 for some`,
      buffer === undefined ? 'none' : shown(own),
    );
  let offsets = [0];
  for (let axis = 0, stride = product(sizes); axis < shape.length; axis++) {
    stride /= sizes[axis];
    const step = sizes[axis] === 1 ? 0 : stride;
    offsets = offsets.flatMap((at) => Array.from({ length: shape[axis] }, (_, k) => at + k * step));
  }
  return Float64Array.from(offsets, (at) => buffer.data[at]);
}

/** The tokens, where a node asks which are padding. @throws {DomainError} the input is of real numbers. */
export function tokensOf(node: DescribedNode, { tokens }: Pick<NodeContext, 'tokens'>): TapeNode {
  if (tokens === undefined)
    throw new DomainError(
      nodeName(node),
      'paddingToken',
      'absent where the input is of real numbers',
      'given',
    );
  return tokens;
}

/** Refuses an operand of another number of axes. @param axes - How shapes are to look, e.g. ['C', 'H', 'W']. */
export function checkAxes(node: DescribedNode, { shape }: Value, axes: readonly string[]): void {
  if (shape.length !== axes.length)
    throw new ShapeError(nodeName(node), `operand '${node.inputs[0]}'`, `[${axes.join(', ')}]`, shown(shape));
}
