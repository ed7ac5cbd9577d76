/** @file A description under construction: nodes are added one by one, and the shapes of their results are known at once. */
import { describe } from '../../linalg/border/describe.ts';
import { DomainError } from '../../linalg/errors.ts';
import { AnyTape } from '../any-tape.ts';
import { type DescribedInput, type DescribedNode, INPUT_ID, type NodeOp } from './description.ts';
import { type Buffer, type NodeContext, type NodeRecorder, nodeName } from './node-context.ts';
import { NODE_RECORDERS } from './node-recorders.ts';
import { ParameterShapes } from './parameter-shapes.ts';
import { recordTrial } from './record-trial.ts';
import { inOrder, product, type Value } from './values.ts';

/** What a layer adds its nodes to. */
export class GraphBuilder {
  readonly input: DescribedInput;
  readonly nodes: DescribedNode[] = [];
  /** Shapes of parameters, sizes below 0 to be inferred. */
  readonly shapes: Map<string, readonly number[]> = new Map();
  /** Constants beside the parameters. */
  readonly buffers: Map<string, Buffer> = new Map();
  /** Names of weights that a layer was told to share, and that layer. */
  readonly shared: Map<string, string> = new Map();
  private readonly values: Map<string, Value>;
  private readonly context: NodeContext;

  constructor(input: DescribedInput) {
    const shape = input.kind === 'token' ? [input.length] : input.shape;
    const tape = new AnyTape();
    const x = tape.input(product(shape), 1);
    this.input = input;
    this.values = new Map([[INPUT_ID, { node: x, shape, order: inOrder(shape.length) }]]);
    this.context = {
      tape,
      shapes: new ParameterShapes(this.shapes),
      buffers: this.buffers,
      tokens: input.kind === 'token' ? x : undefined,
      positions: ({ cols }) => cols,
      site: (site, a) => recordTrial(tape, site, a),
    };
  }

  /**
   * Adds a node.
   *
   * @param shapes - Of its parameters by their names, as far as they are known.
   * @returns its id. @throws {ShapeError} | {UnsupportedError} naming it.
   */
  add(node: DescribedNode, shapes: Readonly<Record<string, readonly number[]>> = {}): string {
    for (const [name, shape] of Object.entries(shapes)) this.shapes.set(name, shape);
    const operands = node.inputs.map((id) => this.valueOf(nodeName(node), id));
    const record = NODE_RECORDERS[node.op] as NodeRecorder<NodeOp>;
    this.values.set(node.id, record(node as never, operands, this.context));
    this.nodes.push(node);
    return node.id;
  }

  /** The shape of the result of a node, or of the input 'x', for one example. */
  shape(id: string): readonly number[] {
    return this.valueOf('GraphBuilder.shape', id).shape;
  }

  /** What a layer before has returned the id of. */
  private valueOf(where: string, id: string): Value {
    const value = this.values.get(id);
    if (value === undefined)
      throw new DomainError(
        where,
        'what it reads',
        'the id of a node, as layers return it (relu(), not relu)',
        id,
        describe(id),
      );
    return value;
  }
}
