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
/** Rows of C that stay in WebAssembly memory until all inner indices are summed: up to 4 MB. */
const TILE_ROWS: number = 8 * ROW_BLOCK;
/** Below this many products the scalar loops are faster than packing, calling and copying out. */
const SMALL = 6000;

interface GemmExports {
  /** C ← C + α A B on packed A and B; addresses and the row stride of C in bytes; `edge`: room for 4 × 4. */
  gemmAdd(
    shape: number,
    offset: number,
    m: number,
    n: number,
    depth: number,
    alpha: number,
    a: number,
    b: number,
    c: number,
    row: number,
    edge: number,
  ): void;
}

let tier: Kernels | false | undefined;

/**
 * The simd tier, or undefined where WebAssembly with SIMD cannot run. Instantiated at the first call with 5.5 MB of address
 * space, of which products touch what they need.
 */
export function simdKernels(): Kernels | undefined {
  tier ??= instantiate() ?? false;
  return tier === false ? undefined : tier;
}

function instantiate(): Kernels | undefined {
  const aLength = ROW_BLOCK * GEMM_DEPTH;
  const bLength = COLUMN_BLOCK * GEMM_DEPTH;
  const instance = instantiateKernels<GemmExports>(8 * (16 + aLength + bLength + TILE_ROWS * COLUMN_BLOCK));
  if (instance === undefined) return undefined;
  const { base, exports } = instance;
  const memory = new Float64Array(instance.memory.buffer, base);
  const right = 16 + aLength; // after room for the edge and for A
  const tile = right + bLength;
  const at = (offset: number): number => base + 8 * offset;

  const gemm: Kernels['gemm'] = (m, n, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc) => {
    if (m <= 3 || n <= 3 || m * n * k <= SMALL) {
      scalarKernels.gemm(m, n, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc);
      return;
    }
    for (let j = 0; j < n; j += COLUMN_BLOCK) {
      const cols = Math.min(COLUMN_BLOCK, n - j);
      for (let top = 0; top < m; top += TILE_ROWS) {
        const height = Math.min(TILE_ROWS, m - top);
        copyRows(height, cols, c, c0 + top * ldc + j, ldc, memory, tile, cols);
        for (let p = 0; p < k; p += GEMM_DEPTH) {
          const depth = Math.min(GEMM_DEPTH, k - p);
          pack(cols, depth, b, b0 + p * bRow + j * bCol, bCol, bRow, memory, right);
          for (let i = 0; i < height; i += ROW_BLOCK) {
            const rows = Math.min(ROW_BLOCK, height - i);
            const out = at(tile + i * cols);
            pack(rows, depth, a, a0 + (top + i) * aRow + p * aCol, aRow, aCol, memory, 16);
            exports.gemmAdd(0, 0, rows, cols, depth, alpha, at(16), at(right), out, 8 * cols, at(0));
          }
        }
        copyRows(height, cols, memory, tile, cols, c, c0 + top * ldc + j, ldc);
      }
    }
  };

  return { tier: 'simd', ...residentKernels(gemm) };
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
  for (let i = 0; i < rows; i++) {
    const end = x0 + i * ldx + cols;
    for (let p = x0 + i * ldx, q = out0 + i * ldo; p < end; p++, q++) out[q] = x[p];
  }
}
