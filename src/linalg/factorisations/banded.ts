/** @file Linear systems with a symmetric band matrix. */
import { checkBoolean, checkOptions } from '../border/arguments.ts';
import { asMatrix, asVectorOrMatrix, type MatrixInput } from '../border/matrix.ts';
import type { VectorInput } from '../border/vector.ts';
import { checkFinite, checkLength, checkShape } from '../checks.ts';
import { NotPositiveDefiniteError, ShapeError, SingularError } from '../errors.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { exponentOf } from '../power-of-two.ts';
import { checkRepresentable, timesPowerOfTwo } from '../safe-scale.ts';
import { maxAbs } from '../sum.ts';

/** Options of {@link solveBanded}. */
export interface BandedOptions {
  /** true: A is promised to be positive definite; half the work, by Cholesky. Default false. */
  readonly positiveDefinite?: boolean;
}

/** A symmetric band matrix of order n: element (j + d, j), 0 ≤ d ≤ width, is data[d n + j]; its size is 1. */
export interface Band {
  readonly n: number;
  readonly width: number;
  readonly data: Vec;
  /** The matrix given is 2^exponent times this. */
  readonly exponent: number;
}

/**
 * The checked band, scaled to size 1: row d holds diagonal −d, its last d elements are not used. Rows beyond the order must not be there.
 *
 * @throws {ShapeError} no row, or more than n. @throws {NonFiniteError} an element that is used is NaN or ±∞.
 */
export function bandOf(where: string, given: MatrixInput): Band {
  const band = asMatrix(where, 'band', given);
  const { rows, cols: n } = band;
  if (rows < 1 || rows > Math.max(n, 1))
    throw new ShapeError(where, 'band', `of 1..${Math.max(n, 1)} rows, a diagonal each`, `${rows}`);
  const used = band.data.slice();
  for (let d = 1; d < rows; d++) used.fill(0, d * n + n - d, (d + 1) * n);
  checkFinite(where, 'band', used);
  const size = maxAbs(used);
  const exponent = size === 0 ? 0 : exponentOf(size);
  return { n, width: rows - 1, data: timesPowerOfTwo(used, -exponent), exponent };
}

/**
 * A⁻¹ b for a symmetric band matrix A of order n and half-width w.
 *
 * @param band - The lower diagonals, shape [w + 1, n]: element (j + d, j) of A is band(d, j), as SciPy's lower form has it; the last d elements
 * of row d are not read. Not modified. @param b - A vector, shape [n], or one right-hand side per column, shape [n, k]. Not modified.
 * @param options - `positiveDefinite`: true where A is promised to be; Cholesky in place of LU with partial pivoting.
 * @returns x, shaped as b. @throws {ShapeError} shapes do not fit. @throws {NonFiniteError} A holds NaN or ±∞.
 * @throws {SingularError} a pivot is zero. @throws {NotPositiveDefiniteError} with `positiveDefinite`, when it is not.
 * @throws {NumericalError} an element of x is beyond the largest double. Not checked: a matrix that is nearly singular.
 * Cost: n (w + 1)² flops by Cholesky, about 4n w² by LU; 4 n w k and 8 n w k for the solutions. Accuracy as tested: ‖A x − b‖ ≤ 4 (w + 1) ε ‖A‖ ‖x‖, times the growth of
 * partial pivoting.
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §4.3.
 * @example solveBanded([[2, 2, 2], [-1, -1, 0]], [1, 0, 1]); // Float64Array [1, 1, 1]
 */
export function solveBanded(
  band: MatrixInput,
  b: Matrix | readonly VectorInput[],
  options?: BandedOptions,
): Matrix;
export function solveBanded(band: MatrixInput, b: VectorInput, options?: BandedOptions): Vec;
export function solveBanded(
  band: MatrixInput,
  b: VectorInput | MatrixInput,
  options?: BandedOptions,
): Vec | Matrix;
export function solveBanded(
  band: MatrixInput,
  b: VectorInput | MatrixInput,
  options: BandedOptions = {},
): Vec | Matrix {
  const where = 'solveBanded';
  checkOptions(where, options, ['positiveDefinite']);
  const { positiveDefinite = false } = options;
  checkBoolean(where, 'positiveDefinite', positiveDefinite);
  const a = bandOf(where, band);
  const right = asVectorOrMatrix(where, 'b', b);
  if (right instanceof Matrix) checkShape(where, 'b', right, a.n, right.cols);
  else checkLength(where, 'b', right, a.n);
  const given = right instanceof Matrix ? right.data : right;
  const size = maxAbs(given);
  const down = size > 0 && Number.isFinite(size) ? exponentOf(size) : 0;
  const cols = right instanceof Matrix ? right.cols : 1;
  const x = down === 0 ? given.slice() : timesPowerOfTwo(given, -down);
  if (positiveDefinite) byCholesky(where, a, x, cols);
  else byLu(where, a, x, cols);
  const out = timesPowerOfTwo(x, down - a.exponent);
  checkRepresentable(where, given, out);
  return right instanceof Matrix ? new Matrix(a.n, cols, out) : out;
}

/** x ← A⁻¹ x by A = L Lᵀ, L in the band of A. */
function byCholesky(where: string, { n, width, data }: Band, x: Vec, cols: number): void {
  const l = data.slice();
  for (let j = 0; j < n; j++) {
    const reach = Math.min(width, n - 1 - j);
    const pivot = l[j];
    const limit = (Math.min(j, width) + 1) * Number.EPSILON * Math.max(data[j], 0);
    if (!(pivot > limit)) throw new NotPositiveDefiniteError(where, j, pivot, limit);
    const root = Math.sqrt(pivot);
    l[j] = root;
    for (let d = 1; d <= reach; d++) l[d * n + j] /= root;
    for (let c = 1; c <= reach; c++)
      for (let d = c; d <= reach; d++) l[(d - c) * n + j + c] -= l[d * n + j] * l[c * n + j];
  }
  for (let j = 0; j < n; j++) {
    scaleRow(x, cols, j, 1 / l[j]);
    for (let d = 1; d <= Math.min(width, n - 1 - j); d++) addRow(x, cols, j + d, -l[d * n + j], j);
  }
  for (let j = n - 1; j >= 0; j--) {
    for (let d = 1; d <= Math.min(width, n - 1 - j); d++) addRow(x, cols, j, -l[d * n + j], j + d);
    scaleRow(x, cols, j, 1 / l[j]);
  }
}

/** x ← A⁻¹ x by rows of the full band: row i holds columns i − w … i + 2w, since pivoting fills w more. */
function byLu(where: string, { n, width: w, data }: Band, x: Vec, cols: number): void {
  const span = 3 * w + 1;
  const rows = new Float64Array(n * span);
  for (let i = 0; i < n; i++)
    for (let j = Math.max(0, i - w); j <= Math.min(n - 1, i + w); j++)
      rows[i * span + j - i + w] = data[Math.abs(i - j) * n + Math.min(i, j)];
  const at = (i: number, j: number): number => i * span + j - i + w;
  for (let k = 0; k < n; k++) {
    const last = Math.min(n - 1, k + w);
    const end = Math.min(n - 1, k + 2 * w);
    let best = k;
    for (let i = k + 1; i <= last; i++) if (Math.abs(rows[at(i, k)]) > Math.abs(rows[at(best, k)])) best = i;
    if (best !== k) {
      for (let j = k; j <= end; j++) swap(rows, at(k, j), at(best, j));
      for (let c = 0; c < cols; c++) swap(x, k * cols + c, best * cols + c);
    }
    const pivot = rows[at(k, k)];
    if (pivot === 0) throw new SingularError(where, 0, `Pivot ${k} is zero.`);
    for (let i = k + 1; i <= last; i++) {
      const factor = rows[at(i, k)] / pivot;
      if (factor === 0) continue;
      for (let j = k + 1; j <= end; j++) rows[at(i, j)] -= factor * rows[at(k, j)];
      addRow(x, cols, i, -factor, k);
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k + 1; j <= Math.min(n - 1, k + 2 * w); j++) addRow(x, cols, k, -rows[at(k, j)], j);
    scaleRow(x, cols, k, 1 / rows[at(k, k)]);
  }
}

function swap(x: Vec, i: number, j: number): void {
  [x[i], x[j]] = [x[j], x[i]];
}

/** Row i of x, [·, cols], receives factor times row j. */
function addRow(x: Vec, cols: number, i: number, factor: number, j: number): void {
  for (let c = 0; c < cols; c++) x[i * cols + c] += factor * x[j * cols + c];
}

function scaleRow(x: Vec, cols: number, i: number, factor: number): void {
  for (let c = 0; c < cols; c++) x[i * cols + c] *= factor;
}
