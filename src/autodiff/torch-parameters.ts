/** @file Parameters of a PyTorch `nn.Sequential` of linear layers ↔ an Mlp and its θ. */
import { checkFinite, checkLength } from '../linalg/checks.ts';
import { FormatError } from '../linalg/errors.ts';
import type { Tensor } from '../linalg/io/safetensors.ts';
import type { Vec } from '../linalg/matrix.ts';
import type { Activation } from './functions.ts';
import { Mlp } from './mlp.ts';
import { fromTorchOrder, toTorchOrder } from './torch-order.ts';

/** A tensor that is written without rounding. */
export type DoubleTensor = Tensor & { readonly dtype: 'F64' };

/** Module N of the Sequential, as far as it is linear. */
interface Linear {
  readonly position: number;
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/**
 * The network that `N.weight` [out, in] and `N.bias` [out] describe: linear layers in the numeric order of N, the
 * activation between any two. PyTorch stores no activations, so theirs must be given.
 *
 * @param tensors - As read by `readSafetensors`: float tensors of any width, in any order. Not modified.
 * @param activation - φ between the layers.
 * @returns The model, and θ in our layout (see {@link Mlp}).
 * @throws {FormatError} no layer, an unknown key, a weight without bias or the reverse, integer tensors, wrong
 * dimensions, shapes that do not chain, neighbours N, N + 1 (no activation lies between them) unless φ is the identity.
 * @throws {NonFiniteError} a parameter is NaN or ±∞.
 * @example readTorchParameters(readSafetensors(bytes), 'tanh').model.sizes; // [64, 16, 10]
 */
export function readTorchParameters(
  tensors: ReadonlyMap<string, Tensor>,
  activation: Activation,
): { model: Mlp; theta: Vec } {
  const layers = linearLayers(tensors);
  const sizes = [layers[0].weight.shape[1]];
  for (const [i, { position, weight, bias }] of layers.entries()) {
    const [outputs, inputs] = weight.shape;
    if (inputs !== sizes[i])
      refuse(
        `${position}.weight reads ${inputs} inputs, but ${layers[i - 1].position}.weight gives ${sizes[i]}.`,
      );
    if (bias.shape[0] !== outputs)
      refuse(`${position}.bias has ${bias.shape[0]} elements, ${position}.weight gives ${outputs} outputs.`);
    if (i > 0 && position === layers[i - 1].position + 1 && activation !== 'identity')
      refuse(`modules ${position - 1} and ${position} are both linear: no activation lies between them.`);
    sizes.push(outputs);
  }
  const model = new Mlp(sizes, activation);
  const flat = new Float64Array(model.parameterCount);
  let at = 0;
  for (const { position, weight, bias } of layers)
    for (const [kind, { data }] of [
      ['weight', weight],
      ['bias', bias],
    ] as const) {
      checkFinite('readTorchParameters', `${position}.${kind}`, data);
      flat.set(data, at);
      at += data.length;
    }
  return { model, theta: fromTorchOrder(model, flat) };
}

/**
 * θ as the tensors of `nn.Sequential(Linear, φ, Linear, …)`: `0.weight`, `0.bias`, `2.weight`, …, float64, for
 * `writeSafetensors`. The inverse of {@link readTorchParameters}.
 *
 * @throws {ShapeError} θ has another length than the model's.
 */
export function writeTorchParameters(model: Mlp, theta: Vec): Map<string, DoubleTensor> {
  checkLength('writeTorchParameters', 'theta', theta, model.parameterCount);
  const flat = toTorchOrder(model, theta);
  const out = new Map<string, DoubleTensor>();
  for (const { index, inputs, outputs, offset, size } of model.layers) {
    const split = offset + inputs * outputs;
    out.set(`${2 * index}.weight`, {
      shape: [outputs, inputs],
      dtype: 'F64',
      data: flat.slice(offset, split),
    });
    out.set(`${2 * index}.bias`, { shape: [outputs], dtype: 'F64', data: flat.slice(split, offset + size) });
  }
  return out;
}

/** The layers by position, each with weight and bias of the right number of dimensions. */
function linearLayers(tensors: ReadonlyMap<string, Tensor>): Linear[] {
  const positions = new Set<number>();
  for (const [key, { shape, dtype }] of tensors) {
    const match = /^(0|[1-9][0-9]{0,8})\.(weight|bias)$/.exec(key);
    if (match === null)
      refuse(
        `key ${JSON.stringify(key.slice(0, 60))} is unknown; expected N.weight and N.bias of linear layers.`,
      );
    const rank = match[2] === 'weight' ? 2 : 1;
    if (shape.length !== rank || shape.includes(0))
      refuse(`${key} must be ${rank === 2 ? '[outputs, inputs]' : '[outputs]'}, got [${shape.join(', ')}].`);
    if (dtype === 'I64' || dtype === 'I32') refuse(`${key} holds integers (${dtype}), not floats.`);
    positions.add(Number(match[1]));
  }
  if (positions.size === 0) refuse('no layers: the file has no N.weight.');
  return [...positions]
    .sort((a, b) => a - b)
    .map((position) => {
      const weight = tensors.get(`${position}.weight`);
      const bias = tensors.get(`${position}.bias`);
      if (weight === undefined) refuse(`${position}.bias has no ${position}.weight beside it.`);
      if (bias === undefined)
        refuse(
          `${position}.weight has no ${position}.bias: layers without bias are not supported; store a bias of zeros.`,
        );
      return { position, weight, bias };
    });
}

function refuse(problem: string): never {
  throw new FormatError('parameters', problem);
}
