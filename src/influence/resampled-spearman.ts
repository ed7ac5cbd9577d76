/** @file Spearman correlations of resampled pairs in linear time: sort once, then count. */
import type { Matrix, Vec } from '../linalg/matrix.ts';
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
}

/**
 * Sorts every row of `values`, shape [rows, K].
 * @throws {NonFiniteError} NaN in a row. Cost: O(rows · K log K).
 */
export function sortRows(values: Matrix): SortedRows {
  const { rows, cols } = values;
  const order = new Int32Array(rows * cols);
  const closes = new Uint8Array(rows * cols);
  for (let r = 0; r < rows; r++) {
    const row = values.row(r);
    const sorted = argsort(row);
    order.set(sorted, r * cols);
    for (let p = 0; p < cols; p++)
      closes[r * cols + p] = p + 1 === cols || row[sorted[p]] !== row[sorted[p + 1]] ? 1 : 0;
  }
  return { rows, cols, order, closes };
}

/**
 * Spearman's ρ between row r of `x` and row r of `y` when item k occurs weights[k] times, for every r: exactly the
 * numbers that `spearman` returns for the resampled arrays written out (NaN when one of them is constant).
 *
 * Kernel: `x` and `y` have one shape, `weights` holds K integers ≥ 0, `out` one number per row (overwritten).
 * Cost: O(rows · K), no allocation but one array of K.
 */
export function resampledSpearman(x: SortedRows, y: SortedRows, weights: Int32Array, out: Vec): Vec {
  const { rows, cols } = x;
  let size = 0;
  for (let k = 0; k < cols; k++) size += weights[k];
  const weightedRanks = new Float64Array(cols); // weights[k] · (2·rank of item k in x − (size + 1))
  for (let r = 0; r < rows; r++) {
    const first = r * cols;
    const end = first + cols;
    let below = 0;
    let tied = 0;
    let xx = 0;
    for (let p = first, run = first; p < end; p++) {
      tied += weights[x.order[p]];
      if (x.closes[p] === 0) continue;
      const rank = 2 * below + tied - size;
      xx += tied * rank * rank;
      for (; run <= p; run++) weightedRanks[x.order[run]] = weights[x.order[run]] * rank;
      below += tied;
      tied = 0;
    }
    let yy = 0;
    let xy = 0;
    let shared = 0;
    below = 0;
    for (let p = first; p < end; p++) {
      const k = y.order[p];
      tied += weights[k];
      shared += weightedRanks[k];
      if (y.closes[p] === 0) continue;
      const rank = 2 * below + tied - size;
      yy += tied * rank * rank;
      xy += shared * rank;
      below += tied;
      tied = 0;
      shared = 0;
    }
    out[r] = correlation(xx, yy, xy);
  }
  return out;
}
