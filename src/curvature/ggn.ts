/** @file The generalised Gauss–Newton matrix, exact or under another Fisher type. */
import { datasetSize } from '../autodiff/dataset.ts';
import type { MlpLayer } from '../autodiff/mlp.ts';
import { DenseBasis } from '../linalg/basis.ts';
import { Matrix } from '../linalg/matrix.ts';
import { symmetricEigen } from '../linalg/symmetric-eigen.ts';
import { EigenOperator } from './eigen-operator.ts';
import { type FisherType, TYPE_2 } from './fisher.ts';
import { type FisherChunk, sweepFisher } from './fisher-sweep.ts';
import type { ChunkOptions, CurvatureOptions, Problem } from './problem.ts';
import { UnitPanels } from './unit-panels.ts';

/**
 * G = (1/N) Σ Jᵀ E[∇_u L ∇_u Lᵀ] J. With the default `type-2` this is the GGN (1/N) Σ Jᵀ ∇²_u L J, where ∇²_u L is
 * diag(p) − p pᵀ for cross-entropy and I for squared error; it is also the Fisher information.
 *
 * Per pair of units one number per example, M_il[r,p] = Σ_y δ_i[r] δ_l[p], and
 * G[(i,r,c),(l,p,q)] = (1/N) Σ_n ā_{i−1}[c] M_il[r,p] ā_{l−1}[q]: the cost does not grow with the number of labels.
 *
 * @param problem - Not modified.
 * @returns shape [D, D] in θ's order, exactly symmetric, positive semidefinite up to rounding.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or Fisher type are not valid.
 * Cost: N·D² multiplications and additions; memory D²·1.5 numbers and D per example of a chunk.
 * Accuracy as tested: within 64 ε·‖G‖ of the sum of outer products of per-class gradients.
 * Reference: Martens 2020, New insights and perspectives on the natural gradient method, §8 and §9.2.
 * @example ggnMatrix({ model, loss: 'cross-entropy', theta, data }); // exact
 * @example ggnMatrix(problem, { kind: 'mc', samples: 1, seed: 0 }); // one drawn label per example
 */
export function ggnMatrix(problem: Problem, fisher: FisherType = TYPE_2, options: ChunkOptions = {}): Matrix {
  return ggnPanels('ggnMatrix', problem, fisher, options, 'model').toMatrix(1 / datasetSize(problem.data));
}

/** The diagonal blocks of {@link ggnMatrix} by layer, and nothing else of it. Cost: N·Σ d_l² instead of N·D². */
export function ggnLayerBlocks(
  problem: Problem,
  fisher: FisherType = TYPE_2,
  options: ChunkOptions = {},
): Matrix[] {
  return ggnPanels('ggnLayerBlocks', problem, fisher, options, 'layer').layerBlocks(
    1 / datasetSize(problem.data),
  );
}

/** The GGN in its own eigenbasis. Cost: {@link ggnMatrix} and one eigendecomposition, O(D³). */
export function ggn(problem: Problem, options: CurvatureOptions = {}): EigenOperator {
  const { values, vectors } = symmetricEigen(ggnMatrix(problem, options.fisher));
  return new EigenOperator(new DenseBasis(vectors), values, { structure: 'psd' });
}

function ggnPanels(
  where: string,
  problem: Problem,
  fisher: FisherType,
  options: ChunkOptions,
  reach: 'model' | 'layer',
): UnitPanels {
  const { model } = problem;
  const panels = new UnitPanels(model, reach);
  sweepFisher(where, problem, fisher, options, (chunk) => {
    const z = new Matrix(model.parameterCount, chunk.count);
    const coupling = new Float64Array(chunk.count);
    for (const layer of model.layers) {
      const targets = reach === 'model' ? model.layers.slice(layer.index) : [layer];
      for (let r = 0; r < layer.outputs; r++) {
        for (const target of targets)
          for (let p = target === layer ? r : 0; p < target.outputs; p++) {
            coupleUnits(chunk, layer, r, target, p, coupling);
            writeProducts(chunk, target, p, coupling, z);
          }
        panels.accumulate(layer, r, chunk.inputs[layer.index], z);
      }
    }
  });
  return panels;
}

/** out[n] ← Σ_s δ_i[r] δ_l[p] of example n over its pseudo-labels. */
function coupleUnits(
  chunk: FisherChunk,
  layer: MlpLayer,
  r: number,
  target: MlpLayer,
  p: number,
  out: Float64Array,
): void {
  const left = chunk.deltas[layer.index].row(r);
  const right = chunk.deltas[target.index].row(p);
  out.fill(0);
  for (let s = 0, k = 0; s < chunk.samples; s++)
    for (let n = 0; n < chunk.count; n++, k++) out[n] += left[k] * right[k];
}

/** z[(l,p,q), n] ← m[n] ā_l[q, n] for every q. */
function writeProducts(chunk: FisherChunk, layer: MlpLayer, p: number, m: Float64Array, z: Matrix): void {
  const { count } = chunk;
  const a = chunk.inputs[layer.index].data;
  const start = (layer.offset + p * (layer.inputs + 1)) * count;
  for (let q = 0; q <= layer.inputs; q++)
    for (let n = 0, out = start + q * count; n < count; n++) z.data[out + n] = m[n] * a[q * count + n];
}
