/** @file QR factorisation by Householder reflections, with optional column pivoting. */
import { checkBoolean, checkOneOf, checkOptions } from '../border/arguments.ts';
import { asIntegers, type IntegersInput } from '../border/integers.ts';
import { asMatrix, asVectorOrMatrix, type MatrixInput } from '../border/matrix.ts';
import type { VectorInput } from '../border/vector.ts';
import { checkFinite, checkInteger, checkLength, checkShape } from '../checks.ts';
import { ShapeError, SingularError } from '../errors.ts';
import {
  applyReflection,
  applyReflections,
  checkReflections,
  makeReflection,
  type Reflections,
  reflectionsRoom,
} from '../householder.ts';
import { kernels } from '../kernels/select.ts';
import { triangle, trsm } from '../kernels/trsm.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { exponentOf, factorsOfPowerOfTwo } from '../power-of-two.ts';
import { matmul, transpose } from '../products.ts';
import { checkRepresentable, columnByColumn, timesPowerOfTwo, unsafeExponent } from '../safe-scale.ts';
import { maxAbs, norm2 } from '../sum.ts';
import { transposeScaled } from '../transposition.ts';
import { withWorkspace } from '../workspace.ts';

/** Columns reduced between two updates of all the columns behind them. */
const PANEL = 64;
/** Columns of a panel reduced one by one between two updates of the panel. */
const INNER = 16;

/** Options of {@link qr}. */
export interface QrOptions {
  /** Take the longest remaining column next, so that |r₀₀| ≥ |r₁₁| ≥ … shows the rank. Default false. */
  readonly pivoting?: boolean;
}

/** A P = Q R, as {@link qr} returns it. */
export class Qr {
  /** R, shape [min(m, n), n]: zeros below the diagonal. */
  readonly upper: Matrix;
  /** Column j of A P is column permutation[j] of A, shape [n]; 0, 1, 2, … without pivoting. */
  readonly permutation: Int32Array;
  private readonly reflections: Reflections;
  /** R of 2^−exponent A, where A is near the ends of the doubles; else `upper`. */
  private readonly scaled: Matrix;
  private readonly exponent: number;

  /**
   * @param upper - As the property. @param permutation - Likewise. @param reflections - Q as `qr` stores it.
   * @param exponent - k, when `upper` is that of 2^−k A. Default 0.
   */
  constructor(upper: MatrixInput, permutation: IntegersInput, reflections: Reflections, exponent = 0) {
    this.scaled = asMatrix('Qr', 'upper', upper);
    const { rows, cols, data } = this.scaled;
    this.permutation = asIntegers('Qr', 'permutation', permutation, 0, cols - 1);
    checkLength('Qr', 'permutation', this.permutation, cols);
    this.reflections = checkReflections('Qr', reflections);
    checkInteger('Qr', 'reflections.count', reflections.count, rows, rows);
    checkInteger('Qr', 'exponent', exponent, -1100, 1100);
    this.upper = exponent === 0 ? this.scaled : new Matrix(rows, cols, timesPowerOfTwo(data, exponent));
    this.exponent = exponent;
  }

  /**
   * Q: shape [m, min(m, n)] ('economy', the default), or square [m, m] ('full'), where the further columns are an orthonormal
   * basis of what the columns of A leave out. Cost: 4m²n flops full, 2mn² economy (m ≥ n).
   */
  orthogonal(size: 'economy' | 'full' = 'economy'): Matrix {
    checkOneOf('Qr.orthogonal', 'size', size, ['economy', 'full']);
    const m = this.reflections.length;
    const cols = size === 'full' ? m : this.upper.rows;
    return withWorkspace(cols * m + reflectionsRoom(m), (work) => {
      const rows = work.subarray(0, cols * m).fill(0); // the columns of Q as rows: eᵢᵀ Qᵀ
      for (let i = 0; i < cols; i++) rows[i * m + i] = 1;
      const { count } = this.reflections;
      applyReflections(this.reflections, true, cols, rows, 0, m, 0, count, work.subarray(cols * m));
      return transpose(new Matrix(cols, m, rows));
    });
  }

  /**
   * How many diagonal elements of R exceed max(m, n) ε |r|_max: with pivoting, a numerical rank that rarely fails; without, no more
   * than a test for exact dependence. {@link svd} decides safely.
   */
  rank(): number {
    const limit =
      Math.max(this.reflections.length, this.upper.cols) * Number.EPSILON * maxAbs(this.diagonal());
    return this.diagonal().filter((r) => Math.abs(r) > limit).length;
  }

  /**
   * The least-squares solution: x that minimises ‖A x − b‖₂, for m ≥ n and full column rank.
   *
   * @param b - A vector, shape [m], or one right-hand side per column, shape [m, k]. Not modified.
   * @returns x, shape [n] or [n, k]. @throws {ShapeError} b has another number of rows, or m < n.
   * @throws {NumericalError} an element of x is beyond the largest double. @throws {SingularError} a column of A depends on those before it: |rⱼⱼ| ≤ m ε ‖R eⱼ‖. Scaling columns changes nothing.
   * Cost: 4mnk flops. Accuracy as tested: the residual is orthogonal to the columns of A to 4 m ε ‖A‖ (‖A‖ ‖x‖ + ‖b‖).
   */
  solve(b: Matrix | readonly VectorInput[]): Matrix;
  solve(b: VectorInput): Vec;
  solve(b: VectorInput | MatrixInput): Vec | Matrix;
  solve(b: VectorInput | MatrixInput): Vec | Matrix {
    const given = asVectorOrMatrix('Qr.solve', 'b', b);
    const { length: m } = this.reflections;
    const n = this.upper.cols;
    if (m < n)
      throw new ShapeError(
        'Qr.solve',
        'a',
        'at least as tall as wide; else use svd(a).solve(b)',
        `[${m}, ${n}]`,
      );
    if (given instanceof Matrix) checkShape('Qr.solve', 'b', given, m, given.cols);
    else checkLength('Qr.solve', 'b', given, m);
    this.checkIndependence();
    const right = given instanceof Matrix ? given : new Matrix(m, 1, given);
    const apart = columnByColumn(right, (column) => this.solve(column));
    if (apart !== undefined) return apart;
    const down = unsafeExponent(maxAbs(right.data));
    const rows = transpose(right); // right-hand sides as rows: bᵀ Q
    if (down !== 0) rows.data.set(timesPowerOfTwo(rows.data, -down));
    applyReflections(this.reflections, false, right.cols, rows.data, 0, m);
    const y = transpose(rows);
    const sides = { data: y.data, at: 0, cols: right.cols, stride: right.cols };
    trsm(kernels(), triangle(this.scaled.data, n, { upper: true }), sides);
    const x = new Matrix(n, right.cols);
    for (const [j, p] of this.permutation.entries()) x.row(p).set(y.row(j));
    if (down !== this.exponent) x.data.set(timesPowerOfTwo(x.data, down - this.exponent));
    checkRepresentable('Qr.solve', right.data, x.data);
    return given instanceof Matrix ? x : x.data;
  }

  /** Q R Pᵀ, shape [m, n]: A up to rounding. */
  reconstruct(): Matrix {
    const product = matmul(this.orthogonal(), this.scaled);
    product.data.set(timesPowerOfTwo(product.data, this.exponent));
    const out = new Matrix(product.rows, product.cols);
    for (let i = 0; i < out.rows; i++)
      for (let j = 0; j < out.cols; j++)
        out.data[i * out.cols + this.permutation[j]] = product.data[i * out.cols + j];
    return out;
  }

  private checkIndependence(): void {
    const { data, rows, cols } = this.scaled;
    for (let j = 0; j < rows; j++) {
      const column = Float64Array.from({ length: j + 1 }, (_, i) => data[i * cols + j]);
      if (Math.abs(column[j]) <= this.reflections.length * Number.EPSILON * norm2(column))
        throw new SingularError(
          'Qr.solve',
          Math.abs(this.upper.at(j, j)),
          `Column ${this.permutation[j]} depends on others: svd(a).solve(b) gives the shortest least-squares solution.`,
        );
    }
  }

  private diagonal(): Vec {
    const { data, rows, cols } = this.scaled;
    return Float64Array.from({ length: rows }, (_, i) => data[i * cols + i]);
  }
}

/**
 * Factors A = Q R, or A P = Q R with `pivoting`, with orthonormal Q and upper triangular R.
 *
 * @param matrix - A, any shape [m, n], also 0. Not modified. Any scale: it is brought to size 1 by an exact power of two.
 * @returns the factors with what they are good for: orthogonal, solve (least squares), rank, reconstruct.
 * @throws {NonFiniteError} a holds NaN or ±∞.
 * Not fixed: the signs of the diagonal of R, which are those that avoid cancellation.
 * Cost: 2mn² − 2n³/3 flops (m ≥ n), in matrix products; with pivoting in matrix-vector products.
 * Accuracy as tested: ‖A P − Q R‖_F ≤ 4 max(m, n) ε ‖A‖_F, ‖QᵀQ − I‖_F ≤ 4 max(m, n) ε √n.
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §5.2 and §5.4.2.
 * @example qr(Matrix.of([[1, 0], [1, 1], [1, 2]])).solve(Float64Array.of(1, 3, 5)); // Float64Array [1, 2] up to rounding
 */
export function qr(matrix: MatrixInput, options: QrOptions = {}): Qr {
  checkOptions('qr', options, ['pivoting']);
  const { pivoting = false } = options;
  checkBoolean('qr', 'pivoting', pivoting);
  const a = asMatrix('qr', 'a', matrix);
  const size = maxAbs(a.data);
  if (!Number.isFinite(size)) checkFinite('qr', 'a', a.data);
  const { rows: m, cols: n } = a;
  const count = Math.min(m, n);
  const exponent = size === 0 ? 0 : exponentOf(size);
  const kept = unsafeExponent(size); // R stays scaled where it would lose digits
  const taus = new Float64Array(count);
  const permutation = Int32Array.from({ length: n }, (_, j) => j);
  const upper = new Matrix(count, n);
  const vectors = withWorkspace(n * m + Math.max(n, reflectionsRoom(m)), (work) => {
    const columns = work.subarray(0, n * m); // row j is column j of A
    transposeScaled(m, n, a.data, n, factorsOfPowerOfTwo(-exponent), columns, m);
    const room = work.subarray(n * m);
    if (pivoting) reducePivoted(m, n, columns, taus, permutation, room);
    else reduce(m, n, columns, taus, room);
    const factors = factorsOfPowerOfTwo(exponent - kept);
    for (let i = 0; i < count; i += PANEL) {
      const rows = Math.min(PANEL, count - i);
      transposeScaled(
        n - i,
        rows,
        columns.subarray(i * m + i),
        m,
        factors,
        upper.data.subarray(i * n + i),
        n,
      );
      for (let r = i + 1; r < i + rows; r++) upper.data.fill(0, r * n + i, r * n + r);
    }
    return columns.slice(0, count * m);
  });
  return new Qr(upper, permutation, { count, length: m, vectors, taus }, kept);
}

function reduce(m: number, n: number, vectors: Vec, taus: Vec, room: Vec): void {
  const count = taus.length;
  const q: Reflections = { count, length: m, vectors, taus };
  /** Columns from … to−1 receive the reflections first … last−1. */
  const update = (from: number, to: number, first: number, last: number): void =>
    applyReflections(q, false, to - from, vectors, from * m, m, first, last, room);
  for (let start = 0; start < count; start += PANEL) {
    const end = Math.min(start + PANEL, count);
    for (let first = start; first < end; first += INNER) {
      const last = Math.min(first + INNER, end);
      for (let j = first; j < last; j++) {
        taus[j] = makeReflection(m - j, vectors, j * m + j);
        applyReflection(last - j - 1, m - j, taus[j], vectors, j * m + j, vectors, (j + 1) * m + j, m, room);
      }
      update(last, end, first, last);
    }
    update(end, n, start, end);
  }
}

function reducePivoted(
  m: number,
  n: number,
  vectors: Vec,
  taus: Vec,
  permutation: Int32Array,
  room: Vec,
): void {
  const norms = Float64Array.from({ length: n }, (_, j) => norm2(vectors.subarray(j * m, (j + 1) * m)));
  const trusted = norms.slice(); // the norm when it was last computed in full
  for (let j = 0; j < taus.length; j++) {
    let longest = j;
    for (let c = j + 1; c < n; c++) if (norms[c] > norms[longest]) longest = c;
    if (longest !== j) {
      const row = vectors.slice(longest * m, (longest + 1) * m);
      vectors.copyWithin(longest * m, j * m, (j + 1) * m);
      vectors.set(row, j * m);
      [permutation[j], permutation[longest]] = [permutation[longest], permutation[j]];
      norms[longest] = norms[j];
      trusted[longest] = trusted[j];
    }
    taus[j] = makeReflection(m - j, vectors, j * m + j);
    applyReflection(n - j - 1, m - j, taus[j], vectors, j * m + j, vectors, (j + 1) * m + j, m, room);
    for (let c = j + 1; c < n; c++) {
      const ratio = norms[c] === 0 ? 0 : vectors[c * m + j] / norms[c];
      const left = Math.max(0, (1 - ratio) * (1 + ratio));
      norms[c] *= Math.sqrt(left);
      // subtracting squares loses digits: start afresh once half of them are gone (Drmač and Bujanović 2008)
      if (norms[c] < 1e-7 * trusted[c]) {
        norms[c] = norm2(vectors.subarray(c * m + j + 1, (c + 1) * m));
        trusted[c] = norms[c];
      }
    }
  }
}
