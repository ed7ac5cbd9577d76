/** @file The eigenbasis that K-FAC and EK-FAC share: that of every block's Kronecker factors. */
import type { Network } from '../autodiff/network.ts';
import { checkObject } from '../linalg/border/arguments.ts';
import { asList } from '../linalg/border/instances.ts';
import { asMatrix } from '../linalg/border/matrix.ts';
import { asVector } from '../linalg/border/vector.ts';
import { checkInteger, checkLength, checkShape } from '../linalg/checks.ts';
import { type SymmetricEigen, symmetricEigen } from '../linalg/eigen/symmetric-eigen.ts';
import { ShapeError } from '../linalg/errors.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { type BasisBlock, BlockBasis, KroneckerBasis } from '../linalg/operators/basis.ts';
import { type KroneckerFactors, kroneckerFactors } from './kronecker-factors.ts';
import { checkBlock, type ParameterBlock } from './partition.ts';
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
  return eigenpairs(kroneckerFactors(problem, options));
}

/** Eigendecompositions of given factors. One that two blocks share (weight and bias share G) is decomposed once. */
export function eigenOfFactors(factors: readonly KroneckerFactors[]): readonly KroneckerEigen[] {
  const where = 'eigenOfFactors';
  const known = new Map<unknown, Matrix>();
  const square = (name: string, given: Matrix, n: number): Matrix => {
    const matrix = known.get(given) ?? asMatrix(where, name, given);
    known.set(given, matrix);
    checkShape(where, name, matrix, n, n);
    return matrix;
  };
  const checked = asList(where, 'factors', factors, 'Kronecker factors').map((factor, b) => {
    const name = `factors[${b}]`;
    checkObject(where, name, factor);
    const { block } = factor;
    checkBlock(where, `${name}.block`, block);
    const gradientCovariance = square(`${name}.gradientCovariance`, factor.gradientCovariance, block.rows);
    const inputCovariance = square(`${name}.inputCovariance`, factor.inputCovariance, block.cols);
    return { block, gradientCovariance, inputCovariance };
  });
  return eigenpairs(checked);
}

/** The same of what is not checked. */
function eigenpairs(factors: readonly KroneckerFactors[]): readonly KroneckerEigen[] {
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

/** The eigenpairs per block of a model, held against it. @throws {DomainError} | {ShapeError} they are none, or another model's. */
export function asKroneckerEigen(
  where: string,
  { sites, parameterCount }: Network,
  blocks: readonly KroneckerEigen[],
): readonly KroneckerEigen[] {
  let covered = 0;
  const out = asList(where, 'blocks', blocks, 'eigenpairs of Kronecker factors').map((eigen, b) => {
    checkObject(where, `blocks[${b}]`, eigen);
    const { block } = eigen;
    checkBlock(where, `blocks[${b}].block`, block);
    checkInteger(where, `blocks[${b}].block.layer`, block.layer, 0, sites.length - 1);
    covered += block.indices.length;
    return {
      block,
      left: asEigenpairs(where, `blocks[${b}].left`, eigen.left, block.rows),
      right: asEigenpairs(where, `blocks[${b}].right`, eigen.right, block.cols),
    };
  });
  if (covered !== parameterCount)
    throw new ShapeError(where, 'blocks', `to cover all ${parameterCount} parameters`, `${covered}`);
  return out;
}

function asEigenpairs(where: string, argument: string, eigen: SymmetricEigen, n: number): SymmetricEigen {
  checkObject(where, argument, eigen);
  const values = asVector(where, `${argument}.values`, eigen.values);
  const vectors = asMatrix(where, `${argument}.vectors`, eigen.vectors);
  checkLength(where, `${argument}.values`, values, n);
  checkShape(where, `${argument}.vectors`, vectors, n, n);
  return { values, vectors };
}
