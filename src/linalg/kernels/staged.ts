/** @file Products of arrays anywhere: copied into WebAssembly memory whole, multiplied there, and the result copied back. */
import type { Vec } from '../matrix.ts';
import { type BlockedKernels, blockedKernels, mirrorLower } from './blocked.ts';
import { GEMM_DEPTH, type Kernels } from './kernels.ts';
import { at, LOWER, owner, type Resident, residentWorkspace, WHOLE } from './resident.ts';
import { scalarKernels } from './scalar.ts';

/** Doubles of operands in WebAssembly memory at a time, 32 MB of address space; larger products are halved. */
const STAGE: number = 2 ** 22;
/** Below this many products the scalar loops are faster than copying and calling. */
const SMALL = 6000;
/** Shorter rows are copied element by element. */
const SHORT_ROW = 16;

type Products = Pick<Kernels, 'gemm' | 'syrk'>;

/** gemm and syrk for operands that do not lie in one workspace; undefined where WebAssembly cannot run. */
export function stagedProducts(): Products | undefined {
  const stage = residentWorkspace(STAGE);
  const own = stage && owner(stage, stage, stage);
  return own && productsIn(stage, own);
}

function productsIn(stage: Vec, { run, scratch }: Resident): Products {
  const gemm: Kernels['gemm'] = (m, n, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc) => {
    if (m <= 3 || n <= 3 || m * n * k <= SMALL) {
      scalarKernels.gemm(m, n, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc);
      return;
    }
    const b1 = m * k;
    const c1 = b1 + k * n;
    if (c1 + m * n > STAGE) {
      // the contract gives the same bits however a product is cut, along k at whole blocks
      if (k > GEMM_DEPTH && k >= m && k >= n) {
        const h = half(k, GEMM_DEPTH);
        gemm(m, n, h, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc);
        gemm(m, n, k - h, alpha, a, a0 + h * aCol, aRow, aCol, b, b0 + h * bRow, bRow, bCol, c, c0, ldc);
      } else if (m >= n) {
        const h = half(m, 8);
        gemm(h, n, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc);
        gemm(m - h, n, k, alpha, a, a0 + h * aRow, aRow, aCol, b, b0, bRow, bCol, c, c0 + h * ldc, ldc);
      } else {
        const h = half(n, 8);
        gemm(m, h, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc);
        gemm(m, n - h, k, alpha, a, a0, aRow, aCol, b, b0 + h * bCol, bRow, bCol, c, c0 + h, ldc);
      }
      return;
    }
    const aDown = copyIn(m, k, a, a0, aRow, aCol, stage, 0);
    const bDown = copyIn(k, n, b, b0, bRow, bCol, stage, b1);
    copyRows(m, n, c, c0, ldc, stage, c1, n);
    const aR = aDown ? 1 : k;
    const bR = bDown ? 1 : n;
    const aC = aDown ? m : 1;
    const bC = bDown ? k : 1;
    run.gemm(WHOLE, m, n, k, alpha, at(stage, 0), aR, aC, at(stage, b1), bR, bC, at(stage, c1), n, scratch);
    copyRows(m, n, stage, c1, n, c, c0, ldc);
  };

  const blocked: BlockedKernels = blockedKernels(gemm);
  const syrk: Kernels['syrk'] = (n, k, alpha, a, a0, aRow, aCol, c, c0, ldc) => {
    const c1 = n * k;
    if (n * n * k <= SMALL || c1 + n * n > STAGE) {
      blocked.syrk(n, k, alpha, a, a0, aRow, aCol, c, c0, ldc);
      return;
    }
    const down = copyIn(n, k, a, a0, aRow, aCol, stage, 0);
    const row = down ? 1 : k;
    const col = down ? n : 1;
    copyRows(n, n, c, c0, ldc, stage, c1, n);
    const x = at(stage, 0);
    run.gemm(LOWER, n, n, k, alpha, x, row, col, x, col, row, at(stage, c1), n, scratch);
    copyRows(n, n, stage, c1, n, c, c0, ldc);
    mirrorLower(n, c, c0, ldc);
  };
  return { gemm, syrk };
}

/** About half of n, a multiple of `unit`. */
function half(n: number, unit: number): number {
  return Math.ceil(n / (2 * unit)) * unit;
}

/** out ← the [rows, cols] matrix (x, x0, row, col), row-major, or column by column where it lies so: then true. */
function copyIn(
  rows: number,
  cols: number,
  x: Vec,
  x0: number,
  row: number,
  col: number,
  out: Vec,
  out0: number,
): boolean {
  if (col === 1) copyRows(rows, cols, x, x0, row, out, out0, cols);
  else if (row === 1) copyRows(cols, rows, x, x0, col, out, out0, rows);
  else
    for (let i = 0, q = out0; i < rows; i++)
      for (let j = 0, p = x0 + i * row; j < cols; j++, p += col, q++) out[q] = x[p];
  return col !== 1 && row === 1;
}

/** length numbers of x from x0 on: x itself where that is all of it, since a view is an object more. */
function part(x: Vec, x0: number, length: number): Vec {
  return x0 === 0 && length === x.length ? x : x.subarray(x0, x0 + length);
}

/** out ← x, both of shape [rows, cols] with row strides. */
function copyRows(
  rows: number,
  cols: number,
  x: Vec,
  x0: number,
  ldx: number,
  out: Vec,
  out0: number,
  ldo: number,
): void {
  if (ldx === cols && ldo === cols) out.set(part(x, x0, rows * cols), out0);
  else if (cols < SHORT_ROW)
    for (let i = 0; i < rows; i++)
      for (let p = x0 + i * ldx, q = out0 + i * ldo, end = p + cols; p < end; p++, q++) out[q] = x[p];
  else
    for (let i = 0, p = x0, q = out0; i < rows; i++, p += ldx, q += ldo) out.set(x.subarray(p, p + cols), q);
}
