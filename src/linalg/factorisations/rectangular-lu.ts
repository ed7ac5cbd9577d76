/** @file LU factorisation of matrices of any shape, with partial or complete pivoting. */
import { checkOneOf, checkOptions } from '../border/arguments.ts';
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkFinite, checkNonNegative } from '../checks.ts';
import { UnsupportedError } from '../errors.ts';
import { kernels } from '../kernels/select.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { exponentOf } from '../power-of-two.ts';
import { matmul } from '../products.ts';
import { timesPowerOfTwo } from '../safe-scale.ts';
import { maxAbs } from '../sum.ts';
import { solveTriangular } from './triangular.ts';

/** Where a pivot is looked for: in its column, or in all that is left. */
export type LuPivoting = 'partial' | 'complete';

/** Options of {@link rectangularLu}. */
export interface RectangularLuOptions {
  /** `complete` reveals the rank, and looks at every element for each pivot. Default 'partial'. */
  readonly pivoting?: LuPivoting;
}

/** P A Q = L U, as {@link rectangularLu} returns it; k = min(m, n). */
export class RectangularLu {
  /** L, shape [m, k]: 1 on the diagonal, zeros above it, no element larger than 1. */
  readonly lower: Matrix;
  /** U, shape [k, n], zeros below the diagonal. */
  readonly upper: Matrix;
  /** Row i of P A Q is row rowPermutation[i] of A, shape [m]. */
  readonly rowPermutation: Int32Array;
  /** Column j of P A Q is column columnPermutation[j] of A, shape [n]; the identity with partial pivoting. */
  readonly columnPermutation: Int32Array;
  private readonly pivoting: LuPivoting;

  /** Made by {@link rectangularLu}. */
  constructor(
    lower: Matrix,
    upper: Matrix,
    rowPermutation: Int32Array,
    columnPermutation: Int32Array,
    pivoting: LuPivoting,
  ) {
    this.lower = lower;
    this.upper = upper;
    this.rowPermutation = rowPermutation;
    this.columnPermutation = columnPermutation;
    this.pivoting = pivoting;
  }

  /**
   * How many pivots are larger than `relative` times the first, after complete pivoting. For hard cases `matrixRank`, by singular values.
   *
   * @param relative - Default max(m, n) ε. @throws {UnsupportedError} with partial pivoting a small pivot says nothing.
   * @throws {DomainError} relative is negative or not finite.
   */
  rank(relative: number = Math.max(this.lower.rows, this.upper.cols) * Number.EPSILON): number {
    checkNonNegative('RectangularLu.rank', 'relative', relative);
    if (this.pivoting !== 'complete')
      throw new UnsupportedError("RectangularLu.rank: the rank needs { pivoting: 'complete' }.");
    const pivots = Array.from({ length: this.lower.cols }, (_, i) => Math.abs(this.upper.at(i, i)));
    return pivots.filter((pivot) => pivot > 0 && pivot > relative * pivots[0]).length;
  }

  /**
   * Columns that span the null space of A, shape [n, n − rank]: A N = 0 up to rounding. Not orthonormal.
   *
   * @param relative - As in {@link rank}. @throws as rank.
   */
  nullSpace(relative?: number): Matrix {
    const rank = this.rank(relative);
    const { cols: n } = this.upper;
    const free = n - rank;
    const corner = new Matrix(rank, rank).map((_, i, j) => this.upper.at(i, j));
    const rest = new Matrix(rank, free).map((_, i, j) => -this.upper.at(i, rank + j));
    const solved = solveTriangular(corner, rest, { uplo: 'upper' });
    const out = new Matrix(n, free);
    for (const [i, p] of this.columnPermutation.entries())
      if (i < rank) out.row(p).set(solved.row(i));
      else out.set(p, i - rank, 1);
    return out;
  }

  /** Pᵀ L U Qᵀ, shape [m, n]: A up to rounding. */
  reconstruct(): Matrix {
    const product = matmul(this.lower, this.upper);
    const out = new Matrix(product.rows, product.cols);
    for (const [i, p] of this.rowPermutation.entries())
      for (const [j, q] of this.columnPermutation.entries()) out.data[p * out.cols + q] = product.at(i, j);
    return out;
  }
}

/**
 * Factors P A Q = L U for A of any shape; Q = I with partial pivoting. Square systems are solved by `lu`, which is blocked.
 *
 * @param a - Shape [m, n]. Not modified. Any scale, any rank. @param options - `pivoting`: 'partial', the default, or 'complete'.
 * @returns the factors, with rank and nullSpace after complete pivoting.
 * @throws {NonFiniteError} a holds NaN or ±∞. @throws {DomainError} another pivoting.
 * Cost: mn² − n³/3 flops for m ≥ n, and as many comparisons with complete pivoting. Accuracy as tested: |P A Q − L U| ≤ 2 k ε |L||U|.
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §3.4.
 * @example rectangularLu([[1, 2, 3], [2, 4, 6]], { pivoting: 'complete' }).rank(); // 1
 */
export function rectangularLu(a: MatrixInput, options: RectangularLuOptions = {}): RectangularLu {
  checkOptions('rectangularLu', options, ['pivoting']);
  const { pivoting = 'partial' } = options;
  checkOneOf('rectangularLu', 'pivoting', pivoting, ['partial', 'complete']);
  const matrix = asMatrix('rectangularLu', 'a', a);
  checkFinite('rectangularLu', 'a', matrix.data);
  const { rows: m, cols: n } = matrix;
  const k = Math.min(m, n);
  const size = maxAbs(matrix.data);
  const exponent = size === 0 ? 0 : exponentOf(size);
  const w = exponent === 0 ? matrix.data.slice() : timesPowerOfTwo(matrix.data, -exponent);
  const rows = Int32Array.from({ length: m }, (_, i) => i);
  const columns = Int32Array.from({ length: n }, (_, j) => j);
  for (let s = 0; s < k; s++) {
    const [i, j] = pivotOf(w, m, n, s, pivoting === 'complete' ? n : s + 1);
    if (i !== s) swapRows(w, n, rows, i, s);
    if (j !== s) swapColumns(w, m, n, columns, j, s);
    eliminate(w, m, n, s);
  }
  const lower = new Matrix(m, k).map((_, i, j) => (i === j ? 1 : i > j ? w[i * n + j] : 0));
  const upper = new Matrix(k, n).map((_, i, j) => (i <= j ? w[i * n + j] : 0));
  upper.data.set(timesPowerOfTwo(upper.data, exponent));
  return new RectangularLu(lower, upper, rows, columns, pivoting);
}

/** The place of the largest element in rows from s on and columns s … end−1. */
function pivotOf(w: Vec, m: number, n: number, s: number, end: number): [number, number] {
  let [best, row, column] = [0, s, s];
  for (let i = s; i < m; i++)
    for (let j = s; j < end; j++)
      if (Math.abs(w[i * n + j]) > best) [best, row, column] = [Math.abs(w[i * n + j]), i, j];
  return [row, column];
}

function swapRows(w: Vec, n: number, rows: Int32Array, i: number, s: number): void {
  const kept = w.slice(i * n, (i + 1) * n);
  w.copyWithin(i * n, s * n, (s + 1) * n);
  w.set(kept, s * n);
  [rows[i], rows[s]] = [rows[s], rows[i]];
}

function swapColumns(w: Vec, m: number, n: number, columns: Int32Array, j: number, s: number): void {
  for (let i = 0; i < m; i++) [w[i * n + j], w[i * n + s]] = [w[i * n + s], w[i * n + j]];
  [columns[j], columns[s]] = [columns[s], columns[j]];
}

/** The multipliers of column s, below the diagonal, and what is left of the rest. */
function eliminate(w: Vec, m: number, n: number, s: number): void {
  const pivot = w[s * n + s];
  if (pivot === 0) return; // so is all below it
  const l = new Float64Array(m - s - 1);
  for (let i = 0; i < l.length; i++) {
    l[i] = w[(s + 1 + i) * n + s] / pivot;
    w[(s + 1 + i) * n + s] = l[i];
  }
  kernels().ger(l.length, n - s - 1, -1, l, 0, w, s * n + s + 1, w, (s + 1) * n + s + 1, n);
}
