/** @file Linear systems and determinants of square matrices in one call. */
import { checkBoolean, checkOptions } from '../border/arguments.ts';
import { asMatrix, asVectorOrMatrix, type MatrixInput } from '../border/matrix.ts';
import type { VectorInput } from '../border/vector.ts';
import { checkLength, checkNonNegative, checkShape, checkSquare } from '../checks.ts';
import { SingularError } from '../errors.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { type Cholesky, cholesky } from './cholesky.ts';
import { type Lu, lu } from './lu.ts';

/** Options of {@link solve}. */
export interface SolveOptions {
  /** true: A is symmetric positive definite, and only its lower triangle is read. Half the work. Default false. */
  readonly positiveDefinite?: boolean;
  /**
   * Refuse A when the estimate of 1 / (‖A‖₁ ‖A⁻¹‖₁) is below this; default ε. 0: refuse exactly singular matrices only, which suits
   * rows or columns of very different scale. Not used with `positiveDefinite`, where Cholesky has a test of its own.
   */
  readonly rcond?: number;
}

/**
 * A⁻¹ b for square A: by LU with partial pivoting, or by Cholesky where A is promised to be positive definite.
 *
 * @param a - Shape [n, n]. Not modified. @param b - A vector, shape [n], or one right-hand side per column, shape [n, k]. Not modified.
 * @returns x with A x = b, shaped as b.
 * @throws {ShapeError} a is not square, or b has another number of rows. @throws {NonFiniteError} a holds NaN or ±∞.
 * @throws {SingularError} a pivot is zero, or the condition is beyond `rcond`; carries the pivot, or the estimate.
 * @throws {NumericalError} an element of x is beyond the largest double. @throws {NotPositiveDefiniteError} with `positiveDefinite`, when it is not; carries pivot and index. @throws {DomainError} rcond.
 * Not checked: NaN and ±∞ in b, which come out again.
 * Cost: 2n³/3 flops (n³/3 positive definite) and 2n²k; factor once with {@link lu} or {@link cholesky} to solve again.
 * Accuracy: that of `Lu.solve` and `Cholesky.solve`: ‖A x − b‖ ≤ c n ε ‖A‖ ‖x‖.
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §3.4 and §4.2.
 * @example solve(Matrix.of([[0, 2], [4, 2]]), Float64Array.of(2, 6)); // Float64Array [1, 1]
 */
export function solve(a: MatrixInput, b: Matrix | readonly VectorInput[], options?: SolveOptions): Matrix;
export function solve(a: MatrixInput, b: VectorInput, options?: SolveOptions): Vec;
export function solve(a: MatrixInput, b: VectorInput | MatrixInput, options?: SolveOptions): Vec | Matrix;
export function solve(
  a: MatrixInput,
  b: VectorInput | MatrixInput,
  options: SolveOptions = {},
): Vec | Matrix {
  const [matrix, factorise] = prepared('solve', a, options);
  const right = asVectorOrMatrix('solve', 'b', b);
  if (right instanceof Matrix) checkShape('solve', 'b', right, matrix.rows, right.cols);
  else checkLength('solve', 'b', right, matrix.rows);
  return factorise().solve(right);
}

/**
 * A⁻¹. To apply it, {@link solve} is faster and more accurate.
 *
 * @param a - Shape [n, n]. Not modified. @param options - As in {@link solve}. @returns shape [n, n]; exactly symmetric with `positiveDefinite`.
 * @throws as {@link solve}: a is not square, not finite, singular, or not positive definite where that was promised.
 * Cost: 2n³ flops and the factorisation. Accuracy as tested: ‖A A⁻¹ − I‖ ≤ 4 n ε ‖A‖ ‖A⁻¹‖.
 * @example inverse([[2, 0], [0, 4]]).toArray(); // [[0.5, 0], [0, 0.25]]
 */
export function inverse(a: MatrixInput, options: SolveOptions = {}): Matrix {
  const [, factorise] = prepared('inverse', a, options);
  return factorise().inverse();
}

/** The checked matrix, and how to factorise it. */
function prepared(
  where: string,
  a: MatrixInput,
  options: SolveOptions,
): readonly [Matrix, () => Lu | Cholesky] {
  checkOptions(where, options, ['positiveDefinite', 'rcond']);
  const { positiveDefinite = false, rcond = Number.EPSILON } = options;
  checkBoolean(where, 'positiveDefinite', positiveDefinite);
  checkNonNegative(where, 'rcond', rcond);
  const matrix = asMatrix(where, 'a', a);
  checkSquare(where, 'a', matrix);
  return [matrix, () => (positiveDefinite ? cholesky(matrix) : wellConditioned(where, matrix, rcond))];
}

function wellConditioned(where: string, a: Matrix, rcond: number): Lu {
  const factor = lu(a);
  const estimate = factor.reciprocalCondition();
  if (estimate === 0 || estimate < rcond)
    throw new SingularError(
      where,
      estimate,
      'The magnitude is an estimate of 1 / (‖A‖₁ ‖A⁻¹‖₁). Use leastSquares, add damping, or scale rows and columns and set rcond to 0.',
      rcond > Number.EPSILON && estimate >= Number.EPSILON
        ? `the condition is beyond rcond = ${rcond}`
        : undefined,
    );
  return factor;
}

/**
 * det A; 0 for a singular matrix, ±∞ or 0 where it leaves the doubles: then {@link logDeterminant} tells. 1 for an empty matrix.
 *
 * @param a - Shape [n, n]. Not modified. @throws {ShapeError} a is not square. @throws {NonFiniteError} a holds NaN or ±∞.
 * Cost: 2n³/3 flops. Accuracy: that of {@link lu}: the determinant of a matrix within c n ε of A.
 * @example determinant(Matrix.of([[1, 2], [3, 4]])); // -2
 */
export function determinant(a: MatrixInput): number {
  const matrix = asMatrix('determinant', 'a', a);
  checkSquare('determinant', 'a', matrix);
  return lu(matrix).determinant();
}

/**
 * log |det A| and the sign of det A: −1, 0 or 1 (then the logarithm is −∞).
 *
 * @param a - Shape [n, n]. Not modified. @throws {ShapeError} a is not square. @throws {NonFiniteError} a holds NaN or ±∞.
 * Cost: 2n³/3 flops; for a positive definite A, `cholesky(a).logDeterminant()` takes half.
 * @example logDeterminant(Matrix.of([[0, 1], [1, 0]])).sign; // -1
 */
export function logDeterminant(a: MatrixInput): { logAbsolute: number; sign: number } {
  const matrix = asMatrix('logDeterminant', 'a', a);
  checkSquare('logDeterminant', 'a', matrix);
  return lu(matrix).logDeterminant();
}
