/** @file The matrix product of the scalar tier: packed, cache blocked, 4×4 register blocked. */
import type { Vec } from '../matrix.ts';
import { withScratch } from '../scratch.ts';
import { GEMM_DEPTH } from './kernels.ts';
import { pack } from './pack.ts';

/** Rows of A packed at a time: with GEMM_DEPTH columns they fill half of a 512 kB second-level cache. */
const ROW_BLOCK = 128;
/** Columns of B packed at a time. */
const COLUMN_BLOCK = 512;
/** Below this many products, packing costs more than it saves. */
const TINY = 1500;

export function gemm(
  m: number,
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
  if (m <= 0 || n <= 0 || k <= 0) return;
  if (m <= 3 || m * n * k <= TINY) {
    thin(m, n, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc, 1);
  } else if (n <= 3) {
    thin(n, m, k, alpha, b, b0, bCol, bRow, a, a0, aCol, aRow, c, c0, 1, ldc); // Cᵀ = Bᵀ Aᵀ
  } else {
    const depth = Math.min(k, GEMM_DEPTH);
    const packedRows = Math.min(ROW_BLOCK, roundUp4(m));
    const packedCols = Math.min(COLUMN_BLOCK, roundUp4(n));
    withScratch([packedRows * depth, packedCols * depth, 16], (aPack, bPack, tile) => {
      for (let j = 0; j < n; j += COLUMN_BLOCK) {
        const cols = Math.min(COLUMN_BLOCK, n - j);
        for (let p = 0; p < k; p += GEMM_DEPTH) {
          const kc = Math.min(GEMM_DEPTH, k - p);
          pack(cols, kc, b, b0 + p * bRow + j * bCol, bCol, bRow, bPack, 0);
          for (let i = 0; i < m; i += ROW_BLOCK) {
            const rows = Math.min(ROW_BLOCK, m - i);
            pack(rows, kc, a, a0 + i * aRow + p * aCol, aRow, aCol, aPack, 0);
            block(rows, cols, kc, alpha, aPack, bPack, c, c0 + i * ldc + j, ldc, tile);
          }
        }
      }
    });
  }
}

function roundUp4(n: number): number {
  return (n + 3) & ~3;
}

/** C ← C + α A B for packed A and B. */
function block(
  m: number,
  n: number,
  depth: number,
  alpha: number,
  a: Vec,
  b: Vec,
  c: Vec,
  c0: number,
  ldc: number,
  tile: Vec,
): void {
  for (let j = 0; j < n; j += 4) {
    const cols = n - j;
    for (let i = 0; i < m; i += 4) {
      const rows = m - i;
      const at = c0 + i * ldc + j;
      if (rows >= 4 && cols >= 4) micro(depth, alpha, a, i * depth, b, j * depth, c, at, ldc);
      else {
        tile.fill(0);
        micro(depth, 1, a, i * depth, b, j * depth, tile, 0, 4);
        for (let r = 0; r < 4 && r < rows; r++)
          for (let s = 0; s < 4 && s < cols; s++) c[at + r * ldc + s] += alpha * tile[4 * r + s];
      }
    }
  }
}

/** The 4×4 block: sixteen sums over the depth, each in ascending order. Unrolling the loop makes V8 spill. */
function micro(
  depth: number,
  alpha: number,
  a: Vec,
  a0: number,
  b: Vec,
  b0: number,
  c: Vec,
  c0: number,
  ldc: number,
): void {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s23 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  for (let p = a0, q = b0, end = a0 + 4 * depth; p < end; p += 4, q += 4) {
    const y0 = b[q];
    const y1 = b[q + 1];
    const y2 = b[q + 2];
    const y3 = b[q + 3];
    let x = a[p];
    s00 += x * y0;
    s01 += x * y1;
    s02 += x * y2;
    s03 += x * y3;
    x = a[p + 1];
    s10 += x * y0;
    s11 += x * y1;
    s12 += x * y2;
    s13 += x * y3;
    x = a[p + 2];
    s20 += x * y0;
    s21 += x * y1;
    s22 += x * y2;
    s23 += x * y3;
    x = a[p + 3];
    s30 += x * y0;
    s31 += x * y1;
    s32 += x * y2;
    s33 += x * y3;
  }
  c[c0] += alpha * s00;
  c[c0 + 1] += alpha * s01;
  c[c0 + 2] += alpha * s02;
  c[c0 + 3] += alpha * s03;
  c0 += ldc;
  c[c0] += alpha * s10;
  c[c0 + 1] += alpha * s11;
  c[c0 + 2] += alpha * s12;
  c[c0 + 3] += alpha * s13;
  c0 += ldc;
  c[c0] += alpha * s20;
  c[c0 + 1] += alpha * s21;
  c[c0 + 2] += alpha * s22;
  c[c0 + 3] += alpha * s23;
  c0 += ldc;
  c[c0] += alpha * s30;
  c[c0 + 1] += alpha * s31;
  c[c0 + 2] += alpha * s32;
  c[c0 + 3] += alpha * s33;
}

/** C ← C + α A B without packing, for few rows: whole rows of sums, or four dot products at a time. */
function thin(
  m: number,
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
  cRow: number,
  cCol: number,
): void {
  for (let p = 0; p < k; p += GEMM_DEPTH) {
    const kc = Math.min(GEMM_DEPTH, k - p);
    for (let i = 0; i < m; i++) {
      const ai = a0 + i * aRow + p * aCol;
      const bp = b0 + p * bRow;
      const ci = c0 + i * cRow;
      if (bCol === 1 && n >= 16) thinRow(n, kc, alpha, a, ai, aCol, b, bp, bRow, c, ci, cCol);
      else thinDots(n, kc, alpha, a, ai, aCol, b, bp, bRow, bCol, c, ci, cCol);
    }
  }
}

/** One row of C when the rows of B are contiguous. */
function thinRow(
  n: number,
  depth: number,
  alpha: number,
  a: Vec,
  a0: number,
  aCol: number,
  b: Vec,
  b0: number,
  bRow: number,
  c: Vec,
  c0: number,
  cCol: number,
): void {
  const width = Math.min(n, 256);
  withScratch([width], (sums) => {
    for (let start = 0; start < n; start += width) {
      const cols = Math.min(width, n - start);
      for (let j = 0; j < cols; j++) sums[j] = 0;
      let p = 0;
      for (; p + 3 < depth; p += 4) {
        const u0 = a[a0 + p * aCol];
        const u1 = a[a0 + (p + 1) * aCol];
        const u2 = a[a0 + (p + 2) * aCol];
        const u3 = a[a0 + (p + 3) * aCol];
        const r0 = b0 + p * bRow + start;
        const r1 = r0 + bRow;
        const r2 = r1 + bRow;
        const r3 = r2 + bRow;
        for (let j = 0; j < cols; j++)
          sums[j] = sums[j] + u0 * b[r0 + j] + u1 * b[r1 + j] + u2 * b[r2 + j] + u3 * b[r3 + j];
      }
      for (; p < depth; p++) {
        const u = a[a0 + p * aCol];
        const r = b0 + p * bRow + start;
        for (let j = 0; j < cols; j++) sums[j] += u * b[r + j];
      }
      for (let j = 0, q = c0 + start * cCol; j < cols; j++, q += cCol) c[q] += alpha * sums[j];
    }
  });
}

/** One row of C by dot products with any strides of B, four columns at a time. */
function thinDots(
  n: number,
  depth: number,
  alpha: number,
  a: Vec,
  a0: number,
  aCol: number,
  b: Vec,
  b0: number,
  bRow: number,
  bCol: number,
  c: Vec,
  c0: number,
  cCol: number,
): void {
  let j = 0;
  let q = c0;
  for (; j + 3 < n; j += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    const q0 = b0 + j * bCol;
    const q1 = q0 + bCol;
    const q2 = q1 + bCol;
    const q3 = q2 + bCol;
    for (let p = 0, u = a0, d = 0; p < depth; p++, u += aCol, d += bRow) {
      const x = a[u];
      s0 += x * b[q0 + d];
      s1 += x * b[q1 + d];
      s2 += x * b[q2 + d];
      s3 += x * b[q3 + d];
    }
    c[q] += alpha * s0;
    q += cCol;
    c[q] += alpha * s1;
    q += cCol;
    c[q] += alpha * s2;
    q += cCol;
    c[q] += alpha * s3;
    q += cCol;
  }
  for (; j < n; j++, q += cCol) {
    let s = 0;
    for (let p = 0, u = a0, v = b0 + j * bCol; p < depth; p++, u += aCol, v += bRow) s += a[u] * b[v];
    c[q] += alpha * s;
  }
}
