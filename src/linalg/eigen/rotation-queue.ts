/** @file Plane rotations of rows, collected and then applied strip by strip of columns so that a strip stays in cache. */
import { kernels } from '../kernels/select.ts';
import type { Vec } from '../matrix.ts';

/** Rows of a larger row-major array: entry (i, j) is data[offset + i·stride + j], 0 ≤ j < cols. */
export interface RowBlock {
  readonly data: Vec;
  readonly offset: number;
  readonly stride: number;
  readonly cols: number;
}

/** Columns of a strip: 1000 rows of 128 doubles are 1 MB, about a second-level cache. */
const STRIP = 128;
/** Rotations collected per row of the block before they are applied. */
const PER_ROW = 16;

/** Rotations are applied in the order in which they were pushed; the result does not depend on the strips. */
export class RotationQueue {
  private readonly rows: RowBlock;
  private readonly first: Int32Array;
  private readonly second: Int32Array;
  private readonly cosines: Vec;
  private readonly sines: Vec;
  private count = 0;

  /** @param n - The number of rows, which sets the capacity. */
  constructor(rows: RowBlock, n: number) {
    this.rows = rows;
    this.first = new Int32Array(PER_ROW * n);
    this.second = new Int32Array(PER_ROW * n);
    this.cosines = new Float64Array(PER_ROW * n);
    this.sines = new Float64Array(PER_ROW * n);
  }

  /** (row p, row q) ← (c·row p + s·row q, c·row q − s·row p), now or later. */
  push(p: number, q: number, c: number, s: number): void {
    if (this.count === this.first.length) this.flush();
    this.first[this.count] = p;
    this.second[this.count] = q;
    this.cosines[this.count] = c;
    this.sines[this.count] = s;
    this.count++;
  }

  /** Applies everything pushed so far. */
  flush(): void {
    const { data, offset, stride, cols } = this.rows;
    const { first, second, cosines, sines, count } = this;
    const { rotate } = kernels();
    for (let start = 0; start < cols; start += STRIP) {
      const width = Math.min(STRIP, cols - start);
      const at = offset + start;
      for (let k = 0; k < count; k++)
        rotate(width, data, at + first[k] * stride, data, at + second[k] * stride, cosines[k], sines[k]);
    }
    this.count = 0;
  }
}
