/** @file The scalar tier of the product of matrices, one for every example. */
import type { Vec } from '../../matrix.ts';

/** out[i, j, n] ← start + Σ_k a[i, k, n] b[k, j, n]. */
export function multiplyExamplesKernel(
  m: Vec,
  rows: number,
  cols: number,
  depth: number,
  batch: number,
  triangle: number,
  start: number,
  a: number,
  aRow: number,
  aDepth: number,
  b: number,
  bDepth: number,
  bCol: number,
  out: number,
  outRow: number,
  outCol: number,
): void {
  for (let i = 0; i < rows; i++) {
    const bound = (i | 1) + 1;
    const endCol = triangle === 2 ? Math.min(cols, bound) : cols;
    const end = triangle === 1 ? Math.min(depth, bound) : depth;
    const first = triangle === 3 ? i & ~1 : 0;
    for (let j = 0; j < endCol; j++) {
      const o = out + i * outRow + j * outCol;
      if (start === 0) m.fill(0, o, o + batch);
      for (let k = first; k < end; k++) {
        const p = a + i * aRow + k * aDepth;
        const q = b + k * bDepth + j * bCol;
        for (let n = 0; n < batch; n++) m[o + n] += m[p + n] * m[q + n];
      }
    }
  }
}
