/** @file Linear systems with a triangular matrix. */
import { checkBoolean, checkOneOf, checkOptions } from '../border/arguments.ts';
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkShape, checkSquare } from '../checks.ts';
import { SingularError } from '../errors.ts';
import { kernels } from '../kernels/select.ts';
import { triangle, trsm } from '../kernels/trsm.ts';
import type { Matrix } from '../matrix.ts';

/** Options of {@link solveTriangular}. */
export interface TriangularOptions {
  /** Which triangle of T holds the matrix; the other one is not read. */
  readonly uplo: 'lower' | 'upper';
  /** Solve Tᵀ X = B. Default false. */
  readonly transpose?: boolean;
  /** The diagonal is 1 and not read. Default false. */
  readonly unit?: boolean;
}

/**
 * X with T X = B, or Tᵀ X = B, for triangular T.
 *
 * @param t - Shape [n, n]; only the triangle `uplo` is read. @param b - Shape [n, k], k ≥ 0. Neither is modified.
 * @returns X, shape [n, k].
 * @throws {ShapeError} t is not square or b has another number of rows. @throws {SingularError} a zero on the diagonal.
 * Not checked: NaN and ±∞; a small diagonal.
 * Cost: n²k flops, blocked by matrix products. Accuracy as tested: |T X − B| ≤ 4 n ε |T| |X|, whatever T's condition.
 * Reference: Higham, Accuracy and Stability of Numerical Algorithms (2nd ed., 2002), §8.1.
 * @example solveTriangular(Matrix.of([[2, 0], [1, 1]]), Matrix.of([[2], [3]]), { uplo: 'lower' }).toArray(); // [[1], [2]]
 */
export function solveTriangular(t: MatrixInput, b: MatrixInput, options: TriangularOptions): Matrix {
  const where = 'solveTriangular';
  checkOptions(where, options, ['uplo', 'transpose', 'unit']);
  const { uplo, transpose = false, unit = false } = options;
  checkOneOf(where, 'uplo', uplo, ['lower', 'upper']);
  checkBoolean(where, 'transpose', transpose);
  checkBoolean(where, 'unit', unit);
  const matrix = asMatrix(where, 't', t);
  const right = asMatrix(where, 'b', b);
  checkSquare(where, 't', matrix);
  checkShape(where, 'b', right, matrix.rows, right.cols);
  const n = matrix.rows;
  if (!unit)
    for (let i = 0; i < n; i++)
      if (matrix.data[i * n + i] === 0)
        throw new SingularError('solveTriangular', 0, `Diagonal element ${i} is zero.`);
  const x = right.clone();
  const lower = (uplo === 'lower') !== transpose;
  const solved = triangle(matrix.data, n, { upper: !lower, unit, transposed: transpose });
  trsm(kernels(), solved, { data: x.data, at: 0, cols: x.cols, stride: x.cols });
  return x;
}
