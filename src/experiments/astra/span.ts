/** @file Coordinates in the span of some vectors: where an iteration that never leaves it can run in fewer dimensions. */
import { Matrix, matmul, symmetricEigen, syrk } from '../../linalg/index.ts';

/** An orthonormal basis of the span of n rows, and what the rows are in it. */
export interface Span {
  /** Row i in the basis, [n, r]; inner products of rows are kept. */
  readonly coordinates: Matrix;
  /** Coordinates [k, r] back to vectors [k, D]. */
  lift(coordinates: Matrix): Matrix;
}

/**
 * The span of the rows of A by the eigenvectors of their Gram matrix, A Aᵀ = U Λ Uᵀ: coordinates U Λ^½, basis Λ^−½ Uᵀ A. Eigenvalues
 * below n ε λ_max are rounding and left out.
 *
 * Neumann iterations on G = JᵀJ/N from right-hand sides in the span stay in it, as do exact solutions, if J's rows are among A's.
 * Cost: n² D flops for the Gram matrix, 9n³ for its eigenvectors. Accuracy: inner products to about n ε λ_max.
 */
export function spanOf(rows: Matrix): Span {
  const { values, vectors } = symmetricEigen(syrk(rows));
  const largest = values[values.length - 1];
  const first = values.findIndex((value) => value > rows.rows * Number.EPSILON * largest);
  const kept = first < 0 ? 0 : rows.rows - first;
  const scaledVectors = (power: 0.5 | -0.5): Matrix => {
    const out = new Matrix(rows.rows, kept);
    for (let i = 0; i < rows.rows; i++)
      for (let k = 0; k < kept; k++)
        out.data[i * kept + k] = vectors.data[i * rows.rows + first + k] * values[first + k] ** power;
    return out;
  };
  return {
    coordinates: scaledVectors(0.5),
    lift: (coordinates) => matmul(matmul(coordinates, scaledVectors(-0.5), { transposeB: true }), rows),
  };
}
