/** @file Triangular solves: blocks by the matrix product of a tier, diagonal blocks by substitution. */
import type { Vec } from '../matrix.ts';
import { type Kernels, SOLVE_BLOCK } from './kernels.ts';
import { at, owner, SHORT } from './resident.ts';

/** A triangular matrix T within an array; a transpose is an exchange of strides and of the triangle. */
export interface Triangle {
  readonly data: Vec;
  /** Where it begins. */
  readonly at: number;
  readonly size: number;
  readonly row: number;
  readonly col: number;
  /** Which triangle of T is read. */
  readonly lower: boolean;
  /** The diagonal is taken as 1 and not read. */
  readonly unit: boolean;
}

/** Right-hand sides B, [size of T, cols], within an array, rows `stride` apart. */
export interface RightSides {
  readonly data: Vec;
  readonly at: number;
  readonly cols: number;
  readonly stride: number;
}

/** What may be said of a {@link triangle}. */
interface TriangleForm {
  /** Of T as it is read, transposed or not. Default: lower. */
  readonly upper?: boolean;
  readonly unit?: boolean;
  /** T is the transpose of what lies there. */
  readonly transposed?: boolean;
  readonly at?: number;
  /** Default: as many rows as their stride. */
  readonly size?: number;
}

/** T in a row-major array with rows `stride` apart. */
export function triangle(data: Vec, stride: number, form: TriangleForm = {}): Triangle {
  const { upper = false, unit = false, transposed = false, at = 0, size = stride } = form;
  const [row, col] = transposed ? [1, stride] : [stride, 1];
  return { data, at, size, row, col, lower: !upper, unit };
}

/**
 * B ← T⁻¹ B for triangular T [m, m] and B [m, n]. Blocks of {@link SOLVE_BLOCK} rows, first to
 * last when lower, last to first when upper (the short block is the last row block in both): B_block ← B_block − T_block,solved
 * B_solved by one gemm with α = −1, then row by row bᵢ ← bᵢ + (−tᵢₚ) bₚ over the solved rows p of the block in the order
 * of their solution, then bᵢ ← bᵢ / tᵢᵢ. A function of its own, so that it is bundled only with what factorises.
 */
export function trsm({ gemm, tier }: Pick<Kernels, 'gemm' | 'tier'>, t: Triangle, b: RightSides): void {
  const { size: m, row, col, lower } = t;
  const { data, cols: n, stride } = b;
  if (m <= 0 || n <= 0) return;
  const solve = tier === 'scalar' ? solveRows : residentSolve;
  const last = Math.floor((m - 1) / SOLVE_BLOCK) * SOLVE_BLOCK;
  for (let step = 0; step <= last; step += SOLVE_BLOCK) {
    const start = lower ? step : last - step;
    const size = Math.min(start + SOLVE_BLOCK, m) - start;
    const solved = lower ? 0 : start + size; // rows solved.. of B are final
    const depth = lower ? start : m - start - size;
    const left = t.at + start * row + solved * col;
    const out = b.at + start * stride;
    gemm(
      size,
      n,
      depth,
      -1,
      t.data,
      left,
      row,
      col,
      data,
      b.at + solved * stride,
      stride,
      1,
      data,
      out,
      stride,
    );
    solve({ ...t, at: t.at + start * (row + col), size }, { ...b, at: out });
  }
}

/** {@link solveRows} in WebAssembly memory: row i receives the solved rows of its block, a transposed matrix-vector product. */
function residentSolve(t: Triangle, right: RightSides): void {
  const { size: m, row, col, lower, unit } = t;
  const { data: b, at: b0, cols: n, stride } = right;
  const own = n < SHORT ? undefined : owner(b, b, t.data);
  if (own === undefined) {
    solveRows(t, right);
    return;
  }
  const way = lower ? 1 : -1;
  const first = lower ? 0 : m - 1;
  for (let step = 0; step < m; step++) {
    const i = first + way * step;
    const bi = b0 + i * stride;
    const factors = at(t.data, t.at + i * row + first * col);
    own.run.gemvT(step, n, -1, at(b, b0 + first * stride), way * stride, factors, 8 * way * col, at(b, bi));
    if (unit) continue;
    const pivot = t.data[t.at + i * (row + col)];
    for (let j = bi; j < bi + n; j++) b[j] /= pivot;
  }
}

/** B ← T⁻¹ B for a block that is small enough to go row by row: the order that the contract of trsm gives. */
function solveRows(
  { data: t, at: t0, size: m, row: tRow, col: tCol, lower, unit }: Triangle,
  { data: b, at: b0, cols: n, stride: ldb }: RightSides,
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
