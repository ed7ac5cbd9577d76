/** @file The state of a conversion, and how the rules of ops read their arguments and write their results. */
import { UnsupportedError } from '../../linalg/errors.ts';
import type { Pt2Tensor } from '../../linalg/io/pt2.ts';
import type { Vec } from '../../linalg/matrix.ts';
import type { Argument, ExportedNode } from './exported-graph.ts';
import { isReference, quoted, refuse } from './exported-graph.ts';
import { type DraftNode, NodeWriter } from './node-writer.ts';
import type { Computed, Constant, Value } from './values.ts';
import type { Factor, View } from './view.ts';
import { sizeOf } from './view.ts';

/** Turns one node of the exported graph into what its results stand for, and writes nodes of the description where it computes. */
export type Rule = (call: Call) => Value | readonly Value[];

/** A parameter or buffer as it goes into the network: PyTorch's elements, in the shape that the op takes. */
export interface NetworkTensor {
  readonly shape: readonly number[];
  readonly data: Vec;
}

/** The nodes of what has been followed without computing it: scores of attention, a mean over the last axis. */
export type Materialise = (call: Call, value: Value) => View | undefined;

/** What the rules share. */
export class Conversion {
  readonly writer: NodeWriter = new NodeWriter();
  readonly values: Map<string, Value> = new Map();
  /** Tensors that nodes name, with the shapes that ops gave them. */
  readonly tensors: Map<string, NetworkTensor> = new Map();
  /** How many nodes read a name. */
  readonly uses: ReadonlyMap<string, number>;
  readonly batch: Factor;
  readonly stored: ReadonlyMap<string, Pt2Tensor>;
  /** Number of rows of the tables that ids of tokens look up. */
  vocabulary: number | undefined;

  /** Stored tensors that some nodes use as their transpose and others as they are. */
  bothWays: ReadonlySet<string> = new Set();

  readonly materialise: Materialise;
  /** Results that no rule gives, by name: positions beside the greatest. */
  readonly notGiven: Map<string, ExportedNode> = new Map();

  /** Whether dropout in evaluation mode was met. */
  dropout = false;

  constructor(
    batch: Factor,
    stored: ReadonlyMap<string, Pt2Tensor>,
    uses: ReadonlyMap<string, number>,
    materialise: Materialise,
  ) {
    this.materialise = materialise;
    this.batch = batch;
    this.stored = stored;
    this.uses = uses;
  }
}

/** One node of the exported graph while its rule runs. */
export class Call {
  readonly conversion: Conversion;
  readonly node: ExportedNode;
  /** Arguments that have no name in the graph. */
  private readonly given: ReadonlyMap<string, Value>;

  constructor(conversion: Conversion, node: ExportedNode, given: ReadonlyMap<string, Value> = new Map()) {
    this.conversion = conversion;
    this.node = node;
    this.given = given;
  }

  /** The same node with other arguments, for the rule of an op that is part of this one. */
  as(values: Record<string, Value>, plain: Record<string, Argument> = {}): Call {
    const node = { ...this.node, arguments: new Map(Object.entries(plain)) };
    return new Call(this.conversion, node, new Map(Object.entries(values)));
  }

  get writer(): NodeWriter {
    return this.conversion.writer;
  }

  /** @throws {UnsupportedError} always: one line with node and op. */
  unsupported(why: string): never {
    const { name, op } = this.node;
    throw new UnsupportedError(`pt2: node ${quoted(name)} (${op.slice(0, 80)}) ${why}`);
  }

  /** The argument as it stands; null when absent. */
  argument(name: string): Argument {
    return this.node.arguments.get(name) ?? null;
  }

  /** What a tensor argument stands for; undefined when it is none or absent. */
  value(name: string): Value | undefined {
    const own = this.given.get(name);
    if (own !== undefined) return own;
    const argument = this.argument(name);
    return isReference(argument) ? this.named(argument.name) : undefined;
  }

  /** What a name stands for. */
  named(name: string): Value {
    const { values, notGiven } = this.conversion;
    const from = notGiven.get(name);
    if (from !== undefined)
      this.unsupported(
        `reads result ${from.outputs.indexOf(name) + 1} of node ${quoted(from.name)} (${from.op.slice(0, 80)}), which is not supported.`,
      );
    return (
      values.get(name) ??
      refuse(`node ${quoted(this.node.name)} reads ${quoted(name)}, which no earlier node gives.`)
    );
  }

  /** What an entry of a list of tensors stands for. */
  listed(name: string, at: number): Value {
    const list = this.argument(name);
    const argument = Array.isArray(list) ? (list as readonly Argument[])[at] : undefined;
    return isReference(argument)
      ? this.named(argument.name)
      : this.unsupported(`needs ${name} to be tensors.`);
  }

  /** A tensor that is computed from the input. */
  computed(name: string): View {
    return this.computedValue(this.value(name), name);
  }

  /** A value as a tensor that is computed from the input. @param name - Names it in errors. */
  computedValue(value: Value | undefined, name: string): View {
    if (value?.kind === 'view' && !value.integer && value.logSoftmax !== true) return value.view;
    if (value?.kind === 'square' && !value.centred) {
      const view = this.writer.canonical(value.of);
      return { ...view, node: this.writer.add(this.id(), 'multiply', [view.node, view.node]) };
    }
    const view = value === undefined ? undefined : this.conversion.materialise(this, value);
    return view ?? this.unsupported(`needs ${name} to be computed from the input, got ${told(value)}.`);
  }

  /** Notes a constant that the network uses. @returns its name. */
  constantTensor(name: string, shape: readonly number[], data: ArrayLike<number>): string {
    const { tensors, stored } = this.conversion;
    let free = name;
    for (let n = 1; tensors.has(free) || stored.has(free); n++) free = `${name}_${n}`;
    tensors.set(free, { shape, data: Float64Array.from(data) });
    return free;
  }

  /** The name under which a parameter or buffer goes into the network; undefined: none given. */
  tensor(name: string, shape?: readonly number[]): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (value.kind !== 'parameter' || value.transposed || value.first !== undefined)
      this.unsupported(`needs ${name} to be a stored tensor as it is, got ${told(value)}.`);
    return this.register(name, value.name, shape ?? value.shape);
  }

  /** Notes that the network uses a stored tensor in this shape. */
  register(argument: string, name: string, shape: readonly number[]): string {
    const { tensors, stored } = this.conversion;
    const have = tensors.get(name);
    const source = stored.get(name);
    if (source === undefined) this.unsupported(`needs ${argument} to be a stored tensor.`);
    if (have !== undefined && String(have.shape) !== String(shape))
      this.unsupported(
        `uses ${quoted(name)} as [${shape.join(', ')}], another node as [${have.shape.join(', ')}].`,
      );
    const count = (of: readonly number[]): number => of.reduce((a, b) => a * b, 1);
    if (count(shape) !== count(source.shape))
      this.unsupported(
        `needs ${argument} to have shape [${shape.join(', ')}], ${quoted(name)} has [${source.shape.join(', ')}].`,
      );
    if (have === undefined) tensors.set(name, { shape, data: source.data });
    return name;
  }

  /** The draft of a view's node, when the argument is the only thing that reads it: it may still be given a parameter more. */
  soleReaderOf(argument: string): DraftNode | undefined {
    if (this.given.has(argument)) return undefined;
    const value = this.value(argument);
    if (value?.kind !== 'view' || value.view.scale !== 1) return undefined;
    const { node } = value.view;
    const names = [...this.conversion.values].filter(
      ([, other]) => other.kind === 'view' && other.view.node === node,
    );
    const reads = names.reduce((sum, [name]) => sum + (this.conversion.uses.get(name) ?? 0), 0);
    if (reads > names.length || this.writer.nodes.some(({ inputs }) => inputs.includes(node)))
      return undefined;
    return this.writer.find(node);
  }

  /** A number, also as a constant tensor of one element. */
  number(name: string, fallback?: number): number {
    const own = this.given.get(name);
    if (own?.kind === 'constant' && own.data.length === 1) return own.data[0];
    const argument = this.argument(name);
    const given = argument === null ? fallback : this.resolve(argument);
    if (typeof given === 'number') return given;
    if (typeof given === 'boolean') return Number(given);
    return this.unsupported(`needs ${name} to be a number.`);
  }

  /** An integer. */
  integer(name: string, fallback?: number): number {
    const value = this.number(name, fallback);
    return Number.isSafeInteger(value) ? value : this.unsupported(`needs ${name} to be an integer.`);
  }

  /** True or false. */
  flag(name: string, fallback: boolean): boolean {
    const argument = this.argument(name);
    if (argument === null) return fallback;
    return typeof argument === 'boolean' ? argument : this.unsupported(`needs ${name} to be true or false.`);
  }

  /** Integers, sizes of the batch included. */
  integers(name: string): readonly number[] | undefined {
    const argument = this.argument(name);
    if (argument === null) return undefined;
    const list = Array.isArray(argument) ? (argument as readonly Argument[]) : [argument];
    return list.map((entry) => {
      const value = this.resolve(entry);
      return Number.isSafeInteger(value)
        ? (value as number)
        : this.unsupported(`needs ${name} to be integers.`);
    });
  }

  /** As many integers as there are axes: one stands for all. */
  perAxis(name: string, axes: number, fallback: number): readonly number[] {
    const given = this.integers(name) ?? [];
    if (given.length === 0) return new Array<number>(axes).fill(fallback);
    if (given.length === 1) return new Array<number>(axes).fill(given[0]);
    return given.length === axes ? given : this.unsupported(`needs ${name} to be ${axes} integers.`);
  }

  /** An axis of so many, counted from the front. */
  axis(value: number, axes: number): number {
    const axis = value < 0 ? value + axes : value;
    return axis >= 0 && axis < axes ? axis : this.unsupported(`has no axis ${value} of ${axes}.`);
  }

  /** A number for a name of a size, or of a constant of one element. */
  private resolve(argument: Argument): Argument {
    if (!isReference(argument)) return argument;
    const value = this.named(argument.name);
    if (value.kind === 'size') return value.size;
    if (value.kind === 'constant' && value.data.length === 1) return value.data[0];
    return argument;
  }

  /** The id that a node of the description gets: of its weight's module, of the module of torch.nn, or of the exported node. */
  id(weight?: string): string {
    const module = weight?.match(/^(.+)\.(weight|bias)$/)?.[1];
    return module ?? weight ?? this.node.module ?? this.node.name;
  }
}

/** A value in a few words. */
export function told(value: Value | undefined): string {
  if (value === undefined) return 'none';
  if (value.kind === 'view')
    return value.integer
      ? 'ids of tokens'
      : `a computed tensor [${value.view.dims.map((dim) => (dim.includes(value.view.batch) ? 'batch' : sizeOf(dim))).join(', ')}]`;
  if (value.kind === 'parameter')
    return `${value.transposed ? 'the transpose of ' : ''}${quoted(value.name)} [${value.shape.join(', ')}]`;
  if (value.kind === 'constant') return `a constant [${value.shape.join(', ')}]`;
  if (value.kind === 'rows') return `rows of ${quoted(value.weight)}`;
  if (value.kind === 'padding') return `a mask of token ${value.token}`;
  if (value.kind === 'kept' || value.kind === 'kept-sum') return 'a tensor without its padding';
  if (value.kind === 'scores' || value.kind === 'probabilities') return `${value.kind} of attention`;
  if (value.kind === 'size') return 'a size';
  return 'part of a normalisation that is spelled out';
}

/** A constant of one element, or of several. */
export function constant(shape: readonly number[], data: ArrayLike<number>, boolean = false): Constant {
  return { kind: 'constant', shape, data, boolean };
}

/** A tensor computed from the input. */
export function computedAs(view: View): Computed {
  return { kind: 'view', view, integer: false };
}
