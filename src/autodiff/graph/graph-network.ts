/** @file A network by its description. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { describe, isArray } from '../../linalg/border/describe.ts';
import { asList, checkInstance, isInstance } from '../../linalg/border/instances.ts';
import { asVector, convert, type VectorInput } from '../../linalg/border/vector.ts';
import { checkFinite, checkInteger, checkLength } from '../../linalg/checks.ts';
import { DomainError, ShapeError, UnsupportedError } from '../../linalg/errors.ts';
import type { Vec } from '../../linalg/matrix.ts';
import { AnyTape } from '../any-tape.ts';
import { readClonesBy } from '../as-model.ts';
import { GeneralNetwork } from '../general-network.ts';
import type { SiteRecorder } from '../network.ts';
import { OP_TABLE, type Ops } from '../ops/table.ts';
import type { Tape } from '../tape.ts';
import type { TapeNode } from '../tape-node.ts';
import { buffersNamed } from './buffers.ts';
import type { NetworkDescription, NodeOp } from './description.ts';
import { type GraphParameter, graphParameters, placesOf, storedAt, tiedShapes } from './graph-parameters.ts';
import type { Buffer, NamedSite } from './node-context.ts';
import { type GivenShapes, ParameterShapes } from './parameter-shapes.ts';
import { parseDescription } from './parse-description.ts';
import { recordGraph } from './record-graph.ts';
import { recordTrial } from './record-trial.ts';
import { product, shown } from './values.ts';

/** A block of θ by the node that uses it first. */
export interface GraphLayer {
  readonly name: string;
  readonly op: NodeOp;
  /** Its block, and the sites that use it. */
  readonly block: number;
  readonly sites: readonly number[];
  /** Names of its parameters. */
  readonly parameters: readonly string[];
}

/** A tensor by its shape and its elements, row-major. */
export interface GraphTensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * The network that a description says: convolutional, residual, a transformer. Training, derivatives, curvatures and attribution take it as they
 * take an `Mlp`.
 *
 * Inputs of an example are its input in C order, one row of the data's inputs; tokens are their ids. θ holds the parameters block by block,
 * weights and bias of a node together (`parameters` says where); `fromTensors` and `toTensors` go from and to tensors by name, `toTorchOrder`
 * to one vector in the order in which the nodes first name them, each row-major.
 *
 * @param description - As `parseDescription` takes it.
 * @param shapes - Shapes of the parameters by name, or the tensors themselves. A size below 0 is inferred.
 * @param buffers - Constants by name, the statistics of frozen batch-norm: tensors or vectors. Other names are not looked at.
 * @throws {FormatError} | {ShapeError} | {UnsupportedError} naming the node.
 * @example
 * const model = new GraphNetwork(
 *   {
 *     format: 'eigenfluence-architecture',
 *     version: 1,
 *     input: { kind: 'real', shape: [4] },
 *     nodes: [{ id: 'fc', op: 'linear', inputs: ['x'], weight: 'fc.weight', bias: 'fc.bias' }],
 *     output: 'fc',
 *   },
 *   new Map([['fc.weight', [3, -1]]]),
 * );
 * model.parameterCount; // 15
 */
export class GraphNetwork extends GeneralNetwork {
  readonly description: NetworkDescription;
  /** In the order in which the nodes first name them. */
  readonly parameters: readonly GraphParameter[];
  readonly layers: readonly GraphLayer[];
  readonly buffers: ReadonlyMap<string, Vec>;
  /** Shape of the result of each node for one example, by its id. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** The buffers with their shapes, as they came. */
  readonly bufferTensors: ReadonlyMap<string, Buffer>;
  private readonly named: readonly NamedSite[];
  /** That attention, means and the last position leave out. */
  private readonly paddingToken: number | undefined;

  constructor(
    description: string | object,
    shapes: ReadonlyMap<string, readonly number[] | GraphTensor> = new Map(),
    buffers: ReadonlyMap<string, VectorInput | GraphTensor> = new Map(),
  ) {
    const where = 'GraphNetwork';
    const parsed = parseDescription(description);
    const given = shapesOf(where, shapes);
    const constants = buffersOf(where, parsed, buffers);
    const known = new ParameterShapes(given);
    const named: NamedSite[] = [];
    const inputs = parsed.input.kind === 'token' ? parsed.input.length : product(parsed.input.shape);
    const tape = new AnyTape();
    const graph = recordGraph(parsed, tape.input(inputs, 1), {
      tape,
      shapes: known,
      buffers: constants,
      positions: ({ cols }) => cols,
      site(site, a) {
        named.push(site);
        return recordTrial(tape, site, a);
      },
    });
    const { input } = parsed;
    super(inputs, graph.outputs, tiedShapes(named), {
      outputPositions: graph.positions,
      ...(input.kind === 'token' ? { vocabulary: input.vocabulary } : {}),
      where,
    });
    this.description = parsed;
    this.buffers = new Map([...constants].map(([name, { data }]) => [name, data]));
    this.bufferTensors = constants;
    this.named = named;
    this.paddingToken = paddingTokenOf(parsed);
    this.shapes = graph.shapes;
    this.parameters = graphParameters(named, this.sites, known.all());
    this.layers = this.blocks.map(({ index, sites }) => {
      const { id, op } = named[sites[0].index];
      const names = sites.flatMap((site) => [named[site.index].weight, named[site.index].bias ?? []].flat());
      return {
        name: id,
        op,
        block: index,
        sites: sites.map((site) => site.index),
        parameters: [...new Set(names)],
      };
    });
  }

  override get ops(): Partial<Ops> {
    return OP_TABLE;
  }

  /** A batch norm in evaluation mode: training would move its statistics, and then an example would have no gradient of its own. */
  override get untrainable(): string | undefined {
    const norm = this.description.nodes.find(({ op }) => op === 'batch-norm');
    return (
      norm &&
      `node '${norm.id}' (batch-norm) has frozen statistics: training with it is not supported, since it would move them.`
    );
  }

  override storedAt(site: number): ((row: number, col: number) => number) | undefined {
    const { rows, inputs, groups } = this.sites[site];
    return storedAt(this.named[site].stored, rows, inputs / groups);
  }

  /** Layers at each token do not count at padding; a table does not where its own row of zeros is looked up. */
  override padding(site: number): number | undefined {
    const { id, op } = this.named[site];
    const { input, nodes } = this.description;
    const node = nodes.find((one) => one.id === id);
    if (op === 'embedding' && node?.op === 'embedding' && node.paddingToken !== undefined)
      return node.paddingToken;
    const { positions } = this.sites[site];
    return input.kind === 'token' && input.length > 1 && positions === input.length
      ? this.paddingToken
      : undefined;
  }

  /** The token at whose positions the outputs do not count, as they are padding; undefined: none is, or there is one output. */
  get outputPadding(): number | undefined {
    return this.outputPositions > 1 && this.outputPositions === this.inputs ? this.paddingToken : undefined;
  }

  override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
    let index = 0;
    return recordGraph(this.description, x, {
      tape,
      shapes: new ParameterShapes(new Map(this.parameters.map(({ name, shape }) => [name, shape]))),
      buffers: this.bufferTensors,
      positions: ({ cols }) => cols / x.cols,
      site: (_, a) => site(index++, a),
    }).logits;
  }

  /**
   * θ of tensors by name, e.g. those that `readSafetensors` gives; others than the network's parameters are not looked at.
   *
   * @throws {DomainError} one is missing. @throws {ShapeError} one of another shape, naming it.
   */
  fromTensors(tensors: ReadonlyMap<string, GraphTensor>): Vec {
    const where = 'GraphNetwork.fromTensors';
    checkInstance(where, 'tensors', tensors, Map, 'a Map of tensors');
    const theta = new Float64Array(this.parameterCount);
    for (const parameter of this.parameters) {
      const { name, shape, rows, cols } = parameter;
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new DomainError(where, 'tensors', `with ${name}`, 'without');
      const own = shapeOf(where, `shape of ${name}`, tensor);
      if (shown(own) !== shown(shape)) throw new ShapeError(where, name, shown(shape), shown(own));
      const data = asVector(where, name, fieldOf(where, name, tensor, 'data'));
      checkLength(where, name, data, rows * cols);
      for (const [k, place] of placesOf(parameter).entries()) theta[place] = data[k];
    }
    return theta;
  }

  /** The tensors of θ by name, in the order of `parameters`: copies. @throws {ShapeError} wrong length. */
  toTensors(theta: VectorInput): Map<string, { readonly shape: readonly number[]; readonly data: Vec }> {
    const where = 'GraphNetwork.toTensors';
    const values = asVector(where, 'theta', theta);
    checkLength(where, 'theta', values, this.parameterCount);
    return new Map(
      this.parameters.map((parameter) => {
        const { name, shape } = parameter;
        return [name, { shape, data: Float64Array.from(placesOf(parameter), (place) => values[place]) }];
      }),
    );
  }

  /** Where in θ the elements of a tensor lie, in the order in which files have them. @throws {DomainError} no such parameter. */
  places(name: string): Int32Array {
    const parameter = this.parameters.find((one) => one.name === name);
    if (parameter === undefined)
      throw new DomainError('GraphNetwork.places', 'name', 'of a parameter', name, describe(name));
    return placesOf(parameter);
  }
}

function shapesOf(where: string, given: ReadonlyMap<string, readonly number[] | GraphTensor>): GivenShapes {
  checkInstance(where, 'shapes', given, Map, 'a Map of shapes or tensors');
  return new Map(
    [...given].map(([name, value]) => [name, shapeOf(where, `shape of ${String(name)}`, value)]),
  );
}

function shapeOf(where: string, what: string, value: readonly number[] | GraphTensor): readonly number[] {
  const shape = isArray(value) ? value : fieldOf(where, what, value, 'shape');
  const sizes = asList<number>(where, what, shape as readonly number[], 'integers');
  for (const [i, size] of sizes.entries())
    checkInteger(where, `${what}[${i}]`, size, -1, Number.MAX_SAFE_INTEGER);
  return [...sizes];
}

function fieldOf(where: string, what: string, value: unknown, field: keyof GraphTensor): unknown {
  checkObject(where, what, value);
  return convert(where, what, () => (value as Partial<GraphTensor>)[field]);
}

/** The buffers that the description names. */
function buffersOf(
  where: string,
  { nodes }: NetworkDescription,
  given: ReadonlyMap<string, VectorInput | GraphTensor>,
): ReadonlyMap<string, Buffer> {
  checkInstance(where, 'buffers', given, Map, 'a Map of vectors or tensors');
  const out = new Map<string, Buffer>();
  for (const node of nodes)
    for (const name of buffersNamed(node)) {
      const buffer: unknown = given.get(name);
      if (buffer === undefined)
        throw new DomainError(where, 'buffers', `with ${name} of node '${node.id}'`, 'without');
      const plain = isArray(buffer) || ArrayBuffer.isView(buffer);
      const data = asVector(where, name, plain ? buffer : fieldOf(where, name, buffer, 'data'));
      const shape = plain ? [data.length] : shapeOf(where, `shape of ${name}`, buffer as GraphTensor);
      checkLength(where, name, data, product(shape));
      checkFinite(where, name, data);
      out.set(name, { shape, data });
    }
  return out;
}

/** The padding token of attention, means and the last position. @throws {UnsupportedError} they name different ones. */
function paddingTokenOf({ nodes }: NetworkDescription): number | undefined {
  const named = nodes.filter((node) => node.op !== 'embedding' && 'paddingToken' in node);
  const tokens = named.map((node) => (node as { readonly paddingToken: number }).paddingToken);
  const other = tokens.findIndex((token) => token !== tokens[0]);
  if (other > 0)
    throw new UnsupportedError(
      `node '${named[other].id}' (${named[other].op}): paddingToken ${tokens[other]} beside ${tokens[0]} of node '${named[0].id}' is not supported.`,
    );
  return tokens[0];
}

// a structured clone has the fields of the network, but not its class
readClonesBy((clone) => {
  const { description, parameters, bufferTensors } = clone as Partial<GraphNetwork>;
  if (description === undefined || !isArray(parameters) || !isInstance(bufferTensors, Map)) return undefined;
  const shapes = new Map(parameters.map(({ name, shape }) => [name, shape]));
  return new GraphNetwork(description, shapes, bufferTensors);
});
