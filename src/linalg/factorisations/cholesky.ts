/** @file Cholesky factorisation of symmetric positive definite matrices. */
import { asMatrix, asVectorOrMatrix, type MatrixInput } from '../border/matrix.ts';
import type { VectorInput } from '../border/vector.ts';
import { checkFinite, checkLength, checkShape, checkSquare } from '../checks.ts';
import { log } from '../elementary.ts';
import { NotPositiveDefiniteError } from '../errors.ts';
import { kernels } from '../kernels/select.ts';
import { triangle, trsm } from '../kernels/trsm.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { syrk } from '../products.ts';
import { checkRepresentable, columnByColumn, timesPowerOfTwo, unsafeExponent } from '../safe-scale.ts';
import { maxAbs, sum } from '../sum.ts';
import { withWorkspace } from '../workspace.ts';

/** Columns factored between two matrix products. */
const PANEL = 64;
/** Rows of a diagonal block that are factored one by one. */
const CORNER = 16;
/** Transpositions go by tiles: so many cache lines of either side. */
const TILE = 8;

/** A = L Lᵀ, as {@link cholesky} returns it. */
export class Cholesky {
  /** L, shape [n, n]: positive diagonal, zeros above it. */
  readonly lower: Matrix;

  constructor(lower: MatrixInput) {
    this.lower = asMatrix('Cholesky', 'lower', lower);
    checkSquare('Cholesky', 'lower', this.lower);
  }

  /**
   * A⁻¹ b.
   *
   * @param b - A vector, shape [n], or one right-hand side per column, shape [n, k]. Not modified.
   * @returns the solution, shaped as b. @throws {ShapeError} b has another number of rows.
   * @throws {NumericalError} an element of x is beyond the largest double.
   * Cost: 2n²k flops. Accuracy as tested: ‖A x − b‖ ≤ 8 n ε ‖A‖ ‖x‖.
   */
  solve(b: Matrix | readonly VectorInput[]): Matrix;
  solve(b: VectorInput): Vec;
  solve(b: VectorInput | MatrixInput): Vec | Matrix;
  solve(b: VectorInput | MatrixInput): Vec | Matrix {
    const n = this.lower.rows;
    const right = asVectorOrMatrix('Cholesky.solve', 'b', b);
    if (right instanceof Matrix) checkShape('Cholesky.solve', 'b', right, n, right.cols);
    else checkLength('Cholesky.solve', 'b', right, n);
    if (right instanceof Matrix) {
      const apart = columnByColumn(right, (column) => this.solve(column));
      if (apart !== undefined) return apart;
    }
    const x = right instanceof Matrix ? right.clone() : right.slice();
    const [data, cols] = x instanceof Matrix ? [x.data, x.cols] : [x, 1];
    const exponent = unsafeExponent(maxAbs(data));
    const down = exponent < 0 ? exponent + 500 : exponent; // not to 1: L may be as small as 1e-162
    if (down !== 0) data.set(timesPowerOfTwo(data, -down));
    const tier = kernels();
    const sides = { data, at: 0, cols, stride: cols };
    trsm(tier, triangle(this.lower.data, n), sides);
    trsm(tier, triangle(this.lower.data, n, { upper: true, transposed: true }), sides);
    if (down !== 0) data.set(timesPowerOfTwo(data, down));
    checkRepresentable('Cholesky.solve', right instanceof Matrix ? right.data : right, data);
    return x;
  }

  /** A⁻¹ = L⁻ᵀ L⁻¹, shape [n, n], exactly symmetric. Cost: 4n³/3 flops. To apply A⁻¹, {@link solve} is better. */
  inverse(): Matrix {
    const n = this.lower.rows;
    const inverseLower = Matrix.identity(n);
    const sides = { data: inverseLower.data, at: 0, cols: n, stride: n };
    trsm(kernels(), triangle(this.lower.data, n), sides);
    const inverse = syrk(inverseLower, { transpose: true });
    checkRepresentable('Cholesky.inverse', this.lower.data, inverse.data);
    return inverse;
  }

  /** L Lᵀ, shape [n, n], exactly symmetric: A up to rounding. */
  reconstruct(): Matrix {
    return syrk(this.lower);
  }

  /** log det A = 2 Σ log lᵢᵢ, which does not overflow when det A would. */
  logDeterminant(): number {
    const n = this.lower.rows;
    return 2 * sum(Float64Array.from({ length: n }, (_, i) => log(this.lower.data[i * (n + 1)])));
  }
}

/**
 * Factors A = L Lᵀ for a symmetric positive definite A.
 *
 * @param matrix - A, shape [n, n], row-major; only the lower triangle is read. Not modified.
 * @returns the factor L with what it is good for: solve, inverse, reconstruct, logDeterminant.
 * @throws {ShapeError} a is not square. @throws {NonFiniteError} the lower triangle holds NaN or ±∞.
 * @throws {NotPositiveDefiniteError} pivot i is not above (i + 1) ε aᵢᵢ, so that cancellation has left no digit of it: A is
 * indefinite, or singular to working precision. Carries the index, the pivot and that limit. The test does not depend on the scale of A.
 * Not checked: the upper triangle.
 * Cost: n³/3 flops, blocked by matrix products, one n × n copy. Accuracy as tested: ‖A − L Lᵀ‖_F ≤ 4 n ε ‖A‖_F.
 * Reference: Higham, Accuracy and Stability of Numerical Algorithms (2nd ed., 2002), §10.1.
 * @example cholesky(Matrix.of([[4, 2], [2, 5]])).lower.toArray(); // [[2, 0], [1, 2]]
 */
export function cholesky(matrix: MatrixInput): Cholesky {
  const given = asMatrix('cholesky', 'a', matrix);
  checkSquare('cholesky', 'a', given);
  const n = given.rows;
  const lower = new Matrix(n, n);
  // the square root of 2ᵏ is to be a power of two as well; an upper triangle that is not read may hold anything
  const half = Math.trunc(unsafeExponent(largestDiagonal(given)) / 2);
  const a = half === 0 ? given : new Matrix(n, n, timesPowerOfTwo(given.data, -2 * half));
  withWorkspace(n * n, (u) => {
    loadTransposed(a, u);
    factorise(a, u, half);
    for (let i0 = 0; i0 < n; i0 += TILE)
      for (let j0 = 0; j0 <= i0; j0 += TILE)
        for (let i = i0; i < n && i < i0 + TILE; i++)
          for (let j = j0; j <= i && j < j0 + TILE; j++) lower.data[i * n + j] = u[j * n + i];
  });
  if (half !== 0) lower.data.set(timesPowerOfTwo(lower.data, half));
  return new Cholesky(lower);
}

/** A positive definite matrix has its largest element on the diagonal. */
function largestDiagonal(a: Matrix): number {
  return maxAbs(Float64Array.from({ length: a.rows }, (_, i) => a.data[i * (a.rows + 1)]));
}

/** The upper triangle of u ← the transposed lower triangle of A. */
function loadTransposed(a: Matrix, u: Vec): void {
  const n = a.rows;
  let finite = true;
  for (let i0 = 0; i0 < n; i0 += TILE)
    for (let j0 = 0; j0 <= i0; j0 += TILE)
      for (let i = i0; i < n && i < i0 + TILE; i++)
        for (let j = j0; j <= i && j < j0 + TILE; j++) {
          const value = a.data[i * n + j];
          finite &&= Math.abs(value) <= Number.MAX_VALUE;
          u[j * n + i] = value;
        }
  if (finite) return;
  for (let i = 0; i < n; i++) checkFinite('cholesky', 'a', a.data.subarray(i * n, i * n + i + 1), i * n);
}

/** A = Uᵀ U in the upper triangle of u, row panel by row panel: rows are what the kernels run along. */
function factorise(a: Matrix, u: Vec, half: number): void {
  const n = a.rows;
  const tier = kernels();
  for (let start = 0; start < n; start += PANEL) {
    const width = Math.min(PANEL, n - start);
    const next = start + width;
    const corner = start * (n + 1);
    // the panel minus what the rows above it explain
    tier.gemm(width, n - start, start, -1, u, start, 1, n, u, start, n, 1, u, corner, n);
    factorCorner(a, u, start, width, half);
    const t = triangle(u, n, { transposed: true, at: corner, size: width });
    trsm(tier, t, { data: u, at: corner + width, cols: n - next, stride: n });
  }
}

/** The diagonal block of a panel: by halves down to {@link CORNER}, then row by row. */
function factorCorner(a: Matrix, u: Vec, start: number, width: number, exponent: number): void {
  if (width <= CORNER) {
    eliminateRows(a, u, start, width, exponent);
    return;
  }
  const n = a.rows;
  const half = width >> 1;
  const middle = start + half;
  const rest = width - half;
  const right = start * n + middle;
  const tier = kernels();
  factorCorner(a, u, start, half, exponent);
  const t = triangle(u, n, { transposed: true, at: start * (n + 1), size: half });
  trsm(tier, t, { data: u, at: right, cols: rest, stride: n });
  tier.gemm(rest, rest, half, -1, u, right, 1, n, u, right, n, 1, u, middle * (n + 1), n);
  factorCorner(a, u, middle, rest, exponent);
}

/** Row i ← (row i − Σ u_pi row p) / u_ii over the rows p of the block above it. */
function eliminateRows(a: Matrix, u: Vec, start: number, width: number, exponent: number): void {
  const n = a.rows;
  const end = start + width;
  for (let i = start; i < end; i++) {
    const row = i * n;
    for (let p = start; p < i; p++) {
      const factor = u[p * n + i];
      for (let j = i, q = p * n + i; j < end; j++, q++) u[row + j] -= factor * u[q];
    }
    const pivot = u[row + i];
    const original = a.data[row + i];
    const limit = (i + 1) * Number.EPSILON * Math.max(original, 0);
    if (!(pivot > limit)) {
      const [told, rounding] = timesPowerOfTwo(Float64Array.of(pivot, limit), 2 * exponent);
      throw new NotPositiveDefiniteError('cholesky', i, told, rounding);
    }
    const diagonal = Math.sqrt(pivot);
    u[row + i] = diagonal;
    for (let j = i + 1; j < end; j++) u[row + j] /= diagonal;
  }
}
