/** @file Householder reduction of a symmetric matrix to tridiagonal form, in panels. */
import { hypotenuse } from './hypotenuse.ts';
import { kernels } from './kernels/select.ts';
import type { Vec } from './matrix.ts';
import { powerOfTwo } from './power-of-two.ts';
import { withScratch } from './scratch.ts';

/** Columns reduced between two updates of the trailing matrix. */
const PANEL = 32;
/** A trailing matrix up to this order is reduced as one panel, without further updates. */
const LAST_PANEL = 48;

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

/**
 * Reduces a symmetric matrix to tridiagonal form by Householder reflections, {@link PANEL} at a time: within a panel the
 * trailing matrix A is left as it is and A − V Wᵀ − W Vᵀ used in its place, then all are subtracted in one rank-2k update.
 *
 * @param a - Symmetric, [n, n] row-major; only the upper triangle is read. Overwritten and kept as `reflectors`. The
 * caller has scaled it to ‖A‖ ≈ 1.
 * Cost: 4n³/3 flops, half in symmetric matrix-vector products, half in matrix products. Accuracy: T is similar to A + E
 * with ‖E‖ ≤ c n ε ‖A‖.
 * Reference: Dongarra, Hammarling and Sorensen (1989), Block reduction of matrices to condensed forms, J. Comput. Appl.
 * Math. 27; Golub and Van Loan, Matrix Computations (4th ed., 2013), §8.3.1.
 */
export function tridiagonalise(a: Vec, n: number): Tridiagonalisation {
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const taus = new Float64Array(n);
  const { syr2k } = kernels();
  withScratch([PANEL_MAX * n, PANEL_MAX], (w, coefficients) => {
    for (let start = 0; start < n; ) {
      const width = n - start <= LAST_PANEL ? n - start : PANEL;
      reducePanel(a, n, start, width, w, coefficients, diagonal, offDiagonal, taus);
      const next = start + width;
      if (next < n)
        syr2k(n - next, width, -1, a, start * n + next, 1, n, w, next, 1, n, a, next * n + next, n);
      start = next;
    }
  });
  return { n, diagonal, offDiagonal, taus, reflectors: a };
}

const PANEL_MAX: number = Math.max(PANEL, LAST_PANEL);

/** Reduces rows start … start+width−1; row j of `w` becomes w_{start+j}, its entries in columns start+j+1 … n−1. */
function reducePanel(
  a: Vec,
  n: number,
  start: number,
  width: number,
  w: Vec,
  coefficients: Vec,
  diagonal: Vec,
  offDiagonal: Vec,
  taus: Vec,
): void {
  const { dot, axpy, gemv, gemvT, symv } = kernels();
  for (let i = start; i < start + width; i++) {
    const done = i - start;
    const v0 = start * n; // reflectors of this panel, one per row
    const at = i * n + i;
    const rest = n - i - 1;
    // row i of A − Vᵀ W − Wᵀ V
    for (let j = 0; j < done; j++) coefficients[j] = a[v0 + j * n + i];
    gemvT(done, rest + 1, -1, w, i, n, coefficients, 0, a, at);
    for (let j = 0; j < done; j++) coefficients[j] = w[j * n + i];
    gemvT(done, rest + 1, -1, a, v0 + i, n, coefficients, 0, a, at);
    diagonal[i] = a[at];
    if (rest === 0) continue;
    const v = at + 1;
    const tau = reflector(a, v, rest);
    taus[i] = tau;
    offDiagonal[i] = a[v];
    a[v] = 1;
    // w = τ (A − Vᵀ W − Wᵀ V) v, then w ← w − ½ τ (wᵀ v) v
    const out = done * n + i + 1;
    w.fill(0, out, out + rest);
    if (tau === 0) continue;
    symv(rest, 1, a, at + n + 1, n, a, v, w, out);
    coefficients.fill(0, 0, done);
    gemv(done, rest, 1, w, i + 1, n, a, v, coefficients, 0);
    gemvT(done, rest, -1, a, v0 + i + 1, n, coefficients, 0, w, out);
    coefficients.fill(0, 0, done);
    gemv(done, rest, 1, a, v0 + i + 1, n, a, v, coefficients, 0);
    gemvT(done, rest, -1, w, i + 1, n, coefficients, 0, w, out);
    for (let j = out; j < out + rest; j++) w[j] *= tau;
    axpy(rest, -0.5 * tau * dot(rest, w, out, a, v), a, v, w, out);
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
