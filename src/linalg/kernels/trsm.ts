/** @file Triangular solves: blocks by the matrix product of a tier, diagonal blocks by substitution. */
import type { Vec } from '../matrix.ts';
import { type Kernels, SOLVE_BLOCK } from './kernels.ts';
import { at, owner, SHORT } from './resident.ts';

/**
 * B ← T⁻¹ B for triangular T [m, m] and B [m, n]. `lower` says which triangle of T is read; a transposed solve exchanges the
 * strides and the triangle. With `unit` the diagonal is taken as 1 and not read. Blocks of {@link SOLVE_BLOCK} rows, first to
 * last when lower, last to first when upper (the short block is the last row block in both): B_block ← B_block − T_block,solved
 * B_solved by one gemm with α = −1, then row by row bᵢ ← bᵢ + (−tᵢₚ) bₚ over the solved rows p of the block in the order
 * of their solution, then bᵢ ← bᵢ / tᵢᵢ. A function of its own, so that it is bundled only with what factorises.
 */
export function trsm(
  { gemm, tier }: Pick<Kernels, 'gemm' | 'tier'>,
  lower: boolean,
  unit: boolean,
  m: number,
  n: number,
  t: Vec,
  t0: number,
  tRow: number,
  tCol: number,
  b: Vec,
  b0: number,
  ldb: number,
): void {
  if (m <= 0 || n <= 0) return;
  const solve = tier === 'scalar' ? solveRows : residentSolve;
  const last = Math.floor((m - 1) / SOLVE_BLOCK) * SOLVE_BLOCK;
  for (let step = 0; step <= last; step += SOLVE_BLOCK) {
    const start = lower ? step : last - step;
    const end = Math.min(start + SOLVE_BLOCK, m);
    const solved = lower ? 0 : end; // rows solved.. of B are final
    const depth = lower ? start : m - end;
    const left = t0 + start * tRow + solved * tCol;
    const out = b0 + start * ldb;
    gemm(end - start, n, depth, -1, t, left, tRow, tCol, b, b0 + solved * ldb, ldb, 1, b, out, ldb);
    solve(lower, unit, end - start, n, t, t0 + start * (tRow + tCol), tRow, tCol, b, out, ldb);
  }
}

/** {@link solveRows} in WebAssembly memory: row i receives the solved rows of its block, a transposed matrix-vector product. */
function residentSolve(
  lower: boolean,
  unit: boolean,
  m: number,
  n: number,
  t: Vec,
  t0: number,
  tRow: number,
  tCol: number,
  b: Vec,
  b0: number,
  ldb: number,
): void {
  const own = n < SHORT ? undefined : owner(b, b, t);
  if (own === undefined) {
    solveRows(lower, unit, m, n, t, t0, tRow, tCol, b, b0, ldb);
    return;
  }
  const way = lower ? 1 : -1;
  const first = lower ? 0 : m - 1;
  for (let step = 0; step < m; step++) {
    const i = first + way * step;
    const bi = b0 + i * ldb;
    const factors = at(t, t0 + i * tRow + first * tCol);
    own.run.gemvT(step, n, -1, at(b, b0 + first * ldb), way * ldb, factors, 8 * way * tCol, at(b, bi));
    if (unit) continue;
    const pivot = t[t0 + i * (tRow + tCol)];
    for (let j = bi; j < bi + n; j++) b[j] /= pivot;
  }
}

/** B ← T⁻¹ B for a block that is small enough to go row by row: the order that the contract of trsm gives. */
function solveRows(
  lower: boolean,
  unit: boolean,
  m: number,
  n: number,
  t: Vec,
  t0: number,
  tRow: number,
  tCol: number,
  b: Vec,
  b0: number,
  ldb: number,
): void {
  const first = lower ? 0 : m - 1; // the row that is solved first
  const way = lower ? 1 : -1;
  for (let step = 0; step < m; step++) {
    const i = first + way * step;
    const bi = b0 + i * ldb;
    let at = t0 + i * tRow + first * tCol;
    let bp = b0 + first * ldb;
    let done = 0;
    for (; done + 3 < step; done += 4) {
      const u0 = -t[at];
      const u1 = -t[at + way * tCol];
      const u2 = -t[at + 2 * way * tCol];
      const u3 = -t[at + 3 * way * tCol];
      const r1 = bp + way * ldb;
      const r2 = r1 + way * ldb;
      const r3 = r2 + way * ldb;
      for (let j = 0; j < n; j++)
        b[bi + j] = b[bi + j] + u0 * b[bp + j] + u1 * b[r1 + j] + u2 * b[r2 + j] + u3 * b[r3 + j];
      at += 4 * way * tCol;
      bp = r3 + way * ldb;
    }
    for (; done < step; done++) {
      const u = -t[at];
      for (let j = 0; j < n; j++) b[bi + j] += u * b[bp + j];
      at += way * tCol;
      bp += way * ldb;
    }
    if (unit) continue;
    const pivot = t[t0 + i * (tRow + tCol)];
    for (let j = 0; j < n; j++) b[bi + j] /= pivot;
  }
}
