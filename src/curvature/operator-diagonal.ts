/** @file The diagonal of a curvature from its eigenbasis and eigenvalues, without the matrix. */
import { UnsupportedError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { BlockBasis, DenseBasis, KroneckerBasis, type OrthogonalBasis } from '../linalg/operators/basis.ts';
import { IdentityBasis } from '../linalg/operators/identity-basis.ts';
import type { EigenOperator } from './eigen-operator.ts';

/**
 * diag(Q diag(σ) Qᵀ) = (Q ∘ Q) σ, exactly. The squares of a direct sum are those of its parts, and those of Q_G ⊗ Q_A are
 * (Q_G ∘ Q_G) ⊗ (Q_A ∘ Q_A), so that nothing larger than the basis itself is made.
 *
 * @param operator - Of size n, with a vector for every eigenvalue. @returns shape [n].
 * @throws {UnsupportedError} a partial basis. Cost: the square of every number of the basis, and one product with it.
 * @example operatorDiagonal(ekfac(problem)); // as ekfac(problem).toDense() has it
 */
export function operatorDiagonal(operator: EigenOperator): Vec {
  if (!operator.complete)
    throw new UnsupportedError(
      `operatorDiagonal: only ${operator.basis.width} of ${operator.rows} eigenvectors were computed; build the curvature without keepAbove.`,
    );
  return squares(operator.basis).unrotate(new Matrix(1, operator.rows, operator.values)).data;
}

/** Q ∘ Q in the form that Q has. It is not orthogonal: only its products with rows are meant. */
function squares(basis: OrthogonalBasis): OrthogonalBasis {
  if (basis instanceof IdentityBasis) return basis;
  if (basis instanceof KroneckerBasis) return new KroneckerBasis(squared(basis.left), squared(basis.right));
  if (basis instanceof BlockBasis)
    return new BlockBasis(basis.blocks.map((block) => ({ ...block, basis: squares(block.basis) })));
  return new DenseBasis(squared(basis.toDense()));
}

function squared({ rows, cols, data }: Matrix): Matrix {
  return new Matrix(
    rows,
    cols,
    data.map((x) => x * x),
  );
}
