/** @file Francis' implicit double-shift QR iteration: Hessenberg to real Schur form. */
import { ConvergenceError } from '../errors.ts';
import { hypotenuse } from '../hypotenuse.ts';
import { kernels } from '../kernels/select.ts';
import type { Vec } from '../matrix.ts';
import { standardise } from './two-by-two.ts';

/** Sweeps per eigenvalue, on average, after which the iteration gives up; about 2 are needed. */
const SWEEPS = 30;
/** After so many sweeps without a deflation the shifts are exceptional ones. */
const EXCEPTIONAL = 10;

const EPS = Number.EPSILON;
/** Far below anything that matters, and its square is a double: the caller has scaled the matrix to ‖A‖ ≈ 1. */
const FLOOR = 1e-140;

/** A Hessenberg matrix on its way to Schur form, and the rows of the transposed basis, which take part in every rotation. */
interface Iteration {
  readonly n: number;
  readonly h: Vec;
  readonly q: Vec | undefined;
}

/**
 * Overwrites an upper Hessenberg H with its real Schur form T = Uᵀ H U: upper triangular but for standardised 2×2 blocks of conjugate
 * pairs, and Qᵀ, if there is one, with Uᵀ Qᵀ.
 *
 * @param h - [n, n] row-major, ‖H‖ ≈ 1. @param q - [n, n] row-major, or undefined; then only the diagonal blocks of h are right.
 * @throws {ConvergenceError} more than 30 n sweeps; never seen.
 * Cost: about 25n³ flops with q, 10n³ without. Accuracy: T is orthogonally similar to H + E with ‖E‖ ≤ c n ε ‖H‖.
 * References: Golub and Van Loan, Matrix Computations (4th ed., 2013), §7.5; the test of what is small is that of Ahues and Tisseur
 * (1997), LAPACK working note 122.
 */
export function francis(n: number, h: Vec, q: Vec | undefined): void {
  const it = { n, h, q };
  let budget = SWEEPS * Math.max(n, 1);
  for (let hi = n - 1, sweeps = 0; hi >= 0; ) {
    let lo = hi;
    while (lo > 0 && !negligible(it, lo)) lo--;
    if (lo > 0) h[lo * n + lo - 1] = 0;
    if (lo >= hi - 1) {
      if (lo === hi - 1) split(it, lo);
      hi = lo - 1;
      sweeps = 0;
      continue;
    }
    if (budget-- === 0) throw new ConvergenceError('francis', SWEEPS * n, Math.abs(h[hi * n + hi - 1]), EPS);
    sweep(it, lo, hi, ++sweeps);
  }
}

/** Whether the subdiagonal element of row k is rounding error beside its neighbours. */
function negligible({ n, h }: Iteration, k: number): boolean {
  const at = k * n + k;
  const below = Math.abs(h[at - 1]);
  if (below <= FLOOR) return true;
  const [p, s] = [h[at - n - 1], h[at]];
  if (below > EPS * (Math.abs(p) + Math.abs(s))) return false;
  const above = Math.abs(h[at - n]);
  const [ab, ba] = [Math.max(below, above), Math.min(below, above)];
  const apart = Math.abs(p - s);
  const [aa, bb] = [Math.max(Math.abs(s), apart), Math.min(Math.abs(s), apart)];
  const size = aa + ab;
  return ba * (ab / size) <= Math.max(FLOOR, EPS * (bb * (aa / size)));
}

/** The 2×2 block from k on becomes standard; two real eigenvalues are parted. */
function split({ n, h, q }: Iteration, k: number): void {
  const at = k * n + k;
  const block = standardise(h[at], h[at + 1], h[at + n], h[at + n + 1]);
  const { cos, sin } = block;
  const { rotate } = kernels();
  if (k + 2 < n) rotate(n - k - 2, h, at + 2, h, at + n + 2, cos, sin);
  for (let i = 0; i < k; i++) {
    const p = i * n + k;
    const [x, y] = [h[p], h[p + 1]];
    h[p] = cos * x + sin * y;
    h[p + 1] = cos * y - sin * x;
  }
  if (q !== undefined) rotate(n, q, k * n, q, (k + 1) * n, cos, sin);
  [h[at], h[at + 1], h[at + n], h[at + n + 1]] = [block.a, block.b, block.c, block.d];
}

/** One double-shift sweep on the unreduced block lo … hi, of order three and more. */
function sweep({ n, h, q }: Iteration, lo: number, hi: number, count: number): void {
  const [sum, product] = shifts({ n, h, q }, lo, hi, count);
  const v = new Float64Array(3);
  let start = hi - 2;
  for (; ; start--) {
    firstColumn(h, n, start, sum, product, v);
    if (start === lo || smallBoth(h, n, start, v)) break;
  }
  for (let k = start; k < hi; k++) {
    const size = Math.min(3, hi - k + 1);
    if (k > start) for (let i = 0; i < size; i++) v[i] = h[(k + i) * n + k - 1];
    const tau = reflect(v, size);
    if (k > start) {
      h[k * n + k - 1] = v[0];
      for (let i = 1; i < size; i++) h[(k + i) * n + k - 1] = 0;
    } else if (start > lo) h[k * n + k - 1] *= 1 - tau;
    if (tau === 0) continue;
    const [v1, v2] = [v[1], size === 3 ? v[2] : 0];
    fromLeft(h, n, k, k, n, size, tau, v1, v2);
    fromRight(h, n, k, Math.min(k + 3, hi) + 1, size, tau, v1, v2);
    if (q !== undefined) fromLeft(q, n, k, 0, n, size, tau, v1, v2);
  }
}

/** Sum and product of the two shifts, eigenvalues of the last 2×2 block; of two real ones the nearer to the last element, twice. */
function shifts({ n, h }: Iteration, lo: number, hi: number, count: number): [number, number] {
  const at = hi * n + hi;
  if (count % EXCEPTIONAL === 0) {
    const low = count % (2 * EXCEPTIONAL) === 0;
    const k = low ? lo + 1 : hi;
    const size =
      Math.abs(h[k * n + k - 1]) + (low ? Math.abs(h[(k + 1) * n + k]) : Math.abs(h[(k - 1) * n + k - 2]));
    const p = 0.75 * size + h[low ? lo * n + lo : at];
    return [2 * p, p * p + 0.4375 * size * size];
  }
  const [a, b, c, d] = [h[at - n - 1], h[at - n], h[at - 1], h[at]];
  const half = (a - d) / 2;
  const discriminant = half * half + b * c;
  if (discriminant < 0) return [a + d, a * d - b * c];
  const root = Math.sqrt(discriminant);
  const z = half + (half < 0 ? -root : root);
  const near = z === 0 ? d : d - (b * c) / z;
  return [2 * near, near * near];
}

/** v ← the first column of (H − s)(H − t) on the block from k on, up to a factor. */
function firstColumn(h: Vec, n: number, k: number, sum: number, product: number, v: Vec): void {
  const at = k * n + k;
  const [a, b, c, d] = [h[at], h[at + 1], h[at + n], h[at + n + 1]];
  v[0] = (a * a - sum * a + product) / c + b; // all over c, the subdiagonal element
  v[1] = a + d - sum;
  v[2] = h[at + 2 * n + 1];
  const size = Math.abs(v[0]) + Math.abs(v[1]) + Math.abs(v[2]);
  if (size > 0) for (let i = 0; i < 3; i++) v[i] /= size;
}

/** As `makeReflection`, of two or three numbers: v becomes (β, v₁, v₂). Returns τ. */
function reflect(v: Vec, size: number): number {
  const rest = size === 3 ? hypotenuse(v[1], v[2]) : Math.abs(v[1]);
  if (rest === 0) return 0;
  const length = hypotenuse(v[0], rest);
  const beta = v[0] > 0 ? -length : length;
  const scale = v[0] - beta; // no cancellation: the signs differ
  v[1] /= scale;
  if (size === 3) v[2] /= scale;
  v[0] = beta;
  return -scale / beta;
}

/** Two subdiagonal elements so small together that a sweep may begin at k. */
function smallBoth(h: Vec, n: number, k: number, v: Vec): boolean {
  const at = k * n + k;
  const left = Math.abs(h[at - 1]) * (Math.abs(v[1]) + Math.abs(v[2]));
  const around = Math.abs(h[at - n - 1]) + Math.abs(h[at]) + Math.abs(h[at + n + 1]);
  return left <= EPS * Math.abs(v[0]) * around;
}

/** Rows k … k+size−1, columns from … to−1, ← (I − τ v vᵀ) of them, v = (1, v₁, v₂). */
function fromLeft(
  x: Vec,
  n: number,
  k: number,
  from: number,
  to: number,
  size: number,
  tau: number,
  v1: number,
  v2: number,
): void {
  const [t1, t2] = [tau * v1, tau * v2];
  if (size === 3)
    for (let p = k * n + from, end = k * n + to; p < end; p++) {
      const sum = x[p] + v1 * x[p + n] + v2 * x[p + 2 * n];
      x[p] -= tau * sum;
      x[p + n] -= t1 * sum;
      x[p + 2 * n] -= t2 * sum;
    }
  else
    for (let p = k * n + from, end = k * n + to; p < end; p++) {
      const sum = x[p] + v1 * x[p + n];
      x[p] -= tau * sum;
      x[p + n] -= t1 * sum;
    }
}

/** Columns k … k+size−1 of the first rows ← those times I − τ v vᵀ. */
function fromRight(
  x: Vec,
  n: number,
  k: number,
  rows: number,
  size: number,
  tau: number,
  v1: number,
  v2: number,
): void {
  const [t1, t2] = [tau * v1, tau * v2];
  for (let i = 0, p = k; i < rows; i++, p += n) {
    const sum = x[p] + v1 * x[p + 1] + (size === 3 ? v2 * x[p + 2] : 0);
    x[p] -= tau * sum;
    x[p + 1] -= t1 * sum;
    if (size === 3) x[p + 2] -= t2 * sum;
  }
}
