/** @file Spearman correlations of resampled pairs in linear time: sort once, then count. */
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import { argsort, correlation } from './rank-correlation.ts';

/**
 * Rows sorted once, for {@link resampledSpearman}. A resample of K items is given by its multiplicities: item k is
 * drawn weights[k] times. In sorted order the rank of a drawn item is then a running sum, so that no resample sorts.
 */
export interface SortedRows {
  readonly rows: number;
  /** K, the number of items per row. */
  readonly cols: number;
  /** [rows, K]: item numbers of each row in ascending order of their values. */
  readonly order: Int32Array;
  /** [rows, K]: 1 at the last position of each run of equal values. */
  readonly closes: Uint8Array;
  /** [rows]: 1 when the row holds equal values. */
  readonly tied: Uint8Array;
}

/**
 * Sorts every row of `values`, shape [rows, K].
 * @throws {NonFiniteError} NaN in a row. Cost: O(rows · K log K).
 */
export function sortRows(values: Matrix): SortedRows {
  const { rows, cols } = values;
  const order = new Int32Array(rows * cols);
  const closes = new Uint8Array(rows * cols).fill(1);
  const tied = new Uint8Array(rows);
  for (let r = 0; r < rows; r++) {
    const row = values.row(r);
    const sorted = argsort(row);
    order.set(sorted, r * cols);
    for (let p = 0; p + 1 < cols; p++) {
      if (row[sorted[p]] !== row[sorted[p + 1]]) continue;
      closes[r * cols + p] = 0;
      tied[r] = 1;
    }
  }
  return { rows, cols, order, closes, tied };
}

/** The rows that hold one value only, ascending: they have no order, and no rank correlation with anything. */
export function constantRows({ rows, cols, closes }: SortedRows): number[] {
  return Array.from({ length: rows }, (_, r) => r).filter(
    (r) => closes.indexOf(1, r * cols) === (r + 1) * cols - 1,
  );
}

/**
 * Spearman's ρ between row r of `x` and row r of `y` when item k occurs weights[k] times, for every r: exactly the
 * numbers that `spearman` returns for the resampled arrays written out (NaN when one of them is constant).
 *
 * Kernel: `x` and `y` have one shape, `weights` holds K integers ≥ 0, `out` one number per row (overwritten).
 * Cost: O(rows · K) with a small constant: three passes over K per row. Sums are exact while Σ weights ≤ 2·10⁵.
 */
export function resampledSpearman(x: SortedRows, y: SortedRows, weights: ArrayLike<number>, out: Vec): Vec {
  const drawn = multiplicities(weights);
  const weightedRanks = new Float64Array(weights.length);
  for (let r = 0; r < x.rows; r++) {
    const xTies = rankRow(x, r, drawn, weightedRanks);
    out[r] = correlateRow(y, r, drawn, weightedRanks, xTies);
  }
  return out;
}

/** A resample, with the two sums over its multiplicities that every row shares. */
export interface Multiplicities {
  /** [K]: how often each item is drawn. */
  readonly weights: Vec;
  /** n = Σ w. */
  readonly size: number;
  /** Σ (w³ − w): what drawing an item more than once takes from 3 Σ rank². */
  readonly copies: number;
}

/** The resample of given multiplicities, integers ≥ 0. */
export function multiplicities(weights: ArrayLike<number>): Multiplicities {
  const w = Float64Array.from(weights);
  let size = 0;
  let copies = 0;
  for (const count of w) {
    size += count;
    copies += count * (count * count - 1);
  }
  return { weights: w, size, copies };
}

/**
 * The first half of {@link resampledSpearman}, for rows that are correlated with many: out[k] ← w[k] · (2·rank of item k − (n + 1))
 * in row r of `x`.
 * @returns Σ over tied groups of t³ − t, which {@link correlateRow} asks for.
 */
export function rankRow(x: SortedRows, r: number, drawn: Multiplicities, out: Vec): number {
  const { weights, size, copies } = drawn;
  const first = r * x.cols;
  if (x.tied[r] !== 0) return rankTied(x, first, weights, size, out);
  rankDistinct(x.order, first, weights, size, out);
  return copies;
}

/** The second half: ρ of row r of `y` with the row that {@link rankRow} wrote to `weightedRanks`, and its ties. */
export function correlateRow(
  y: SortedRows,
  r: number,
  { weights, size, copies }: Multiplicities,
  weightedRanks: Vec,
  xTies: number,
): number {
  const all = size * (size * size - 1); // Σ rank² = (n³ − n − Σ over tied groups (t³ − t)) / 3 for centred doubled ranks
  const first = r * y.cols;
  if (y.tied[r] === 0) {
    const xy = sumDistinct(y.order, first, weights, size, weightedRanks);
    return correlation((all - xTies) / 3, (all - copies) / 3, xy);
  }
  const yTies = tieTerm(y, first, weights);
  const xy = sumTied(y, first, weights, size, weightedRanks);
  return correlation((all - xTies) / 3, (all - yTies) / 3, xy);
}

/** out[k] ← w[k] · (2·rank of item k − (size + 1)), in a row without equal values. */
function rankDistinct(order: Int32Array, first: number, w: Vec, size: number, out: Vec): void {
  let below = -size; // 2 · (drawn items below) − size
  for (let p = first, end = first + w.length; p < end; p++) {
    const k = order[p];
    const count = w[k];
    out[k] = count * (below + count);
    below += count + count;
  }
}

/** Σ over items of weightedRanks[k] · (2·rank of item k − (size + 1)), in a row without equal values. */
function sumDistinct(order: Int32Array, first: number, w: Vec, size: number, weightedRanks: Vec): number {
  let below = -size;
  let total = 0;
  for (let p = first, end = first + w.length; p < end; p++) {
    const k = order[p];
    const count = w[k];
    total += weightedRanks[k] * (below + count);
    below += count + count;
  }
  return total;
}

/** As {@link rankDistinct} with equal values; returns Σ (t³ − t) over their groups. */
function rankTied({ order, closes }: SortedRows, first: number, w: Vec, size: number, out: Vec): number {
  let below = -size;
  let group = 0;
  let ties = 0;
  for (let p = first, run = first, end = first + w.length; p < end; p++) {
    group += w[order[p]];
    if (closes[p] === 0) continue;
    for (; run <= p; run++) out[order[run]] = w[order[run]] * (below + group);
    ties += group * (group * group - 1);
    below += group + group;
    group = 0;
  }
  return ties;
}

/** As {@link sumDistinct} with equal values. */
function sumTied(
  { order, closes }: SortedRows,
  first: number,
  w: Vec,
  size: number,
  weightedRanks: Vec,
): number {
  let below = -size;
  let group = 0;
  let shared = 0;
  let total = 0;
  for (let p = first, end = first + w.length; p < end; p++) {
    group += w[order[p]];
    shared += weightedRanks[order[p]];
    if (closes[p] === 0) continue;
    total += shared * (below + group);
    below += group + group;
    group = 0;
    shared = 0;
  }
  return total;
}

/** Σ (t³ − t) over groups of equal values. */
function tieTerm({ order, closes }: SortedRows, first: number, w: Vec): number {
  let group = 0;
  let ties = 0;
  for (let p = first, end = first + w.length; p < end; p++) {
    group += w[order[p]];
    if (closes[p] === 0) continue;
    ties += group * (group * group - 1);
    group = 0;
  }
  return ties;
}
