/** @file Reduction of a general matrix to Hessenberg form by Householder reflections. */
import { makeReflection } from '../householder.ts';
import { kernels } from '../kernels/select.ts';
import type { Vec } from '../matrix.ts';

/**
 * A ← H = Qᵀ A Q in place, zero below the subdiagonal, and Qᵀ (its rows are the columns of Q) if asked for.
 *
 * @param a - [n, n] row-major, ‖A‖ ≈ 1. @returns Qᵀ, [n, n] row-major, or undefined.
 * Cost: 10n³/3 flops, and 4n³/3 for Q. Accuracy: H is orthogonally similar to A + E with ‖E‖ ≤ c n ε ‖A‖.
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §7.4.
 */
export function reduceToHessenberg(a: Vec, n: number, vectors: boolean): Vec | undefined {
  const { gemv, gemvT, ger } = kernels();
  const q = vectors ? new Float64Array(n * n) : undefined;
  if (q !== undefined) for (let i = 0; i < n; i++) q[i * (n + 1)] = 1;
  const v = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    const m = n - k - 1;
    for (let i = 0; i < m; i++) v[i] = a[(k + 1 + i) * n + k];
    const tau = makeReflection(m, v, 0);
    const beta = v[0];
    if (tau === 0) continue;
    v[0] = 1;
    const corner = (k + 1) * n + k + 1;
    w.fill(0);
    gemvT(m, m, 1, a, corner, n, v, 0, w, 0); // from the left, columns k+1 on
    ger(m, m, -tau, v, 0, w, 0, a, corner, n);
    w.fill(0);
    gemv(n, m, 1, a, k + 1, n, v, 0, w, 0); // from the right, all rows
    ger(n, m, -tau, w, 0, v, 0, a, k + 1, n);
    if (q !== undefined) {
      w.fill(0);
      gemvT(m, n, 1, q, (k + 1) * n, n, v, 0, w, 0);
      ger(m, n, -tau, v, 0, w, 0, q, (k + 1) * n, n);
    }
    a[(k + 1) * n + k] = beta;
    for (let i = k + 2; i < n; i++) a[i * n + k] = 0;
  }
  return q;
}
