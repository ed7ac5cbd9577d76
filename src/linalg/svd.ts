/** @file Singular value decomposition: pivoted QR, then one-sided Jacobi rotations. */
import { checkFinite, checkLength, checkNonNegative, checkShape } from './checks.ts';
import { ConvergenceError } from './errors.ts';
import { kernels } from './kernels/select.ts';
import { Matrix, type Vec } from './matrix.ts';
import { exponentOf, scalingByPowerOfTwo } from './power-of-two.ts';
import { matmul, transpose } from './products.ts';
import { qr } from './qr.ts';
import { maxAbs, norm2 } from './sum.ts';

const MAX_SWEEPS = 40;
/** Rows of a matrix of size 1 that are shorter than this are normalised first: their squares would underflow. */
const SHORT = 1e-140;
/** Singular values of a matrix of size 1 below this count as 0: their vectors have too few digits to be normalised. */
const VANISHING = 1e-290;

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

  constructor(u: Matrix, values: Vec, v: Matrix) {
    this.u = u;
    this.values = values;
    this.v = v;
  }

  /**
   * The number of σ above the cut-off.
   *
   * @param relative - Cut-off as a part of σ₀, default max(m, n) ε. @throws {DomainError} relative is negative or not finite.
   */
  rank(relative: number = this.defaultCutoff()): number {
    checkNonNegative('Svd.rank', 'relative', relative);
    return this.values.filter((s) => s > relative * this.values[0]).length;
  }

  /** σ₀ / σ_{r−1}, the condition number in the 2-norm; ∞ when the last is 0, 1 for an empty matrix. */
  condition(): number {
    const r = this.values.length;
    return r === 0
      ? 1
      : this.values[0] === 0
        ? Number.POSITIVE_INFINITY
        : this.values[0] / this.values[r - 1];
  }

  /**
   * A⁺ b: among the x that minimise ‖A x − b‖₂ the shortest. Singular values up to the cut-off count as zero.
   *
   * @param b - A vector, shape [m], or one right-hand side per column, shape [m, k]. Not modified.
   * @param relative - As in {@link rank}.
   * @returns x, shape [n] or [n, k]. @throws {ShapeError} b has another number of rows.
   * Cost: 2r(m + n) flops per right-hand side.
   */
  solve(b: Vec, relative?: number): Vec;
  solve(b: Matrix, relative?: number): Matrix;
  solve(b: Vec | Matrix, relative: number = this.defaultCutoff()): Vec | Matrix {
    const m = this.u.rows;
    if (b instanceof Matrix) checkShape('Svd.solve', 'b', b, m, b.cols);
    else checkLength('Svd.solve', 'b', b, m);
    const rank = this.rank(relative);
    const right = b instanceof Matrix ? b : new Matrix(m, 1, b);
    const y = matmul(this.u, right, { transposeA: true });
    for (let i = 0; i < y.rows; i++) {
      const row = y.row(i);
      for (let j = 0; j < row.length; j++) row[j] = i < rank ? row[j] / this.values[i] : 0;
    }
    const x = matmul(this.v, padRows(y, this.v.cols));
    return b instanceof Matrix ? x : x.data;
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
      const sigma = i < this.values.length ? this.values[i] : 0;
      for (let j = 0; j < row.length; j++) row[j] *= sigma;
    }
    return matmul(this.u, padRows(scaled, this.u.cols));
  }

  private defaultCutoff(): number {
    return Math.max(this.u.rows, this.v.rows) * Number.EPSILON;
  }
}

/**
 * Singular value decomposition A = U diag(σ) Vᵀ with orthonormal U and V. AᵀA, which would halve the digits, is never formed.
 *
 * @param a - Any shape [m, n], also 0. Not modified. Any scale.
 * @returns U, σ and V with what they are good for: rank, condition, solve, pseudoInverse, reconstruct.
 * @throws {NonFiniteError} a holds NaN or ±∞.
 * @throws {ConvergenceError} rows are still not orthogonal after 40 sweeps; carries the largest cosine.
 * Cost: about 4mn² + 12n³ flops for each of some 6 sweeps (m ≥ n; else with m and n exchanged).
 * Accuracy as tested: ‖A − U Σ Vᵀ‖_F ≤ 16 k ε ‖A‖_F, U and V orthonormal to 16 k ε √r, |σᵢ − exact| ≤ 4 k ε σ₀ with k = max(m, n);
 * columns of very different length keep their small σ to full relative accuracy. σ below 1e-290 σ₀ are returned as 0.
 * Reference: Drmač and Veselić (2008), New fast and accurate Jacobi SVD algorithm I, SIAM J. Matrix Anal. Appl. 29.
 * @example svd(Matrix.of([[3, 0], [0, -4]])).values; // Float64Array [4, 3]
 */
export function svd(a: Matrix, options: SvdOptions = {}): Svd {
  checkFinite('svd', 'a', a.data);
  const full = options.size === 'full';
  if (a.rows >= a.cols) return fixSigns(tallSvd(a, full));
  const { u, values, v } = tallSvd(transpose(a), full);
  return fixSigns(new Svd(v, values, u));
}

/** m ≥ n. With A P = Q R and R = J Σ Wᵀ: U = Q J, V = P W. */
function tallSvd(a: Matrix, full: boolean): Svd {
  const { rows: m, cols: n } = a;
  const size = maxAbs(a.data);
  const exponent = size === 0 ? 0 : exponentOf(size);
  const factor = qr(new Matrix(m, n, a.data.map(scalingByPowerOfTwo(-exponent))), { pivoting: true });
  const rows = factor.upper.clone();
  const rotations = Matrix.identity(n); // Jᵀ
  orthogonaliseRows(rows, rotations);
  const lengths = Float64Array.from({ length: n }, (_, i) => norm2(rows.row(i)));
  const order = Array.from(lengths.keys()).sort((i, j) => lengths[j] - lengths[i] || i - j);
  const values = Float64Array.from(order, (i) => (lengths[i] > VANISHING ? lengths[i] : 0));
  const rank = values.filter((s) => s > 0).length;
  const wT = new Matrix(n, n); // Wᵀ
  for (let k = 0; k < rank; k++) {
    const row = rows.row(order[k]);
    for (let j = 0; j < n; j++) wT.data[k * n + j] = row[j] / values[k];
  }
  if (rank < n) completeRows(wT, rank);
  const v = new Matrix(n, n);
  for (let j = 0; j < n; j++)
    for (let k = 0; k < n; k++) v.data[factor.permutation[j] * n + k] = wT.data[k * n + j];
  const j = Matrix.zeros(full ? m : n, full ? m : n);
  for (let k = 0; k < n; k++)
    for (let i = 0; i < n; i++) j.data[i * j.cols + k] = rotations.data[order[k] * n + i];
  for (let k = n; k < j.cols; k++) j.data[k * j.cols + k] = 1;
  return new Svd(
    matmul(factor.orthogonal(full ? 'full' : 'economy'), j),
    values.map(scalingByPowerOfTwo(exponent)),
    v,
  );
}

/** Rotates pairs of rows of X until all are orthogonal, and the rows of J along with them. */
function orthogonaliseRows(x: Matrix, j: Matrix): void {
  const n = x.rows;
  const { rotate } = kernels();
  const tolerance = Math.sqrt(n) * Number.EPSILON;
  const lengths = Float64Array.from({ length: n }, (_, i) => norm2(x.row(i)));
  let worst = 0;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    worst = 0;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (lengths[p] === 0 || lengths[q] === 0) continue;
        const cosine = cosineOfRows(x, p, q, lengths);
        if (Math.abs(cosine) <= tolerance) continue;
        worst = Math.max(worst, Math.abs(cosine));
        // tan of the smaller angle that makes the rows orthogonal: t² + 2ζt − 1 = 0
        const ratio = lengths[q] / lengths[p];
        const zeta = (ratio - 1 / ratio) / (2 * cosine);
        const t =
          Math.abs(zeta) > 1e150
            ? 0.5 / zeta
            : (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const w = Math.sqrt(1 + t * t);
        const c = 1 - (t * t) / (w * (w + 1)); // 1/w, but without the bias that makes 1/w drift over many small angles
        rotate(n, x.data, p * n, x.data, q * n, c, -c * t);
        rotate(n, j.data, p * n, j.data, q * n, c, -c * t);
        lengths[p] = lengthOfRow(x, p, lengths[p]);
        lengths[q] = lengthOfRow(x, q, lengths[q]);
      }
    if (worst === 0) return;
  }
  throw new ConvergenceError('svd', MAX_SWEEPS, worst, tolerance);
}

/** ‖row‖₂, where `before` was its length before a rotation and tells whether squares are safe. */
function lengthOfRow(x: Matrix, p: number, before: number): number {
  if (before < SHORT) return norm2(x.row(p));
  const square = kernels().dot(x.cols, x.data, p * x.cols, x.data, p * x.cols);
  return square > SHORT * SHORT ? Math.sqrt(square) : norm2(x.row(p));
}

function cosineOfRows(x: Matrix, p: number, q: number, lengths: Vec): number {
  const n = x.cols;
  if (lengths[p] >= SHORT && lengths[q] >= SHORT)
    return kernels().dot(n, x.data, p * n, x.data, q * n) / lengths[p] / lengths[q];
  let total = 0;
  for (let i = 0; i < n; i++) total += (x.data[p * n + i] / lengths[p]) * (x.data[q * n + i] / lengths[q]);
  return total;
}

/** Rows rank … n−1 of an [n, n] matrix ← an orthonormal basis of what the first `rank` rows leave out. */
function completeRows(wT: Matrix, rank: number): void {
  const n = wT.cols;
  const basis = qr(transpose(wT.rowRange(0, rank))).orthogonal('full');
  for (let k = rank; k < n; k++) wT.row(k).set(basis.column(k));
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
