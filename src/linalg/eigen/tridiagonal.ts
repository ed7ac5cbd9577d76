/** @file Householder reduction of a symmetric matrix to tridiagonal form, in panels. */
import { hypotenuse } from '../hypotenuse.ts';
import { kernels } from '../kernels/select.ts';
import type { Vec } from '../matrix.ts';
import { powerOfTwo } from '../power-of-two.ts';

/** Columns reduced between two updates of the trailing matrix. */
const PANEL = 32;
/** A trailing matrix up to this order is reduced as one panel, without further updates. */
const LAST_PANEL = 48;

/** Rows of scratch. */
const PANEL_MAX: number = Math.max(PANEL, LAST_PANEL);

/** Below this a sum of squares may have lost digits to underflow. */
const SMALL_SQUARES: number = powerOfTwo(-900);

/** A = Q T Qᵀ with T = tridiag(e, d, e) and Q = H₀ H₁ … H_{n−2}, H_k = I − τ_k v_k v_kᵀ. */
export interface Tridiagonalisation {
  readonly n: number;
  /** Diagonal of T, shape [n]. */
  readonly diagonal: Vec;
  /** Off-diagonal of T, shape [n] with a last entry 0. */
  readonly offDiagonal: Vec;
  /** τ, shape [n]; 0 where H_k = I. */
  readonly taus: Vec;
  /** [n, n] row-major: row k holds v_k in columns k+1 … n−1, its first entry 1. The rest is undefined. */
  readonly reflectors: Vec;
}

/** Doubles that {@link tridiagonalise} works in: the matrix, behind it {@link PANEL_MAX} rows and as many coefficients. */
export function reductionRoom(n: number): number {
  return (n + PANEL_MAX) * n + PANEL_MAX;
}

/**
 * Reduces a symmetric matrix to tridiagonal form by Householder reflections, {@link PANEL} at a time: within a panel the
 * trailing matrix A is left as it is and A − V Wᵀ − W Vᵀ used in its place, then all are subtracted in one rank-2k update.
 *
 * @param work - Length {@link reductionRoom}, best a workspace, with the symmetric matrix in its first n² places, row-major; only the
 * upper triangle is read. Overwritten, and its front kept as `reflectors`. The caller has scaled the matrix to ‖A‖ ≈ 1.
 * Cost: 4n³/3 flops, half in symmetric matrix-vector products, half in matrix products. Accuracy: T is similar to A + E
 * with ‖E‖ ≤ c n ε ‖A‖.
 * Reference: Dongarra, Hammarling and Sorensen (1989), Block reduction of matrices to condensed forms, J. Comput. Appl.
 * Math. 27; Golub and Van Loan, Matrix Computations (4th ed., 2013), §8.3.1.
 */
export function tridiagonalise(work: Vec, n: number): Tridiagonalisation {
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const taus = new Float64Array(n);
  const reduction = { n, diagonal, offDiagonal, taus, reflectors: work.subarray(0, n * n) };
  const { syr2k } = kernels();
  const w = n * n;
  for (let start = 0; start < n; ) {
    const width = n - start <= LAST_PANEL ? n - start : PANEL;
    reducePanel(work, start, width, reduction);
    const next = start + width;
    if (next < n)
      syr2k(
        n - next,
        width,
        -1,
        work,
        start * n + next,
        1,
        n,
        work,
        w + next,
        1,
        n,
        work,
        next * n + next,
        n,
      );
    start = next;
  }
  return reduction;
}

/**
 * Reduces rows start … start+width−1. The vectors w of the panel are kept behind the matrix: row j holds w_{start+j} in
 * columns start+j+1 … n−1.
 */
function reducePanel(work: Vec, start: number, width: number, reduction: Tridiagonalisation): void {
  const { n, diagonal, offDiagonal, taus } = reduction;
  const { dot, axpy, gemv, gemvT, symv } = kernels();
  const v0 = start * n; // reflectors of this panel, one per row
  const w0 = n * n;
  const u = w0 + PANEL_MAX * n; // coefficients
  for (let i = start; i < start + width; i++) {
    const done = i - start;
    const at = i * n + i;
    const rest = n - i - 1;
    // row i of A − Vᵀ W − Wᵀ V
    for (let j = 0; j < done; j++) work[u + j] = work[v0 + j * n + i];
    gemvT(done, rest + 1, -1, work, w0 + i, n, work, u, work, at);
    for (let j = 0; j < done; j++) work[u + j] = work[w0 + j * n + i];
    gemvT(done, rest + 1, -1, work, v0 + i, n, work, u, work, at);
    diagonal[i] = work[at];
    if (rest === 0) continue;
    const v = at + 1;
    const tau = reflector(work, v, rest);
    taus[i] = tau;
    offDiagonal[i] = work[v];
    work[v] = 1;
    // w = τ (A − Vᵀ W − Wᵀ V) v, then w ← w − ½ τ (wᵀ v) v
    const w = w0 + done * n + i + 1;
    work.fill(0, w, w + rest);
    if (tau === 0) continue;
    symv(rest, 1, work, at + n + 1, n, work, v, work, w);
    work.fill(0, u, u + done);
    gemv(done, rest, 1, work, w0 + i + 1, n, work, v, work, u);
    gemvT(done, rest, -1, work, v0 + i + 1, n, work, u, work, w);
    work.fill(0, u, u + done);
    gemv(done, rest, 1, work, v0 + i + 1, n, work, v, work, u);
    gemvT(done, rest, -1, work, w0 + i + 1, n, work, u, work, w);
    for (let j = w; j < w + rest; j++) work[j] *= tau;
    axpy(rest, -0.5 * tau * dot(rest, work, w, work, v), work, v, work, w);
  }
}

/**
 * Turns x, the n entries of `a` from `at`, into the reflector that maps it to β e₁: on return the first entry is β and the
 * others are v₁ … v_{n−1} of v = (1, v₁, …). Returns τ, 0 when x is already a multiple of e₁.
 */
function reflector(a: Vec, at: number, n: number): number {
  const alpha = a[at];
  let scale = 1;
  let squares = kernels().dot(n - 1, a, at + 1, a, at + 1);
  if (squares < SMALL_SQUARES) {
    // rare: an exact zero, or entries so small that their squares underflow
    let largest = 0;
    for (let i = at + 1; i < at + n; i++) largest = Math.max(largest, Math.abs(a[i]));
    if (largest === 0) return 0;
    scale = largest;
    squares = 0;
    for (let i = at + 1; i < at + n; i++) squares += (a[i] / scale) * (a[i] / scale);
  }
  const norm = hypotenuse(alpha, scale * Math.sqrt(squares));
  const beta = alpha < 0 ? norm : -norm; // the sign that does not cancel in α − β
  const shift = alpha - beta;
  for (let i = at + 1; i < at + n; i++) a[i] /= shift;
  a[at] = beta;
  return -shift / beta;
}
