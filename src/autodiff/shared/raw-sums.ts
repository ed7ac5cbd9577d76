/** @file Symmetric matrices from sums that have each pair of blocks once, above or below the diagonal. */
import type { Matrix } from '../../linalg/matrix.ts';

/** scale (A + Aᵀ), in place. Exactly symmetric. */
export function addMirrored(a: Matrix, scale: number): Matrix {
  const { rows: n, data } = a;
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const value = scale * (data[i * n + j] + data[j * n + i]);
      data[i * n + j] = value;
      data[j * n + i] = value;
    }
  return a;
}
