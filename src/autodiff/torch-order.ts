/** @file Between our order of θ (bias as last column of each layer) and PyTorch's (weight, then bias). */
import { asVector, type VectorInput } from '../linalg/border/vector.ts';
import { checkLength } from '../linalg/checks.ts';
import type { Vec } from '../linalg/matrix.ts';
import { asModel } from './as-model.ts';
import type { Network } from './network.ts';

/** One tensor of the network as PyTorch has it: columns first..first+cols−1 of a block of θ. */
export interface TorchTensor {
  readonly kind: 'weight' | 'bias';
  /** The layer that uses it first. */
  readonly layer: number;
  readonly rows: number;
  readonly cols: number;
  /** Where its block begins in θ, and how long a row of it is. */
  readonly offset: number;
  readonly width: number;
  readonly first: number;
  /** Where an element is stored; undefined: row by row. */
  readonly at: ((row: number, col: number) => number) | undefined;
}

/** The tensors in PyTorch's order, each once: layer by layer weight, then bias, where they are first used. */
export function torchTensors(model: Network): TorchTensor[] {
  const out: TorchTensor[] = [];
  const seen = new Set<string>();
  for (const { index, inputs, outputs, rows, groups, lookup, offset, width, bias } of model.sites)
    for (const [kind, first, cols] of [
      ['weight', 0, lookup === undefined ? inputs / groups : outputs],
      ['bias', bias, 1],
    ] as const) {
      if (first === undefined || seen.has(`${offset} ${first}`)) continue;
      seen.add(`${offset} ${first}`);
      const at = kind === 'weight' ? model.storedAt(index) : undefined;
      out.push({ kind, layer: index, rows, cols, offset, width, first, at });
    }
  return out;
}

/**
 * The permutation to PyTorch's order of `nn.Sequential` parameters: layer by layer, weight [out, in] row-major, then bias, if
 * there is one. Shared parameters stand where they are first used, as `net.parameters()` lists them.
 *
 * @returns perm of length `parameterCount`: θ[perm[t]] is the parameter at PyTorch position t.
 * @example torchPermutation(new Mlp([2, 1], 'tanh')); // Int32Array [0, 1, 2]
 */
export function torchPermutation(model: Network): Int32Array {
  return permutationOf(asModel('torchPermutation', 'model', model));
}

function permutationOf(model: Network): Int32Array {
  const perm = new Int32Array(model.parameterCount);
  let t = 0;
  for (const { rows, offset, width, first, cols, at } of torchTensors(model)) {
    for (let i = 0; i < rows; i++)
      for (let k = 0; k < cols; k++) perm[t + (at?.(i, k) ?? i * cols + k)] = offset + i * width + first + k;
    t += rows * cols;
  }
  return perm;
}

/** θ, or any vector in its layout, copied into PyTorch's order. @throws {ShapeError} wrong length. */
export function toTorchOrder(model: Network, theta: VectorInput): Vec {
  const network = asModel('toTorchOrder', 'model', model);
  const values = asVector('toTorchOrder', 'theta', theta);
  checkLength('toTorchOrder', 'theta', values, network.parameterCount);
  return Float64Array.from(permutationOf(network), (p) => values[p]);
}

/** A vector in PyTorch's order, copied into ours. @throws {ShapeError} wrong length. */
export function fromTorchOrder(model: Network, v: VectorInput): Vec {
  const network = asModel('fromTorchOrder', 'model', model);
  const values = asVector('fromTorchOrder', 'v', v);
  checkLength('fromTorchOrder', 'v', values, network.parameterCount);
  const theta = new Float64Array(values.length);
  const perm = permutationOf(network);
  for (let t = 0; t < values.length; t++) theta[perm[t]] = values[t];
  return theta;
}
