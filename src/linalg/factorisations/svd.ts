/** @file Singular value decomposition: QR, then the rows of R made orthogonal (one-sided Jacobi). */
import { checkOneOf, checkOptions } from '../border/arguments.ts';
import { asMatrix, asVectorOrMatrix, type MatrixInput } from '../border/matrix.ts';
import { asVector, type VectorInput } from '../border/vector.ts';
import { checkFinite, checkInteger, checkLength, checkNonNegative, checkShape } from '../checks.ts';
import { ShapeError } from '../errors.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { exponentOf, scalingByPowerOfTwo } from '../power-of-two.ts';
import { matmul, transpose } from '../products.ts';
import { checkRepresentable, columnByColumn, timesPowerOfTwo, unsafeExponent } from '../safe-scale.ts';
import { maxAbs } from '../sum.ts';
import { qr } from './qr.ts';
import { sortedTriangleSvd, triangleSvd } from './triangle-svd.ts';

/** Up to this many columns plain rotations are faster than matrix products. */
const SMALL = 24;

/** Options of {@link svd}. */
export interface SvdOptions {
  /** 'economy' (the default): U [m, r], V [n, r] with r = min(m, n). 'full': U [m, m], V [n, n]. */
  readonly size?: 'economy' | 'full';
}

/** A = U diag(σ) Vᵀ, as {@link svd} returns it. */
export class Svd {
  /** Left singular vectors in columns, [m, r] or [m, m]. */
  readonly u: Matrix;
  /** σ, descending and ≥ 0, shape [r] with r = min(m, n). */
  readonly values: Vec;
  /** Right singular vectors in columns, [n, r] or [n, n]; the largest element of each of the first r is positive. */
  readonly v: Matrix;

  /** σ of 2^−exponent A, where A is near the ends of the doubles; else `values`. */
  private readonly scaled: Vec;
  private readonly exponent: number;

  /**
   * @param u - As the property. @param values - Likewise. @param v - Likewise.
   * @param exponent - k, when `values` are those of 2^−k A. Default 0.
   */
  constructor(u: MatrixInput, values: VectorInput, v: MatrixInput, exponent = 0) {
    this.u = asMatrix('Svd', 'u', u);
    this.scaled = asVector('Svd', 'values', values);
    this.v = asMatrix('Svd', 'v', v);
    checkInteger('Svd', 'exponent', exponent, -1100, 1100);
    for (const [name, { cols }] of [
      ['u', this.u],
      ['v', this.v],
    ] as const)
      if (cols < this.scaled.length)
        throw new ShapeError(
          'Svd',
          name,
          `at least ${this.scaled.length} columns wide, one for each value`,
          `${cols}`,
        );
    this.values = timesPowerOfTwo(this.scaled, exponent);
    this.exponent = exponent;
  }

  /**
   * The number of σ above the cut-off.
   *
   * @param relative - Cut-off as a part of σ₀, default max(m, n) ε. @throws {DomainError} relative is negative or not finite.
   */
  rank(relative: number = this.defaultCutoff()): number {
    checkNonNegative('Svd.rank', 'relative', relative);
    return this.scaled.filter((s) => s > relative * this.scaled[0]).length;
  }

  /** σ₀ / σ_{r−1}, the condition number in the 2-norm; ∞ when the last is 0, 1 for an empty matrix. */
  condition(): number {
    const r = this.scaled.length;
    return r === 0
      ? 1
      : this.scaled[0] === 0
        ? Number.POSITIVE_INFINITY
        : this.scaled[0] / this.scaled[r - 1];
  }

  /**
   * A⁺ b: among the x that minimise ‖A x − b‖₂ the shortest. Singular values up to the cut-off count as zero.
   *
   * @param b - A vector, shape [m], or one right-hand side per column, shape [m, k]. Not modified.
   * @param relative - As in {@link rank}.
   * @returns x, shape [n] or [n, k]. @throws {ShapeError} b has another number of rows.
   * Cost: 2r(m + n) flops per right-hand side.
   */
  solve(b: Matrix | readonly VectorInput[], relative?: number): Matrix;
  solve(b: VectorInput, relative?: number): Vec;
  solve(b: VectorInput | MatrixInput, relative: number = this.defaultCutoff()): Vec | Matrix {
    const m = this.u.rows;
    const given = asVectorOrMatrix('Svd.solve', 'b', b);
    if (given instanceof Matrix) checkShape('Svd.solve', 'b', given, m, given.cols);
    else checkLength('Svd.solve', 'b', given, m);
    const rank = this.rank(relative);
    if (given instanceof Matrix) {
      const apart = columnByColumn(given, (column) => this.solve(column, relative));
      if (apart !== undefined) return apart;
    }
    const down = unsafeExponent(maxAbs(given instanceof Matrix ? given.data : given));
    const scaled = timesPowerOfTwo(given instanceof Matrix ? given.data : given, -down);
    const right = new Matrix(m, given instanceof Matrix ? given.cols : 1, scaled);
    const y = matmul(this.u, right, { transposeA: true });
    for (let i = 0; i < y.rows; i++) {
      const row = y.row(i);
      for (let j = 0; j < row.length; j++) row[j] = i < rank ? row[j] / this.scaled[i] : 0;
    }
    const x = matmul(this.v, padRows(y, this.v.cols));
    if (down !== this.exponent) x.data.set(timesPowerOfTwo(x.data, down - this.exponent));
    checkRepresentable('Svd.solve', scaled, x.data);
    return given instanceof Matrix ? x : x.data;
  }

  /** A⁺, shape [n, m]. @param relative - As in {@link rank}. To apply A⁺, {@link solve} is better. */
  pseudoInverse(relative: number = this.defaultCutoff()): Matrix {
    return this.solve(Matrix.identity(this.u.rows), relative);
  }

  /** U diag(σ) Vᵀ, shape [m, n]: A up to rounding. */
  reconstruct(): Matrix {
    const scaled = transpose(this.v); // rows v_iᵀ
    for (let i = 0; i < scaled.rows; i++) {
      const row = scaled.row(i);
      const sigma = i < this.scaled.length ? this.scaled[i] : 0;
      for (let j = 0; j < row.length; j++) row[j] *= sigma;
    }
    const product = matmul(this.u, padRows(scaled, this.u.cols));
    product.data.set(timesPowerOfTwo(product.data, this.exponent));
    return product;
  }

  private defaultCutoff(): number {
    return Math.max(this.u.rows, this.v.rows) * Number.EPSILON;
  }
}

/**
 * Singular value decomposition A = U diag(σ) Vᵀ with orthonormal U and V. AᵀA, which would halve the digits, is never formed.
 *
 * @param matrix - A, any shape [m, n], also 0. Not modified. Any scale.
 * @returns U, σ and V with what they are good for: rank, condition, solve, pseudoInverse, reconstruct.
 * @throws {NonFiniteError} a holds NaN or ±∞.
 * @throws {ConvergenceError} rows are still not orthogonal after 40 sweeps; carries the largest cosine.
 * Cost (m ≥ n; else with m and n exchanged): 4mn² flops for QR and U; for R, where σ₀ < 10⁶ σ_{n−1}, about 16n³, nearly all in
 * matrix products. Where singular values spread further, another 8n³ and some 12n³ for each of 3 to 6 rounds. Memory: about 8n² doubles.
 * Accuracy as tested: ‖A − U Σ Vᵀ‖_F ≤ 16 k ε ‖A‖_F, U and V orthonormal to 16 k ε √r, |σᵢ − exact| ≤ 4 k ε σ₀ with k = max(m, n);
 * columns of very different length keep their small σ to full relative accuracy. σ below 1e-290 σ₀ are returned as 0.
 * Reference: Drmač and Veselić (2008), New fast and accurate Jacobi SVD algorithm I, SIAM J. Matrix Anal. Appl. 29; how the
 * rotations are gathered into products is told at orthogonaliseByGram.
 * @example svd(Matrix.of([[3, 0], [0, -4]])).values; // Float64Array [4, 3]
 */
export function svd(matrix: MatrixInput, options: SvdOptions = {}): Svd {
  checkOptions('svd', options, ['size']);
  const { size = 'economy' } = options;
  checkOneOf('svd', 'size', size, ['economy', 'full']);
  const a = asMatrix('svd', 'a', matrix);
  checkFinite('svd', 'a', a.data);
  const full = size === 'full';
  // near the ends of the doubles the values are kept scaled beside their roundings
  const exponent = unsafeExponent(maxAbs(a.data));
  const near = exponent === 0 ? a : new Matrix(a.rows, a.cols, timesPowerOfTwo(a.data, -exponent));
  const { u, values, v } = near.rows >= near.cols ? tallSvd(near, full) : transposedSvd(near, full);
  return fixSigns(new Svd(u, values, v, exponent));
}

/** m < n, by the transposed matrix. */
function transposedSvd(a: Matrix, full: boolean): Svd {
  const { u, values, v } = tallSvd(transpose(a), full);
  return new Svd(v, values, u);
}

/** m ≥ n. With A P = Q R and R = L Σ Wᵀ: U = Q L, V = P W. */
function tallSvd(a: Matrix, full: boolean): Svd {
  const { rows: m, cols: n } = a;
  const size = maxAbs(a.data);
  const exponent = size === 0 ? 0 : exponentOf(size);
  const scaled = new Matrix(m, n, a.data.map(scalingByPowerOfTwo(-exponent)));
  const factor = qr(scaled, { pivoting: n <= SMALL });
  const { left, values, right } = n <= SMALL ? sortedTriangleSvd(factor.upper) : triangleSvd(factor.upper);
  const w = transpose(right);
  const v = new Matrix(n, n);
  for (const [j, p] of factor.permutation.entries()) v.row(p).set(w.row(j));
  const l = Matrix.identity(full ? m : n);
  for (let k = 0; k < n; k++) for (let i = 0; i < n; i++) l.data[i * l.cols + k] = left.data[k * n + i];
  const u = matmul(factor.orthogonal(full ? 'full' : 'economy'), l);
  return new Svd(u, values.map(scalingByPowerOfTwo(exponent)), v);
}

/** Y with zero rows appended, or rows cut off, up to `rows`. */
function padRows(y: Matrix, rows: number): Matrix {
  if (y.rows === rows) return y;
  const out = new Matrix(rows, y.cols);
  out.data.set(y.data.subarray(0, Math.min(y.rows, rows) * y.cols));
  return out;
}

/** Makes the largest element of each right singular vector positive. */
function fixSigns(svd: Svd): Svd {
  const { u, v, values } = svd;
  for (let k = 0; k < values.length; k++) {
    let largest = 0;
    for (let i = 0; i < v.rows; i++)
      if (Math.abs(v.data[i * v.cols + k]) > Math.abs(largest)) largest = v.data[i * v.cols + k];
    if (largest >= 0) continue;
    for (let i = 0; i < v.rows; i++) v.data[i * v.cols + k] *= -1;
    for (let i = 0; i < u.rows; i++) u.data[i * u.cols + k] *= -1;
  }
  return svd;
}
