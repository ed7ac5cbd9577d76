/** @file LU factorisation with partial pivoting. */
import { asIntegers, type IntegersInput } from '../border/integers.ts';
import { asMatrix, asVectorOrMatrix, type MatrixInput } from '../border/matrix.ts';
import type { VectorInput } from '../border/vector.ts';
import {
  checkFinite,
  checkInteger,
  checkLength,
  checkNonNegative,
  checkShape,
  checkSquare,
} from '../checks.ts';
import { log } from '../elementary.ts';
import { DomainError, SingularError } from '../errors.ts';
import { kernels } from '../kernels/select.ts';
import { triangle, trsm } from '../kernels/trsm.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { exponentOf, scalingByPowerOfTwo } from '../power-of-two.ts';
import { matmul } from '../products.ts';
import { checkRepresentable, columnByColumn, timesPowerOfTwo, unsafeExponent } from '../safe-scale.ts';
import { maxAbs, sum } from '../sum.ts';
import { withWorkspace } from '../workspace.ts';

/** Columns eliminated one by one; more of them by halves. */
const PANEL = 8;

/** P A = L U, as {@link lu} returns it. */
export class Lu {
  /** L below the diagonal (its own diagonal is 1) and U on and above it, [n, n] in one. */
  readonly packed: Matrix;
  /** Row i of P A is row permutation[i] of A, shape [n]. */
  readonly permutation: Int32Array;
  /** det P: 1 or −1. */
  readonly parity: 1 | -1;
  /** The factors of 2^−exponent A, where A is near the ends of the doubles; else `packed`. */
  private readonly factors: Matrix;
  private readonly exponent: number;
  private readonly norm1: number;

  /**
   * @param packed - As the property. @param permutation - Likewise. @param parity - Likewise. @param norm1 - ‖A‖₁.
   * @param exponent - k, when `packed` and `norm1` are those of 2^−k A. Default 0.
   */
  constructor(packed: MatrixInput, permutation: IntegersInput, parity: 1 | -1, norm1: number, exponent = 0) {
    this.factors = asMatrix('Lu', 'packed', packed);
    const n = this.factors.rows;
    checkSquare('Lu', 'packed', this.factors);
    this.permutation = asIntegers('Lu', 'permutation', permutation, 0, n - 1);
    checkLength('Lu', 'permutation', this.permutation, n);
    if (parity !== 1 && parity !== -1) throw new DomainError('Lu', 'parity', '1 or -1', parity);
    checkNonNegative('Lu', 'norm1', norm1);
    checkInteger('Lu', 'exponent', exponent, -1100, 1100);
    this.packed = exponent === 0 ? this.factors : unscaled(this.factors, exponent);
    this.exponent = exponent;
    this.parity = parity;
    this.norm1 = norm1;
  }

  /** L, shape [n, n]: unit diagonal, zeros above it, no element larger than 1. A copy. */
  lower(): Matrix {
    const out = this.packed.clone();
    const n = out.rows;
    for (let i = 0; i < n; i++) {
      out.data[i * n + i] = 1;
      out.data.fill(0, i * n + i + 1, (i + 1) * n);
    }
    return out;
  }

  /** U, shape [n, n], zeros below the diagonal. A copy. */
  upper(): Matrix {
    return upperOf(this.packed);
  }

  /**
   * A⁻¹ b.
   *
   * @param b - A vector, shape [n], or one right-hand side per column, shape [n, k]. Not modified.
   * @returns the solution, shaped as b. @throws {ShapeError} b has another number of rows.
   * @throws {SingularError} a pivot is exactly zero. @throws {NumericalError} an element of x is beyond the largest double. Not checked: a matrix that is nearly singular, see {@link reciprocalCondition}.
   * Cost: 2n²k flops. Accuracy as tested: ‖A x − b‖ ≤ 4 n ε ‖|L||U|‖ ‖x‖.
   */
  solve(b: Matrix | readonly VectorInput[]): Matrix;
  solve(b: VectorInput): Vec;
  solve(b: VectorInput | MatrixInput): Vec | Matrix;
  solve(b: VectorInput | MatrixInput): Vec | Matrix {
    const n = this.packed.rows;
    const right = asVectorOrMatrix('Lu.solve', 'b', b);
    if (right instanceof Matrix) checkShape('Lu.solve', 'b', right, n, right.cols);
    else checkLength('Lu.solve', 'b', right, n);
    this.checkPivots('Lu.solve');
    if (!(right instanceof Matrix)) return this.solveScaled('Lu.solve', new Matrix(n, 1, right)).data;
    return columnByColumn(right, (column) => this.solve(column)) ?? this.solveScaled('Lu.solve', right);
  }

  /** A⁻¹, shape [n, n]. Cost: 2n³ flops. To apply A⁻¹, {@link solve} is better. @throws {SingularError} as solve. */
  inverse(): Matrix {
    this.checkPivots('Lu.inverse');
    return this.solveScaled('Lu.inverse', Matrix.identity(this.packed.rows));
  }

  /** Pᵀ L U, shape [n, n]: A up to rounding. */
  reconstruct(): Matrix {
    const upper = upperOf(this.factors);
    const product = matmul(this.lower(), upper);
    product.data.set(timesPowerOfTwo(product.data, this.exponent));
    const out = new Matrix(product.rows, product.cols);
    for (const [i, p] of this.permutation.entries()) out.row(p).set(product.row(i));
    return out;
  }

  /** det A; 0 for a singular matrix. ±∞ or 0 where it leaves the doubles: then {@link logDeterminant} tells. */
  determinant(): number {
    let mantissa: number = this.parity;
    let exponent = 0;
    for (const u of this.pivots()) {
      if (u === 0) return 0;
      const e = exponentOf(u);
      mantissa *= scalingByPowerOfTwo(-e)(u);
      const m = exponentOf(mantissa);
      mantissa = scalingByPowerOfTwo(-m)(mantissa);
      exponent += e + m + this.exponent;
    }
    return scalingByPowerOfTwo(Math.max(-2000, Math.min(2000, exponent)))(mantissa);
  }

  /** log |det A| and the sign of det A: −1, 0 or 1 (then the logarithm is −∞). */
  logDeterminant(): { logAbsolute: number; sign: number } {
    const pivots = this.pivots();
    let sign: number = this.parity;
    for (const u of pivots) sign *= Math.sign(u);
    if (sign === 0) return { logAbsolute: Number.NEGATIVE_INFINITY, sign: 0 };
    const scale = this.exponent === 0 ? 0 : this.exponent * Math.LN2;
    return { logAbsolute: sum(pivots.map((u) => log(Math.abs(u)) + scale)), sign };
  }

  /**
   * An estimate of 1 / (‖A‖₁ ‖A⁻¹‖₁), between 0 (singular) and 1; below about ε, solutions have no correct digit.
   * The true value is at most this, and rarely less than a third of it.
   * Cost: a few solves. Reference: Higham, Accuracy and Stability of Numerical Algorithms (2nd ed., 2002), algorithm 15.1.
   */
  reciprocalCondition(): number {
    const n = this.packed.rows;
    if (n === 0) return 1;
    if (this.pivots().some((u) => u === 0)) return 0;
    let x = new Float64Array(n).fill(1 / n);
    let estimate = 0;
    for (let step = 0; step < 5; step++) {
      const y = this.substitute(new Matrix(n, 1, x)).data;
      const norm = absoluteSum(y);
      if (step > 0 && norm <= estimate) break;
      estimate = norm;
      const z = this.substituteTransposed(y.map((v) => (v < 0 ? -1 : 1)));
      const largest = z.reduce((best, v, i) => (Math.abs(v) > Math.abs(z[best]) ? i : best), 0);
      if (step > 0 && Math.abs(z[largest]) <= dotOf(z, x)) break;
      x = new Float64Array(n);
      x[largest] = 1;
    }
    // A vector that does well where the iteration is fooled by signs.
    const alternating = Float64Array.from(
      { length: n },
      (_, i) => (i % 2 === 0 ? 1 : -1) * (1 + i / Math.max(1, n - 1)),
    );
    const other = (2 * absoluteSum(this.substitute(new Matrix(n, 1, alternating)).data)) / (3 * n);
    return 1 / (this.norm1 * Math.max(estimate, other));
  }

  private pivots(): Vec {
    const n = this.packed.rows;
    return Float64Array.from({ length: n }, (_, i) => this.factors.data[i * (n + 1)]);
  }

  private checkPivots(where: string): void {
    const zero = this.pivots().indexOf(0);
    if (zero >= 0)
      throw new SingularError(
        where,
        0,
        `Pivot ${zero} is zero. Use svd(a).solve(b) for a least-squares solution.`,
      );
  }

  /** A⁻¹ b, by b and A of size 1 where they are near the ends of the doubles. */
  private solveScaled(where: string, b: Matrix): Matrix {
    const size = maxAbs(b.data);
    if (this.exponent === 0 && unsafeExponent(size) >= 0) {
      const plain = this.substitute(b);
      if (Number.isFinite(maxAbs(plain.data)) || !(size > 0 && Number.isFinite(size))) return plain;
    }
    const down = size > 0 && Number.isFinite(size) ? exponentOf(size) : 0;
    const x = this.substitute(new Matrix(b.rows, b.cols, timesPowerOfTwo(b.data, -down)));
    const out = new Matrix(x.rows, x.cols, timesPowerOfTwo(x.data, down - this.exponent));
    checkRepresentable(where, b.data, out.data);
    return out;
  }

  private substitute(b: Matrix): Matrix {
    const n = this.packed.rows;
    const x = new Matrix(n, b.cols);
    for (const [i, p] of this.permutation.entries()) x.row(i).set(b.row(p));
    const tier = kernels();
    const sides = { data: x.data, at: 0, cols: b.cols, stride: b.cols };
    trsm(tier, triangle(this.factors.data, n, { unit: true }), sides);
    trsm(tier, triangle(this.factors.data, n, { upper: true }), sides);
    return x;
  }

  /** A⁻ᵀ b. */
  private substituteTransposed(b: Vec): Vec {
    const n = this.packed.rows;
    const y = b.slice();
    const tier = kernels();
    const side = { data: y, at: 0, cols: 1, stride: 1 };
    trsm(tier, triangle(this.factors.data, n, { transposed: true }), side);
    trsm(tier, triangle(this.factors.data, n, { upper: true, unit: true, transposed: true }), side);
    const x = new Float64Array(n);
    for (const [i, p] of this.permutation.entries()) x[p] = y[i];
    return x;
  }
}

/**
 * Factors P A = L U by Gaussian elimination with partial pivoting.
 *
 * @param a - Shape [n, n]. Not modified. May be singular: then a pivot is zero, and solving throws.
 * @returns the factors with what they are good for: solve, inverse, determinant, reconstruct.
 * @throws {ShapeError} a is not square. @throws {NonFiniteError} a holds NaN or ±∞.
 * Any scale: near the ends of the doubles A is brought to size 1 by an exact power of two.
 * Cost: 2n³/3 flops, blocked by matrix products. Accuracy as tested: |P A − L U| ≤ 2 n ε |L||U| element by element.
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §3.4.
 * @example lu(Matrix.of([[0, 2], [4, 2]])).solve(Float64Array.of(2, 6)); // Float64Array [1, 1]
 */
export function lu(a: MatrixInput): Lu {
  const matrix = asMatrix('lu', 'a', a);
  checkSquare('lu', 'a', matrix);
  const size = maxAbs(matrix.data);
  if (!Number.isFinite(size)) checkFinite('lu', 'a', matrix.data);
  const exponent = unsafeExponent(size);
  // a huge matrix is scaled only if it must be: what is small in it could underflow
  const asItIs = exponent < 0 ? undefined : eliminated(matrix.data, matrix.rows, 0);
  return asItIs ?? eliminated(matrix.data, matrix.rows, exponent, true);
}

/** The factors of 2^−exponent A; undefined when they overflow and need not be returned. */
function eliminated(a: Vec, n: number, exponent: number): Lu | undefined;
function eliminated(a: Vec, n: number, exponent: number, anyhow: true): Lu;
function eliminated(a: Vec, n: number, exponent: number, anyhow = false): Lu | undefined {
  const scaled = timesPowerOfTwo(a, -exponent);
  const norm = columnNorm(scaled, n);
  const packed = new Matrix(n, n);
  const permutation = Int32Array.from({ length: n }, (_, i) => i);
  const swaps = withWorkspace(n * n + n, (u) => {
    u.set(scaled); // and room for a row in exchanges
    const count = factorColumns(u, n, 0, n, permutation);
    packed.data.set(u.subarray(0, n * n));
    return count;
  });
  if (!anyhow && !(Number.isFinite(norm) && Number.isFinite(maxAbs(packed.data)))) return undefined;
  return new Lu(packed, permutation, swaps % 2 === 0 ? 1 : -1, norm, exponent);
}

/**
 * Eliminates columns from … to−1 of rows from … n−1, which the columns to the left no longer change: the left half, then with its
 * help the right half. Rows are exchanged in full; returns how often.
 * Reference: Toledo (1997), Locality of reference in LU decomposition with partial pivoting, SIAM J. Matrix Anal. Appl. 18.
 */
function factorColumns(u: Vec, n: number, from: number, to: number, permutation: Int32Array): number {
  let swaps = 0;
  if (to - from <= PANEL) {
    for (let j = from; j < to; j++) {
      const pivot = largestBelow(u, n, j);
      if (pivot !== j) {
        swapRows(u, n, pivot, j);
        [permutation[pivot], permutation[j]] = [permutation[j], permutation[pivot]];
        swaps++;
      }
      eliminate(u, n, j, to);
    }
    return swaps;
  }
  const middle = from + PANEL * Math.ceil((to - from) / (2 * PANEL));
  const tier = kernels();
  swaps += factorColumns(u, n, from, middle, permutation);
  const right = from * n + middle;
  const below = middle * n + from;
  const depth = middle - from;
  const t = triangle(u, n, { unit: true, at: from * (n + 1), size: depth });
  trsm(tier, t, { data: u, at: right, cols: to - middle, stride: n });
  tier.gemm(n - middle, to - middle, depth, -1, u, below, n, 1, u, right, n, 1, u, middle * (n + 1), n);
  return swaps + factorColumns(u, n, middle, to, permutation);
}

/** The row ≥ j whose element in column j is largest; the first of equals. */
function largestBelow(u: Vec, n: number, j: number): number {
  let best = j;
  for (let i = j + 1; i < n; i++) if (Math.abs(u[i * n + j]) > Math.abs(u[best * n + j])) best = i;
  return best;
}

function swapRows(u: Vec, n: number, i: number, j: number): void {
  u.copyWithin(n * n, i * n, (i + 1) * n);
  u.copyWithin(i * n, j * n, (j + 1) * n);
  u.copyWithin(j * n, n * n, n * n + n);
}

/** Multipliers of column j, and the columns of the panel (j+1 … end−1) with them. */
function eliminate(u: Vec, n: number, j: number, end: number): void {
  const pivot = u[j * n + j];
  if (pivot === 0) return; // the whole column is zero
  for (let i = j + 1; i < n; i++) {
    const factor = u[i * n + j] / pivot;
    u[i * n + j] = factor;
    for (let c = j + 1; c < end; c++) u[i * n + c] -= factor * u[j * n + c];
  }
}

/** ‖A‖₁, the largest absolute column sum. */
function columnNorm(a: Vec, n: number): number {
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sums[j] += Math.abs(a[i * n + j]);
  return maxAbs(sums);
}

function upperOf(packed: Matrix): Matrix {
  const out = packed.clone();
  for (let i = 0; i < out.rows; i++) out.data.fill(0, i * out.rows, i * out.rows + i);
  return out;
}

/** L as it is, and 2ᵏ U. */
function unscaled(packed: Matrix, k: number): Matrix {
  const out = new Matrix(packed.rows, packed.cols, timesPowerOfTwo(packed.data, k));
  for (let i = 0; i < out.rows; i++) out.row(i).set(packed.row(i).subarray(0, i));
  return out;
}

function absoluteSum(x: Vec): number {
  return x.reduce((total, v) => total + Math.abs(v), 0);
}

function dotOf(x: Vec, y: Vec): number {
  return kernels().dot(x.length, x, 0, y, 0);
}
