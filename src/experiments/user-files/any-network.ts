/** @file Whatever network the options name: linear layers with an activation, a description, or an archive of PyTorch. */
import { CommanderError } from 'commander';
import { functionName } from '../../autodiff/functions.ts';
import {
  type Activation,
  GraphNetwork,
  type Loss,
  type Mlp,
  type NetworkFacts,
  torchPermutation,
  usesLabels,
  writeGraphNetwork,
} from '../../autodiff/index.ts';
import type { Vec } from '../../linalg/index.ts';
import { writeSafetensors } from '../../linalg/io/index.ts';
import { CommandError, USAGE } from '../files/command-error.ts';
import { packageVersion } from '../judging/versions.ts';
import { text, whole } from '../terminal/options.ts';
import {
  graphLines,
  graphWarnings,
  readArchitectureFile,
  readModelFile,
  type ToldGraph,
} from './graph-file.ts';
import { networkBytes, networkLines, networkWarnings, readNetwork, type ToldNetwork } from './network.ts';

/** What a file says of a network of either kind. */
export type Told = ToldNetwork | ToldGraph;

/** A network of either kind. */
export interface AnyNetwork {
  readonly network: { readonly model: Mlp | GraphNetwork; readonly theta: Vec };
  readonly told: Told;
  /** θ[order[t]] is the parameter that PyTorch has at position t. */
  readonly order: Int32Array;
}

/** How a command names networks: files of parameters, alone or with one description, or archives. */
export interface NetworkOptions {
  readonly params?: readonly string[] | undefined;
  readonly architecture?: string | undefined;
  readonly model?: readonly string[] | undefined;
  readonly activation?: Activation | undefined;
  readonly layers?: string | undefined;
  readonly paddingToken?: number | undefined;
}

/** Help of --architecture. */
export const ARCHITECTURE_FILE = text(
  '<A.json>',
  'description of the network (format eigenfluence-architecture) whose parameters --params holds: convolutions, norms, attention, …',
);
/** Help of --padding-token. */
export const PADDING_TOKEN = whole(
  '<id>',
  'with a --model of (ids, attention mask): the id of padding; the mask is 1 where ids are others',
  0,
);
/** What --model takes. */
export const MODEL_FORM =
  "PyTorch's torch.export.save(torch.export.export(model.eval(), (x,)), path), instead of --params";

/**
 * Refuses options that do not go together.
 *
 * @param required - The declaration of --params as it is told when no network is named.
 * @throws {CommandError} | {CommanderError} of usage.
 */
export function checkNetworkOptions(options: NetworkOptions, required: string): void {
  const { params, architecture, model, activation, layers, paddingToken } = options;
  const refuse = (option: string, why: string): never => {
    throw new CommandError(`${option} ${why}.`, USAGE);
  };
  const by = model !== undefined ? '--model' : architecture !== undefined ? '--architecture' : undefined;
  if (by !== undefined && activation !== undefined)
    refuse('--activation', `does not go with ${by}, which says what lies between layers`);
  if (by !== undefined && layers !== undefined)
    refuse('--layers', `does not go with ${by}, which says the order of layers`);
  if (model === undefined && paddingToken !== undefined)
    refuse('--padding-token', 'goes with --model, whose second input is a mask');
  if (model !== undefined && params !== undefined)
    refuse('--params', 'does not go with --model, which holds the parameters');
  if (model !== undefined && architecture !== undefined)
    refuse('--architecture', 'does not go with --model, which holds the network');
  if (model === undefined && params === undefined)
    throw new CommanderError(2, 'eigenfluence.missing', `required option '${required}' not specified`);
}

/** The files of the networks. */
export function networkFiles({ params, model }: NetworkOptions): readonly string[] {
  return params ?? model ?? [];
}

/** Reads every network that the options name. @throws {CommandError} naming the file at fault. */
export function readNetworks(options: NetworkOptions, loss: Loss): AnyNetwork[] {
  const { architecture, model, paddingToken } = options;
  return networkFiles(options).map((file): AnyNetwork => {
    if (model === undefined && architecture === undefined) {
      const { network, told } = readNetwork(file, options, loss);
      return { network, told, order: torchPermutation(network.model) };
    }
    const read =
      architecture === undefined
        ? readModelFile(file, paddingToken)
        : readArchitectureFile(architecture, file);
    if (usesLabels(loss) && read.network.model.outputs < 2)
      throw new CommandError(
        `${file}: the network has one output; ${functionName(loss)} needs at least two classes.`,
      );
    checkTrainedWith(file, read.told, loss);
    return read;
  });
}

/** Refuses a network that says that it was trained with another loss. */
function checkTrainedWith(file: string, { loss: own }: ToldGraph, loss: Loss): void {
  if (own !== null && own !== functionName(loss))
    throw new CommandError(
      `${file}: the network was trained with the loss ${own}, but ${functionName(loss)} is asked for.`,
    );
}

/** The bytes of the safetensors file of a network of either kind, F64, with what is known of it. */
export function savedNetwork(model: Mlp | GraphNetwork, theta: Vec, facts: NetworkFacts): Uint8Array {
  if (!(model instanceof GraphNetwork)) return networkBytes({ model, theta }, facts);
  const { tensors, metadata } = writeGraphNetwork(model, theta, { version: packageVersion(), ...facts });
  return writeSafetensors(tensors, metadata);
}

/** What a reader should know of a network, in sentences. */
export function toldLines(told: Told): string[] {
  return 'nodes' in told ? graphLines(told) : networkLines(told);
}

/** Doubts about a network, in sentences. */
export function toldWarnings(told: Told): string[] {
  return 'nodes' in told ? graphWarnings(told) : networkWarnings(told);
}
