/** @file What AdamW keeps at a checkpoint, as a file beside it: exp_avg.NAME and exp_avg_sq.NAME for the name of every parameter. */
import {
  GraphNetwork,
  type Mlp,
  readTorchParameters,
  type TorchParameters,
  writeTorchParameters,
} from '../../autodiff/index.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import type { Vec } from '../../linalg/index.ts';
import { readSafetensors, type SafetensorsFile, type Tensor, writeSafetensors } from '../../linalg/io/index.ts'; // biome-ignore format: one line

/** m and v, as PyTorch names them. */
const MOMENTS = ['exp_avg', 'exp_avg_sq'] as const;

/** The bytes of the file of m and v, F64. */
export function statesBytes(model: Mlp | GraphNetwork, states: readonly Vec[]): Uint8Array {
  const tensors = MOMENTS.flatMap((moment, k) => {
    const own = model instanceof GraphNetwork ? model.toTensors(states[k]) : writeTorchParameters(model, states[k]); // biome-ignore format: one line
    return [...own].map(([name, { shape, data }]) => [`${moment}.${name}`, { shape, data }] as const);
  });
  return writeSafetensors(new Map(tensors));
}

/**
 * m and v of linear layers.
 *
 * @param checkpoint - The file that they lie beside, and what was read from it: names, shapes and order are the same.
 * @throws {FormatError} no safetensors. @throws {DomainError} | {ShapeError} a tensor is missing or of another shape; an element is not finite, or one of
 * v is below 0.
 */
export function layerStates(
  bytes: Uint8Array,
  checkpoint: SafetensorsFile,
  { model, layers, ignored }: TorchParameters,
): readonly Vec[] {
  const names = [...checkpoint].filter(([name]) => !ignored.includes(name));
  const shapes = names.map(([name, { shape }]) => ({ name, shape }));
  const { metadata } = checkpoint;
  return readMoments(bytes, metadata, shapes, (tensors) => {
    return readTorchParameters(tensors, model.activation, { metadata, layers }).theta;
  });
}

/** m and v of a network that is given. @throws as {@link layerStates}. */
export function graphStates(
  bytes: Uint8Array,
  aliases: ReadonlyMap<string, string>,
  model: GraphNetwork,
): readonly Vec[] {
  return readMoments(bytes, aliases, model.parameters, (tensors) => model.fromTensors(tensors));
}

/** Tensors of the names and shapes that a network has, as its vectors. @param aliases - Names that stand for the same tensor. */
function readMoments(
  bytes: Uint8Array,
  aliases: ReadonlyMap<string, string>,
  parameters: readonly { readonly name: string; readonly shape: readonly number[] }[],
  read: (tensors: ReadonlyMap<string, Tensor>) => Vec,
): readonly Vec[] {
  const file = readSafetensors(bytes);
  return MOMENTS.map((moment) => {
    const at = (name: string): Tensor | undefined => file.get(`${moment}.${name}`);
    const tensors = parameters.map(({ name, shape }): [string, Tensor] => {
      const same = [...aliases].flatMap(([one, other]) =>
        one === name ? [other] : other === name ? [one] : [],
      );
      const tensor = [name, ...same].map(at).find((found) => found !== undefined);
      if (tensor?.shape.join() !== shape.join())
        throw new ShapeError('states', `${moment}.${name}`, inBrackets(shape), tensor === undefined ? 'no such tensor' : inBrackets(tensor.shape)); // biome-ignore format: one line
      return [name, tensor];
    });
    const state = read(new Map(tensors));
    const least = moment === 'exp_avg' ? Number.NEGATIVE_INFINITY : 0;
    const bad = state.findIndex((value) => !(Number.isFinite(value) && value >= least));
    if (bad >= 0)
      throw new DomainError('states', moment, least === 0 ? 'finite and at least 0' : 'finite', state[bad]);
    return state;
  });
}

function inBrackets(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
