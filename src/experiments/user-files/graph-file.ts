/** @file Networks beyond the MLP from files: architecture.json with safetensors, or a .pt2 archive of PyTorch. */
import { inflateRawSync } from 'node:zlib';
import {
  GraphNetwork,
  type GraphTensor,
  parseDescription,
  readExportedNetwork,
  type StoredLoss,
  torchPermutation,
} from '../../autodiff/index.ts';
import { isStoredLoss } from '../../autodiff/losses/loss-name.ts';
import { DomainError, type Vec } from '../../linalg/index.ts';
import { readSafetensors } from '../../linalg/io/index.ts';
import { CommandError } from '../files/command-error.ts';
import { parseInput } from '../files/read-input.ts';

/** What a file says of a network that is no chain of layers. */
export interface ToldGraph {
  readonly file: string;
  readonly nodes: number;
  readonly input: { readonly [field: string]: string | number | readonly number[] };
  /** Names and shapes, in the order of rows and columns of matrices. */
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly loss: StoredLoss | null;
  readonly preprocessing: string | null;
  readonly notes: readonly string[];
}

/** A network with its parameters, and where each of PyTorch's stands in θ. */
export interface GraphFile {
  readonly network: { readonly model: GraphNetwork; readonly theta: Vec };
  readonly told: ToldGraph;
  /** θ[order[t]] is the parameter that PyTorch, or the description, has at position t. */
  readonly order: Int32Array;
}

/** Reads `--architecture A.json --params P.safetensors`. @throws {CommandError} naming the file at fault. */
export function readArchitectureFile(architecture: string, params: string): GraphFile {
  const description = parseInput(architecture, (bytes) => parseDescription(new TextDecoder().decode(bytes)));
  return parseInput(params, (bytes) => {
    const file = readSafetensors(bytes);
    const said = (key: string): string | undefined => file.metadata.get(`eigenfluence.${key}`);
    const own = said('loss');
    const loss = description.loss ?? (isStoredLoss(own) ? own : undefined);
    const known = { file: params, loss: loss ?? null, preprocessing: said('preprocessing') ?? null };
    const model = new GraphNetwork(description, file, file);
    const unused = [...file.keys()].filter((name) => !isUsed(model, name));
    const notes =
      unused.length === 0
        ? []
        : [
            `tensors that no node names were left out: ${unused.slice(0, 6).join(', ')}${unused.length > 6 ? ', …' : ''}.`,
          ];
    return graphFile(
      model,
      file,
      known,
      notes,
      model.parameters.map(({ name }) => name),
    );
  });
}

/** Reads `--model M.pt2`. @param paddingToken - Of `--padding-token`. @throws {CommandError} naming the file. */
export function readModelFile(file: string, paddingToken?: number): GraphFile {
  return parseInput(file, (bytes) => {
    const inflateRaw = (packed: Uint8Array, size: number): Uint8Array =>
      inflateRawSync(packed, { maxOutputLength: Math.max(size, 1) });
    const { description, tensors, parameters, notes } = readExportedNetwork(bytes, {
      inflateRaw,
      ...(paddingToken === undefined ? {} : { paddingToken }),
    });
    const model = new GraphNetwork(description, tensors, tensors);
    return graphFile(model, tensors, { file, loss: null, preprocessing: null }, notes, parameters);
  });
}

/** What a file of parameters has for a network that is known, and what it says of its own. */
export interface GraphParameters {
  readonly theta: Vec;
  /** As text; undefined: the file does not say. */
  readonly architecture: string | undefined;
  readonly loss: string | undefined;
  /** Of the file: what else it says, names that stand for the same tensor among it. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * The parameters of a network from tensors of its names, e.g. a `state_dict()`. A name that `safetensors.torch.save_model` left out because
 * another tensor is the same one is read from that one.
 *
 * @throws {FormatError} no safetensors. @throws {DomainError} | {ShapeError} a tensor is missing or of another shape; statistics of a frozen
 * norm that are not those of the network.
 */
export function readGraphParameters(model: GraphNetwork, bytes: Uint8Array): GraphParameters {
  const file = readSafetensors(bytes);
  const tensors = new Map<string, GraphTensor>(file);
  for (const { name } of model.parameters) {
    const same = file.metadata.get(name);
    const kept = same === undefined ? undefined : file.get(same);
    if (!tensors.has(name) && kept !== undefined) tensors.set(name, kept);
  }
  for (const [name, known] of model.buffers) {
    const own = file.get(name);
    if (own !== undefined && known.some((value, i) => value !== own.data[i]))
      throw new DomainError('checkpoint', name, "that of the network: a frozen norm's statistics do not move", 'another'); // biome-ignore format: one line
  }
  return {
    theta: model.fromTensors(tensors),
    architecture: file.metadata.get('eigenfluence.architecture'),
    loss: file.metadata.get('eigenfluence.loss'),
    metadata: file.metadata,
  };
}

function isUsed({ parameters, buffers }: GraphNetwork, name: string): boolean {
  return buffers.has(name) || parameters.some((parameter) => parameter.name === name);
}

function graphFile(
  model: GraphNetwork,
  tensors: ReadonlyMap<string, GraphTensor>,
  known: Pick<ToldGraph, 'file' | 'loss' | 'preprocessing'>,
  notes: readonly string[],
  names: readonly string[],
): GraphFile {
  const theta = model.fromTensors(tensors);
  const bad = theta.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new CommandError(`${known.file}: a parameter is ${theta[bad]}; all must be finite.`);
  const own = new Map(model.parameters.map((parameter) => [parameter.name, parameter]));
  const parameters = names.flatMap((name) => own.get(name) ?? []);
  const { nodes, input } = model.description;
  return {
    network: { model, theta },
    order: orderOf(model, parameters),
    told: {
      ...known,
      nodes: nodes.length,
      input: { ...input },
      parameters: parameters.map(({ name, shape }) => ({ name, shape })),
      notes,
    },
  };
}

/** Places in θ of the tensors one after the other, each row-major. */
function orderOf(model: GraphNetwork, parameters: GraphNetwork['parameters']): Int32Array {
  if (parameters.length !== model.parameters.length) return torchPermutation(model);
  return Int32Array.from(parameters.flatMap(({ name }) => [...model.places(name)]));
}

/** What a reader should know of the network, in sentences. */
export function graphLines({ file, nodes, parameters, loss, preprocessing }: ToldGraph): string[] {
  const count = parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const unknown = [
    ...(loss === null ? ['the loss it was trained with'] : []),
    ...(preprocessing === null ? ['how its inputs were prepared'] : []),
  ];
  return [
    `${file}: a network of ${nodes} nodes, ${count} parameters in ${parameters.length} tensors`,
    ...(unknown.length === 0 ? [] : [`not recorded in the file, so taken on trust: ${unknown.join('; ')}`]),
  ];
}

/** Doubts, in sentences. */
export function graphWarnings({ file, notes, preprocessing }: ToldGraph): string[] {
  return [
    ...notes.map((note) => `${file}: ${note}`),
    ...(preprocessing === null || preprocessing === 'none'
      ? []
      : [
          `${file}: it was trained on inputs prepared as "${preprocessing.slice(0, 200)}"; prepare the inputs you give in the same way.`,
        ]),
  ];
}
