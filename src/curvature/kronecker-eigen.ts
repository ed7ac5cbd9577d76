/** @file The eigenbasis that K-FAC and EK-FAC share: that of every block's Kronecker factors. */
import { type BasisBlock, BlockBasis, KroneckerBasis } from '../linalg/basis.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { type SymmetricEigen, symmetricEigen } from '../linalg/symmetric-eigen.ts';
import { type KroneckerFactors, kroneckerFactors } from './kronecker-factors.ts';
import type { ParameterBlock } from './partition.ts';
import type { ChunkOptions, CurvatureOptions, Problem } from './problem.ts';

/** G = U_G diag(λ_G) U_Gᵀ (`left`) and A = U_A diag(λ_A) U_Aᵀ (`right`) of one block. */
export interface KroneckerEigen {
  readonly block: ParameterBlock;
  readonly left: SymmetricEigen;
  readonly right: SymmetricEigen;
}

/**
 * Eigendecompositions of the K-FAC factors of every block.
 *
 * @returns in the order of the partition. Throws as {@link kroneckerFactors}.
 * Cost: {@link kroneckerFactors} and O(in³ + out³) per layer; never a matrix of a whole block.
 */
export function kroneckerEigen(
  problem: Problem,
  options: CurvatureOptions & ChunkOptions = {},
): readonly KroneckerEigen[] {
  return eigenOfFactors(kroneckerFactors(problem, options));
}

/** Eigendecompositions of given factors. One that two blocks share (weight and bias share G) is decomposed once. */
export function eigenOfFactors(factors: readonly KroneckerFactors[]): readonly KroneckerEigen[] {
  const known = new Map<Matrix, SymmetricEigen>();
  const eigen = (a: Matrix): SymmetricEigen => {
    const found = known.get(a) ?? symmetricEigen(a);
    known.set(a, found);
    return found;
  };
  return factors.map(({ block, gradientCovariance, inputCovariance }) => ({
    block,
    left: eigen(gradientCovariance),
    right: eigen(inputCovariance),
  }));
}

/** The direct sum of U_G ⊗ U_A over the blocks, an orthogonal basis of the whole parameter space. */
export function kroneckerBlockBasis(blocks: readonly KroneckerEigen[]): BlockBasis {
  const bases: BasisBlock[] = blocks.map(({ block, left, right }) => ({
    indices: block.indices,
    basis: new KroneckerBasis(left.vectors, right.vectors),
  }));
  return new BlockBasis(bases);
}
