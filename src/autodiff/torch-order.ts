/** @file Between our order of θ (bias as last column of each layer) and PyTorch's (weight, then bias). */
import { checkLength } from '../linalg/checks.ts';
import type { Vec } from '../linalg/matrix.ts';
import type { Mlp } from './mlp.ts';

/**
 * The permutation to PyTorch's order of `nn.Sequential` parameters: layer by layer, weight [out, in] row-major, then bias.
 *
 * @returns perm of length `parameterCount`: θ[perm[t]] is the parameter at PyTorch position t.
 * @example torchPermutation(new Mlp([2, 1], 'tanh')); // Int32Array [0, 1, 2]
 */
export function torchPermutation(model: Mlp): Int32Array {
  const perm = new Int32Array(model.parameterCount);
  for (const { inputs, outputs, offset } of model.layers) {
    let t = offset;
    for (let i = 0; i < outputs; i++)
      for (let k = 0; k < inputs; k++) perm[t++] = offset + i * (inputs + 1) + k;
    for (let i = 0; i < outputs; i++) perm[t++] = offset + i * (inputs + 1) + inputs;
  }
  return perm;
}

/** θ, or any vector in its layout, copied into PyTorch's order. @throws {ShapeError} wrong length. */
export function toTorchOrder(model: Mlp, theta: Vec): Vec {
  checkLength('toTorchOrder', 'theta', theta, model.parameterCount);
  return Float64Array.from(torchPermutation(model), (p) => theta[p]);
}

/** A vector in PyTorch's order, copied into ours. @throws {ShapeError} wrong length. */
export function fromTorchOrder(model: Mlp, v: Vec): Vec {
  checkLength('fromTorchOrder', 'v', v, model.parameterCount);
  const theta = new Float64Array(v.length);
  const perm = torchPermutation(model);
  for (let t = 0; t < v.length; t++) theta[perm[t]] = v[t];
  return theta;
}
