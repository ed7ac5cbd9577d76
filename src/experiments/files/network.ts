/** @file Networks as safetensors files of a PyTorch nn.Sequential. */
import { type Activation, type ClassificationData, fromTorchOrder, Mlp, toTorchOrder } from '../../autodiff/index.ts';
import type { Vec } from '../../linalg/index.ts';
import { readSafetensors, type Tensor, type TensorInput, writeSafetensors } from '../../linalg/io/index.ts';
import { CommandError } from '../command-error.ts';
import { parseInput } from './read-input.ts';

/** A network and its parameters in our own layout. */
export interface Network {
  readonly model: Mlp;
  readonly theta: Vec;
}

/**
 * Reads `0.weight` [out, in], `0.bias` [out], `2.weight`, …: linear layers in numeric order, the activation between.
 *
 * @throws {CommandError} other names or types, a layer without bias, sizes that do not chain, NaN or ±∞.
 */
export function readNetwork(file: string, activation: Activation): Network {
  return parseInput(file, (bytes) => networkFrom(readSafetensors(bytes), activation));
}

/** The bytes of the safetensors file of a network, F64. */
export function networkBytes({ model, theta }: Network): Uint8Array {
  const flat = toTorchOrder(model, theta);
  const tensors: [string, TensorInput][] = [];
  for (const { index, inputs, outputs, offset } of model.layers) {
    const bias = offset + inputs * outputs;
    tensors.push([`${2 * index}.weight`, { shape: [outputs, inputs], data: flat.subarray(offset, bias) }]);
    tensors.push([`${2 * index}.bias`, { shape: [outputs], data: flat.subarray(bias, bias + outputs) }]);
  }
  return writeSafetensors(tensors);
}

/** Refuses examples that the network cannot read, naming both files. */
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

function networkFrom(tensors: ReadonlyMap<string, Tensor>, activation: Activation): Network {
  const positions = new Set<number>();
  for (const [name, { dtype }] of tensors) {
    const match = /^(\d{1,9})\.(weight|bias)$/.exec(name);
    if (match === null) throw new CommandError(`tensor ${JSON.stringify(name)} is not of the form 0.weight, 0.bias.`);
    if (dtype === 'I64' || dtype === 'I32')
      throw new CommandError(`tensor ${name} holds integers (${dtype}), not parameters.`);
    positions.add(Number(match[1]));
  }
  if (positions.size === 0) throw new CommandError('it holds no tensors.');
  const sizes: number[] = [];
  const parts: Vec[] = [];
  for (const k of [...positions].sort((a, b) => a - b)) {
    const weight = tensors.get(`${k}.weight`);
    const bias = tensors.get(`${k}.bias`);
    if (weight === undefined) throw new CommandError(`${k}.weight is missing beside ${k}.bias.`);
    if (bias === undefined) throw new CommandError(`${k}.bias is missing: layers without bias are not supported.`);
    const [outputs, inputs] = weight.shape;
    if (weight.shape.length !== 2)
      throw new CommandError(`${k}.weight has shape [${weight.shape.join(', ')}], expected [out, in].`);
    if (bias.shape.length !== 1 || bias.shape[0] !== outputs)
      throw new CommandError(`${k}.bias has shape [${bias.shape.join(', ')}], expected [${outputs}].`);
    const before = sizes.at(-1);
    if (before !== undefined && before !== inputs)
      throw new CommandError(`${k}.weight reads ${inputs} values, the layer before it writes ${before}.`);
    checkFinite(`${k}.weight`, weight.data);
    checkFinite(`${k}.bias`, bias.data);
    if (sizes.length === 0) sizes.push(inputs);
    sizes.push(outputs);
    parts.push(weight.data, bias.data);
  }
  const model = new Mlp(sizes, activation);
  if (model.outputs < 2)
    throw new CommandError('the last layer has one output; cross-entropy needs at least two classes.');
  const flat = new Float64Array(model.parameterCount);
  let at = 0;
  for (const part of parts) {
    flat.set(part, at);
    at += part.length;
  }
  return { model, theta: fromTorchOrder(model, flat) };
}

function checkFinite(name: string, data: Vec): void {
  const bad = data.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) throw new CommandError(`${name} holds ${data[bad]} at position ${bad}; all must be finite.`);
}
