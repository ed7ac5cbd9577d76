/** @file Transposed copies by tiles, scaled by powers of two on the way. */
import type { Vec } from './matrix.ts';

/** Rows and columns of a tile: its 32 cache lines on either side stay in the first-level cache. */
const TILE = 32;

/**
 * out [cols, ≥ rows] ← first · second · Xᵀ for X [rows, ≥ cols]; row strides ldx and ldo.
 *
 * @param factors - Two, since their product may not be a double. Passing numbers halves the time that a function would take.
 */
export function transposeScaled(
  rows: number,
  cols: number,
  x: Vec,
  ldx: number,
  [first, second]: readonly [number, number],
  out: Vec,
  ldo: number,
): void {
  for (let j0 = 0; j0 < cols; j0 += TILE) {
    const last = Math.min(j0 + TILE, cols);
    for (let i0 = 0; i0 < rows; i0 += TILE) {
      const width = Math.min(TILE, rows - i0);
      for (let j = j0; j < last; j++) {
        const end = j * ldo + i0 + width;
        for (let q = j * ldo + i0, p = i0 * ldx + j; q < end; q++, p += ldx) out[q] = x[p] * first * second;
      }
    }
  }
}
