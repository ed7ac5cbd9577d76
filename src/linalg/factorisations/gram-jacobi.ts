/** @file Rows made orthogonal in matrix products: eigenvectors of their Gram matrix, window by window, then small rotations at once. */

import { symmetricEigen } from '../eigen/symmetric-eigen.ts';
import { scaleMatrix } from '../elementwise.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { matmul, syrk, transpose } from '../products.ts';
import { maxAbs, norm2 } from '../sum.ts';
import { cosineTolerance } from './one-sided-jacobi.ts';

/** Rounds after which plain sweeps take over; 1 to 3 are usual, more when lengths spread over many decades. */
const MAX_ROUNDS = 16;
/**
 * Longest over shortest row of the first and of the other windows, round by round; the last two are repeated in turn. Borders move
 * from round to round. Windows become narrow, as pairs that still need large angles have nearly equal lengths.
 */
const WINDOWS: readonly (readonly [number, number])[] = [
  [2 ** 20, 2 ** 20],
  [2 ** 10, 2 ** 20],
  [2 ** 8, 2 ** 8],
  [2 ** 4, 2 ** 8],
  [4, 4],
  [2, 4],
];
/** Angles are small, and turned all at once, up to this ‖K‖_∞. */
const SMALL_ANGLES = 0.4;
/** A pair that needs a larger angle is left alone where its cosine is within this factor of negligible: a cluster. */
const CLOSE_ANGLE = 0.1;
const CLOSE_FACTOR = 32;
/** λ_min / λ_max of R Rᵀ from which its eigenvectors are good to 2⁻¹² of the shortest row. */
const SPREAD = 2 ** -40;

/** Rows of X, and of J along with them. */
export interface Pair {
  readonly x: Matrix;
  readonly j: Matrix;
}

/** Row i of x has length lengths[i], and lengths descend. */
interface Rows extends Pair {
  readonly lengths: Vec;
}

/**
 * Makes the rows of X orthogonal, and applies the same rotations to the rows of J; nearly all the work is in matrix products.
 *
 * Each round forms the cosines C of all pairs of rows. Where the angles that they need are large, rows of similar length (a
 * window) are replaced by their combinations with the eigenvectors of their Gram matrix. That squares the condition, and leaves
 * cosines up to n ε κ² in the window. These go all at once by exp K, K the skew matrix of the Jacobi angles to first order: this
 * converges quadratically, and as Kᵢⱼ is at most the ratio of the lengths, short rows keep their digits.
 *
 * @param x - Shape [n, n], of size about 1, rows about descending in length. Not modified. @param j - Shape [n, n]. Not modified.
 * @returns x and j rotated. If `done`, the rows of x are orthogonal to {@link cosineTolerance}, or as near as rounding lets them
 * be; if not, a few pairs are left to plain rotations (clusters), or all of them.
 * Cost: a round takes n³ flops for C, and 4n³ to 18n³ for small angles or up to 9n³ for windows.
 * References: Drmač and Veselić (2008), New fast and accurate Jacobi SVD algorithm I, SIAM J. Matrix Anal. Appl. 29, for why
 * short rows keep their digits; Gao, Ma and Shao (2022), A mixed precision Jacobi SVD algorithm, for eigenvectors and singular
 * vectors of low accuracy as a preconditioner.
 */
export function orthogonaliseByGram(x: Matrix, j: Matrix): Pair & { readonly done: boolean } {
  const n = x.rows;
  const tolerance = cosineTolerance(n);
  let rows = sorted(x, j);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const cosines = cosinesOf(rows);
    const { skew, largest, close, far } = jacobiAngles(cosines, rows.lengths, tolerance);
    if (largest === 0) return { x: rows.x, j: rows.j, done: !close };
    const size = far ? Number.POSITIVE_INFINITY : rowSumNorm(skew);
    const small = size <= SMALL_ANGLES;
    const next = small
      ? turned(rows, skew, size)
      : windowed(rows, cosines, skew, far ? CLOSE_ANGLE : 0, round);
    // what exp K leaves are second-order terms: angle times cosine, and cosine times cosine over common longer rows
    if (small && Math.max(size, n * largest) * largest < Number.EPSILON) return { ...next, done: !close };
    rows = sorted(next.x, next.j);
  }
  return { x: rows.x, j: rows.j, done: false };
}

/** Rows in order of descending length. */
function sorted(x: Matrix, j: Matrix): Rows {
  const found = Float64Array.from({ length: x.rows }, (_, i) => norm2(x.row(i)));
  const order = Array.from(found.keys()).sort((p, q) => found[q] - found[p] || p - q);
  const lengths = Float64Array.from(order, (i) => found[i]);
  if (order.every((from, to) => from === to)) return { x, j, lengths };
  const [newX, newJ] = [new Matrix(x.rows, x.cols), new Matrix(j.rows, j.cols)];
  for (const [to, from] of order.entries()) {
    newX.row(to).set(x.row(from));
    newJ.row(to).set(j.row(from));
  }
  return { x: newX, j: newJ, lengths };
}

/** C = Y Yᵀ of the rows made unit; zero rows have cosine 0. */
function cosinesOf({ x, lengths }: Rows): Matrix {
  const unit = new Matrix(x.rows, x.cols);
  for (let i = 0; i < x.rows && lengths[i] > 0; i++) {
    const [from, to] = [x.row(i), unit.row(i)];
    for (let k = 0; k < to.length; k++) to[k] = from[k] / lengths[i];
  }
  return syrk(unit);
}

interface Angles {
  /** Kᵢⱼ = gᵢⱼ / (gⱼⱼ − gᵢᵢ) of the Gram matrix G, where the cosine is not negligible. */
  readonly skew: Matrix;
  /** The largest |cosine| that was not negligible, close pairs apart; 0 if there was none. */
  readonly largest: number;
  /** Some pairs of nearly equal length, and orthogonal but for a few ε, are left alone. */
  readonly close: boolean;
  /** Some pairs need large angles. */
  readonly far: boolean;
}

function jacobiAngles(cosines: Matrix, lengths: Vec, tolerance: number): Angles {
  const n = lengths.length;
  const skew = new Matrix(n, n);
  let largest = 0;
  let [close, far] = [false, false];
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const cosine = cosines.data[i * n + j];
      const size = Math.abs(cosine);
      if (size <= tolerance) continue;
      const ratio = lengths[j] / lengths[i]; // ≤ 1
      const angle = (-cosine * ratio) / ((1 - ratio) * (1 + ratio));
      const large = !(Math.abs(angle) <= CLOSE_ANGLE); // also ∞
      if (large && size <= CLOSE_FACTOR * tolerance) {
        close = true;
        continue;
      }
      far ||= large;
      largest = Math.max(largest, size);
      skew.data[i * n + j] = angle;
      skew.data[j * n + i] = -angle;
    }
  return { skew, largest, close, far };
}

/** ‖K‖_∞. */
function rowSumNorm(k: Matrix): number {
  let largest = 0;
  for (let i = 0; i < k.rows; i++)
    largest = Math.max(
      largest,
      k.row(i).reduce((s, v) => s + Math.abs(v), 0),
    );
  return largest;
}

/** (exp K)ᵀ X, and so J. */
function turned({ x, j }: Rows, skew: Matrix, size: number): Pair {
  const change = exponentialMinusOne(transpose(skew), size);
  return {
    x: matmul(change, x, { out: x.clone(), accumulate: true }), // X + (exp Kᵀ − I) X: what does not change keeps its bits
    j: matmul(change, j, { out: j.clone(), accumulate: true }),
  };
}

/** exp K − I for ‖K‖_∞ = size, to ε: terms of the series up to K⁸, after halving K to 0.05 or less. */
function exponentialMinusOne(k: Matrix, size: number): Matrix {
  if (size > 0.05) {
    const half = exponentialMinusOne(scaleMatrix(0.5, k), size / 2);
    const whole = scaleMatrix(2, half); // (I + H)² − I = 2H + H²
    return matmul(half, half, { out: whole, accumulate: true });
  }
  if (size < 1e-9) return k;
  const k2 = matmul(k, k);
  const out = new Matrix(
    k.rows,
    k.cols,
    k.data.map((v, i) => v + k2.data[i] / 2),
  );
  if (size < 1e-6) return out;
  const k3 = matmul(k, k2);
  const k4 = matmul(k2, k2);
  const high = k4.clone(); // I/4! + K/5! + … + K⁴/8!
  for (let i = 0; i < high.data.length; i++) {
    out.data[i] += k3.data[i] / 6;
    high.data[i] = high.data[i] / 40320 + k3.data[i] / 5040 + k2.data[i] / 720 + k.data[i] / 120;
  }
  for (let i = 0; i < k.rows; i++) high.data[i * (k.rows + 1)] += 1 / 24;
  return matmul(k4, high, { out, accumulate: true });
}

/**
 * Eᵀ X and Eᵀ J for the eigenvectors E of the Gram matrix of each window of rows of similar length, where some angle exceeds `least`.
 */
function windowed(rows: Rows, cosines: Matrix, skew: Matrix, least: number, round: number): Pair {
  const { lengths } = rows;
  const n = lengths.length;
  const [x, j] = [rows.x.clone(), rows.j.clone()];
  const [first, others] = WINDOWS[round < WINDOWS.length ? round : WINDOWS.length - 2 + (round % 2)];
  let limit = first;
  for (let start = 0, end = 0; start < n && lengths[start] > 0; start = end, limit = others) {
    while (end < n && lengths[end] * limit >= lengths[start]) end++;
    const size = end - start;
    const gram = new Matrix(size, size);
    let largest = 0;
    for (let p = 0; p < size; p++) {
      const row = (start + p) * n + start;
      for (let q = 0; q < size; q++) {
        largest = Math.max(largest, Math.abs(skew.data[row + q]));
        const scale = (lengths[start + p] / lengths[start]) * (lengths[start + q] / lengths[start]);
        gram.data[p * size + q] = cosines.data[row + q] * scale;
      }
    }
    if (largest <= least) continue;
    const { vectors } = symmetricEigen(gram, { overwrite: true });
    for (const target of [x, j]) {
      const part = target.rowRange(start, end);
      part.data.set(matmul(vectors, part, { transposeA: true }).data);
    }
  }
  return { x, j };
}

/**
 * Eᵀ R with all eigenvectors E of R Rᵀ, smallest first, and Eᵀ itself; undefined when singular values spread too far for that, so that
 * the shortest rows would be lost in the rounding errors of E.
 *
 * Cost: about 8n³ flops.
 */
export function eigenRows(r: Matrix): Pair | undefined {
  const { values, vectors } = symmetricEigen(syrk(r), { overwrite: true });
  if (!(values[0] > maxAbs(values) * SPREAD)) return undefined;
  const j = transpose(vectors);
  return { x: matmul(j, r), j };
}
