/** @file Networks as safetensors files of a PyTorch nn.Sequential, and the examples that fit them. */
import {
  type Activation,
  type ClassificationData,
  type Mlp,
  readTorchParameters,
  writeTorchParameters,
} from '../../autodiff/index.ts';
import type { Vec } from '../../linalg/index.ts';
import { readSafetensors, writeSafetensors } from '../../linalg/io/index.ts';
import { CommandError } from '../command-error.ts';
import { parseInput } from './read-input.ts';

/** A network and its parameters in our own layout. */
export interface Network {
  readonly model: Mlp;
  readonly theta: Vec;
}

/**
 * Reads a network whose outputs are scores of classes, or plain numbers.
 *
 * @throws {CommandError} not such a file, NaN or ±∞ in it, fewer than two classes.
 */
export function readNetwork(
  file: string,
  activation: Activation,
  outputs: 'classes' | 'numbers' = 'classes',
): Network {
  const network = parseInput(file, (bytes) => readTorchParameters(readSafetensors(bytes), activation));
  if (outputs === 'classes' && network.model.outputs < 2)
    throw new CommandError(
      `${file}: the last layer has one output; cross-entropy needs at least two classes.`,
    );
  return network;
}

/** The bytes of the safetensors file of a network, F64. */
export function networkBytes({ model, theta }: Network): Uint8Array {
  return writeSafetensors(writeTorchParameters(model, theta));
}

/** Refuses examples that the network cannot read, naming the file at fault. */
export function checkExamples(
  { model }: Network,
  { inputs, labels }: ClassificationData,
  inputsFile: string,
  labelsFile: string,
): void {
  if (inputs.cols !== model.inputs)
    throw new CommandError(`${inputsFile} has ${inputs.cols} features, the network reads ${model.inputs}.`);
  for (const [i, label] of labels.entries())
    if (label >= model.outputs)
      throw new CommandError(
        `${labelsFile}: label ${i} is ${label}; the network has ${model.outputs} classes, 0..${model.outputs - 1}.`,
      );
}
