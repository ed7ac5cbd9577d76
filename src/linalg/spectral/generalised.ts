/** @file The generalised symmetric eigenproblem A x = λ B x. */
import { checkBoolean, checkOptions } from '../border/arguments.ts';
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkFinite, checkShape, checkSquare } from '../checks.ts';
import { ASYMMETRY_LIMIT, type SymmetricEigen, symmetricEigen } from '../eigen/symmetric-eigen.ts';
import { DomainError } from '../errors.ts';
import { cholesky } from '../factorisations/cholesky.ts';
import { solveTriangular } from '../factorisations/triangular.ts';
import { Matrix } from '../matrix.ts';
import { exponentOf } from '../power-of-two.ts';
import { transpose } from '../products.ts';
import { timesPowerOfTwo } from '../safe-scale.ts';
import { maxAbs } from '../sum.ts';

/** Options of {@link generalisedSymmetricEigen}. */
export interface GeneralisedEigenOptions {
  /** false: values only, `vectors` is [n, 0]. Default true. */
  readonly vectors?: boolean;
}

/**
 * A X = B X diag(λ) with Xᵀ B X = I, for symmetric A and symmetric positive definite B.
 *
 * @param a - Shape [n, n]; rounding asymmetry is averaged away. @param b - Shape [n, n]; only its lower triangle is read. Neither is modified.
 * @returns `values` ascending, shape [n]; `vectors` X, shape [n, n], column i ↔ values[i], of length 1 in the inner product of B.
 * @throws {ShapeError} not square, or of different order. @throws {NonFiniteError} a or b holds NaN or ±∞. @throws {DomainError} a is not symmetric.
 * @throws {NotPositiveDefiniteError} b is not positive definite. Not checked: an eigenvalue beyond the largest double becomes ±∞.
 * Cost: that of `symmetricEigen` and 8n³/3 flops. Accuracy as tested: ‖A x − λ B x‖₂ ≤ 4 n ε (‖A‖ + |λ| ‖B‖) ‖x‖₂ κ(B)^½;
 * |Δλ| ≤ n ε κ(B) (|λ| + ‖A‖ / ‖B‖); a diagonal scaling of both, D A D and D B D, costs no digits.
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §8.7.2.
 * @example generalisedSymmetricEigen([[2, 0], [0, 6]], [[1, 0], [0, 2]]).values; // Float64Array [2, 3]
 */
export function generalisedSymmetricEigen(
  a: MatrixInput,
  b: MatrixInput,
  options: GeneralisedEigenOptions = {},
): SymmetricEigen {
  const where = 'generalisedSymmetricEigen';
  checkOptions(where, options, ['vectors']);
  const { vectors = true } = options;
  checkBoolean(where, 'vectors', vectors);
  const left = asMatrix(where, 'a', a);
  const right = asMatrix(where, 'b', b);
  checkSquare(where, 'a', left);
  checkShape(where, 'b', right, left.rows, left.cols);
  const n = left.rows;
  checkFinite(where, 'a', left.data);
  checkSymmetric(where, left);
  const p = exponent(left);
  const q = 2 * Math.trunc(exponent(right) / 2); // its square root is to be a power of two as well
  const { lower } = cholesky(scaled(right, -q));
  const half = solveTriangular(lower, scaled(left, -p), { uplo: 'lower' });
  const c = solveTriangular(lower, transpose(half), { uplo: 'lower' }); // L⁻¹ A L⁻ᵀ
  const symmetric = c.map((value, i, j) => (value + c.data[j * n + i]) / 2);
  const { values, vectors: y } = symmetricEigen(symmetric, { vectors });
  const x = vectors ? solveTriangular(lower, y, { uplo: 'lower', transpose: true }) : y;
  return { values: timesPowerOfTwo(values, p - q), vectors: scaled(x, -q / 2) };
}

function exponent(a: Matrix): number {
  const size = maxAbs(a.data);
  return size > 0 && Number.isFinite(size) ? exponentOf(size) : 0;
}

function scaled(a: Matrix, k: number): Matrix {
  return new Matrix(a.rows, a.cols, timesPowerOfTwo(a.data, k));
}

function checkSymmetric(where: string, a: Matrix): void {
  const limit = ASYMMETRY_LIMIT * maxAbs(a.data);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < i; j++) {
      const [x, y] = [a.data[i * a.cols + j], a.data[j * a.cols + i]];
      if (!(Math.abs(x - y) <= limit))
        throw new DomainError(where, 'a', 'symmetric', x - y, `a(${i}, ${j}) = ${x}, a(${j}, ${i}) = ${y}`);
    }
}
