/** @file Packing of matrices into the panels that the product kernels read. */
import type { Vec } from '../matrix.ts';

/**
 * out ← the [rows, depth] matrix (x, x0, row, col) in panels of 4 rows, each stored depth by depth from out[q] on; the last
 * panel is filled up with zeros. Columns of a matrix are packed by exchanging its strides.
 */
export function pack(
  rows: number,
  depth: number,
  x: Vec,
  x0: number,
  row: number,
  col: number,
  out: Vec,
  q: number,
): void {
  let i = 0;
  for (; i + 3 < rows; i += 4) {
    const r0 = x0 + i * row;
    const r1 = r0 + row;
    const r2 = r1 + row;
    const r3 = r2 + row;
    for (let p = 0, d = 0; p < depth; p++, d += col, q += 4) {
      out[q] = x[r0 + d];
      out[q + 1] = x[r1 + d];
      out[q + 2] = x[r2 + d];
      out[q + 3] = x[r3 + d];
    }
  }
  if (i === rows) return;
  for (let p = 0; p < depth; p++)
    for (let r = 0; r < 4; r++, q++) out[q] = i + r < rows ? x[x0 + (i + r) * row + p * col] : 0;
}
