/** @file Cholesky factorisation of symmetric positive definite matrices. */
import { checkLength, checkShape, checkSquare } from './checks.ts';
import { log } from './elementary.ts';
import { NonFiniteError, NotPositiveDefiniteError } from './errors.ts';
import { kernels } from './kernels/select.ts';
import { Matrix, type Vec } from './matrix.ts';
import { syrk } from './products.ts';
import { sum } from './sum.ts';

/** Columns factored between two matrix products. */
const PANEL = 32;

/** A = L Lᵀ, as {@link cholesky} returns it. */
export class Cholesky {
  /** L, shape [n, n]: positive diagonal, zeros above it. */
  readonly lower: Matrix;

  constructor(lower: Matrix) {
    this.lower = lower;
  }

  /**
   * A⁻¹ b.
   *
   * @param b - A vector, shape [n], or one right-hand side per column, shape [n, k]. Not modified.
   * @returns the solution, shaped as b. @throws {ShapeError} b has another number of rows.
   * Cost: 2n²k flops. Accuracy as tested: ‖A x − b‖ ≤ 8 n ε ‖A‖ ‖x‖.
   */
  solve(b: Vec): Vec;
  solve(b: Matrix): Matrix;
  solve(b: Vec | Matrix): Vec | Matrix {
    const n = this.lower.rows;
    if (b instanceof Matrix) checkShape('Cholesky.solve', 'b', b, n, b.cols);
    else checkLength('Cholesky.solve', 'b', b, n);
    const x = b instanceof Matrix ? b.clone() : b.slice();
    const [data, cols] = x instanceof Matrix ? [x.data, x.cols] : [x, 1];
    const { trsm } = kernels();
    trsm(true, false, n, cols, this.lower.data, 0, n, 1, data, 0, cols);
    trsm(false, false, n, cols, this.lower.data, 0, 1, n, data, 0, cols);
    return x;
  }

  /** A⁻¹ = L⁻ᵀ L⁻¹, shape [n, n], exactly symmetric. Cost: 4n³/3 flops. To apply A⁻¹, {@link solve} is better. */
  inverse(): Matrix {
    const n = this.lower.rows;
    const inverseLower = Matrix.identity(n);
    kernels().trsm(true, false, n, n, this.lower.data, 0, n, 1, inverseLower.data, 0, n);
    return syrk(inverseLower, { transpose: true });
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
 * @param a - Shape [n, n], row-major; only the lower triangle is read. Not modified.
 * @returns the factor L with what it is good for: solve, inverse, reconstruct, logDeterminant.
 * @throws {ShapeError} a is not square. @throws {NonFiniteError} the lower triangle holds NaN or ±∞.
 * @throws {NotPositiveDefiniteError} pivot i is not above (i + 1) ε aᵢᵢ, so that cancellation has left no digit of it: A is
 * indefinite, or singular to working precision. Carries the index and the pivot. The test does not depend on the scale of A.
 * Not checked: the upper triangle.
 * Cost: n³/3 flops, blocked by matrix products, one n × n copy. Accuracy as tested: ‖A − L Lᵀ‖_F ≤ 4 n ε ‖A‖_F.
 * Reference: Higham, Accuracy and Stability of Numerical Algorithms (2nd ed., 2002), §10.1.
 * @example cholesky(Matrix.of([[4, 2], [2, 5]])).lower.toArray(); // [[2, 0], [1, 2]]
 */
export function cholesky(a: Matrix): Cholesky {
  checkSquare('cholesky', 'a', a);
  const n = a.rows;
  const l = new Float64Array(n * n);
  for (let i = 0, p = 0; i < n; i++, p += n)
    for (let j = 0; j <= i; j++) {
      const value = a.data[p + j];
      if (!Number.isFinite(value)) throw new NonFiniteError('cholesky', 'a', p + j, value);
      l[p + j] = value;
    }
  const { gemm } = kernels();
  for (let start = 0; start < n; start += PANEL) {
    const width = Math.min(PANEL, n - start);
    const row = start * n;
    // columns of the panel minus what the columns to their left explain
    gemm(n - start, width, start, -1, l, row, n, 1, l, row, 1, n, l, row + start, n);
    factorPanel(a, l, start, width);
  }
  for (let i = 0; i < n; i++) l.fill(0, i * n + i + 1, (i + 1) * n);
  return new Cholesky(new Matrix(n, n, l));
}

/** Row by row: lᵢⱼ = (aᵢⱼ − Σ lᵢₚ lⱼₚ) / lⱼⱼ over the columns p of the panel left of j. */
function factorPanel(a: Matrix, l: Vec, start: number, width: number): void {
  const n = a.rows;
  const { dot } = kernels();
  for (let i = start; i < n; i++) {
    const row = i * n + start;
    for (let j = 0; j < width && start + j < i; j++) {
      const other = (start + j) * n + start;
      l[row + j] = (l[row + j] - dot(j, l, row, l, other)) / l[other + j];
    }
    if (i >= start + width) continue;
    const j = i - start;
    const pivot = l[row + j] - dot(j, l, row, l, row);
    const original = a.data[i * n + i];
    if (!(original > 0 && pivot > (i + 1) * Number.EPSILON * original))
      throw new NotPositiveDefiniteError('cholesky', i, pivot);
    l[row + j] = Math.sqrt(pivot);
  }
}
