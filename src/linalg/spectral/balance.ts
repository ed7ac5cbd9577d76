/** @file Balancing: a diagonal similarity by powers of two that makes rows and columns alike in length. */
import type { Vec } from '../matrix.ts';
import { exponentOf, powerOfTwo } from '../power-of-two.ts';
import { norm2 } from '../sum.ts';

/** Rounds, at most; two or three do. */
const ROUNDS = 20;
/** A scaling is carried out when it makes row and column together shorter by this factor. */
const WORTH = 0.95;

/**
 * A ← D⁻¹ A D in place, D = diag(d) of powers of two, so exactly.
 *
 * @param a - [n, n] row-major, finite. @returns d, shape [n]. An eigenvector y of the result is D⁻¹ x for an eigenvector x of A.
 * Lengths are Euclidean: with sums of |aᵢⱼ| balancing can spoil matrices whose small elements are rounding errors.
 * Cost: O(n²) for each round. Reference: James, Langou and Lowery (2014), On matrix balancing and eigenvector computation, arXiv:1401.5766.
 */
export function balance(a: Vec, n: number): Vec {
  const d = new Float64Array(n).fill(1);
  const [row, column] = [new Float64Array(n), new Float64Array(n)];
  for (let round = 0, changed = true; changed && round < ROUNDS; round++) {
    changed = false;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        row[j] = i === j ? 0 : a[i * n + j];
        column[j] = i === j ? 0 : a[j * n + i];
      }
      const [r, c] = [norm2(row), norm2(column)];
      if (!(r > 0 && c > 0)) continue;
      const k = Math.round((exponentOf(r) - exponentOf(c)) / 2);
      const factor = powerOfTwo(Math.max(-500, Math.min(500, k)));
      if (factor === 1 || !(norm2([r / factor, c * factor]) < WORTH * norm2([r, c]))) continue;
      if (!(d[i] * factor > 1e-150 && d[i] * factor < 1e150)) continue;
      changed = true;
      d[i] *= factor;
      for (let j = 0; j < n; j++) {
        if (j === i) continue;
        a[i * n + j] /= factor;
        a[j * n + i] *= factor;
      }
    }
  }
  return d;
}
