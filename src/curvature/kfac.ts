/** @file K-FAC: every block of the GGN as one Kronecker product. */
import type { Vec } from '../linalg/matrix.ts';
import type { Curvature } from './curvature.ts';
import { EigenOperator, type FactorSpectra } from './eigen-operator.ts';
import { type KroneckerEigen, kroneckerBlockBasis, kroneckerEigen } from './kronecker-eigen.ts';
import {
  asCurvatureProblem,
  type ChunkOptions,
  type CurvatureOptions,
  type ProblemInput,
} from './problem.ts';

/**
 * K-FAC, block by block G ⊗ A = (U_G ⊗ U_A) diag(λ_G ⊗ λ_A) (U_G ⊗ U_A)ᵀ: the GGN block under the assumption that
 * a layer's inputs and its back-propagated gradients are independent. Exact for one example, and for deep linear
 * networks under squared error.
 *
 * @param problem - Not modified. @param options - Fisher type and partition: `type-2` and `layer` when absent.
 * @returns an operator that keeps the factors' spectra, so that a rule may say `factors: 'separate'`.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or an option are not valid.
 * Cost: one pass over the data, O(in³ + out³) per layer; memory in² + out² per layer and D.
 * Reference: Martens & Grosse 2015, Optimizing neural networks with Kronecker-factored approximate curvature, §3.
 * @example kfac(problem).applyInverse(gradients, { kind: 'damped', lambda: 1e-3 }); // ((G ⊗ A) + λI)⁻¹, exactly
 */
export function kfac(problem: ProblemInput, options: CurvatureOptions & ChunkOptions = {}): EigenOperator {
  const checked = asCurvatureProblem('kfac', problem, options);
  return kroneckerProductOperator(checked.model.parameterCount, kroneckerEigen(checked, options));
}

/** One Kronecker product per block, by its factors' eigendecompositions; `size` is the number of parameters. */
export function kroneckerProductOperator(size: number, blocks: readonly KroneckerEigen[]): EigenOperator {
  const values: Vec = new Float64Array(size);
  const factors: FactorSpectra[] = blocks.map(({ block, left, right }) => {
    for (let r = 0, k = 0; r < block.rows; r++)
      for (let c = 0; c < block.cols; c++, k++) values[block.indices[k]] = left.values[r] * right.values[c];
    return { indices: block.indices, left: left.values, right: right.values };
  });
  return new EigenOperator(kroneckerBlockBasis(blocks), values, { structure: 'psd', factors });
}

/** Kronecker products. */
export const KFAC: Curvature = {
  label: 'K-FAC',
  structure: 'psd',
  reads: ['fisher', 'partition', 'kfac'],
  factored: true,
  build: kfac,
  matrix: (problem, options) => kfac(problem, options).toDense(),
};
