/** @file A network from a .pt2 archive: the graph that PyTorch exported, as a description with its tensors. */

import { checkObject } from '../../linalg/border/arguments.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError, UnsupportedError } from '../../linalg/errors.ts';
import type { Bytes } from '../../linalg/io/bytes.ts';
import { type Pt2Archive, type Pt2Options, type Pt2Tensor, readPt2 } from '../../linalg/io/pt2.ts';
import { buffersNamed } from '../graph/buffers.ts';
import type { DescribedInput, DescribedNode, NetworkDescription } from '../graph/description.ts';
import { ARCHITECTURE_FORMAT, INPUT_ID } from '../graph/description.ts';
import { parseDescription } from '../graph/parse-description.ts';
import { comparedTokens, evaluateConstant, MAX_POSITIONS, paddingMask } from './constants.ts';
import { Call, Conversion, type NetworkTensor } from './conversion.ts';
import type { ExportedGraph, ExportedNode } from './exported-graph.ts';
import { isReference, quoted, readExportedGraph, refuse } from './exported-graph.ts';
import { changedBy, neededNodes } from './needed-nodes.ts';
import { usedBothWays } from './other-way.ts';
import { RULES, SKIPPED } from './rules.ts';
import { normPart } from './rules-functions.ts';
import { overAxes } from './rules-pooling.ts';
import { scoresView } from './scores.ts';
import type { Value } from './values.ts';
import type { Factor, View } from './view.ts';
import { viewOf } from './view.ts';

/** Stands for a batch of any size: no other size is this. */
const ANY_BATCH = 1_000_003;

/** How an archive is read. */
export interface ExportedNetworkOptions extends Pt2Options {
  /**
   * The id of padding, where the model has a mask [batch, T] as its second input, `model(ids, attention_mask)`: the mask then is what it is for
   * ids of padding, 1 where an id is another and 0 where it is this one.
   */
  readonly paddingToken?: number;
}

/** A network that PyTorch exported. */
export interface ExportedNetwork {
  readonly description: NetworkDescription;
  /** The parameters of the description in PyTorch's order, then its buffers: every value exact, whatever the type in the file. */
  readonly tensors: ReadonlyMap<string, NetworkTensor>;
  /** Names of the parameters in the order of `model.parameters()`. */
  readonly parameters: readonly string[];
  /** What a reader should know: parameters that the network does not use, a log-softmax that is left to the loss. */
  readonly notes: readonly string[];
}

/**
 * Reads a network from an archive of `torch.export.save(torch.export.export(model.eval(), (x,)), path)`, with a batch of any size or of a fixed one.
 *
 * Views (view, permute, flatten, transpose, chunk …) are followed rather than computed: what the network computes stays. Attention is found
 * as PyTorch's op, and as products, scale, constant mask and softmax. Dropout in evaluation mode vanishes; a log-softmax at the end is left
 * to the loss, for which it changes nothing. Tied parameters are one, under the first of their names.
 *
 * @param bytes - The whole file. Not modified.
 * @throws {UnsupportedError} an op, layout, mask or type that has no counterpart: one line with node and op. @throws {FormatError} an archive
 * that {@link readPt2} refuses, or a graph that is none. @throws {DomainError} `bytes` are none, or an option is wrong: a padding token that no id can be, say.
 * Accuracy: the description computes what the module computes, up to the order of additions.
 * @example
 * const { description, tensors } = readExportedNetwork(readFileSync('model.pt2'));
 */
export function readExportedNetwork(bytes: Bytes, options: ExportedNetworkOptions = {}): ExportedNetwork {
  const where = 'readExportedNetwork';
  checkObject(where, 'options', options);
  const { paddingToken, ...archiveOptions } = options;
  if (paddingToken !== undefined) checkInteger(where, 'paddingToken', paddingToken, 0, 2 ** 31 - 1);
  const archive = readPt2(bytes, archiveOptions);
  const graph = readExportedGraph(archive.program);
  const { conversion, names, notes } = prepare(archive, graph);
  takeMask(conversion, graph, paddingToken);
  for (const node of neededNodes(graph)) convert(conversion, node);
  const output = conversion.values.get(graph.output);
  if (output?.kind !== 'view' || output.integer)
    throw new UnsupportedError(`pt2: the output ${quoted(graph.output)} is not computed from the input.`);
  if (
    output.view.dims.some(
      (own, axis) =>
        own.indexOf(output.view.batch) > 0 || (axis > 0 && own.length > 1 && own.includes(output.view.batch)),
    )
  )
    throw new UnsupportedError(
      `pt2: the output ${quoted(graph.output)} has the batch inside another axis, which is not supported.`,
    );
  if (output.logSoftmax === true)
    notes.push('The log-softmax at the end is left out: cross-entropy of the logits is the same.');
  const result = conversion.writer.shaped(output.view);
  if (conversion.writer.find(result)?.op === 'softmax')
    throw new UnsupportedError(
      `pt2: the output ${quoted(graph.output)} is a softmax, which belongs to the loss: export the logits.`,
    );
  if (conversion.dropout) notes.push('Dropout is left out, in training anew too.');
  const input = describedInput(graph, conversion);
  checkPadding(input, paddingToken);
  const description = parseDescription({
    format: ARCHITECTURE_FORMAT,
    version: 1,
    input,
    nodes: needed(conversion, result),
    output: result,
  });
  return { description, ...orderedTensors(description, conversion, names, notes), notes };
}

function prepare(
  archive: Pt2Archive,
  graph: ExportedGraph,
): { conversion: Conversion; names: readonly string[]; notes: string[] } {
  const stored = new Map<string, Pt2Tensor>();
  const first = new Map<string, string>();
  const uses = countUses(graph);
  const batch: Factor = { size: graph.input.shape[0] ?? ANY_BATCH };
  const conversion = new Conversion(batch, stored, uses, materialise);
  const names: string[] = [];
  for (const { name, kind, stored: inFile } of graph.stored) {
    const tensor =
      (kind === 'constant' ? archive.constants : archive.weights).get(inFile) ??
      archive.constants.get(inFile);
    if (tensor === undefined) refuse(`the tensor ${quoted(inFile)} is not in the archive.`);
    const own = first.get(tensor.place) ?? inFile;
    if (own === inFile) {
      first.set(tensor.place, inFile);
      stored.set(inFile, {
        ...tensor,
        shape: tensor.shape,
        get data() {
          return tensor.data;
        },
        parameter: kind === 'parameter',
      });
      if (kind === 'parameter') names.push(inFile);
    }
    conversion.values.set(name, { kind: 'parameter', name: own, shape: tensor.shape, transposed: false });
  }
  checkOverlaps(stored);
  conversion.bothWays = usedBothWays(graph, conversion.values);
  const shape = graph.input.shape.slice(1).map((size) => size ?? 1);
  conversion.values.set(graph.input.name, {
    kind: 'view',
    view: viewOf(INPUT_ID, shape, batch),
    integer: graph.input.integer,
  });
  return { conversion, names, notes: [] };
}

/** A second input becomes where the ids are no padding. @throws {UnsupportedError} nobody says which id that is; or there is no second input. */
function takeMask(conversion: Conversion, { input, mask }: ExportedGraph, token: number | undefined): void {
  if (mask === undefined && token === undefined) return;
  if (mask === undefined)
    throw new UnsupportedError(
      'pt2: a padding token is given for the mask that a model has as its second input, and this one has none.',
    );
  if (token === undefined)
    throw new UnsupportedError(
      `pt2: the model has 2 inputs (${quoted(input.name)}, ${quoted(mask.name)}); one tensor is supported. If the second is 1 where the first is no padding and 0 where it is, say which id is padding (paddingToken; --padding-token on the command line); or export a module that makes the mask of its ids, as ids != 0.`,
    );
  const size = mask.shape[1] ?? 1;
  if (size > MAX_POSITIONS)
    throw new UnsupportedError(
      `pt2: the mask ${quoted(mask.name)} has ${size} positions, more than ${MAX_POSITIONS}.`,
    );
  conversion.values.set(mask.name, paddingMask(token, size, false, mask.boolean));
}

/** An id that no token has would leave a mask of ones, whatever was meant. @throws {DomainError} */
function checkPadding(input: DescribedInput, token: number | undefined): void {
  if (token === undefined || input.kind !== 'token' || token < input.vocabulary) return;
  const expected = `one of the ids that the network reads, 0..${input.vocabulary - 1}`;
  throw new DomainError('readExportedNetwork', 'paddingToken', expected, token, `${token}`);
}

/** Two parameters that share memory but are not one another would be trained together. */
function checkOverlaps(stored: ReadonlyMap<string, Pt2Tensor>): void {
  const owners = new Map<string, string>();
  for (const [name, { storage, parameter }] of stored) {
    if (!parameter) continue;
    const other = owners.get(storage);
    if (other !== undefined)
      throw new UnsupportedError(
        `pt2: the parameters ${quoted(other)} and ${quoted(name)} are views of one storage, which is not supported unless they are the same.`,
      );
    owners.set(storage, name);
  }
}

function countUses({ nodes, output }: ExportedGraph): ReadonlyMap<string, number> {
  const uses = new Map([[output, 1]]);
  const count = (argument: unknown): void => {
    if (Array.isArray(argument)) for (const one of argument as unknown[]) count(one);
    else if (isReference(argument as never)) {
      const { name } = argument as { name: string };
      uses.set(name, (uses.get(name) ?? 0) + 1);
    }
  };
  for (const node of nodes) for (const argument of node.arguments.values()) count(argument);
  return uses;
}

/** What has been followed without computing it, as a tensor. */
function materialise(call: Call, value: Value): View | undefined {
  if (value.kind === 'scores' || value.kind === 'probabilities') return scoresView(call, value);
  if (value.kind === 'last-mean') return overAxes(call, value.of, [value.of.dims.length - 1], true).view;
  return value.kind === 'centred' || value.kind === 'square' || value.kind === 'moment'
    ? normPart(call, value)
    : undefined;
}

function convert(conversion: Conversion, node: ExportedNode): void {
  if (SKIPPED.test(node.op)) return;
  const call = new Call(conversion, node);
  const constant = evaluateConstant(call) ?? comparedTokens(call);
  const rule = RULES.get(node.op.split('.').slice(0, 2).join('.'));
  if (constant === undefined && rule === undefined)
    call.unsupported('is not supported: docs/from-pytorch.md lists the ops that are.');
  const given = constant ?? (rule as NonNullable<typeof rule>)(call);
  const results: readonly Value[] = Array.isArray(given) ? (given as readonly Value[]) : [given as Value];
  for (const [at, name] of node.outputs.entries()) {
    if (name === '') continue;
    if (results[at] === undefined) conversion.notGiven.set(name, node);
    else conversion.values.set(name, results[at]);
  }
  const changed = changedBy(node);
  if (changed !== undefined && results.length > 0) conversion.values.set(changed, results[0]);
}

function describedInput({ input }: ExportedGraph, { vocabulary }: Conversion): DescribedInput {
  const shape = input.shape.slice(1);
  if (!input.integer) return { kind: 'real', shape: shape as number[] }; // parseDescription refuses what is none
  if (shape.length !== 1 || vocabulary === undefined)
    throw new UnsupportedError(
      `pt2: the input ${quoted(input.name)} is of integers, which is supported as ids of tokens [batch, length] for an embedding.`,
    );
  return { kind: 'token', length: shape[0] as number, vocabulary };
}

/** The nodes that the result needs, in order. */
function needed(conversion: Conversion, result: string): object[] {
  const ids = new Set([result]);
  const kept: object[] = [];
  for (const { id, op, inputs, attributes } of [...conversion.writer.nodes].reverse()) {
    if (!ids.has(id)) continue;
    for (const input of inputs) ids.add(input);
    kept.unshift({ id, op, inputs, ...attributes });
  }
  return kept;
}

/** Names of the parameters of a node. */
function parametersNamed(node: DescribedNode): readonly string[] {
  return (['weight', 'bias'] as const).flatMap((field) =>
    field in node ? [(node as unknown as Record<typeof field, string>)[field]] : [],
  );
}

/** Parameters in PyTorch's order and then buffers, as far as nodes name them. */
function orderedTensors(
  { nodes }: NetworkDescription,
  { tensors }: Conversion,
  names: readonly string[],
  notes: string[],
): Pick<ExportedNetwork, 'tensors' | 'parameters'> {
  const named = new Set<string>();
  for (const node of nodes)
    for (const name of [...parametersNamed(node), ...buffersNamed(node)]) named.add(name);
  const parameters = names.filter((name) => named.has(name));
  const unused = names.filter((name) => !named.has(name));
  if (unused.length > 0)
    notes.push(
      `The network does not use ${unused.slice(0, 5).map(quoted).join(', ')}${unused.length > 5 ? ' and others' : ''}: left out.`,
    );
  const order = [...parameters, ...[...named].filter((name) => !parameters.includes(name))];
  const ordered = order.map((name): [string, NetworkTensor] => [
    name,
    tensors.get(name) ?? refuse(`no tensor ${quoted(name)}.`),
  ]);
  return { tensors: new Map(ordered), parameters };
}
