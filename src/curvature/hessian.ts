/** @file The exact Hessian of the mean loss, by one sweep per unit of the network instead of one per parameter. */
import { datasetSize } from '../autodiff/dataset.ts';
import type { LayerSweep } from '../autodiff/layer-sweep.ts';
import { isPlain, type Network, type Site } from '../autodiff/network.ts';
import { homogeneous } from '../autodiff/outer-products.ts';
import { SWEEP_BATCH, sweepExamples } from '../autodiff/sweep-examples.ts';
import { Matrix } from '../linalg/matrix.ts';
import { matmul } from '../linalg/products.ts';
import type { Curvature } from './curvature.ts';
import { decompose } from './decompose.ts';
import type { EigenOperator } from './eigen-operator.ts';
import { addLayer, addLayers, pairCount, pairIndex, pairProducts } from './pair-products.ts';
import {
  asCurvatureProblem,
  type ChunkOptions,
  type CurvatureOptions,
  type ProblemInput,
} from './problem.ts';
import { examplesPerSweep, tangentMatrix } from './shared-weights.ts';

/** Directions swept together: more of them cost memory, fewer cost calls. */
const DIRECTIONS = 16;

/** Larger chunks for the last layers of a network with shared weights, which are but a few columns wide. */
const TAIL_SWEEP = 4;

/**
 * H = (1/N) Σ ∇²L(z_n, θ), exact.
 *
 * A parameter W_i[r,c] enters only through s_i = W_i ā_{i−1}, so its tangent is ā_{i−1}[c] times that of a unit seed at
 * s_i[r]. One forward-over-reverse sweep per unit gives M_il[r,p] = ∂δ_l[p]/∂s_i[r] and T_il[r,q] = ∂a_{l−1}[q]/∂s_i[r]
 * for every example, and for l ≥ i
 *
 *   H[(i,r,c),(l,p,q)] = (1/N) Σ_n ( M_il[r,p] · ā_{i−1}[c] ā_{l−1}[q] + T_il[r,q] · ā_{i−1}[c] δ_l[p] ),   T_ii = 0,
 *
 * two matrix products over the examples. For l = i the first is symmetric in (r,p) and in (c,q): a quarter is computed. Of networks
 * with weights used at several positions the last sites, from where on none is, go this way, the others by {@link tangentMatrix}.
 *
 * @param problem - Not modified.
 * @returns shape [D, D] in θ's order, exactly symmetric.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ or data do not fit; see {@link asProblem}.
 * Not checked: that θ is a minimum; H may be indefinite. relu is differentiated as 0 at 0.
 * Cost: Σ out_l directions, and N (½ Σ d_i² + 4 Σ_{i<l} d_i d_l) flops for layers of d_i parameters. Memory: D² numbers for
 * the result and up to as many for the sums.
 * Accuracy as tested: within 64 ε·‖H‖ of the column-by-column Hessian.
 * References: Pearlmutter 1994, Fast exact multiplication by the Hessian; Bishop 1992, Exact calculation of the Hessian
 * matrix for the multilayer perceptron.
 * @example hessianMatrix({ model, loss: 'cross-entropy', theta, data }).rows; // model.parameterCount
 */
export function hessianMatrix(problem: ProblemInput, options: ChunkOptions = {}): Matrix {
  const { model, loss, theta, data } = asCurvatureProblem('hessianMatrix', problem, options);
  const chunk = options.batch === undefined ? {} : { batch: options.batch };
  const size = model.parameterCount;
  const tail = unsharedTail(model);
  const out = model.plain
    ? new Matrix(size, size)
    : tangentMatrix(
        { model, loss, theta, data },
        { gaussNewton: false, before: model.sites.length - tail.length, ...chunk },
      );
  if (tail.length === 0) return out;
  const pairs = hessianPairs(tail);
  const directions = Math.min(DIRECTIONS, Math.max(...tail.map((layer) => layer.outputs)));
  const batch = options.batch ?? (model.plain ? SWEEP_BATCH : TAIL_SWEEP * examplesPerSweep(model));
  const sweepOptions = { batch, directions };
  sweepExamples(model, loss, theta, data, sweepOptions, (sweep) => {
    sweep.forward();
    sweep.backward();
    const inputs = new Map(tail.map((layer) => [layer, homogeneous(layer, sweep.input(layer.index))]));
    for (const row of pairs) {
      const tangents = unitTangents(sweep, row);
      for (const [k, { first, second, sums, moved }] of row.entries()) {
        const seen = inputs.get(first) as Matrix;
        accumulate(tangents[k].coupling, pairProducts(seen, inputs.get(second) as Matrix), sums);
        if (moved !== undefined)
          accumulate(tangents[k].inputs, pairProducts(seen, sweep.delta(second.index)), moved);
      }
    }
  });
  const scale = 1 / datasetSize(data);
  for (const { first, second, sums, moved } of pairs.flat())
    if (first === second) addLayer(out, 0, first, sums, scale);
    else addLayers(out, 0, first, second, sums, moved, scale);
  return out;
}

/**
 * The Hessian in its own eigenbasis, or in the part of it with |σ| > `keepAbove`.
 * Cost: {@link hessianMatrix} and one eigendecomposition, O(D³), which may overwrite the matrix. Memory: up to 5 D² numbers.
 */
export function hessian(problem: ProblemInput, options: CurvatureOptions = {}): EigenOperator {
  const checked = asCurvatureProblem('hessian', problem, options);
  const { keepAbove } = options;
  const kept = keepAbove === undefined ? {} : { keepAbove };
  return decompose(hessianMatrix(checked), { ...kept, structure: 'symmetric', overwrite: true });
}

/** Sums over the examples for layers i ≤ l: of M_il ⊙ ā ā, and of T_il ⊙ ā δ where l's inputs move with s_i. */
interface HessianPair {
  readonly first: Site;
  readonly second: Site;
  readonly sums: Matrix;
  readonly moved: Matrix | undefined;
}

/** The last sites of a network, from the one on after which none is used at several positions, in groups or as a table: all those of an MLP. */
function unsharedTail({ sites }: Network): readonly Site[] {
  return sites.slice(sites.map(isPlain).lastIndexOf(false) + 1);
}

/** For each layer its pairs with itself and with every later one, all zero. */
function hessianPairs(sites: readonly Site[]): readonly (readonly HessianPair[])[] {
  return sites.map((first, i) => {
    const { width } = first;
    return sites.slice(i).map((second) => {
      if (second === first) {
        const sums = new Matrix(pairCount(first.outputs), pairCount(width));
        return { first, second, sums, moved: undefined };
      }
      const sums = new Matrix(first.outputs * second.outputs, width * second.width);
      const moved = new Matrix(first.outputs * second.inputs, width * second.outputs);
      return { first, second, sums, moved };
    });
  });
}

/** M_il, shape [(r,p), count] with r ≤ p for l = i, and T_il, shape [(r,q), count]. */
interface UnitTangents {
  readonly coupling: Matrix;
  readonly inputs: Matrix;
}

/** Sweeps the unit directions of one layer and collects what they move, per pair with that layer. */
function unitTangents(sweep: LayerSweep, row: readonly HessianPair[]): readonly UnitTangents[] {
  const { first } = row[0];
  const count = sweep.batch;
  const out = row.map(({ sums, moved }) => ({
    coupling: new Matrix(sums.rows, count),
    inputs: new Matrix(moved?.rows ?? 0, count),
  }));
  for (let start = 0; start < first.outputs; start += sweep.directions) {
    const seeded = Math.min(sweep.directions, first.outputs - start);
    sweep.seedUnits(first.index, start, seeded);
    sweep.forwardTangent();
    sweep.backwardTangent();
    for (let j = 0; j < seeded; j++) {
      const r = start + j;
      for (const [k, { second }] of row.entries()) {
        const delta = sweep.deltaTangent(second.index, j).data;
        const { coupling, inputs } = out[k];
        if (second === first) {
          coupling.data.set(delta.subarray(r * count), pairIndex(first.outputs, r, r) * count);
        } else {
          coupling.data.set(delta, r * delta.length);
          const moved = sweep.inputTangent(second.index, j).data;
          inputs.data.set(moved, r * moved.length);
        }
      }
    }
  }
  return out;
}

/** out += a bᵀ: the sum over examples. */
function accumulate(a: Matrix, b: Matrix, out: Matrix): void {
  matmul(a, b, { transposeB: true, out, accumulate: true });
}

/** The exact one. */
export const HESSIAN: Curvature = {
  label: 'Hessian',
  structure: 'symmetric',
  reads: [],
  build: hessian,
  matrix: (problem) => hessianMatrix(problem),
};
