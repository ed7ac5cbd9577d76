/** @file Substitution with one diagonal block of a triangular matrix. */
import type { Vec } from '../matrix.ts';

export type SolveRows = typeof solveRows;

/** B ← T⁻¹ B for a block that is small enough to go row by row: the order that the contract of trsm gives. */
export function solveRows(
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
