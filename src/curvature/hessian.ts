/** @file The exact Hessian of the mean loss, by one sweep per unit of the network instead of one per parameter. */

import { datasetSize } from '../autodiff/dataset.ts';
import type { LayerSweep } from '../autodiff/layer-sweep.ts';
import type { MlpLayer } from '../autodiff/mlp.ts';
import { SWEEP_BATCH, sweepExamples } from '../autodiff/sweep-examples.ts';
import { DenseBasis } from '../linalg/basis.ts';
import { Matrix } from '../linalg/matrix.ts';
import { symmetricEigen } from '../linalg/symmetric-eigen.ts';
import { EigenOperator } from './eigen-operator.ts';
import { type ChunkOptions, checkProblem, type Problem } from './problem.ts';
import { UnitPanels, withOnes } from './unit-panels.ts';

/** Directions swept together: more of them cost memory, fewer cost calls. */
const DIRECTIONS = 16;

/**
 * H = (1/N) Σ ∇²L(z_n, θ), exact.
 *
 * A parameter W_i[r,c] enters only through s_i = W_i ā_{i−1}, so its tangent is ā_{i−1}[c] times that of a unit seed at
 * s_i[r]. One forward-over-reverse sweep per unit gives M_il[r,p] = ∂δ_l[p]/∂s_i[r] and T_il[r,q] = ∂ā_{l−1}[q]/∂s_i[r]
 * for every example, and for l ≥ i
 *
 *   H[(i,r,c),(l,p,q)] = (1/N) Σ_n ā_{i−1}[c] ( M_il[r,p] ā_{l−1}[q] + δ_l[p] T_il[r,q] ),   T_ii = 0.
 *
 * @param problem - Not modified.
 * @returns shape [D, D] in θ's order, exactly symmetric (the upper triangle is computed and mirrored).
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ or data do not fit; see `checkProblem`.
 * Not checked: that θ is a minimum; H may be indefinite. relu is differentiated as 0 at 0.
 * Cost: N·D² multiplications and additions, Σ out_l directions, memory D²·1.5 numbers and D per example of a chunk.
 * Accuracy as tested: within 64 ε·‖H‖ of the column-by-column Hessian.
 * Reference: Pearlmutter 1994, Fast exact multiplication by the Hessian (the sweep); Bishop 1992 (per unit).
 * @example hessianMatrix({ model, loss: 'cross-entropy', theta, data }).rows; // model.parameterCount
 */
export function hessianMatrix(problem: Problem, options: ChunkOptions = {}): Matrix {
  checkProblem('hessianMatrix', problem);
  const { model, loss, theta, data } = problem;
  const panels = new UnitPanels(model, 'model');
  const directions = Math.min(DIRECTIONS, Math.max(...model.layers.map((layer) => layer.outputs)));
  const sweepOptions = { batch: options.batch ?? SWEEP_BATCH, directions };
  sweepExamples(model, loss, theta, data, sweepOptions, (sweep, _start, count) => {
    sweep.forward();
    sweep.backward();
    const inputs = model.layers.map((layer) => withOnes(sweep.input(layer.index)));
    const z = new Matrix(model.parameterCount, count);
    for (const layer of model.layers)
      for (let first = 0; first < layer.outputs; first += directions) {
        const seeded = Math.min(directions, layer.outputs - first);
        sweep.seedUnits(layer.index, first, seeded);
        sweep.forwardTangent();
        sweep.backwardTangent();
        for (let j = 0; j < seeded; j++) {
          for (const target of model.layers.slice(layer.index))
            gradientTangent(sweep, target, target === layer ? first + j : 0, j, target !== layer, inputs, z);
          panels.accumulate(layer, first + j, inputs[layer.index], z);
        }
      }
  });
  return panels.toMatrix(1 / datasetSize(data));
}

/**
 * Rows of z that belong to units firstUnit.. of a layer: the tangent of ∂L/∂W[p,q] = δ[p] ā[q] along direction j,
 * δ̇[p] ā[q] + δ[p] ȧ[q], the last term only where the layer's inputs move.
 */
function gradientTangent(
  sweep: LayerSweep,
  layer: MlpLayer,
  firstUnit: number,
  j: number,
  inputsMove: boolean,
  inputs: readonly Matrix[],
  z: Matrix,
): void {
  const count = z.cols;
  const width = layer.inputs + 1;
  const a = inputs[layer.index].data;
  const delta = sweep.delta(layer.index).data;
  const deltaDot = sweep.deltaTangent(layer.index, j).data;
  const inputDot = inputsMove ? sweep.inputTangent(layer.index, j).data : undefined;
  for (let p = firstUnit; p < layer.outputs; p++)
    for (let q = 0; q < width; q++) {
      const out = (layer.offset + p * width + q) * count;
      for (let n = 0; n < count; n++) z.data[out + n] = deltaDot[p * count + n] * a[q * count + n];
      if (inputDot === undefined || q === layer.inputs) continue;
      for (let n = 0; n < count; n++) z.data[out + n] += delta[p * count + n] * inputDot[q * count + n];
    }
}

/** The Hessian in its own eigenbasis. Cost: {@link hessianMatrix} and one eigendecomposition, O(D³). */
export function hessian(problem: Problem): EigenOperator {
  const { values, vectors } = symmetricEigen(hessianMatrix(problem));
  return new EigenOperator(new DenseBasis(vectors), values, { structure: 'symmetric' });
}
