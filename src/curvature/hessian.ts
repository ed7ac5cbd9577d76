/** @file The exact Hessian of the mean loss, by one sweep per unit of the network instead of one per parameter. */
import { datasetSize } from '../autodiff/dataset.ts';
import type { Site } from '../autodiff/network.ts';
import { homogeneous } from '../autodiff/outer-products.ts';
import { SWEEP_BATCH, type Sweep, sweepChunks } from '../autodiff/sweep.ts';
import { GEMM_DEPTH } from '../linalg/kernels/kernels.ts';
import { kernels } from '../linalg/kernels/select.ts';
import { Matrix } from '../linalg/matrix.ts';
import { matmul } from '../linalg/products.ts';
import type { Curvature } from './curvature.ts';
import { decompose } from './decompose.ts';
import type { EigenOperator } from './eigen-operator.ts';
import { MatrixStack } from './matrix-stack.ts';
import { addLayer, addLayers, pairCount, pairIndex, pairProducts } from './pair-products.ts';
import {
  asCurvatureProblem,
  type ChunkOptions,
  type CurvatureOptions,
  type ProblemInput,
} from './problem.ts';

/** Directions swept together: more of them cost memory, fewer cost calls. */
const DIRECTIONS = 16;

/**
 * H = (1/N) Σ ∇²L(z_n, θ), exact.
 *
 * A parameter W_i[r,c] enters only through s_i = W_i ā_{i−1}, so its tangent is ā_{i−1}[c] times that of a unit seed at
 * s_i[r]. One forward-over-reverse sweep per unit gives M_il[r,p] = ∂δ_l[p]/∂s_i[r] and T_il[r,q] = ∂a_{l−1}[q]/∂s_i[r]
 * for every example, and for l ≥ i
 *
 *   H[(i,r,c),(l,p,q)] = (1/N) Σ_n ( M_il[r,p] · ā_{i−1}[c] ā_{l−1}[q] + T_il[r,q] · ā_{i−1}[c] δ_l[p] ),   T_ii = 0,
 *
 * one matrix product over the examples per unit: ā_{i−1} with what stands beside it. For l = i it is symmetric in (r,p) and in (c,q): a quarter is computed. Of networks
 * with weights used at several positions the last sites, from where on none is, go this way, the others by one sweep per parameter (`SharedWeights.tangentMatrix`).
 *
 * @param problem - Not modified.
 * @returns shape [D, D] in θ's order, exactly symmetric.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ or data do not fit; see `asProblem`.
 * Not checked: that θ is a minimum; H may be indefinite. relu is differentiated as 0 at 0.
 * Cost: Σ out_l directions, and N (½ Σ d_i² + 2 Σ_{i<l} d_i d_l) flops for layers of d_i parameters. Memory: D² numbers for
 * the result and up to as many for the sums.
 * Accuracy as tested: within 64 ε·‖H‖ of the column-by-column Hessian.
 * References: Pearlmutter 1994, Fast exact multiplication by the Hessian; Bishop 1992, Exact calculation of the Hessian
 * matrix for the multilayer perceptron.
 * @example hessianMatrix({ model, loss: 'cross-entropy', theta, data }).rows; // model.parameterCount
 */
export function hessianMatrix(problem: ProblemInput, options: ChunkOptions = {}): Matrix {
  const checked = asCurvatureProblem('hessianMatrix', problem, options);
  const { model, loss, theta, data } = checked;
  const chunk = options.batch === undefined ? {} : { batch: options.batch };
  const size = model.parameterCount;
  const { shared, sites } = model;
  const tail = shared?.unsharedTail(model) ?? sites;
  const before = sites.length - tail.length;
  const out =
    shared?.tangentMatrix(checked, { gaussNewton: false, before, ...chunk }) ?? new Matrix(size, size);
  if (tail.length === 0) return out;
  const directions = Math.min(DIRECTIONS, Math.max(...tail.map((layer) => layer.outputs)));
  const batch = Math.min(
    options.batch ?? shared?.tailBatch(model) ?? SWEEP_BATCH,
    datasetSize(data),
    GEMM_DEPTH,
  );
  const stack = new MatrixStack(hessianRoom(tail, batch, directions));
  const pairs = hessianPairs(tail, stack);
  sweepChunks(model, loss, theta, data, { batch, directions }, (sweep) => {
    sweep.forward();
    sweep.backward();
    stack.scoped(() => addExamples(sweep, tail, pairs, stack));
  });
  const scale = 1 / datasetSize(data);
  for (const { first, second, sums } of pairs.flat())
    if (first === second) addLayer(out, 0, first, sums, scale);
    else addLayers(out, 0, first, second, sums, false, scale);
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

/** Layers i ≤ l and their sums over the examples: for i = l those of {@link addLayer}, else those of {@link addLayers}. */
interface HessianPair {
  readonly first: Site;
  readonly second: Site;
  readonly sums: Matrix;
}

/** Shape of the sums of two layers. */
function sumsShape(first: Site, second: Site): readonly [rows: number, cols: number] {
  const { outputs, width } = first;
  return second === first
    ? [pairCount(outputs), pairCount(width)]
    : [outputs * width, second.width * second.outputs];
}

/** For each layer its pairs with itself and with every later one. */
function hessianPairs(sites: readonly Site[], stack: MatrixStack): readonly (readonly HessianPair[])[] {
  return sites.map((first, i) =>
    sites.slice(i).map((second) => ({ first, second, sums: stack.zeros(...sumsShape(first, second)) })),
  );
}

/** Doubles for at least all sums, and for what is lent at a time: both sides of every layer, M within a layer and its products, M and T of the directions of a sweep. */
function hessianRoom(tail: readonly Site[], batch: number, directions: number): number {
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const sizes = tail.map(({ width, outputs }) => width * outputs);
  const sums = (total(sizes) ** 2 + total(sizes.map((d) => d * d))) / 2;
  const sides = total(tail.map(({ width, outputs }) => width + outputs));
  const own = Math.max(...tail.map(({ width, outputs }) => pairCount(width) + pairCount(outputs)));
  const moved = Math.max(...tail.map(({ width, outputs }) => directions * (width + outputs)));
  return sums + batch * (sides + own + moved);
}

/** ā and δ of a layer. */
interface LayerSides {
  readonly seen: Matrix;
  readonly delta: Matrix;
}

function addExamples(
  sweep: Sweep,
  tail: readonly Site[],
  pairs: readonly (readonly HessianPair[])[],
  stack: MatrixStack,
): void {
  const sides = tail.map((layer) => ({
    seen: stack.copy(homogeneous(layer, sweep.input(layer.index))),
    delta: stack.copy(sweep.delta(layer.index)),
  }));
  for (const [i, [{ first, sums }, ...later]] of pairs.entries())
    stack.scoped(() => {
      const { seen } = sides[i];
      const coupling = stack.lend(sums.rows, sweep.batch);
      sweepUnits(sweep, first, (start, count) => {
        for (let j = 0, r = start; j < count; j++, r++) {
          const delta = sweep.deltaTangent(first.index, j).data;
          coupling.data.set(delta.subarray(r * sweep.batch), pairIndex(first.outputs, r, r) * sweep.batch);
        }
        for (const [k, pair] of later.entries())
          stack.scoped(() => addCoupled(sweep, start, count, pair, seen, sides[i + 1 + k], stack));
      });
      const products = pairProducts(seen, seen, 1, stack.lend(sums.cols, sweep.batch));
      matmul(coupling, products, { transposeB: true, out: sums, accumulate: true });
    });
}

/** Sweeps the unit directions of a layer. @param body - Is told the first unit and how many. */
function sweepUnits(
  sweep: Sweep,
  { index, outputs }: Site,
  body: (start: number, count: number) => void,
): void {
  for (let start = 0; start < outputs; start += sweep.directions) {
    const count = Math.min(sweep.directions, outputs - start);
    sweep.seedUnits(index, start, count);
    sweep.forwardTangent();
    sweep.backwardTangent();
    body(start, count);
  }
}

/** sums[(r,c), (q,p)] += Σ_n ā_i[c,n] (M[r,p] ā_l[q] + T[r,q] δ_l[p])[n] for `units` units r of the first layer from `start` on. */
function addCoupled(
  sweep: Sweep,
  start: number,
  units: number,
  { first, second, sums }: HessianPair,
  seen: Matrix,
  other: LayerSides,
  stack: MatrixStack,
): void {
  const count = sweep.batch;
  const { index, inputs, outputs, width } = second;
  const coupling = stack.lend(units * outputs, count).data;
  const moved = stack.lend(units * width, count).data;
  for (let j = 0; j < units; j++) {
    coupling.set(sweep.deltaTangent(index, j).data, j * outputs * count);
    moved.set(sweep.inputTangent(index, j).data, j * width * count);
    moved.fill(0, (j * width + inputs) * count, (j + 1) * width * count);
  }
  const step = first.width * sums.cols;
  kernels().pairGemm(
    units,
    first.inputs,
    width,
    outputs,
    count,
    seen.data,
    other.seen.data,
    coupling,
    moved,
    other.delta.data,
    sums.data.subarray(start * step),
    step,
    first.bias ?? -1,
  );
}

/** The exact one. */
export const HESSIAN: Curvature = {
  label: 'Hessian',
  structure: 'symmetric',
  reads: [],
  build: hessian,
  matrix: (problem) => hessianMatrix(problem),
};
