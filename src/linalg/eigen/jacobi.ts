/** @file Cyclic Jacobi rotations for the symmetric eigenproblem: slow for large n, the most accurate for graded matrices. */
import { ConvergenceError } from '../errors.ts';
import type { Vec } from '../matrix.ts';
import { powerOfTwo } from '../power-of-two.ts';

/** Eigenpairs as an algorithm leaves them: not sorted, one eigenvector per row. */
export interface RowEigen {
  /** λ, shape [k]. */
  readonly values: Vec;
  /** [k, n] row-major: row i is the eigenvector of values[i]. Empty when vectors were not asked for. */
  readonly rows: Vec;
}

/** Sweeps after which the iteration gives up. Random matrices need 6 to 10. */
export const JACOBI_SWEEPS = 60;

/** In the first sweeps entries below 0.2 of the mean magnitude wait for a later sweep (Rutishauser 1966). */
const THRESHOLD_SWEEPS = 3;

/**
 * A = Vᵀ diag(λ) V by cyclic Jacobi rotations, row by row.
 *
 * An entry counts as zero when |a_pq| ≤ ε √(|a_pp| |a_qq|). The test is relative to the diagonal and not only to ‖A‖, so
 * for a positive definite A = D B D (D diagonal, B with unit diagonal) every eigenvalue has the relative error
 * O(n ε cond(B)), however small it is. Entries below 2⁻¹⁰⁰⁰ ‖A‖_F are zero.
 *
 * @param a - Symmetric, [n, n], both triangles stored. Overwritten. The caller has scaled it to ‖A‖ ≈ 1.
 * @throws {ConvergenceError} ‖off(A)‖_F > n ε ‖A‖_F after `maxSweeps` sweeps.
 * Cost: about 6n³ flops per sweep with vectors, 6 to 10 sweeps.
 * References: Rutishauser (1966), The Jacobi method for real symmetric matrices, Numer. Math. 9; Demmel and Veselić (1992),
 * Jacobi's method is more accurate than QR, SIAM J. Matrix Anal. Appl. 13.
 */
export function jacobiRows(a: Vec, n: number, vectors: boolean, maxSweeps: number = JACOBI_SWEEPS): RowEigen {
  const v = new Float64Array(vectors ? n * n : 0);
  if (vectors) for (let i = 0; i < n; i++) v[i * n + i] = 1;
  const norm = Math.sqrt(sumOfSquares(a));
  const floor = norm * powerOfTwo(-1000);
  let done = n < 2 || norm === 0;
  for (let sweep = 0; !done; sweep++) {
    const off = offDiagonal(a, n);
    if (sweep === maxSweeps) {
      const tolerance = n * Number.EPSILON * norm;
      if (off.norm <= tolerance) break;
      throw new ConvergenceError('jacobi', sweep, off.norm, tolerance);
    }
    done = jacobiSweep(a, v, n, floor, sweep < THRESHOLD_SWEEPS ? (0.2 * off.sum) / (n * n) : 0);
  }
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) values[i] = a[i * n + i];
  return { values, rows: v };
}

/** One sweep over all p < q; true when every entry was negligible. */
function jacobiSweep(a: Vec, v: Vec, n: number, floor: number, threshold: number): boolean {
  let done = true;
  for (let p = 0; p < n - 1; p++)
    for (let q = p + 1; q < n; q++) {
      const size = Math.abs(a[p * n + q]);
      const scale = Math.sqrt(Math.abs(a[p * n + p])) * Math.sqrt(Math.abs(a[q * n + q]));
      if (size <= floor || size <= Number.EPSILON * scale) continue;
      done = false;
      if (size > threshold) annihilate(a, v, n, p, q);
    }
  return done;
}

/** Rotates the plane (p, q) so that a_pq becomes 0; `v` may be empty. */
function annihilate(a: Vec, v: Vec, n: number, p: number, q: number): void {
  const apq = a[p * n + q];
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq); // cot 2φ
  const size = Math.abs(theta);
  // t = tan φ, the root of t² + 2θt − 1 of smaller magnitude
  const root = size > 1e150 ? 0.5 / size : 1 / (size + Math.sqrt(1 + theta * theta));
  const t = theta < 0 ? -root : root;
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  const tau = s / (1 + c); // tan φ/2: the update below changes small entries by small amounts
  const pp = a[p * n + p] - t * apq;
  const qq = a[q * n + q] + t * apq;
  rotateRows(a, n, p, q, s, tau);
  for (let r = 0, rp = p, rq = q; r < n; r++, rp += n, rq += n) {
    a[rp] = a[p * n + r];
    a[rq] = a[q * n + r];
  }
  a[p * n + p] = pp;
  a[q * n + q] = qq;
  a[p * n + q] = 0;
  a[q * n + p] = 0;
  if (v.length > 0) rotateRows(v, n, p, q, s, tau);
}

/** Row p ← c·row p − s·row q and row q ← s·row p + c·row q, with c = 1 − s τ. */
function rotateRows(x: Vec, n: number, p: number, q: number, s: number, tau: number): void {
  for (let r = 0, i = p * n, j = q * n; r < n; r++, i++, j++) {
    const xp = x[i];
    const xq = x[j];
    x[i] = xp - s * (xq + tau * xp);
    x[j] = xq + s * (xp - tau * xq);
  }
}

function sumOfSquares(a: Vec): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * a[i];
  return sum;
}

/** Σ |a_pq| over p < q, and ‖off(A)‖_F. */
function offDiagonal(a: Vec, n: number): { sum: number; norm: number } {
  let sum = 0;
  let squares = 0;
  for (let p = 0; p < n; p++)
    for (let i = p * n + p + 1; i < (p + 1) * n; i++) {
      sum += Math.abs(a[i]);
      squares += a[i] * a[i];
    }
  return { sum, norm: Math.sqrt(2 * squares) };
}
