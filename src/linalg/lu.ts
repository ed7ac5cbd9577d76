/** @file LU factorisation with partial pivoting. */
import { checkFinite, checkLength, checkShape, checkSquare } from './checks.ts';
import { log } from './elementary.ts';
import { SingularError } from './errors.ts';
import { kernels } from './kernels/select.ts';
import { Matrix, type Vec } from './matrix.ts';
import { exponentOf, scalingByPowerOfTwo } from './power-of-two.ts';
import { matmul } from './products.ts';
import { maxAbs, sum } from './sum.ts';
import { withWorkspace } from './workspace.ts';

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
  private readonly norm1: number;

  constructor(packed: Matrix, permutation: Int32Array, parity: 1 | -1, norm1: number) {
    this.packed = packed;
    this.permutation = permutation;
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
    const out = this.packed.clone();
    for (let i = 0; i < out.rows; i++) out.data.fill(0, i * out.rows, i * out.rows + i);
    return out;
  }

  /**
   * A⁻¹ b.
   *
   * @param b - A vector, shape [n], or one right-hand side per column, shape [n, k]. Not modified.
   * @returns the solution, shaped as b. @throws {ShapeError} b has another number of rows.
   * @throws {SingularError} a pivot is exactly zero. Not checked: a matrix that is nearly singular, see {@link reciprocalCondition}.
   * Cost: 2n²k flops. Accuracy as tested: ‖A x − b‖ ≤ 4 n ε ‖|L||U|‖ ‖x‖.
   */
  solve(b: Vec): Vec;
  solve(b: Matrix): Matrix;
  solve(b: Vec | Matrix): Vec | Matrix {
    const n = this.packed.rows;
    if (b instanceof Matrix) checkShape('Lu.solve', 'b', b, n, b.cols);
    else checkLength('Lu.solve', 'b', b, n);
    this.checkPivots('Lu.solve');
    if (!(b instanceof Matrix)) return this.substitute(new Matrix(n, 1, b)).data;
    return this.substitute(b);
  }

  /** A⁻¹, shape [n, n]. Cost: 2n³ flops. To apply A⁻¹, {@link solve} is better. @throws {SingularError} as solve. */
  inverse(): Matrix {
    this.checkPivots('Lu.inverse');
    return this.substitute(Matrix.identity(this.packed.rows));
  }

  /** Pᵀ L U, shape [n, n]: A up to rounding. */
  reconstruct(): Matrix {
    const product = matmul(this.lower(), this.upper());
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
      exponent += e + m;
    }
    return scalingByPowerOfTwo(Math.max(-2000, Math.min(2000, exponent)))(mantissa);
  }

  /** log |det A| and the sign of det A: −1, 0 or 1 (then the logarithm is −∞). */
  logDeterminant(): { logAbsolute: number; sign: number } {
    const pivots = this.pivots();
    let sign: number = this.parity;
    for (const u of pivots) sign *= Math.sign(u);
    if (sign === 0) return { logAbsolute: Number.NEGATIVE_INFINITY, sign: 0 };
    return { logAbsolute: sum(pivots.map((u) => log(Math.abs(u)))), sign };
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
    return Float64Array.from({ length: n }, (_, i) => this.packed.data[i * (n + 1)]);
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

  private substitute(b: Matrix): Matrix {
    const n = this.packed.rows;
    const x = new Matrix(n, b.cols);
    for (const [i, p] of this.permutation.entries()) x.row(i).set(b.row(p));
    const { trsm } = kernels();
    trsm(true, true, n, b.cols, this.packed.data, 0, n, 1, x.data, 0, b.cols);
    trsm(false, false, n, b.cols, this.packed.data, 0, n, 1, x.data, 0, b.cols);
    return x;
  }

  /** A⁻ᵀ b. */
  private substituteTransposed(b: Vec): Vec {
    const n = this.packed.rows;
    const y = b.slice();
    const { trsm } = kernels();
    trsm(true, false, n, 1, this.packed.data, 0, 1, n, y, 0, 1);
    trsm(false, true, n, 1, this.packed.data, 0, 1, n, y, 0, 1);
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
 * Not checked: overflow while eliminating, possible when elements exceed 1e300.
 * Cost: 2n³/3 flops, blocked by matrix products. Accuracy as tested: |P A − L U| ≤ 2 n ε |L||U| element by element.
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §3.4.
 * @example lu(Matrix.of([[0, 2], [4, 2]])).solve(Float64Array.of(2, 6)); // Float64Array [1, 1]
 */
export function lu(a: Matrix): Lu {
  checkSquare('lu', 'a', a);
  const norm = columnNorm(a);
  if (!Number.isFinite(norm)) checkFinite('lu', 'a', a.data);
  const n = a.rows;
  const packed = new Matrix(n, n);
  const permutation = Int32Array.from({ length: n }, (_, i) => i);
  const swaps = withWorkspace(n * n + n, (u) => {
    u.set(a.data); // and room for a row in exchanges
    const count = factorColumns(u, n, 0, n, permutation);
    packed.data.set(u.subarray(0, n * n));
    return count;
  });
  return new Lu(packed, permutation, swaps % 2 === 0 ? 1 : -1, norm);
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
  const { gemm, trsm } = kernels();
  swaps += factorColumns(u, n, from, middle, permutation);
  const right = from * n + middle;
  const below = middle * n + from;
  const depth = middle - from;
  trsm(true, true, depth, to - middle, u, from * (n + 1), n, 1, u, right, n);
  gemm(n - middle, to - middle, depth, -1, u, below, n, 1, u, right, n, 1, u, middle * (n + 1), n);
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

/** ‖A‖₁, the largest absolute column sum; not finite when an element is not, or on overflow. */
function columnNorm(a: Matrix): number {
  const sums = new Float64Array(a.cols);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < a.cols; j++) sums[j] += Math.abs(a.data[i * a.cols + j]);
  return maxAbs(sums);
}

function absoluteSum(x: Vec): number {
  return x.reduce((total, v) => total + Math.abs(v), 0);
}

function dotOf(x: Vec, y: Vec): number {
  return kernels().dot(x.length, x, 0, y, 0);
}
