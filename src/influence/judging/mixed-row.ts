/** @file A weighted sum of rows, kept in sorted order from one set of weights to the next. */
import type { Vec } from '../../linalg/matrix.ts';
import { argsort } from './rank-correlation.ts';
import type { SortedRows } from './resampled-spearman.ts';

/** Σ wₘ · rowₘ as a sorted row. Resampled means of networks have nearly the order of the whole mean, which insertion mends at little cost. */
export class MixedRow {
  /** Of the last weights; at first of ones. */
  readonly values: Vec;
  private readonly rows: readonly Vec[];
  private readonly row: SortedRows;
  /** The order under weights of one. */
  private readonly usual: Int32Array;

  /** @param rows - At least one, all of one length. */
  constructor(rows: readonly Vec[]) {
    this.rows = rows;
    this.values = new Float64Array(rows[0].length);
    const items = this.values.length;
    this.mix(new Float64Array(rows.length).fill(1));
    this.usual = argsort(this.values);
    this.row = {
      rows: 1,
      cols: items,
      order: new Int32Array(items),
      closes: new Uint8Array(items),
      tied: new Uint8Array(1),
    };
  }

  /** The row of these weights, integers ≥ 0; the next call overwrites it. */
  of(weights: Vec): SortedRows {
    this.mix(weights);
    const { values, row } = this;
    const { order, closes, tied } = row;
    order.set(this.usual);
    insertionSort(order, values);
    tied[0] = 0;
    for (let p = 0; p < order.length; p++) {
      const last = p + 1 === order.length || values[order[p]] !== values[order[p + 1]];
      closes[p] = last ? 1 : 0;
      if (!last) tied[0] = 1;
    }
    return row;
  }

  private mix(weights: Vec): void {
    const { values, rows } = this;
    values.fill(0);
    for (let m = 0; m < rows.length; m++) {
      const weight = weights[m];
      const row = rows[m];
      if (weight !== 0) for (let k = 0; k < values.length; k++) values[k] += weight * row[k];
    }
  }
}

/** Sorts `order` by ascending values, in place. Cost: O(K + inversions). */
function insertionSort(order: Int32Array, values: Vec): void {
  for (let p = 1; p < order.length; p++) {
    const item = order[p];
    const value = values[item];
    let at = p;
    for (; at > 0 && values[order[at - 1]] > value; at--) order[at] = order[at - 1];
    order[at] = item;
  }
}
