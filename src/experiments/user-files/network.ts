/** @file Networks as safetensors files, what the files say of them, and the examples that fit them. */
import { functionName } from '../../autodiff/functions.ts';
import {
  type Activation,
  type Dataset,
  type Loss,
  type Mlp,
  type NetworkFacts,
  networkMetadata,
  readTorchParameters,
  type StoredLoss,
  usesLabels,
  writeTorchParameters,
} from '../../autodiff/index.ts';
import type { Vec } from '../../linalg/index.ts';
import { readSafetensors, writeSafetensors } from '../../linalg/io/index.ts';
import { CommandError } from '../files/command-error.ts';
import { parseInput } from '../files/read-input.ts';
import { packageVersion } from '../judging/versions.ts';

/** A network and its parameters in our own layout. */
export interface Network {
  readonly model: Mlp;
  readonly theta: Vec;
}

/** A network with what its file says of it, and what it does not. */
export interface StoredNetwork {
  readonly network: Network;
  readonly told: ToldNetwork;
}

/** For figures and lines; null: the file does not say. */
export interface ToldNetwork {
  readonly file: string;
  readonly sizes: readonly number[];
  readonly layers: readonly string[];
  readonly biases: readonly boolean[];
  /** Names of layers that share parameters, group by group. */
  readonly tied: readonly (readonly string[])[];
  /** Pairs of layers with the same weights that are read as parameters of their own. */
  readonly alike: readonly (readonly [string, string])[];
  readonly activation: Activation;
  /** Who says what lies between the layers. */
  readonly activationFrom: 'file' | 'option' | 'nothing lies between';
  readonly loss: StoredLoss | null;
  readonly preprocessing: string | null;
  /** Tensors of the file that are not read. */
  readonly ignored: readonly string[];
}

/** What the caller says of a network. */
export interface SaidOfNetwork {
  readonly activation?: Activation | undefined;
  /** Names of the linear modules in their order, separated by commas. */
  readonly layers?: string | undefined;
}

/**
 * Reads a network, and holds what its file says against what the caller says.
 *
 * @param loss - What it is to be used with: cross-entropy needs at least two outputs.
 * @throws {CommandError} not such a file, NaN or ±∞ in it, another activation or loss than said, fewer than two classes.
 */
export function readNetwork(file: string, said: SaidOfNetwork, loss: Loss): StoredNetwork {
  const { activation } = said;
  const layers = layerNames(said);
  const read = parseInput(file, (bytes) =>
    readTorchParameters(readSafetensors(bytes), activation, {
      loss,
      ...(layers === undefined ? {} : { layers }),
    }),
  );
  const { model, theta } = read;
  if (usesLabels(loss) && model.outputs < 2)
    throw new CommandError(
      `${file}: the last layer has one output; ${functionName(loss)} needs at least two classes.`,
    );
  const told: ToldNetwork = {
    file,
    sizes: model.sizes,
    layers: read.layers,
    biases: model.options.bias,
    tied: model.blocks
      .filter((block) => block.layers.length > 1)
      .map((block) => block.layers.map(({ index }) => read.layers[index])),
    alike: alikeLayers(model, theta).map(([a, b]) => [read.layers[a], read.layers[b]]),
    activation: model.activation,
    activationFrom: model.layers.length === 1 ? 'nothing lies between' : read.described ? 'file' : 'option',
    loss: read.loss ?? null,
    preprocessing: read.preprocessing ?? null,
    ignored: read.ignored,
  };
  return { network: { model, theta }, told };
}

/** Layers of their own whose weights are the same numbers, not all of them equal: so a shared weight looks that was saved as copies. */
function alikeLayers(model: Mlp, theta: Vec): [number, number][] {
  const weights = model.layers.map(({ inputs, outputs, width, offset }) =>
    Array.from({ length: outputs }, (_, r) =>
      theta.subarray(offset + r * width, offset + r * width + inputs),
    ),
  );
  const same = (a: number, b: number): boolean =>
    model.layers[a].block !== model.layers[b].block &&
    weights[a].length === weights[b].length &&
    weights[a].every(
      (row, r) => row.length === weights[b][r].length && row.every((w, c) => w === weights[b][r][c]),
    ) &&
    weights[a].some((row) => row.some((w) => w !== weights[a][0][0]));
  return weights.flatMap((_, b) =>
    weights.slice(0, b).flatMap((_, a) => (same(a, b) ? [[a, b] as [number, number]] : [])),
  );
}

/** The names in --layers. */
export function layerNames({ layers }: SaidOfNetwork): string[] | undefined {
  return layers?.split(',').map((name) => name.trim());
}

/** What a reader should know of a network, in sentences. */
export function networkLines({
  file,
  sizes,
  activation,
  activationFrom,
  tied,
  loss,
  preprocessing,
}: ToldNetwork): string[] {
  const { length } = sizes;
  const shape = `${file}: a network of ${length === 2 ? 'one layer' : `${length - 1} layers`}, ${sizes.join('-')}`;
  const between = activationFrom === 'nothing lies between' ? '' : `, with ${activation} between them`;
  const shared = tied.map((names) => `; layers ${names.join(' and ')} are tied`).join('');
  const unknown = [
    ...(activationFrom === 'option' ? [`its activation (${activation} is what --activation says)`] : []),
    ...(loss === null ? ['the loss it was trained with'] : []),
    ...(preprocessing === null ? ['how its inputs were prepared'] : []),
  ];
  return [
    `${shape}${between}${shared}`,
    ...(unknown.length === 0 ? [] : [`not recorded in the file, so taken on trust: ${unknown.join('; ')}`]),
  ];
}

/** Doubts about a network, in sentences. */
export function networkWarnings({ file, alike, ignored, preprocessing }: ToldNetwork): string[] {
  return [
    ...alike.map(
      ([a, b]) =>
        `${file}: layers ${a} and ${b} have the same weights and are read as two; if they are tied, save them by safetensors.torch.save_model, which records it.`,
    ),
    ...(ignored.length === 0
      ? []
      : [
          `${file}: these tensors belong to no linear layer and were left out: ${ignored.slice(0, 6).join(', ')}${ignored.length > 6 ? ', …' : ''}.`,
        ]),
    ...(preprocessing === null || preprocessing === NO_PREPROCESSING
      ? []
      : [
          `${file}: it was trained on inputs prepared as "${preprocessing.slice(0, 200)}"; prepare the inputs you give in the same way.`,
        ]),
  ];
}

/** Inputs were taken as they are. */
export const NO_PREPROCESSING = 'none';

/** The bytes of the safetensors file of a network, F64, with what is known of it. */
export function networkBytes({ model, theta }: Network, facts: NetworkFacts): Uint8Array {
  const metadata = networkMetadata(model, { version: packageVersion(), ...facts });
  return writeSafetensors(writeTorchParameters(model, theta), metadata);
}

/** Refuses examples that the network cannot read, naming the file at fault. */
export function checkExamples(
  { model }: { readonly model: Pick<Mlp, 'inputs' | 'outputs'>; readonly theta: Vec },
  data: Dataset,
  inputsFile: string,
  answersFile: string,
): void {
  const { cols } = data.inputs;
  if (cols !== model.inputs)
    throw new CommandError(`${inputsFile} has ${cols} features, the network reads ${model.inputs}.`);
  if ('targets' in data && data.targets.cols !== model.outputs)
    throw new CommandError(
      `${answersFile} has ${data.targets.cols} numbers per example, the network has ${model.outputs} outputs.`,
    );
  for (const [i, label] of 'labels' in data ? data.labels.entries() : [])
    if (label >= model.outputs)
      throw new CommandError(
        `${answersFile}: label ${i} is ${label}; the network has ${model.outputs} classes, 0..${model.outputs - 1}.`,
      );
}
