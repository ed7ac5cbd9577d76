/** @file Implicit QL iterations with Wilkinson's shift for the symmetric tridiagonal eigenproblem. */
import { ConvergenceError } from '../errors.ts';
import { hypotenuse } from '../hypotenuse.ts';
import type { Vec } from '../matrix.ts';
import { powerOfTwo } from '../power-of-two.ts';
import { RotationQueue, type RowBlock } from './rotation-queue.ts';

/** Sweeps per eigenvalue, on average, after which the iteration gives up; about 1.7 are needed. */
export const QL_SWEEPS = 30;

/** Off-diagonal entries below 2⁻⁵⁰⁰ are zero; the caller has scaled T to ‖T‖ ≈ 1. */
const FLOOR_SQUARED: number = powerOfTwo(-1000);
const EPSILON_SQUARED: number = Number.EPSILON * Number.EPSILON;

/**
 * Diagonalises T = tridiag(e, d, e) in place: d becomes the eigenvalues (not sorted), e becomes 0, and row i of `rows`,
 * on entry row i of some V, becomes the i-th row of Gᵀ V, where T = G diag(d) Gᵀ. With V = I the rows are eigenvectors.
 *
 * An off-diagonal entry is dropped when e² ≤ ε² |d_i d_{i+1}|, relative to its neighbours. Each unreduced block is swept
 * towards its end of smaller magnitude (QL or QR), which is what graded matrices need.
 *
 * @param d - Diagonal, read and written at d0 … d0+n−1. @param e - Off-diagonal, at e0 … e0+n−2.
 * @throws {ConvergenceError} more than `maxSweeps`·n sweeps.
 * Cost: about 30n² flops for the values, and 6·cols flops for each of about 0.9n² rotations. Accuracy: |Δλ| ≤ c n ε ‖T‖.
 * References: Wilkinson (1968), Global convergence of tridiagonal QR algorithm with origin shifts; Dubrulle, Martin and
 * Wilkinson (1968), The implicit QL algorithm, Numer. Math. 12; Greenbaum and Dongarra (1989), LAPACK working note 17.
 */
export function implicitQl(
  n: number,
  d: Vec,
  d0: number,
  e: Vec,
  e0: number,
  rows?: RowBlock,
  maxSweeps: number = QL_SWEEPS,
): void {
  const rotations = rows && new RotationQueue(rows, n);
  let budget = maxSweeps * n;

  /** e between positions i and i+1 is negligible. */
  const split = (i: number): boolean => {
    const ei = e[e0 + i];
    return ei * ei <= EPSILON_SQUARED * Math.abs(d[d0 + i] * d[d0 + i + 1]) + FLOOR_SQUARED;
  };

  for (let start = 0, end = 0; start < n; start = end + 1) {
    for (end = start; end < n - 1 && !split(end); ) end++;
    // `step` = 1: QL, eigenvalues appear at `start` first. −1: QR, the mirror image, they appear at `end` first.
    const step = Math.abs(d[d0 + end]) < Math.abs(d[d0 + start]) ? -1 : 1;
    const last = step === 1 ? end : start;
    for (let l = step === 1 ? start : end; ; ) {
      let m = l;
      while (m !== last && !split(step === 1 ? m : m - 1)) m += step;
      if (m !== l) {
        if (budget-- === 0)
          throw new ConvergenceError('implicitQl', maxSweeps * n, largest(e, e0, n - 1), Number.EPSILON);
        sweep(d, d0, e, e0, l, m, step, rotations);
        continue;
      }
      if (l === last) break;
      e[e0 + (step === 1 ? l : l - 1)] = 0; // d_l is an eigenvalue
      l += step;
    }
    if (end < n - 1) e[e0 + end] = 0;
  }
  rotations?.flush();
}

function largest(x: Vec, start: number, count: number): number {
  let size = 0;
  for (let i = start; i < start + count; i++) size = Math.max(size, Math.abs(x[i]));
  return size;
}

/**
 * One implicit sweep on the unreduced block that runs from l to m in direction `step`: rotations of the positions
 * (m, m − step), …, (l + step, l).
 */
function sweep(
  d: Vec,
  d0: number,
  e: Vec,
  e0: number,
  l: number,
  m: number,
  step: number,
  rotations: RotationQueue | undefined,
): void {
  const link = step === 1 ? e0 : e0 - 1; // e[link + i] couples positions i and i + step
  const el = e[link + l];
  // Wilkinson's shift: the eigenvalue of the leading 2×2 block that is closer to d_l
  let g = (d[d0 + l + step] - d[d0 + l]) / (2 * el);
  let r = hypotenuse(g, 1);
  g = d[d0 + m] - d[d0 + l] + el / (g + (g < 0 ? -r : r));
  let s = 1;
  let c = 1;
  let p = 0;
  for (let i = m - step; ; i -= step) {
    const f = s * e[link + i];
    const b = c * e[link + i];
    r = hypotenuse(f, g);
    if (i !== m - step) e[link + i + step] = r;
    if (r === 0) {
      d[d0 + i + step] -= p; // an exact zero inside splits the block; the rest of it is untouched
      return;
    }
    s = f / r;
    c = g / r;
    g = d[d0 + i + step] - p;
    r = (d[d0 + i] - g) * s + 2 * c * b;
    p = s * r;
    d[d0 + i + step] = g + p;
    g = c * r - b;
    rotations?.push(i + step, i, c, s);
    if (i === l) break;
  }
  d[d0 + l] -= p;
  e[link + l] = g;
}
