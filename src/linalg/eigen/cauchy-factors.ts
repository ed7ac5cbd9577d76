/** @file Low-rank factors of an off-diagonal block of the eigenvector matrix of diag(d) + z zᵀ. */
import type { Vec } from '../matrix.ts';

/** Entries of a block that stay below this are left out; its rows have norm 1 or less. */
const NEGLIGIBLE: number = Number.EPSILON / 8;
/** Columns that are bounded together when what is left of a block is looked over. */
const CHUNK = 32;

/**
 * The eigenvectors of diag(d) + ẑ ẑᵀ: entry i of vector j is s_j ẑᵢ / (dᵢ − λ_j), and λ_j = origin_j + offset_j lies between
 * d_j and d_{j+1}, so that (dᵢ − origin_j) − offset_j has a small relative error.
 */
export interface Coupling {
  readonly poles: Vec;
  readonly weights: Vec;
  readonly origins: Vec;
  readonly offsets: Vec;
  readonly scales: Vec;
}

/**
 * Factors the block of the vectors j0 … j1−1 and the entries i0 … i1−1, where the two ranges are disjoint: block ≈ Xᵀ Y with
 * X [rank, j1 − j0] and Y [rank, i1 − i0], to {@link NEGLIGIBLE} in every entry.
 *
 * Gaussian elimination with rook pivoting. What a step leaves has again the form a_i b_j / (dᵢ − λ_j), and its a and b are products
 * of differences that carry no cancellation, so the factors have small relative errors. The rank grows with the
 * logarithm of the number of entries: 20 to 40 are usual.
 *
 * @param limit - The largest rank that is worth having. @returns the rank, or −1 where it would exceed the limit.
 * Cost: about 5 divisions per step for each of the vectors and entries.
 * References: Gu and Eisenstat (1995), SIAM J. Matrix Anal. Appl. 16 (the structure); Boros, Kailath and Olshevsky (2002), Pivoting and
 * backward stability of fast algorithms for solving Cauchy linear equations, Linear Algebra Appl. 343 (the recurrence).
 */
export function cauchyFactors(
  coupling: Coupling,
  j0: number,
  j1: number,
  i0: number,
  i1: number,
  limit: number,
  x: Vec,
  y: Vec,
): number {
  const { poles: d, origins, offsets } = coupling;
  const [rows, cols] = [j1 - j0, i1 - i0];
  const a = coupling.weights.slice(i0, i1);
  const b = coupling.scales.slice(j0, j1);
  const nearest = i0 >= j1 ? j1 - 1 : j0; // the vector whose eigenvalue is nearest to the poles
  for (let rank = 0; ; rank++) {
    let p = largestEntry(a, d, i0, i1, origins[nearest], offsets[nearest]);
    let q = largestVector(b, d[p], origins, offsets, j0, j1);
    p = largestEntry(a, d, i0, i1, origins[q], offsets[q]);
    q = largestVector(b, d[p], origins, offsets, j0, j1);
    if (!(Math.abs(a[p - i0] * b[q - j0]) > NEGLIGIBLE * Math.abs(d[p] - origins[q] - offsets[q]))) {
      [p, q] = largestLeft(a, b, coupling, j0, j1, i0, i1);
      if (p < 0) return rank;
    }
    if (rank === limit) return -1;
    const [dp, oq, tq] = [d[p], origins[q], offsets[q]];
    const ap = a[p - i0];
    const pivot = dp - oq - tq;
    const below = d[q] - oq - tq; // d_q − λ_q
    for (let j = j0, at = rank * rows; j < j1; j++, at++) {
      const gap = dp - origins[j] - offsets[j];
      const quotient = b[j - j0] / gap;
      x[at] = ap * quotient;
      // λ_q − λ_j as a sum of two numbers of one sign
      const difference =
        j > q ? d[j] - origins[j] - offsets[j] - (d[j] - oq - tq) : d[q] - origins[j] - offsets[j] - below;
      b[j - j0] = quotient * difference;
    }
    b[q - j0] = 0;
    const scale = pivot / ap;
    for (let i = i0, at = rank * cols; i < i1; i++, at++) {
      const quotient = a[i - i0] / (d[i] - oq - tq);
      y[at] = scale * quotient;
      a[i - i0] = quotient * (d[i] - dp);
    }
  }
}

/** The entry i at which |aᵢ / (dᵢ − λ)| is largest. */
function largestEntry(a: Vec, d: Vec, i0: number, i1: number, origin: number, offset: number): number {
  let at = i0;
  let largest = 0;
  for (let i = i0; i < i1; i++) {
    const size = Math.abs(a[i - i0] / (d[i] - origin - offset));
    if (size > largest) {
      largest = size;
      at = i;
    }
  }
  return at;
}

/** The vector j at which |b_j / (d − λ_j)| is largest. */
function largestVector(b: Vec, d: number, origins: Vec, offsets: Vec, j0: number, j1: number): number {
  let at = j0;
  let largest = 0;
  for (let j = j0; j < j1; j++) {
    const size = Math.abs(b[j - j0] / (d - origins[j] - offsets[j]));
    if (size > largest) {
      largest = size;
      at = j;
    }
  }
  return at;
}

/** [entry, vector] of the largest element that is not negligible; [−1, −1] when all are. */
function largestLeft(
  a: Vec,
  b: Vec,
  { poles: d, origins, offsets }: Coupling,
  j0: number,
  j1: number,
  i0: number,
  i1: number,
): readonly [number, number] {
  let found: readonly [number, number] = [-1, -1];
  let largest = NEGLIGIBLE;
  for (let start = i0; start < i1; start += CHUNK) {
    const end = Math.min(start + CHUNK, i1);
    let most = 0;
    for (let i = start; i < end; i++) most = Math.max(most, Math.abs(a[i - i0]));
    const near = d[i0 >= j1 ? start : end - 1]; // the pole of the chunk that is nearest to all the λ
    for (let j = j0; j < j1; j++) {
      if (most * Math.abs(b[j - j0]) <= largest * Math.abs(near - origins[j] - offsets[j])) continue;
      for (let i = start; i < end; i++) {
        const size = Math.abs((a[i - i0] * b[j - j0]) / (d[i] - origins[j] - offsets[j]));
        if (size > largest) {
          largest = size;
          found = [i, j];
        }
      }
    }
  }
  return found;
}
