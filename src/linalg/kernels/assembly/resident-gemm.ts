/** @file Matrix products whose operands all lie in this memory: packed, multiplied and added in place (AssemblyScript). */
import { gemmAdd, gemmAddWide, LOWER, UPPER } from './gemm';
import { pack } from './pack';
import { isPaired } from './paired';

/** As in kernels.ts and simd.ts. */
export const DEPTH: i32 = 256;
export const ROW_BLOCK: i32 = 128;
const COLUMN_BLOCK: i32 = 512;

/** C ← C + α A B, the part `shape` of it. Strides count elements. `scratch`: (128 + 512)·256 + 16 doubles. */
export function gemm(
  shape: i32,
  m: i32,
  n: i32,
  k: i32,
  alpha: f64,
  a: usize,
  aRow: i32,
  aCol: i32,
  b: usize,
  bRow: i32,
  bCol: i32,
  c: usize,
  ldc: i32,
  scratch: usize,
): void {
  gemmRows(0, m, shape, n, k, alpha, a, aRow, aCol, b, bRow, bCol, c, ldc, scratch);
}

/** The rows top … m−1 of it; top is a multiple of 4. */
export function gemmRows(
  top: i32,
  m: i32,
  shape: i32,
  n: i32,
  k: i32,
  alpha: f64,
  a: usize,
  aRow: i32,
  aCol: i32,
  b: usize,
  bRow: i32,
  bCol: i32,
  c: usize,
  ldc: i32,
  scratch: usize,
): void {
  const right = scratch + (<usize>(ROW_BLOCK * DEPTH) << 3);
  const edge = right + (<usize>(COLUMN_BLOCK * DEPTH) << 3);
  const row: usize = (<usize>ldc) << 3;
  for (let j: i32 = 0; j < n; j += COLUMN_BLOCK) {
    const cols = min(COLUMN_BLOCK, n - j);
    const first = max(top, shape === LOWER ? j & ~(ROW_BLOCK - 1) : 0);
    const last = shape === UPPER ? min(m, j + cols) : m;
    if (first >= last) continue;
    for (let p: i32 = 0; p < k; p += DEPTH) {
      const depth = min(DEPTH, k - p);
      const panel: usize = (<usize>depth) << 5;
      const bAt = b + (((<usize>p) * (<usize>bRow) + (<usize>j) * (<usize>bCol)) << 3);
      pack(cols, depth, bAt, bCol, bRow, right, panel);
      for (let i = first; i < last; i += ROW_BLOCK) {
        const rows = min(ROW_BLOCK, last - i);
        const aAt = a + (((<usize>i) * (<usize>aRow) + (<usize>p) * (<usize>aCol)) << 3);
        pack(rows, depth, aAt, aRow, aCol, scratch, panel);
        const at = c + (<usize>i) * row + ((<usize>j) << 3);
        if (isPaired()) gemmAddWide(shape, i - j, rows, cols, depth, alpha, scratch, right, at, row, edge);
        else gemmAdd(shape, i - j, rows, cols, depth, alpha, scratch, right, at, row, edge);
      }
    }
  }
}

/** Upper triangle of C ← C + α [V W] [W V]ᵀ for V, W [n, k], 2k ≤ 256. Strides count elements; scratch as above. */
export function syr2k(
  n: i32,
  k: i32,
  alpha: f64,
  v: usize,
  vRow: i32,
  vCol: i32,
  w: usize,
  wRow: i32,
  wCol: i32,
  c: usize,
  ldc: i32,
  scratch: usize,
): void {
  syr2kRows(0, n, n, k, alpha, v, vRow, vCol, w, wRow, wCol, c, ldc, scratch);
}

/** The rows top … bottom−1 of it; top is a multiple of 4. */
export function syr2kRows(
  top: i32,
  bottom: i32,
  n: i32,
  k: i32,
  alpha: f64,
  v: usize,
  vRow: i32,
  vCol: i32,
  w: usize,
  wRow: i32,
  wCol: i32,
  c: usize,
  ldc: i32,
  scratch: usize,
): void {
  const right = scratch + (<usize>(ROW_BLOCK * DEPTH) << 3);
  const edge = right + (<usize>(COLUMN_BLOCK * DEPTH) << 3);
  const row: usize = (<usize>ldc) << 3;
  const half: usize = (<usize>k) << 5;
  const panel = half << 1;
  for (let j: i32 = 0; j < n; j += COLUMN_BLOCK) {
    const cols = min(COLUMN_BLOCK, n - j);
    const last = min(bottom, j + cols);
    if (top >= last) continue;
    const vj = v + (((<usize>j) * (<usize>vRow)) << 3);
    const wj = w + (((<usize>j) * (<usize>wRow)) << 3);
    pack(cols, k, wj, wRow, wCol, right, panel);
    pack(cols, k, vj, vRow, vCol, right + half, panel);
    for (let i = top; i < last; i += ROW_BLOCK) {
      const rows = min(ROW_BLOCK, last - i);
      pack(rows, k, v + (((<usize>i) * (<usize>vRow)) << 3), vRow, vCol, scratch, panel);
      pack(rows, k, w + (((<usize>i) * (<usize>wRow)) << 3), wRow, wCol, scratch + half, panel);
      const at = c + (<usize>i) * row + ((<usize>j) << 3);
      if (isPaired()) gemmAddWide(UPPER, i - j, rows, cols, 2 * k, alpha, scratch, right, at, row, edge);
      else gemmAdd(UPPER, i - j, rows, cols, 2 * k, alpha, scratch, right, at, row, edge);
    }
  }
}
