/** @file The simd tier: f64x2 WebAssembly kernels with the bits of the scalar tier. */
import type { Vec } from '../matrix.ts';
import { GEMM_DEPTH, type Kernels } from './kernels.ts';
import { pack } from './pack.ts';
import { residentKernels } from './resident.ts';
import { scalarKernels } from './scalar.ts';
import { instantiateKernels } from './wasm.ts';

/** Rows of A, and columns of B, packed into WebAssembly memory at a time: 256 kB and 1 MB. */
const ROW_BLOCK = 128;
const COLUMN_BLOCK = 512;
/** Below this many products the scalar loops are faster than packing, calling and copying out. */
const SMALL = 6000;

interface GemmExports {
  gemmTile(m: number, n: number, depth: number, a: number, b: number, tile: number, ldt: number): void;
}

let tier: Kernels | false | undefined;

/** The simd tier, or undefined where WebAssembly with SIMD cannot run. Instantiated at the first call: 1.8 MB. */
export function simdKernels(): Kernels | undefined {
  tier ??= instantiate() ?? false;
  return tier === false ? undefined : tier;
}

function instantiate(): Kernels | undefined {
  const aLength = ROW_BLOCK * GEMM_DEPTH;
  const bLength = COLUMN_BLOCK * GEMM_DEPTH;
  const instance = instantiateKernels<GemmExports>(8 * (aLength + bLength + ROW_BLOCK * COLUMN_BLOCK));
  if (instance === undefined) return undefined;
  const { buffer, base, exports } = instance;
  const memory = new Float64Array(buffer, base);
  const aAt = base;
  const bAt = aAt + 8 * aLength;
  const tileAt = bAt + 8 * bLength;
  const tile = aLength + bLength;

  const gemm: Kernels['gemm'] = (m, n, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc) => {
    if (m <= 3 || n <= 3 || m * n * k <= SMALL) {
      scalarKernels.gemm(m, n, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc);
      return;
    }
    for (let j = 0; j < n; j += COLUMN_BLOCK) {
      const cols = Math.min(COLUMN_BLOCK, n - j);
      const ldt = (cols + 3) & ~3;
      for (let p = 0; p < k; p += GEMM_DEPTH) {
        const depth = Math.min(GEMM_DEPTH, k - p);
        pack(cols, depth, b, b0 + p * bRow + j * bCol, bCol, bRow, memory, aLength);
        for (let i = 0; i < m; i += ROW_BLOCK) {
          const rows = Math.min(ROW_BLOCK, m - i);
          pack(rows, depth, a, a0 + i * aRow + p * aCol, aRow, aCol, memory, 0);
          exports.gemmTile(rows, cols, depth, aAt, bAt, tileAt, ldt);
          addTile(rows, cols, alpha, memory, tile, ldt, c, c0 + i * ldc + j, ldc);
        }
      }
    }
  };

  return { tier: 'simd', ...residentKernels(gemm) };
}

/** C ← C + α tile. */
function addTile(
  rows: number,
  cols: number,
  alpha: number,
  tile: Vec,
  t0: number,
  ldt: number,
  c: Vec,
  c0: number,
  ldc: number,
): void {
  for (let i = 0; i < rows; i++) {
    const end = t0 + i * ldt + cols;
    for (let q = t0 + i * ldt, p = c0 + i * ldc; q < end; q++, p++) c[p] += alpha * tile[q];
  }
}
