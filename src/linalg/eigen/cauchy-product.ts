/** @file The eigenvectors of a rank-one coupling times the vectors of its two halves, by dense and low-rank blocks. */

import { kernels } from '../kernels/select.ts';
import type { Vec } from '../matrix.ts';
import { type Coupling, cauchyFactors } from './cauchy-factors.ts';

/** Diagonal blocks up to this order are multiplied as they are. */
const DENSE = 256;
/** Vectors whose entries are written out at a time. */
const ROWS = 256;
/** The largest rank of a block. */
const RANK = 96;

/** The vectors of one half that take part, and where the half of the products goes. */
export interface Half {
  /** Which poles they belong to, ascending. */
  readonly members: Int32Array;
  /** The poles and the weights of the members, contiguous. */
  readonly poles: Vec;
  readonly weights: Vec;
  /** The vectors, [members, width] from `at`. */
  readonly vectors: Vec;
  readonly at: number;
  readonly width: number;
  /** First column of the products. */
  readonly column: number;
}

/** Doubles of scratch that {@link cauchyProduct} needs for products of n columns. */
export function productRoom(n: number): number {
  return Math.max(2 * Math.min(ROWS, n), n <= DENSE ? 0 : 4 * RANK) * n;
}

/**
 * Rows `kept` of E · F, added to what is in `out`: E [k, k] holds the eigenvectors of the coupling in its rows, F the vectors of the halves.
 *
 * E is cut into a tree: the two diagonal quarters are cut again, the two others have low rank ({@link cauchyFactors}), as the
 * entries ẑᵢ / (dᵢ − λ_j) vary smoothly away from the diagonal. A row of the result does not depend on which others are kept.
 *
 * @param kept - Which vectors, ascending. Row r of `out`, from `offset` + r·`stride`, receives vector kept[r].
 * @param scratch - {@link productRoom}(n) doubles, best from the memory of `out`.
 * Cost: instead of the 2·n·k²/2 flops of a dense product, those of its diagonal blocks and some 6·n·k·rank for each cut.
 * References: Gu and Eisenstat (1995), A divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem, SIAM J. Matrix
 * Anal. Appl. 16; Vogel, Xia, Cauley and Balakrishnan (2016), Superfast divide-and-conquer method and perturbation analysis for
 * structured eigenvalue solutions, SIAM J. Sci. Comput. 38, who go further with the same low-rank blocks.
 */
export function cauchyProduct(
  coupling: Coupling,
  k: number,
  halves: readonly Half[],
  kept: Int32Array,
  out: Vec,
  offset: number,
  stride: number,
  scratch: Vec,
): void {
  const { gemm, quotients } = kernels();
  const { origins, offsets, scales } = coupling;
  const n = halves.reduce((sum, half) => sum + half.width, 0);
  const rowsBefore = countsBelow(kept, k);
  const before = halves.map(({ members }) => countsBelow(members, k));

  /** The products of the vectors j0 … j1−1 with the entries i0 … i1−1, as they are. */
  function dense(j0: number, j1: number, i0: number, i1: number): void {
    for (let r0 = rowsBefore[j0]; r0 < rowsBefore[j1]; r0 += ROWS) {
      const rows = Math.min(ROWS, rowsBefore[j1] - r0);
      for (const [h, half] of halves.entries()) {
        const from = before[h][i0];
        const cols = before[h][i1] - from;
        for (let r = 0; r < rows; r++) {
          const j = kept[r0 + r];
          quotients(
            cols,
            scales[j],
            half.weights,
            from,
            half.poles,
            from,
            origins[j],
            offsets[j],
            scratch,
            r * cols,
          );
        }
        const { vectors, at, width, column } = half;
        gemm(rows, width, cols, 1, scratch, 0, cols, 1, vectors, at + from * width, width, 1, out, offset + r0 * stride + column, stride); // biome-ignore format: one product
      }
    }
  }

  /** The same for disjoint ranges, through a factorisation where that is less work. */
  function separated(j0: number, j1: number, i0: number, i1: number): void {
    const [height, width] = [j1 - j0, i1 - i0];
    const r0 = rowsBefore[j0];
    const rows = rowsBefore[j1] - r0;
    if (rows === 0) return;
    const limit = Math.min(RANK, Math.floor((0.8 * height * width) / (2 * height + width)));
    const x = scratch.subarray(0, RANK * height);
    const y = scratch.subarray(RANK * height, RANK * (height + width));
    const rank = cauchyFactors(coupling, j0, j1, i0, i1, limit, x, y);
    if (rank < 0) dense(j0, j1, i0, i1);
    if (rank <= 0) return;
    const selected = RANK * (height + width);
    const product = selected + RANK * width;
    scratch.fill(0, product, product + rank * n);
    for (const [h, { members, vectors, at, width: cols, column }] of halves.entries()) {
      const from = before[h][i0];
      const depth = before[h][i1] - from;
      for (let s = 0, to = selected; s < rank; s++)
        for (let t = from; t < from + depth; t++, to++) scratch[to] = y[s * width + members[t] - i0];
      gemm(rank, cols, depth, 1, scratch, selected, depth, 1, vectors, at + from * cols, cols, 1, scratch, product + column, n); // biome-ignore format: one product
    }
    if (rows < height)
      for (let s = 0; s < rank; s++)
        for (let r = 0; r < rows; r++) x[s * height + r] = x[s * height + kept[r0 + r] - j0];
    gemm(rows, n, rank, 1, scratch, 0, 1, height, scratch, product, n, 1, out, offset + r0 * stride, stride);
  }

  function square(j0: number, j1: number): void {
    if (j1 - j0 <= DENSE) {
      dense(j0, j1, j0, j1);
      return;
    }
    const middle = (j0 + j1) >> 1;
    separated(j0, middle, middle, j1);
    separated(middle, j1, j0, middle);
    square(j0, middle);
    square(middle, j1);
  }

  square(0, k);
}

/** below[i]: how many of the ascending members are less than i, for i = 0 … k. */
function countsBelow(members: Int32Array, k: number): Int32Array {
  const below = new Int32Array(k + 1);
  for (const i of members) below[i + 1] = 1;
  for (let i = 0; i < k; i++) below[i + 1] += below[i];
  return below;
}
