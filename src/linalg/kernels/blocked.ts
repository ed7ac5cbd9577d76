/** @file Symmetric updates built on any tier's matrix product. */
import type { Vec } from '../matrix.ts';
import { withScratch } from '../scratch.ts';
import type { Kernels } from './kernels.ts';

type Gemm = Kernels['gemm'];
export type BlockedKernels = Pick<Kernels, 'syrk' | 'syr2k'>;

/** Diagonal blocks of a symmetric update up to this order are computed whole. */
const WHOLE = 32;

/** syrk and syr2k in terms of one gemm: the same bits whenever it gives the same bits. */
export function blockedKernels(gemm: Gemm): BlockedKernels {
  /** C ← C + α A B on the blocks that meet the lower triangle, by halves. */
  function lowerHalf(
    n: number,
    k: number,
    alpha: number,
    a: Vec,
    a0: number,
    aRow: number,
    aCol: number,
    b: Vec,
    b0: number,
    bRow: number,
    bCol: number,
    c: Vec,
    c0: number,
    ldc: number,
  ): void {
    if (n <= WHOLE) {
      gemm(n, n, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc);
      return;
    }
    const h = ((n >> 1) + 3) & ~3;
    const below = a0 + h * aRow;
    lowerHalf(h, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc);
    gemm(n - h, h, k, alpha, a, below, aRow, aCol, b, b0, bRow, bCol, c, c0 + h * ldc, ldc);
    lowerHalf(n - h, k, alpha, a, below, aRow, aCol, b, b0 + h * bCol, bRow, bCol, c, c0 + h * ldc + h, ldc);
  }

  /** The same for the upper triangle. */
  function upperHalf(
    n: number,
    k: number,
    alpha: number,
    a: Vec,
    a0: number,
    aRow: number,
    aCol: number,
    b: Vec,
    b0: number,
    bRow: number,
    bCol: number,
    c: Vec,
    c0: number,
    ldc: number,
  ): void {
    if (n <= WHOLE) {
      gemm(n, n, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc);
      return;
    }
    const h = ((n >> 1) + 3) & ~3;
    const right = b0 + h * bCol;
    upperHalf(h, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc);
    gemm(h, n - h, k, alpha, a, a0, aRow, aCol, b, right, bRow, bCol, c, c0 + h, ldc);
    upperHalf(n - h, k, alpha, a, a0 + h * aRow, aRow, aCol, b, right, bRow, bCol, c, c0 + h * ldc + h, ldc);
  }

  return {
    syrk(n, k, alpha, a, a0, aRow, aCol, c, c0, ldc) {
      lowerHalf(n, k, alpha, a, a0, aRow, aCol, a, a0, aCol, aRow, c, c0, ldc);
      mirrorLower(n, c, c0, ldc);
    },

    syr2k(n, k, alpha, v, v0, vRow, vCol, w, w0, wRow, wCol, c, c0, ldc) {
      if (n <= 0 || k <= 0) return;
      const width = 2 * k;
      withScratch([n * width, n * width], (left, right) => {
        for (let i = 0; i < n; i++)
          for (let p = 0, q = i * width; p < k; p++, q++) {
            const x = v[v0 + i * vRow + p * vCol];
            const y = w[w0 + i * wRow + p * wCol];
            left[q] = x;
            left[q + k] = y;
            right[q] = y;
            right[q + k] = x;
          }
        upperHalf(n, width, alpha, left, 0, width, 1, right, 0, 1, width, c, c0, ldc);
      });
    },
  };
}

/** The upper triangle ← the lower one. */
export function mirrorLower(n: number, c: Vec, c0: number, ldc: number): void {
  const step = 32; // tiles keep both sides in cache
  for (let i0 = 0; i0 < n; i0 += step)
    for (let j0 = 0; j0 <= i0; j0 += step)
      for (let i = i0; i < n && i < i0 + step; i++)
        for (let j = j0; j < i && j < j0 + step; j++) c[c0 + j * ldc + i] = c[c0 + i * ldc + j];
}
