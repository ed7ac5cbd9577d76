/** @file The scalar tier of kernels that read rows of a table. */
import type { Vec } from '../../matrix.ts';

/** out[r, c] ← table[tokens[c], r]. */
export function lookUpKernel(
  m: Vec,
  _tableRows: number,
  rows: number,
  cols: number,
  width: number,
  tokens: number,
  table: number,
  out: number,
): void {
  for (let c = 0; c < cols; c++) {
    const from = table + m[tokens + c] * width;
    for (let r = 0, to = out + c; r < rows; r++, to += cols) m[to] = m[from + r];
  }
}

/** table ← 0 in its first `rows` columns, then table[tokens[c], r] += y[r, c]. */
export function lookUpAdjointKernel(
  m: Vec,
  tableRows: number,
  rows: number,
  cols: number,
  width: number,
  tokens: number,
  y: number,
  table: number,
): void {
  for (let t = 0; t < tableRows; t++) m.fill(0, table + t * width, table + t * width + rows);
  for (let c = 0; c < cols; c++) {
    const to = table + m[tokens + c] * width;
    for (let r = 0, from = y + c; r < rows; r++, from += cols) m[to + r] += m[from];
  }
}
