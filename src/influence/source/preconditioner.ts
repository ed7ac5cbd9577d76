/** @file What an adaptive optimiser multiplies gradients with during a segment of training, and the curvature that its steps see. */
import type { Network } from '../../autodiff/network.ts';
import type { AdamW } from '../../autodiff/optimisers/adamw.ts';
import type { Checkpoint, Trajectory } from '../../autodiff/trajectory.ts';
import { decompose } from '../../curvature/decompose.ts';
import { EigenOperator } from '../../curvature/eigen-operator.ts';
import { asVector } from '../../linalg/border/vector.ts';
import { checkFinite, checkLength } from '../../linalg/checks.ts';
import { DomainError, UnsupportedError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { BlockBasis } from '../../linalg/operators/basis.ts';

/**
 * The optimiser of a run as AdamW; undefined: SGD.
 * @throws {UnsupportedError} another one, whose preconditioner is not known.
 */
export function adaptiveOptimiser(where: string, { optimiser }: Trajectory): AdamW | undefined {
  if (optimiser === undefined) return undefined;
  if (optimiser.name !== 'adamw')
    throw new UnsupportedError(`${where}: runs of ${optimiser.name} are not supported; SGD and AdamW are.`);
  return optimiser as AdamW;
}

/**
 * √P̄ of a segment, P̄ the mean over its checkpoints after step 0 of P = 1/(√(v/(1 − β₂ᵗ)) + ε).
 *
 * @throws {DomainError} a checkpoint without the states m and v, an element of v below 0, or only the start of training.
 */
export function rootPreconditioner(
  where: string,
  { parameterCount }: Network,
  checkpoints: readonly Checkpoint[],
  { beta2, epsilon }: AdamW,
): Vec {
  const moved = checkpoints.filter(({ step }) => step > 0);
  if (moved.length === 0) throw new DomainError(where, 'checkpoints', 'one after step 0 in each segment', 0);
  const mean = new Float64Array(parameterCount);
  for (const { step, states } of moved) {
    const name = `states of the checkpoint at step ${step}`;
    if (states === undefined || states.length !== 2)
      throw new DomainError(where, name, 'm and v of AdamW', states?.length ?? 'none');
    const second = asVector(where, name, states[1]);
    checkLength(where, name, second, parameterCount);
    checkFinite(where, name, second);
    let power = 1;
    for (let t = 0; t < step; t++) power *= beta2;
    const unbiased = 1 - power;
    for (let i = 0; i < mean.length; i++) {
      if (second[i] < 0) throw new DomainError(where, `v[${i}] of the ${name}`, 'at least 0', second[i]);
      mean[i] += 1 / (Math.sqrt(second[i] / unbiased) + epsilon) / moved.length;
    }
  }
  return mean.map(Math.sqrt);
}

/**
 * P̄^½ (C + damping I) P̄^½, decomposed: block by block where C is block-diagonal, as of EK-FAC and the block-GGN, else whole.
 * Cost: Σ d_b³ over the blocks, or D³; memory 3d² numbers of the largest.
 */
export function preconditioned(c: EigenOperator, root: Vec, damping: number): EigenOperator {
  const { basis, values, structure } = c;
  if (!(basis instanceof BlockBasis) || basis.width < basis.size) return decomposed(c, root, damping);
  const found = new Float64Array(values.length);
  const blocks = basis.blocks.map(({ indices, basis: own, coordinates = indices }) => {
    const pick = (from: Vec, at: Int32Array): Vec => Float64Array.from(at, (index) => from[index]);
    const block = new EigenOperator(own, pick(values, coordinates), { structure });
    const part = decomposed(block, pick(root, indices), damping);
    for (const [k, index] of indices.entries()) found[index] = part.values[k];
    return { indices, basis: part.basis };
  });
  return new EigenOperator(new BlockBasis(blocks), found, { structure });
}

function decomposed(c: EigenOperator, root: Vec, damping: number): EigenOperator {
  const dense = c.toDense();
  const out = new Matrix(dense.rows, dense.cols);
  for (let i = 0, k = 0; i < out.rows; i++)
    for (let j = 0; j < out.cols; j++, k++)
      out.data[k] = root[i] * (dense.data[k] + (i === j ? damping : 0)) * root[j];
  for (let i = 0; i < out.rows; i++) for (let j = 0; j < i; j++) out.set(i, j, out.at(j, i));
  return decompose(out, { structure: c.structure, overwrite: true });
}

/** Rows times a vector, element by element, or divided by it. */
export function scaledColumns({ rows, cols, data }: Matrix, by: Vec, power: 1 | -1): Matrix {
  const out = new Matrix(rows, cols);
  for (let r = 0, k = 0; r < rows; r++)
    for (let c = 0; c < cols; c++, k++) out.data[k] = power === 1 ? data[k] * by[c] : data[k] / by[c];
  return out;
}
