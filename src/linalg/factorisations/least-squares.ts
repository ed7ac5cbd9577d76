/** @file Least squares, pseudo-inverse, rank and condition of matrices of any shape in one call. */
import { checkOneOf, checkOptions } from '../border/arguments.ts';
import { asMatrix, asVectorOrMatrix, type MatrixInput } from '../border/matrix.ts';
import type { VectorInput } from '../border/vector.ts';
import { checkLength, checkNonNegative, checkShape } from '../checks.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { matmul, transpose } from '../products.ts';
import { checkRepresentable, columnByColumn, timesPowerOfTwo, unsafeExponent } from '../safe-scale.ts';
import { maxAbs, norm2 } from '../sum.ts';
import { lu } from './lu.ts';
import { qr } from './qr.ts';
import { svd } from './svd.ts';
import { solveTriangular } from './triangular.ts';

/** Options of {@link leastSquares}, {@link pseudoInverse} and {@link matrixRank}. */
export interface RankOptions {
  /** What is smaller than this part of the largest counts as zero. Default max(m, n) ε. */
  readonly rcond?: number;
}

/** What {@link leastSquares} returns; T is the type of b. */
export interface LeastSquares<T> {
  /** The shortest x that minimises ‖A x − b‖₂: shape [n], or [n, k]. */
  readonly x: T;
  /** The numerical rank of A that was found. */
  readonly rank: number;
  /** ‖A x − b‖₂ of every right-hand side, shape [1] or [k]. */
  readonly residuals: Vec;
}

/**
 * Among the x that minimise ‖A x − b‖₂ the shortest, for tall, wide and rank-deficient A, by a complete orthogonal decomposition:
 * A P = Q R with pivoting, then (the first `rank` rows of R)ᵀ = Z S.
 *
 * @param matrix - A, shape [m, n], any. Not modified. @param b - A vector, shape [m], or one right-hand side per column, shape [m, k]. Not modified.
 * @param options - `rcond`: diagonal elements of R up to rcond |r₀₀| count as zero. Scaling columns changes that.
 * @returns x, rank and residuals.
 * @throws {ShapeError} b has another number of rows. @throws {NonFiniteError} a holds NaN or ±∞. @throws {DomainError} rcond.
 * Not checked: NaN and ±∞ in b. That the diagonal of R shows the rank: it rarely fails, and `svd(a).solve(b)` decides safely.
 * Cost: 4mn² flops and 4(m + n) min(m, n) per right-hand side, less than an SVD.
 * Accuracy as tested: that of the SVD: relative error ≤ c max(m, n) ε (κ + κ² ‖r‖ / (‖A‖ ‖x‖)), κ over the kept part.
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §5.4.7 and §5.5.
 * @example leastSquares(Matrix.of([[1, 1], [1, 1]]), Float64Array.of(1, 3)).x; // Float64Array [1, 1] up to rounding
 */
export function leastSquares(
  matrix: MatrixInput,
  b: Matrix | readonly VectorInput[],
  options?: RankOptions,
): LeastSquares<Matrix>;
export function leastSquares(matrix: MatrixInput, b: VectorInput, options?: RankOptions): LeastSquares<Vec>;
export function leastSquares(
  matrix: MatrixInput,
  b: VectorInput | MatrixInput,
  options: RankOptions = {},
): LeastSquares<Vec> | LeastSquares<Matrix> {
  const where = 'leastSquares';
  checkOptions(where, options, ['rcond']);
  const a = asMatrix(where, 'a', matrix);
  const given = asVectorOrMatrix(where, 'b', b);
  const { rcond = Math.max(a.rows, a.cols) * Number.EPSILON } = options;
  if (given instanceof Matrix) checkShape(where, 'b', given, a.rows, given.cols);
  else checkLength(where, 'b', given, a.rows);
  checkNonNegative(where, 'rcond', rcond);
  const right = given instanceof Matrix ? given : new Matrix(a.rows, 1, given);
  const { x, rank } = shortestByColumns(a, right, rcond);
  checkRepresentable(where, right.data, x.data);
  const gap = matmul(a, x, { alpha: -1, out: right.clone(), accumulate: true });
  const residuals = Float64Array.from({ length: right.cols }, (_, j) => norm2(gap.column(j)));
  return given instanceof Matrix ? { x, rank, residuals } : { x: x.data, rank, residuals };
}

/** By column where one scale does not suit all of b; the rank is that of A, and the same for all. */
function shortestByColumns(a: Matrix, b: Matrix, rcond: number): { x: Matrix; rank: number } {
  let rank = 0;
  const apart = columnByColumn(b, (column) => {
    const one = shortestByColumns(a, new Matrix(b.rows, 1, column), rcond);
    rank = one.rank;
    return one.x.data;
  });
  if (apart !== undefined) return { x: apart, rank };
  const [downA, downB] = [unsafeExponent(maxAbs(a.data)), unsafeExponent(maxAbs(b.data))];
  return downA === 0 && downB === 0 ? shortest(a, b, rcond) : scaledShortest(a, b, rcond, downA, downB);
}

/** The same for A and b near the ends of the doubles: by A and b of size 1. */
function scaledShortest(
  a: Matrix,
  b: Matrix,
  rcond: number,
  downA: number,
  downB: number,
): { x: Matrix; rank: number } {
  const near = (m: Matrix, k: number): Matrix => new Matrix(m.rows, m.cols, timesPowerOfTwo(m.data, -k));
  const { x, rank } = shortest(near(a, downA), near(b, downB), rcond);
  return { x: near(x, downA - downB), rank };
}

function shortest(a: Matrix, b: Matrix, rcond: number): { x: Matrix; rank: number } {
  const n = a.cols;
  const x = new Matrix(n, b.cols);
  const factor = qr(a, { pivoting: true });
  const { upper, permutation } = factor;
  const size = (i: number): number => Math.abs(upper.data[i * (n + 1)]);
  let rank = 0;
  while (rank < upper.rows && size(rank) > rcond * size(0)) rank++;
  if (rank === 0) return { x, rank };
  const y = matmul(factor.orthogonal(), b, { transposeA: true }).rowRange(0, rank);
  const kept = upper.rowRange(0, rank);
  let z: Matrix;
  if (rank === n) {
    z = solveTriangular(kept, y, { uplo: 'upper' });
  } else {
    const second = qr(transpose(kept)); // R = Sᵀ Zᵀ
    z = matmul(second.orthogonal(), solveTriangular(second.upper, y, { uplo: 'upper', transpose: true }));
  }
  for (const [j, p] of permutation.entries()) x.row(p).set(z.row(j));
  return { x, rank };
}

/**
 * The pseudo-inverse A⁺ of Moore and Penrose, by the SVD. To apply A⁺, {@link leastSquares} is better.
 *
 * @param a - Shape [m, n], any. Not modified. @param options - `rcond`: σ up to rcond σ₀ count as zero.
 * @returns shape [n, m]. @throws {NonFiniteError} a holds NaN or ±∞. @throws {DomainError} rcond.
 * Cost and accuracy: those of {@link svd}, and 2mn min(m, n) flops; relative error ≤ c max(m, n) ε κ².
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §5.5.2.
 * @example pseudoInverse(Matrix.of([[2, 0], [0, 0]])).toArray(); // [[0.5, 0], [0, 0]]
 */
export function pseudoInverse(a: MatrixInput, options: RankOptions = {}): Matrix {
  checkOptions('pseudoInverse', options, ['rcond']);
  if (options.rcond !== undefined) checkNonNegative('pseudoInverse', 'rcond', options.rcond);
  return svd(asMatrix('pseudoInverse', 'a', a)).pseudoInverse(options.rcond);
}

/**
 * The numerical rank: how many singular values exceed rcond σ₀.
 *
 * @param a - Shape [m, n], any. Not modified. @param options - `rcond`.
 * @throws {NonFiniteError} a holds NaN or ±∞. @throws {DomainError} rcond. Cost: that of {@link svd}.
 * @example matrixRank(Matrix.of([[1, 2], [2, 4]])); // 1
 */
export function matrixRank(a: MatrixInput, options: RankOptions = {}): number {
  checkOptions('matrixRank', options, ['rcond']);
  if (options.rcond !== undefined) checkNonNegative('matrixRank', 'rcond', options.rcond);
  return svd(asMatrix('matrixRank', 'a', a)).rank(options.rcond);
}

/** Options of {@link conditionNumber}. */
export interface ConditionOptions {
  /** 2 (default): exactly, for any shape. 1: an estimate, for square matrices, that costs far less. */
  readonly norm?: 1 | 2;
}

/**
 * κ(A) = ‖A‖ ‖A⁺‖: how much a relative change of A or b can move the solution of A x = b.
 *
 * @param a - Shape [m, n], any; square for norm 1. Not modified. @param options - `norm`.
 * @returns norm 2: σ₀ / σ_{r−1}, ∞ when the last is 0; norm 1: an estimate from below, rarely less than a third of κ₁, ∞ when a pivot is 0.
 * 1 for an empty matrix. @throws {NonFiniteError} a holds NaN or ±∞. @throws {ShapeError} norm 1 of a matrix that is not square.
 * @throws {DomainError} another norm. Cost: that of {@link svd}, or of {@link lu}. Beyond 1/ε no digit of the result is right.
 * Reference: Higham, Accuracy and Stability of Numerical Algorithms (2nd ed., 2002), §6.2 and chapter 15.
 * @example conditionNumber(Matrix.of([[3, 0], [0, -4]])); // 1.3333333333333333
 */
export function conditionNumber(a: MatrixInput, options: ConditionOptions = {}): number {
  checkOptions('conditionNumber', options, ['norm']);
  const { norm = 2 } = options;
  checkOneOf('conditionNumber', 'norm', norm, [1, 2]);
  const matrix = asMatrix('conditionNumber', 'a', a);
  if (norm === 2) return svd(matrix).condition();
  return 1 / lu(matrix).reciprocalCondition();
}
