/** @file A description written on a tape. */
import { ShapeError } from '../../linalg/errors.ts';
import type { TapeNode } from '../tape-node.ts';
import { type DescribedNode, INPUT_ID, type NetworkDescription } from './description.ts';
import { type NodeContext, type NodeRecorder, nodeName } from './node-context.ts';
import { NODE_RECORDERS } from './node-recorders.ts';
import { arranged, axisFirst, inOrder, shown, type Value } from './values.ts';

/** The result of a network. */
export interface RecordedGraph {
  /** [outputs, positions · batch]. */
  readonly logits: TapeNode;
  readonly outputs: number;
  readonly positions: number;
  /** Shapes of the results of all nodes, by id. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/**
 * Records the nodes in their order.
 *
 * @param x - [inputs, batch].
 * @throws {ShapeError} | {DomainError} | {UnsupportedError} naming the node: shapes that do not fit, or what is not
 * supported.
 */
export function recordGraph(
  { input, nodes, output }: NetworkDescription,
  x: TapeNode,
  given: Omit<NodeContext, 'tokens'>,
): RecordedGraph {
  const context = { ...given, tokens: input.kind === 'token' ? x : undefined };
  const shape = input.kind === 'token' ? [input.length] : input.shape;
  const values = new Map<string, Value>([[INPUT_ID, { node: x, shape, order: inOrder(shape.length) }]]);
  for (const node of nodes) {
    const operands = node.inputs.map((id) => values.get(id) as Value);
    if (input.kind === 'token' && node.op !== 'embedding' && node.inputs.includes(INPUT_ID))
      throw new ShapeError(
        nodeName(node),
        `operand '${INPUT_ID}'`,
        'real numbers',
        'tokens: only an embedding reads them',
      );
    const record = NODE_RECORDERS[node.op] as NodeRecorder<DescribedNode['op']>;
    values.set(node.id, record(node as never, operands, context));
  }
  const result = values.get(output) as Value;
  if (result.shape.length > 2)
    throw new ShapeError(
      `output '${output}'`,
      'shape',
      '[classes] or [positions, classes]',
      shown(result.shape),
    );
  const outputs = result.shape[result.shape.length - 1];
  return {
    logits: arranged(context.tape, result, axisFirst(result.shape.length, result.shape.length - 1), 1),
    outputs,
    positions: result.shape.length === 2 ? result.shape[0] : 1,
    shapes: new Map([...values].map(([id, value]) => [id, value.shape])),
  };
}
