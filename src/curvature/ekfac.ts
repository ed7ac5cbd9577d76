/** @file EK-FAC: the Kronecker eigenbasis of K-FAC with the eigenvalues that fit the GGN best. */
import { datasetSize } from '../autodiff/dataset.ts';
import { isPlain, type Site } from '../autodiff/network.ts';
import type { SiteSides } from '../autodiff/site-sides.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { matmul } from '../linalg/products.ts';
import type { Curvature } from './curvature.ts';
import { EigenOperator } from './eigen-operator.ts';
import { TYPE_2 } from './fisher.ts';
import { sweepFisher } from './fisher-sweep.ts';
import {
  asKroneckerEigen,
  type KroneckerEigen,
  kroneckerBlockBasis,
  kroneckerEigen,
} from './kronecker-eigen.ts';
import { blockUsers, seenBy } from './partition.ts';
import {
  asCurvatureProblem,
  type ChunkOptions,
  type CurvatureOptions,
  type Problem,
  type ProblemInput,
} from './problem.ts';

/**
 * EK-FAC: in the basis U = U_G ⊗ U_A of K-FAC, the diagonal σ* = diag(Uᵀ B U) of the block-GGN B, the best one in
 * Frobenius norm. A block's gradient is δ āᵀ, so per unit pair
 *
 *   σ*[r,c] = (1/N) Σ_n Σ_y p_y (U_Gᵀ δ_y)_r² (U_Aᵀ ā)_c²,
 *
 * one matrix product of squares; B is never formed. A gradient that tied layers share is a sum of such products, and is formed. Factors and σ* use the same Fisher type and the same drawn labels.
 *
 * @param problem - Not modified. @param options - Fisher type and partition: `type-2` and `layer` when absent.
 * @returns trace equal to that of the block-GGN; σ* ≥ 0.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or an option are not valid.
 * Cost: two passes over the data, O(in³ + out³) per layer; memory in² + out² per layer and D.
 * Accuracy as tested: within 64 ε·max σ of diag(Uᵀ B U).
 * Reference: George et al. 2018, Fast approximate natural gradient descent in a Kronecker-factored eigenbasis, §3.
 * @example ekfac(problem, { fisher: { kind: 'mc', samples: 1, seed: 0 }, partition: 'tensor' });
 */
export function ekfac(problem: ProblemInput, options: CurvatureOptions & ChunkOptions = {}): EigenOperator {
  const checked = asCurvatureProblem('ekfac', problem, options);
  return inBasis('ekfac', checked, kroneckerEigen(checked, options), options);
}

/**
 * EK-FAC in any Kronecker bases: σ* = diag(Uᵀ B U) in U = U_G ⊗ U_A per block.
 *
 * @param blocks - One per block of the partition; only the vectors are read. @param options - As for {@link ekfac}.
 * @returns trace equal to that of the block-GGN; σ* ≥ 0. Cost: one pass over the data.
 */
export function ekfacInBasis(
  problem: ProblemInput,
  blocks: readonly KroneckerEigen[],
  options: CurvatureOptions & ChunkOptions = {},
): EigenOperator {
  const where = 'ekfacInBasis';
  const checked = asCurvatureProblem(where, problem, options);
  return inBasis(where, checked, asKroneckerEigen(where, checked.model, blocks), options);
}

function inBasis(
  where: string,
  problem: Problem,
  blocks: readonly KroneckerEigen[],
  options: CurvatureOptions & ChunkOptions,
): EigenOperator {
  const { model } = problem;
  const { shared } = model;
  const moments = blocks.map(({ block }) => new Matrix(block.rows, block.cols));
  const alpha = 1 / datasetSize(problem.data);
  sweepFisher(where, problem, options.fisher ?? TYPE_2, options, (chunk) => {
    const formed = new Map<number, Matrix>();
    for (const [b, eigen] of blocks.entries()) {
      if (eigen.block.exact === true) continue;
      const users = blockUsers(model, eigen.block);
      if (shared !== undefined && !users.every(isPlain)) {
        const of = model.blocks[users[0].block];
        const rows = formed.get(of.index) ?? shared.blockRows(of, chunk);
        formed.set(of.index, rows);
        const { block, left, right } = eigen;
        shared.addRotatedSquares(block, left.vectors, right.vectors, rows, of.offset, alpha, moments[b]);
      } else if (users.length > 1) addTiedSquares(eigen, users, chunk, alpha, moments[b]);
      else addSquares(eigen, users[0], chunk, alpha, moments[b]);
    }
  });
  const values: Vec = new Float64Array(problem.model.parameterCount);
  for (const [b, { block, left }] of blocks.entries()) {
    const own = block.exact === true ? left.values : moments[b].data;
    for (const [k, index] of block.indices.entries()) values[index] = own[k];
  }
  return new EigenOperator(kroneckerBlockBasis(blocks), values, { structure: 'psd' });
}

/** moments += α Σ_n (U_Gᵀ δ)² ((U_Aᵀ ā)²)ᵀ: one product of squares. */
function addSquares(
  eigen: KroneckerEigen,
  layer: Site,
  chunk: SiteSides,
  alpha: number,
  moments: Matrix,
): void {
  matmul(gradientSquares(eigen, chunk), inputSquares(eigen, layer, chunk), {
    transposeB: true,
    alpha,
    out: moments,
    accumulate: true,
  });
}

/** The same for tied layers, whose gradient Σ_u δ_u ā_uᵀ is no outer product: moments += α Σ_n Σ_s (Σ_u U_Gᵀ δ_u (U_Aᵀ ā_u)ᵀ)². */
function addTiedSquares(
  { block, left, right }: KroneckerEigen,
  users: readonly Site[],
  { inputs, deltas, samples, count }: SiteSides,
  alpha: number,
  moments: Matrix,
): void {
  const uses = users.map((layer) => ({
    passed: matmul(left.vectors, deltas[layer.index], { transposeA: true }),
    seen: matmul(right.vectors, seenBy(block, inputs[layer.index], layer.bias), { transposeA: true }),
  }));
  const { rows, cols } = block;
  for (let s = 0; s < samples; s++)
    for (let n = 0; n < count; n++)
      for (let r = 0, k = 0; r < rows; r++)
        for (let c = 0; c < cols; c++, k++) {
          let g = 0;
          for (const { passed, seen } of uses)
            g += passed.data[r * passed.cols + s * count + n] * seen.data[c * count + n];
          moments.data[k] += alpha * g * g;
        }
}

/** Σ_s (U_Gᵀ δ_s)² per unit of the basis and example, shape [rows, count]. */
function gradientSquares({ block, left }: KroneckerEigen, { deltas, samples, count }: SiteSides): Matrix {
  const projected = matmul(left.vectors, deltas[block.layer], { transposeA: true });
  const out = new Matrix(block.rows, count);
  for (let r = 0; r < block.rows; r++)
    for (let s = 0, k = r * projected.cols; s < samples; s++)
      for (let n = 0; n < count; n++, k++) out.data[r * count + n] += projected.data[k] ** 2;
  return out;
}

/** (U_Aᵀ ā)² per direction of the basis and example, shape [cols, count]. */
function inputSquares({ block, right }: KroneckerEigen, layer: Site, { inputs }: SiteSides): Matrix {
  const seen = seenBy(block, inputs[layer.index], layer.bias);
  const out = matmul(right.vectors, seen, { transposeA: true });
  for (let k = 0; k < out.data.length; k++) out.data[k] **= 2;
  return out;
}

/** Kronecker eigenvectors, fitted eigenvalues. */
export const EKFAC: Curvature = {
  label: 'EK-FAC',
  structure: 'psd',
  reads: ['fisher', 'partition', 'kfac'],
  build: ekfac,
  matrix: (problem, options) => ekfac(problem, options).toDense(),
};
