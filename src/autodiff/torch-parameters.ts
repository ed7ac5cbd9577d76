/** @file Parameters of a PyTorch network of linear layers ↔ an Mlp and its θ. */

import { checkObject, checkOptions } from '../linalg/border/arguments.ts';
import { describe } from '../linalg/border/describe.ts';
import { asVector, type VectorInput } from '../linalg/border/vector.ts';
import { checkFinite, checkLength } from '../linalg/checks.ts';
import { DomainError } from '../linalg/errors.ts';
import type { Tensor } from '../linalg/io/safetensors.ts';
import type { Vec } from '../linalg/matrix.ts';
import { asMlp } from './as-model.ts';
import { type Activation, asLoss, functionName, type Loss } from './functions.ts';
import { checkChain, listed } from './layer-order.ts';
import type { StoredLoss } from './losses/loss-name.ts';
import { Mlp, type MlpTie } from './mlp.ts';
import {
  ARCHITECTURE_KEY,
  type DescribedNetwork,
  LOSS_KEY,
  PREPROCESSING_KEY,
  readAliases,
  readArchitecture,
  readLoss,
} from './network-metadata.ts';
import { refuse } from './refuse-parameters.ts';
import { findModules, linearLayer, type StoredLayer, type StoredLayers, storedLayers } from './state-dict.ts';
import { fromTorchOrder, torchTensors, toTorchOrder } from './torch-order.ts';

/** A tensor that is written without rounding. */
export type DoubleTensor = Tensor & { readonly dtype: 'F64' };

/** What may be said about a file of parameters, beside its activation. */
export interface ReadParametersOptions {
  /** `__metadata__` of the file; default: what `readSafetensors` read with the tensors, if they come from there. */
  readonly metadata?: ReadonlyMap<string, string> | Readonly<Record<string, string>>;
  /** Names of the linear modules in the order of the network, where names and shapes do not tell, e.g. ['input', 'hidden', 'output']. */
  readonly layers?: readonly string[];
  /** The loss that the network is to be used with: a file that says it was trained with another is refused. */
  readonly loss?: Loss;
}

/** A network from a file. */
export interface TorchParameters {
  readonly model: Mlp;
  /** In the model's layout. */
  readonly theta: Vec;
  /** Names of the linear modules, as in the file. */
  readonly layers: readonly string[];
  /** Tensors of the file that belong to no linear layer: not read. */
  readonly ignored: readonly string[];
  /** What the file says it was trained with; undefined: the file does not say. */
  readonly loss: StoredLoss | undefined;
  /** What was done to the inputs before training, as the file says; undefined: the file does not say. */
  readonly preprocessing: string | undefined;
  /** Whether the file itself says which activation lies between the layers. */
  readonly described: boolean;
}

/**
 * The network of a PyTorch state dict: linear layers, with or without bias, one activation between any two.
 *
 * Modules may have any names: 0, 2, 4 of an nn.Sequential, fc1 … fc10, net.0, layers.0, and these behind `module.`, `_orig_mod.` or `model.`. Order:
 * {@link ReadParametersOptions.layers}, the architecture in the metadata, the numbers in the names, or the only order in which
 * shapes chain. Names in `__metadata__` that stand for other tensors, as `safetensors.torch.save_model` writes them, are followed: such layers
 * are tied, and θ holds what they share once.
 *
 * PyTorch stores no activations. A file with `eigenfluence.architecture` in its metadata (see {@link networkMetadata}) says which, and is held
 * against the tensors and against what is given here.
 *
 * @param file - As read by `readSafetensors`: float tensors of any width, in any order; or a record of such tensors. Not modified.
 * @param activation - φ between the layers. May be absent where the file says it, and for one layer.
 * @throws {FormatError} no layer; modules that are not linear, by their name (BatchNorm, LayerNorm, convolution, attention, …); a bias
 * without weight, integer tensors, wrong dimensions, shapes that do not chain, an order that cannot be known; neighbours N, N + 1 of an
 * nn.Sequential (no activation lies between them) unless φ is the identity; aliases that lead nowhere; metadata that contradict the tensors;
 * an activation or loss other than the file's; no activation known.
 * @throws {NonFiniteError} a parameter is NaN or ±∞. @throws {DomainError} an unknown activation.
 * @example readTorchParameters(readSafetensors(bytes), 'tanh').model.sizes; // [64, 16, 10]
 */
export function readTorchParameters(
  file: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>,
  activation?: Activation,
  options: ReadParametersOptions = {},
): TorchParameters {
  checkOptions('readTorchParameters', options, ['metadata', 'layers', 'loss']);
  if (options.layers !== undefined && !isListOfStrings(options.layers))
    throw new DomainError(
      'readTorchParameters',
      'layers',
      'a list of names',
      options.layers,
      describe(options.layers),
    );
  if (options.loss !== undefined) asLoss('readTorchParameters', 'loss', options.loss);
  const tensors = asTensors(file);
  const metadata = metadataOf(file, options.metadata);
  const text = metadata.get(ARCHITECTURE_KEY);
  const architecture = text === undefined ? undefined : readArchitecture(text);
  const loss = agreedLoss(architecture, metadata.get(LOSS_KEY), options.loss);
  const phi = agreedActivation(architecture, activation);
  const aliases = readAliases(metadata, tensors);
  const found =
    architecture === undefined
      ? storedLayers(tensors, aliases, options.layers, phi === 'identity')
      : describedLayers(tensors, aliases, architecture, options.layers);
  const { layers, ignored } = found;
  if (phi === undefined && layers.length > 1)
    refuse(
      'the file does not say which activation lies between its layers: it has to be given (--activation on the command line).',
    );
  const sizes = [layers[0].inputs, ...layers.map(({ outputs }) => outputs)];
  const bias = layers.map((layer) => layer.bias !== undefined);
  const model = new Mlp(sizes, phi ?? 'identity', { bias, ties: tiesOf(layers) });
  const flat = new Float64Array(model.parameterCount);
  let at = 0;
  for (const { kind, layer, rows, cols } of torchTensors(model)) {
    const name = layers[layer][kind];
    const data = name === undefined ? undefined : tensors.get(name)?.data;
    if (data === undefined) continue;
    checkLength('readTorchParameters', name ?? '', data, rows * cols);
    checkFinite('readTorchParameters', name ?? '', data);
    flat.set(data, at);
    at += data.length;
  }
  return {
    model,
    theta: fromTorchOrder(model, flat),
    layers: layers.map(({ name }) => name),
    ignored,
    loss,
    preprocessing: metadata.get(PREPROCESSING_KEY),
    described: architecture !== undefined,
  };
}

/**
 * θ as the tensors of `nn.Sequential(Linear, φ, Linear, …)`: `0.weight`, `0.bias`, `2.weight`, …, float64, for
 * `writeSafetensors`. What tied layers share is there once, under the name of the first of them; {@link networkMetadata} says so.
 * With it the inverse of {@link readTorchParameters}.
 *
 * @throws {ShapeError} θ has another length than the model's.
 */
export function writeTorchParameters(model: Mlp, theta: VectorInput): Map<string, DoubleTensor> {
  const network = asMlp('writeTorchParameters', 'model', model);
  const values = asVector('writeTorchParameters', 'theta', theta);
  checkLength('writeTorchParameters', 'theta', values, network.parameterCount);
  const flat = toTorchOrder(network, values);
  const out = new Map<string, DoubleTensor>();
  let at = 0;
  for (const { kind, layer, rows, cols } of torchTensors(network)) {
    out.set(`${2 * layer}.${kind}`, {
      shape: kind === 'weight' ? [rows, cols] : [rows],
      dtype: 'F64',
      data: flat.slice(at, at + rows * cols),
    });
    at += rows * cols;
  }
  return out;
}

/** The tensors of a Map or a record, each looked at: a shape, a dtype. */
function asTensors(
  file: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>,
): ReadonlyMap<string, Tensor> {
  const where = 'readTorchParameters';
  if (ArrayBuffer.isView(file))
    throw new DomainError(where, 'file', 'what readSafetensors returns', file, 'bytes: read them first');
  checkObject(where, 'file', file);
  const tensors = file instanceof Map ? (file as ReadonlyMap<string, Tensor>) : new Map(Object.entries(file));
  for (const [name, tensor] of tensors) {
    checkObject(where, `tensor ${JSON.stringify(String(name).slice(0, 60))}`, tensor);
    if (typeof name !== 'string' || typeof tensor.dtype !== 'string' || !Array.isArray(tensor.shape))
      throw new DomainError(
        where,
        `tensor ${JSON.stringify(String(name).slice(0, 60))}`,
        'one of readSafetensors, { shape, dtype, data }',
        tensor,
        describe(tensor),
      );
  }
  return tensors;
}

function isListOfStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function metadataOf(tensors: unknown, given: ReadParametersOptions['metadata']): ReadonlyMap<string, string> {
  if (given instanceof Map) return given as ReadonlyMap<string, string>;
  if (given !== undefined) return new Map(Object.entries(given));
  const own = (tensors as { readonly metadata?: unknown } | null | undefined)?.metadata;
  return own instanceof Map ? (own as ReadonlyMap<string, string>) : new Map();
}

/** The loss of the file; refused where it contradicts itself or the caller. */
function agreedLoss(
  architecture: DescribedNetwork | undefined,
  text: string | undefined,
  wanted: Loss | undefined,
): StoredLoss | undefined {
  const own = text === undefined ? undefined : readLoss(text);
  const described = architecture?.loss;
  if (own !== undefined && described !== undefined && own !== described)
    refuse(`the metadata contradict themselves: ${LOSS_KEY} is ${own}, the architecture says ${described}.`);
  const loss = own ?? described;
  if (loss !== undefined && wanted !== undefined && loss !== functionName(wanted))
    refuse(`the network was trained with the loss ${loss}, but ${functionName(wanted)} is asked for.`);
  return loss;
}

function agreedActivation(
  architecture: DescribedNetwork | undefined,
  given: Activation | undefined,
): Activation | undefined {
  const own = architecture?.activation;
  if (own !== undefined && given !== undefined && own !== given)
    refuse(`the network has ${own} between its layers, as its metadata say, but ${given} is given.`);
  return given ?? own;
}

/** The layers that a description names, held against the tensors that are there. */
function describedLayers(
  tensors: ReadonlyMap<string, Tensor>,
  aliases: ReadonlyMap<string, string>,
  { inputs, layers: described }: DescribedNetwork,
  order: readonly string[] | undefined,
): StoredLayers {
  const { ignored } = findModules(tensors, aliases);
  const used = new Set<string>();
  const resolved = (name: string): string => {
    const kept = tensors.has(name) ? name : aliases.get(name);
    if (kept === undefined) contradiction(`${JSON.stringify(name.slice(0, 60))} is not in the file`);
    used.add(kept);
    return kept;
  };
  const layers = described.map(({ id, weight, bias }) =>
    linearLayer(
      id,
      { weight: resolved(weight), bias: bias === undefined ? undefined : resolved(bias) },
      tensors,
    ),
  );
  for (const name of tensors.keys())
    if (/(^|\.)(weight|bias)$/.test(name) && !used.has(name))
      contradiction(`${JSON.stringify(name.slice(0, 60))} is in no layer of it`);
  if (layers[0].inputs !== inputs)
    contradiction(`its input has ${inputs} features, the first layer reads ${layers[0].inputs}`);
  if (order !== undefined && order.join() !== layers.map(({ name }) => name).join())
    contradiction(`its layers are ${listed(layers.map(({ name }) => name))}, but ${listed(order)} are named`);
  return { layers: checkChain(layers), ignored };
}

function contradiction(what: string): never {
  return refuse(`${ARCHITECTURE_KEY} contradicts what is there: ${what}.`);
}

/** Which layers share what, by the names of the tensors that they use. */
function tiesOf(layers: readonly StoredLayer[]): MlpTie[] {
  const ties: MlpTie[] = [];
  for (const [l, layer] of layers.entries()) {
    const source = layers.findIndex(({ weight }) => weight === layer.weight);
    const shared = layers.findIndex(({ bias }) => bias !== undefined && bias === layer.bias);
    if (source === l) {
      if (layer.bias !== undefined && shared !== l) tiedBiasOnly(layers[shared].name, layer.name);
      continue;
    }
    const same = layers.findIndex((other) => other.weight === layer.weight && other.bias === layer.bias);
    if (same < l) ties.push({ layer: l, source: same, shares: 'layer' });
    else {
      if (layer.bias !== undefined && shared !== l) tiedBiasOnly(layers[shared].name, layer.name);
      ties.push({ layer: l, source, shares: 'weight' });
    }
  }
  return ties;
}

function tiedBiasOnly(first: string, second: string): never {
  return refuse(`layers ${first} and ${second} are tied by their bias alone, which is not supported.`);
}
