/** @file The scalar tier of maxima and means of windows. */
import type { Vec } from '../../matrix.ts';
import { under } from './scalar-windows.ts';

/** y ← the greatest of each window, the first such; index ← where in x it lies. */
export function maxPoolKernel(
  m: Vec,
  xRows: number,
  xCols: number,
  w: number,
  x: number,
  y: number,
  index: number,
): void {
  const [kernelRows, kernelCols] = [m[w + 2], m[w + 3]];
  const batch = xCols / (m[w] * m[w + 1]);
  for (let c = 0, k = 0; c < xRows; c++)
    for (let p = 0; p < m[w + 10]; p++)
      for (let q = 0; q < m[w + 11]; q++)
        for (let n = 0; n < batch; n++, k++) {
          let best = Number.NEGATIVE_INFINITY;
          let place = -1;
          for (let i = 0; i < kernelRows; i++)
            for (let j = 0; j < kernelCols; j++) {
              const at = under(m, w, i, j, p, q);
              if (at < 0) continue;
              const offset = c * xCols + at * batch + n;
              const v = m[x + offset];
              if (place >= 0 && v <= best) continue;
              if (place >= 0 && Number.isNaN(best) && !Number.isNaN(v)) continue;
              best = v;
              place = offset;
            }
          m[y + k] = best;
          m[index + k] = place;
        }
}

/** out[k] ← x[index[k]]. */
export function gatherKernel(m: Vec, n: number, index: number, x: number, out: number): void {
  for (let k = 0; k < n; k++) m[out + k] = m[x + m[index + k]];
}

/** x ← 0, then x[index[k]] += y[k]. */
export function scatterKernel(m: Vec, xSize: number, n: number, index: number, y: number, x: number): void {
  m.fill(0, x, x + xSize);
  for (let k = 0; k < n; k++) m[x + m[index + k]] += m[y + k];
}

/** How many elements of the kernel an average divides by in window (p, q). */
function countOf(m: Vec, w: number, p: number, q: number): number {
  if (m[w + 12] !== 0) return m[w + 2] * m[w + 3];
  let count = 0;
  for (let i = 0; i < m[w + 2]; i++)
    for (let j = 0; j < m[w + 3]; j++) if (under(m, w, i, j, p, q) >= 0) count++;
  return count;
}

/** y ← the mean of each window. */
export function averagePoolKernel(
  m: Vec,
  xRows: number,
  xCols: number,
  w: number,
  x: number,
  y: number,
): void {
  const batch = xCols / (m[w] * m[w + 1]);
  for (let c = 0, out = y; c < xRows; c++)
    for (let p = 0; p < m[w + 10]; p++)
      for (let q = 0; q < m[w + 11]; q++, out += batch) {
        const count = countOf(m, w, p, q);
        m.fill(0, out, out + batch);
        for (let i = 0; i < m[w + 2]; i++)
          for (let j = 0; j < m[w + 3]; j++) {
            const at = under(m, w, i, j, p, q);
            if (at < 0) continue;
            const from = x + c * xCols + at * batch;
            for (let n = 0; n < batch; n++) m[out + n] += m[from + n];
          }
        for (let n = 0; n < batch; n++) m[out + n] /= count;
      }
}

/** x ← 0, then x += y / count under each window. */
export function spreadPoolKernel(
  m: Vec,
  xRows: number,
  xCols: number,
  w: number,
  y: number,
  x: number,
): void {
  const batch = xCols / (m[w] * m[w + 1]);
  m.fill(0, x, x + xRows * xCols);
  for (let c = 0, from = y; c < xRows; c++)
    for (let p = 0; p < m[w + 10]; p++)
      for (let q = 0; q < m[w + 11]; q++, from += batch) {
        const count = countOf(m, w, p, q);
        for (let i = 0; i < m[w + 2]; i++)
          for (let j = 0; j < m[w + 3]; j++) {
            const at = under(m, w, i, j, p, q);
            if (at < 0) continue;
            const to = x + c * xCols + at * batch;
            for (let n = 0; n < batch; n++) m[to + n] += m[from + n] / count;
          }
      }
}
