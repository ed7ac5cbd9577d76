/** @file The graph of an exported program, read from its JSON: inputs, nodes with named arguments, one output. */
import { FormatError, UnsupportedError } from '../../linalg/errors.ts';
import { isJsonObject, type JsonObject, ownField } from '../../linalg/io/json-text.ts';

/** The name of a tensor, or of a size that is not known before the batch is. */
export interface Reference {
  readonly name: string;
}

/** An argument of a kind that no supported op takes. */
export interface Opaque {
  readonly opaque: string;
}

/** What an op is given: none, a number, a word, a tensor or size by its name, or a list of these. */
export type Argument = null | number | boolean | string | Reference | Opaque | readonly Argument[];

/** One operation. */
export interface ExportedNode {
  readonly name: string;
  /** As PyTorch writes it, e.g. `aten.conv2d.default`. */
  readonly op: string;
  readonly arguments: ReadonlyMap<string, Argument>;
  /** Names of the results, in order. */
  readonly outputs: readonly string[];
  /** The module that it belongs to, when that is one of torch.nn and no container. */
  readonly module: string | undefined;
}

/** An argument of the graph that is a stored tensor. */
export interface StoredInput {
  /** In the graph. */
  readonly name: string;
  readonly kind: 'parameter' | 'buffer' | 'constant';
  /** In the file. */
  readonly stored: string;
}

/** An input that is given anew. */
export interface UserInput {
  readonly name: string;
  readonly integer: boolean;
  readonly boolean: boolean;
  /** The batch first; undefined: of any size. */
  readonly shape: readonly (number | undefined)[];
}

export interface ExportedGraph {
  /** Parameters first, in PyTorch's order. */
  readonly stored: readonly StoredInput[];
  readonly input: UserInput;
  /** A second one, [batch, T] beside ids of tokens of that shape. */
  readonly mask?: UserInput;
  readonly nodes: readonly ExportedNode[];
  readonly output: string;
}

const MAX_NODES = 100_000;
const MAX_SIZE = 2 ** 31 - 1;
export const INTEGERS: readonly unknown[] = [1, 2, 3, 4, 5];
const FLOATS: readonly unknown[] = [6, 7, 8, 13];
export const BOOLEAN: unknown = 12;

/**
 * @throws {FormatError} a field that is missing or of another type. @throws {UnsupportedError} more than one input or output, or of another kind.
 */
export function readExportedGraph(program: JsonObject): ExportedGraph {
  const module = object(ownField(program, 'graph_module'), 'graph_module');
  const graph = object(ownField(module, 'graph'), 'graph');
  const signature = object(ownField(module, 'signature'), 'signature');
  const stored: StoredInput[] = [];
  const given: string[] = [];
  for (const spec of list(ownField(signature, 'input_specs'), 'input_specs')) {
    const [kind, value] = union(spec, 'input_specs');
    const input = object(value, `input_specs.${kind}`);
    if (kind === 'parameter' || kind === 'buffer' || kind === 'tensor_constant') {
      const field =
        kind === 'parameter' ? 'parameter_name' : kind === 'buffer' ? 'buffer_name' : 'tensor_constant_name';
      const name = text(ownField(object(ownField(input, 'arg'), 'arg'), 'name'), 'an input');
      stored.push({
        name,
        kind: kind === 'tensor_constant' ? 'constant' : kind,
        stored: text(ownField(input, field), field),
      });
    } else if (kind === 'user_input') {
      const argument = readArgument(ownField(input, 'arg'));
      if (isReference(argument)) given.push(argument.name);
      else if (argument !== null)
        throw new UnsupportedError('pt2: an input of the model is no tensor; one tensor is supported.');
    } else if (kind !== 'constant_input')
      throw new UnsupportedError(
        `pt2: the model has an input of kind ${quoted(kind)}, which is not supported.`,
      );
  }
  const values = object(ownField(graph, 'tensor_values'), 'tensor_values');
  const many = (why: string): never => {
    throw new UnsupportedError(
      `pt2: the model has ${given.length} inputs (${given.slice(0, 5).map(quoted).join(', ')}); ${why}`,
    );
  };
  if (given.length !== 1 && given.length !== 2) many('one tensor is supported.');
  const [input, second] = given.map((name, i) => readInput(name, ownField(values, name), i > 0));
  const masks =
    second !== undefined && input.integer && second.shape.slice(1).join() === input.shape.slice(1).join();
  if (second !== undefined && (!masks || second.shape.length !== 2))
    many('one tensor is supported, or ids of tokens [batch, T] and a mask of that shape.');
  const nodes = list(ownField(graph, 'nodes'), 'nodes');
  if (nodes.length > MAX_NODES) refuse(`the graph has ${nodes.length} nodes, more than ${MAX_NODES}.`);
  return {
    stored,
    input,
    ...(second === undefined ? {} : { mask: second }),
    nodes: nodes.map(readNode),
    output: readOutput(list(ownField(signature, 'output_specs'), 'output_specs')),
  };
}

/** @param booleans - Whether it may be of them. */
function readInput(name: string, value: unknown, booleans: boolean): UserInput {
  const meta = object(value, `the tensor ${quoted(name)}`);
  const dtype = ownField(meta, 'dtype');
  if (![...INTEGERS, ...FLOATS, ...(booleans ? [BOOLEAN] : [])].includes(dtype))
    throw new UnsupportedError(`pt2: the input ${quoted(name)} is neither of real numbers nor of integers.`);
  const shape = list(ownField(meta, 'sizes'), 'sizes').map((size, axis): number | undefined => {
    const [kind, given] = union(size, 'sizes');
    if (kind === 'as_expr' && axis === 0) return undefined;
    if (kind === 'as_expr')
      throw new UnsupportedError(
        `pt2: axis ${axis} of the input ${quoted(name)} is of any size; only the batch (axis 0) may be.`,
      );
    if (!Number.isInteger(given) || (given as number) < 1 || (given as number) > MAX_SIZE)
      refuse(`the input ${quoted(name)} has sizes that are none.`);
    return given as number;
  });
  if (shape.length < 2 || shape.length > 8)
    throw new UnsupportedError(
      `pt2: the input ${quoted(name)} has ${shape.length} axes; a batch of examples with 1 to 7 axes is supported.`,
    );
  return { name, integer: INTEGERS.includes(dtype), boolean: dtype === BOOLEAN, shape };
}

function readOutput(specs: readonly unknown[]): string {
  const outputs: string[] = [];
  for (const spec of specs) {
    const [kind, value] = union(spec, 'output_specs');
    if (kind === 'buffer_mutation')
      throw new UnsupportedError(
        `pt2: the model changes the buffer ${quoted(text(ownField(object(value, kind), 'buffer_name'), 'buffer_name'))} as it runs: export it in evaluation mode (model.eval).`,
      );
    if (kind !== 'user_output')
      throw new UnsupportedError(
        `pt2: the model has an output of kind ${quoted(kind)}, which is not supported.`,
      );
    const argument = readArgument(ownField(object(value, kind), 'arg'));
    if (isReference(argument)) outputs.push(argument.name);
    else if (argument !== null) throw new UnsupportedError('pt2: an output of the model is no tensor.');
  }
  if (outputs.length !== 1)
    throw new UnsupportedError(
      `pt2: the model has ${outputs.length} outputs (${outputs.slice(0, 5).map(quoted).join(', ')}); one tensor is supported: wrap it in a module that returns the logits alone.`,
    );
  return outputs[0];
}

function readNode(value: unknown, at: number): ExportedNode {
  const node = object(value, `nodes[${at}]`);
  const target = text(ownField(node, 'target'), `nodes[${at}].target`);
  const outputs = list(ownField(node, 'outputs'), `nodes[${at}].outputs`).flatMap((output) => {
    const argument = readArgument(output);
    return (Array.isArray(argument) ? argument : [argument]).map((one) => (isReference(one) ? one.name : ''));
  });
  const given = ownField(node, 'name');
  const named = new Map<string, Argument>();
  for (const input of list(ownField(node, 'inputs'), `nodes[${at}].inputs`)) {
    const entry = object(input, `nodes[${at}].inputs`);
    named.set(
      text(ownField(entry, 'name'), `nodes[${at}].inputs.name`),
      readArgument(ownField(entry, 'arg')),
    );
  }
  return {
    name: typeof given === 'string' ? given : (outputs[0] ?? `nodes[${at}]`),
    op: target.replace(/^torch\.ops\./, ''),
    arguments: named,
    outputs,
    module: moduleOf(ownField(node, 'metadata')),
  };
}

/** 'key,path,class' of the innermost module of a node's stack. */
function moduleOf(metadata: unknown): string | undefined {
  const stack = isJsonObject(metadata) ? ownField(metadata, 'nn_module_stack') : undefined;
  if (typeof stack !== 'string') return undefined;
  const [, path, kind] = (stack.split(';').pop() ?? '').split(',');
  return path !== undefined && path !== '' && /^torch\.nn\.modules\.(?!container)/.test(kind ?? '')
    ? path
    : undefined;
}

/** Fields of the union that name a tensor or a size. */
const NAMED = ['as_tensor', 'as_sym_int', 'as_sym_float', 'as_sym_bool'];
const PLAIN = [
  'as_int',
  'as_float',
  'as_bool',
  'as_string',
  'as_scalar_type',
  'as_ints',
  'as_floats',
  'as_bools',
];
const LISTS = ['as_tensors', 'as_sym_ints', 'as_optional_tensors'];

function readArgument(value: unknown): Argument {
  const [kind, given] = union(value, 'an argument');
  if (kind === 'as_none') return null;
  if (NAMED.includes(kind)) return readNamed(given);
  if (LISTS.includes(kind)) return list(given, kind).map(readNamed);
  if (kind === 'as_optional_tensor') return readNamed(given);
  if (PLAIN.includes(kind))
    return Array.isArray(given) ? given.map((one) => plain(kind, one)) : plain(kind, given);
  return { opaque: kind };
}

/** { name }, { as_name }, { as_int }, { as_tensor: { name } }, { as_none }. */
function readNamed(value: unknown): Argument {
  const fields = object(value, 'an argument');
  const name = ownField(fields, 'name') ?? ownField(fields, 'as_name');
  if (typeof name === 'string') return { name };
  if (ownField(fields, 'as_none') !== undefined) return null;
  const inner = ownField(fields, 'as_tensor');
  if (inner !== undefined) return readNamed(inner);
  const number = ownField(fields, 'as_int') ?? ownField(fields, 'as_float') ?? ownField(fields, 'as_bool');
  return plain('an argument', number);
}

/** Numbers beyond JSON stand there as text. */
const WORDS: ReadonlyMap<unknown, number> = new Map([
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['NaN', Number.NaN],
]);

function plain(kind: string, value: unknown): number | boolean | string {
  const number = kind === 'as_string' ? undefined : WORDS.get(value);
  if (number !== undefined) return number;
  if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'string')
    refuse(`${kind} is not a number, a Boolean or a text.`);
  return value;
}

/** Whether an argument is a name. */
export function isReference(argument: Argument | undefined): argument is Reference {
  return typeof argument === 'object' && argument !== null && 'name' in argument;
}

/** The one field of a union. */
function union(value: unknown, what: string): readonly [kind: string, value: unknown] {
  const [entry, ...more] = Object.entries(object(value, what));
  if (entry === undefined || more.length > 0) refuse(`${what} must have one field.`);
  return entry;
}

function object(value: unknown, what: string): JsonObject {
  if (!isJsonObject(value)) refuse(`${what} is not an object.`);
  return value;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) refuse(`${what} is not a list.`);
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') refuse(`${what} is not a text.`);
  return value;
}

/** Untrusted text for a message: short, on one line, in quotes. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}

/** @throws {FormatError} always: 'pt2: …'. */
export function refuse(problem: string): never {
  throw new FormatError('pt2', problem);
}
