/** @file Diagonals of the Gauss–Newton matrices and of the Hessian, exactly, without the matrices. */
import { datasetSize } from '../autodiff/dataset.ts';
import { lossHvp } from '../autodiff/mean-loss.ts';
import { isPlain, type Site, type SiteBlock } from '../autodiff/network.ts';
import { homogeneous } from '../autodiff/outer-products.ts';
import { blockRows } from '../autodiff/shared/site-rows.ts';
import type { SiteSides } from '../autodiff/site-sides.ts';
import { SWEEP_BATCH, sweepExamples } from '../autodiff/sweep-examples.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { IdentityBasis } from '../linalg/operators/identity-basis.ts';
import { matmul } from '../linalg/products.ts';
import type { Curvature } from './curvature.ts';
import { EigenOperator } from './eigen-operator.ts';
import { TYPE_2 } from './fisher.ts';
import { sweepFisher } from './fisher-sweep.ts';
import {
  asCurvatureProblem,
  type ChunkOptions,
  type CurvatureOptions,
  type Problem,
  type ProblemInput,
} from './problem.ts';

/** Directions swept together. */
const DIRECTIONS = 16;

/**
 * diag(G) of the Gauss–Newton matrix, or of the Fisher matrix of another type: (1/N) Σ_n E[g²] over the pseudo-gradients g of examples.
 * Where a weight is used once per example, g = δ āᵀ and Σ g² is one matrix product of squares; elsewhere g is formed, one example after
 * another.
 *
 * @param problem - Not modified. @param options - Fisher type: `type-2`, the exact expectation, when absent.
 * @returns ≥ 0, shape [D], in θ's order.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or an option are not valid.
 * Cost: one forward sweep, one backward sweep per pseudo-label, as many flops again; D numbers. Accuracy as tested: 1e-13 relative to the
 * diagonal of {@link ggnMatrix}.
 * Reference: Becker & LeCun 1988, Improving the convergence of back-propagation learning with second order methods; Dangel, Kunstner and
 * Hennig 2020, BackPACK (DiagGGN).
 * @example ggnDiagonal(problem, { fisher: { kind: 'empirical' } }); // of the empirical Fisher matrix
 */
export function ggnDiagonal(problem: ProblemInput, options: CurvatureOptions & ChunkOptions = {}): Vec {
  const where = 'ggnDiagonal';
  const checked = asCurvatureProblem(where, problem, options);
  const { model, data } = checked;
  const out = new Float64Array(model.parameterCount);
  const scale = 1 / datasetSize(data);
  sweepFisher(where, checked, options.fisher ?? TYPE_2, options, (chunk) => {
    for (const block of model.blocks) {
      const { sites, offset, size } = block;
      const own = out.subarray(offset, offset + size);
      if (isSingle(block)) addProductOfSquares(sites[0], chunk, scale, own);
      else {
        const { data: gradients } = blockRows(block, chunk);
        for (let k = 0; k < gradients.length; k++) own[k % size] += scale * gradients[k] ** 2;
      }
    }
  });
  return out;
}

/** Whether a block has one site, used once per example. */
function isSingle({ sites }: SiteBlock): boolean {
  return sites.length === 1 && isPlain(sites[0]);
}

/** own[r, c] += scale Σ_n (Σ_s δ_rs²) ā_c². */
function addProductOfSquares(
  { index, width }: Site,
  { count, inputs, deltas }: SiteSides,
  scale: number,
  own: Vec,
): void {
  const passed = deltas[index];
  const squares = new Matrix(passed.rows, count);
  for (let r = 0, k = 0; r < passed.rows; r++)
    for (let c = 0; c < passed.cols; c++, k++) squares.data[r * count + (c % count)] += passed.data[k] ** 2;
  const seen = squared(inputs[index]);
  const sums = matmul(squares, seen, { transposeB: true });
  for (let k = 0; k < passed.rows * width; k++) own[k] += scale * sums.data[k];
}

/**
 * diag(H) of the Hessian of the mean loss. For layers behind which no weight is used more than once, by one sweep per unit:
 * H[(r,c),(r,c)] = (1/N) Σ_n ∂δ[r]/∂s[r] ā[c]²; for the parameters of the others by one Hessian-vector product each.
 *
 * @param problem - Not modified.
 * @returns shape [D], in θ's order; elements may be negative.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ or data do not fit. Not checked: that θ is a minimum.
 * Cost: Σ out_l sweeps for a perceptron; D Hessian-vector products for weights that are shared. D numbers, and 16 vectors at a time.
 * Accuracy as tested: 64 ε·‖H‖ beside the diagonal of {@link hessianMatrix}.
 * @example hessianDiagonal(problem);
 */
export function hessianDiagonal(problem: ProblemInput, options: ChunkOptions = {}): Vec {
  const checked = asCurvatureProblem('hessianDiagonal', problem, options);
  const { blocks } = checked.model;
  const out = new Float64Array(checked.model.parameterCount);
  const { sites } = checked.model;
  const lastShared = sites.map(isPlain).lastIndexOf(false);
  const tail = blocks.filter((block) => isSingle(block) && block.sites[0].index > lastShared);
  addUnitSweeps(
    checked,
    tail.map((block) => block.sites[0]),
    options.batch ?? SWEEP_BATCH,
    out,
  );
  for (const block of blocks) if (!tail.includes(block)) addColumns(checked, block, out);
  return out;
}

/** The diagonal in some sites by unit seeds at their outputs. */
function addUnitSweeps(
  { model, loss, theta, data }: Problem,
  sites: readonly Site[],
  batch: number,
  out: Vec,
): void {
  if (sites.length === 0) return;
  const directions = Math.min(DIRECTIONS, Math.max(...sites.map((site) => site.outputs)));
  const scale = 1 / datasetSize(data);
  sweepExamples(model, loss, theta, data, { batch, directions }, (sweep) => {
    sweep.forward();
    sweep.backward();
    for (const site of sites) {
      const seen = squared(homogeneous(site, sweep.input(site.index)));
      const second = new Matrix(site.outputs, sweep.batch);
      for (let start = 0; start < site.outputs; start += sweep.directions) {
        const seeded = Math.min(sweep.directions, site.outputs - start);
        sweep.seedUnits(site.index, start, seeded);
        sweep.forwardTangent();
        sweep.backwardTangent();
        for (let j = 0; j < seeded; j++)
          second.row(start + j).set(sweep.deltaTangent(site.index, j).row(start + j));
      }
      const sums = matmul(second, seen, { transposeB: true });
      for (let k = 0; k < sums.data.length; k++) out[site.offset + k] += scale * sums.data[k];
    }
  });
}

/** The diagonal in one block by products with unit vectors. */
function addColumns({ model, loss, theta, data }: Problem, { offset, size }: SiteBlock, out: Vec): void {
  for (let first = offset; first < offset + size; first += DIRECTIONS) {
    const count = Math.min(DIRECTIONS, offset + size - first);
    const units = new Matrix(count, model.parameterCount);
    for (let i = 0; i < count; i++) units.set(i, first + i, 1);
    const columns = lossHvp(model, loss, theta, data, units);
    for (let i = 0; i < count; i++) out[first + i] = columns.at(i, first + i);
  }
}

function squared(a: Matrix): Matrix {
  return new Matrix(
    a.rows,
    a.cols,
    a.data.map((x) => x * x),
  );
}

/** Every parameter apart from every other, with the curvature that the GGN has there. */
export const DIAGONAL_GGN: Curvature = {
  label: 'Diagonal GGN',
  structure: 'psd',
  reads: ['fisher'],
  about: {
    approximates: 'the GGN method without curvature between parameters',
    cost: { fit: 'N·C·D', memory: 'D', basis: '1' },
    reference:
      'Becker & LeCun, Improving the convergence of back-propagation learning with second order methods (1988)',
  },
  build: (problem, options) => diagonalOperator(ggnDiagonal(problem, options), 'psd'),
  matrix: (problem, options) => Matrix.diagonal(ggnDiagonal(problem, options)),
};

/** The same of the Hessian. */
export const DIAGONAL_HESSIAN: Curvature = {
  label: 'Diagonal Hessian',
  structure: 'symmetric',
  reads: [],
  about: {
    approximates: 'the Hessian method without curvature between parameters',
    cost: { fit: 'N·D·(units), N·D² for shared weights', memory: 'D', basis: '1' },
    reference:
      'Becker & LeCun, Improving the convergence of back-propagation learning with second order methods (1988)',
  },
  build: (problem) => diagonalOperator(hessianDiagonal(problem), 'symmetric'),
  matrix: (problem) => Matrix.diagonal(hessianDiagonal(problem)),
};

function diagonalOperator(values: Vec, structure: 'psd' | 'symmetric'): EigenOperator {
  return new EigenOperator(new IdentityBasis(values.length), values, { structure });
}
