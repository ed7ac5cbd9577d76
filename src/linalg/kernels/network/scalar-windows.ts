/** @file The scalar tier of kernels that look at an image or a sequence through windows. */
import type { Vec } from '../../matrix.ts';

/** The position of the image under element (i, j) of the kernel in window (p, q), or −1 outside; `w` is where the sizes lie. */
export function under(m: Vec, w: number, i: number, j: number, p: number, q: number): number {
  const row = p * m[w + 4] - m[w + 6] + i * m[w + 8];
  const col = q * m[w + 5] - m[w + 7] + j * m[w + 9];
  return row >= 0 && row < m[w] && col >= 0 && col < m[w + 1] ? row * m[w + 1] + col : -1;
}

/** y ← x under the windows, 0 outside. */
export function unfoldKernel(m: Vec, xCols: number, yRows: number, w: number, x: number, y: number): void {
  const [kernelRows, kernelCols] = [m[w + 2], m[w + 3]];
  const [rows, cols] = [m[w + 10], m[w + 11]];
  const batch = xCols / (m[w] * m[w + 1]);
  for (let r = 0, out = y; r < yRows; r++) {
    const j = r % kernelCols;
    const i = ((r - j) / kernelCols) % kernelRows;
    const plane = x + Math.floor(r / (kernelRows * kernelCols)) * xCols;
    for (let p = 0; p < rows; p++)
      for (let q = 0; q < cols; q++, out += batch) {
        const at = under(m, w, i, j, p, q);
        if (at < 0) m.fill(0, out, out + batch);
        else m.copyWithin(out, plane + at * batch, plane + (at + 1) * batch);
      }
  }
}

/** x ← 0, then x += y under the windows. */
export function foldKernel(
  m: Vec,
  xRows: number,
  xCols: number,
  yRows: number,
  w: number,
  y: number,
  x: number,
): void {
  const [kernelRows, kernelCols] = [m[w + 2], m[w + 3]];
  const [rows, cols] = [m[w + 10], m[w + 11]];
  const batch = xCols / (m[w] * m[w + 1]);
  m.fill(0, x, x + xRows * xCols);
  for (let r = 0, from = y; r < yRows; r++) {
    const j = r % kernelCols;
    const i = ((r - j) / kernelCols) % kernelRows;
    const plane = x + Math.floor(r / (kernelRows * kernelCols)) * xCols;
    for (let p = 0; p < rows; p++)
      for (let q = 0; q < cols; q++, from += batch) {
        const at = under(m, w, i, j, p, q);
        if (at < 0) continue;
        const to = plane + at * batch;
        for (let n = 0; n < batch; n++) m[to + n] += m[from + n];
      }
  }
}
