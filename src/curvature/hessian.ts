/** @file The exact Hessian of the mean loss, by one sweep per unit of the network instead of one per parameter. */
import { datasetSize } from '../autodiff/dataset.ts';
import type { Site } from '../autodiff/network.ts';
import { homogeneous } from '../autodiff/outer-products.ts';
import { SWEEP_BATCH, type Sweep, sweepChunks } from '../autodiff/sweep.ts';
import { kernels } from '../linalg/kernels/select.ts';
import { Matrix } from '../linalg/matrix.ts';
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
 * two matrix products over the examples. For l = i the first is symmetric in (r,p) and in (c,q): a quarter is computed. Of networks
 * with weights used at several positions the last sites, from where on none is, go this way, the others by one sweep per parameter (`SharedWeights.tangentMatrix`).
 *
 * @param problem - Not modified.
 * @returns shape [D, D] in θ's order, exactly symmetric.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ or data do not fit; see `asProblem`.
 * Not checked: that θ is a minimum; H may be indefinite. relu is differentiated as 0 at 0.
 * Cost: Σ out_l directions, and N (½ Σ d_i² + 4 Σ_{i<l} d_i d_l) flops for layers of d_i parameters. Memory: D² numbers for
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
  const batch = Math.min(options.batch ?? shared?.tailBatch(model) ?? SWEEP_BATCH, datasetSize(data));
  const shapes = hessianShapes(tail);
  const stack = new MatrixStack(hessianRoom(tail, shapes, batch));
  const pairs = shapes.map((row) => row.map((shape) => zeroSums(shape, stack)));
  sweepChunks(model, loss, theta, data, { batch, directions }, (sweep) => {
    sweep.forward();
    sweep.backward();
    stack.scoped(() => addExamples(sweep, tail, pairs, stack));
  });
  const scale = 1 / datasetSize(data);
  for (const { first, second, sums, movedSums } of pairs.flat())
    if (first === second) addLayer(out, 0, first, sums, scale);
    else addLayers(out, 0, first, second, sums, movedSums, scale);
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

/** Layers i ≤ l, with the shapes of M_il, ā ā, T_il and δ ā, examples apart; `moved` and `products` are 0 for i = l. */
interface HessianShape {
  readonly first: Site;
  readonly second: Site;
  /** Pairs (r,p), r ≤ p for i = l. */
  readonly coupled: number;
  /** Pairs (c,q), c ≤ q for i = l. */
  readonly seen: number;
  /** Pairs (r,q) without the bias of l. */
  readonly moved: number;
  /** Pairs (p,c). */
  readonly passed: number;
}

/** Sums over the examples: of M_il ⊙ ā ā, [coupled, seen], and of T_il ⊙ δ ā, [moved, passed]. */
interface HessianPair extends HessianShape {
  readonly sums: Matrix;
  readonly movedSums: Matrix;
}

/** For each layer its pairs with itself and with every later one. */
function hessianShapes(sites: readonly Site[]): readonly (readonly HessianShape[])[] {
  return sites.map((first, i) => {
    const { outputs, width } = first;
    return sites.slice(i).map((second) =>
      second === first
        ? { first, second, coupled: pairCount(outputs), seen: pairCount(width), moved: 0, passed: 0 }
        : {
            first,
            second,
            coupled: outputs * second.outputs,
            seen: width * second.width,
            moved: outputs * second.inputs,
            passed: width * second.outputs,
          },
    );
  });
}

function zeroSums(shape: HessianShape, stack: MatrixStack): HessianPair {
  const { coupled, seen, moved, passed } = shape;
  return { ...shape, sums: stack.zeros(coupled, seen), movedSums: stack.zeros(moved, passed) };
}

/** Doubles for all sums, and for what is lent at a time: both sides of every layer, the tangents of one, the largest products. */
function hessianRoom(
  tail: readonly Site[],
  shapes: readonly (readonly HessianShape[])[],
  batch: number,
): number {
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const all = shapes.flat();
  const sums = total(all.map(({ coupled, seen, moved, passed }) => coupled * seen + moved * passed));
  const sides = total(tail.map(({ width, outputs }) => width + outputs));
  const tangents = Math.max(...shapes.map((row) => total(row.map(({ coupled, moved }) => coupled + moved))));
  const products = Math.max(...all.map(({ seen, passed }) => Math.max(seen, passed)));
  return sums + batch * (sides + tangents + products);
}

function addExamples(
  sweep: Sweep,
  tail: readonly Site[],
  pairs: readonly (readonly HessianPair[])[],
  stack: MatrixStack,
): void {
  const inputs = new Map(
    tail.map((layer) => [layer, stack.copy(homogeneous(layer, sweep.input(layer.index)))]),
  );
  const deltas = new Map(tail.map((layer) => [layer, stack.copy(sweep.delta(layer.index))]));
  for (const row of pairs)
    stack.scoped(() => {
      const tangents = unitTangents(sweep, row, stack);
      const own = inputs.get(row[0].first) as Matrix;
      for (const [k, { second, sums, movedSums }] of row.entries()) {
        const { coupling, inputs: moved } = tangents[k];
        addProducts(coupling, allRows(coupling), own, inputs.get(second) as Matrix, sums, stack);
        if (k > 0)
          addProducts(moved, nonzeroRows(moved), deltas.get(second) as Matrix, own, movedSums, stack);
      }
    });
}

/** The rows first, first + step, … of a matrix. */
interface SteppedRows {
  readonly first: number;
  readonly step: number;
  readonly rows: number;
}

/** out += left (a ⊙ b)ᵀ for some rows of left and out: the sum over examples of {@link pairProducts}. */
function addProducts(
  left: Matrix,
  { first, step, rows }: SteppedRows,
  a: Matrix,
  b: Matrix,
  out: Matrix,
  stack: MatrixStack,
): void {
  if (rows === 0) return;
  const count = left.cols;
  stack.scoped(() => {
    const right = pairProducts(a, b, 1, stack.lend(out.cols, count));
    const { gemm } = kernels();
    gemm(rows, out.cols, count, 1, left.data, first * count, step * count, 1, right.data, 0, 1, count, out.data, first * out.cols, step * out.cols); // biome-ignore format: one call
  });
}

function allRows({ rows }: Matrix): SteppedRows {
  return { first: 0, step: 1, rows };
}

/**
 * Rows outside of which a matrix is 0. Where the input of the next layer is an activation of the seeded one, its tangent in direction r is 0
 * but in row r: of T those are the rows r·outputs + r.
 */
function nonzeroRows(a: Matrix): SteppedRows {
  const rows: number[] = [];
  for (let i = 0, k = 0; i < a.rows; i++, k = i * a.cols) {
    while (k < (i + 1) * a.cols && a.data[k] === 0) k++;
    if (k < (i + 1) * a.cols) rows.push(i);
  }
  const [first = 0, second = first + 1] = rows;
  const step = second - first;
  return rows.every((row, k) => row === first + k * step) ? { first, step, rows: rows.length } : allRows(a);
}

/** M_il, shape [(r,p), count] with r ≤ p for l = i, and T_il, shape [(r,q), count]. */
interface UnitTangents {
  readonly coupling: Matrix;
  readonly inputs: Matrix;
}

/** Sweeps the unit directions of one layer and collects what they move, per pair with that layer. */
function unitTangents(
  sweep: Sweep,
  row: readonly HessianPair[],
  stack: MatrixStack,
): readonly UnitTangents[] {
  const { first } = row[0];
  const count = sweep.batch;
  const out = row.map(({ coupled, moved }) => ({
    coupling: stack.lend(coupled, count),
    inputs: stack.lend(moved, count),
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

/** The exact one. */
export const HESSIAN: Curvature = {
  label: 'Hessian',
  structure: 'symmetric',
  reads: [],
  build: hessian,
  matrix: (problem) => hessianMatrix(problem),
};
