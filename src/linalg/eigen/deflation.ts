/** @file Deflation: which eigenpairs of two halves survive their rank-one coupling unchanged. */
import { hypotenuse } from '../hypotenuse.ts';
import { kernels } from '../kernels/select.ts';
import type { Vec } from '../matrix.ts';

/** Where the nonzero entries of a row lie: in the first half, in both, in the second half. */
export type Support = 0 | 1 | 2;

/** diag(d) + z zᵀ after deflation. Positions are rows of the merged block, counted from its first. */
export interface Deflated {
  /** Positions that take part in the secular equation, ascending in d. */
  readonly active: readonly number[];
  /** supports[position]. */
  readonly supports: Uint8Array;
  /** Positions whose eigenpair is final. */
  readonly deflated: readonly number[];
}

/**
 * Deflates diag(d) + z zᵀ (dlaed2 in LAPACK): a small |zᵢ| decouples its eigenpair, and two close dᵢ are rotated until one
 * of their z vanishes. d, z and the rows of the eigenvector matrix are updated in place.
 *
 * @param n1 - Rows 0 … n1−1 have their support in the first half. @param d - at d0 … d0+n−1. @param z - shape [n].
 * @param rows - Eigenvectors of the halves in rows; row i starts at `offset` + i·`stride`, n columns.
 * Reference: Dongarra and Sorensen (1987), A fully parallel algorithm for the symmetric eigenvalue problem, SIAM J. Sci. Stat.
 * Comput. 8, §4. Rounding: a change of T below 8 ε max(|d|, ‖z‖²).
 */
export function deflate(
  n: number,
  n1: number,
  d: Vec,
  d0: number,
  z: Vec,
  rows: Vec,
  offset: number,
  stride: number,
): Deflated {
  const supports = new Uint8Array(n).fill(2, n1);
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => d[d0 + i] - d[d0 + j] || i - j);
  let largest = 0;
  let norm = 0; // ‖z‖², the weight of the coupling
  for (let i = 0; i < n; i++) {
    largest = Math.max(largest, Math.abs(d[d0 + i]));
    norm += z[i] * z[i];
  }
  const tolerance = 4 * Number.EPSILON * Math.max(largest, norm);
  const size = Math.sqrt(norm);
  const { rotate } = kernels();
  const active: number[] = [];
  const deflated: number[] = [];
  let previous = -1; // the last position that is neither deflated nor safe from its successor
  for (const next of order) {
    if (size * Math.abs(z[next]) <= tolerance) {
      deflated.push(next);
      continue;
    }
    if (previous >= 0) {
      const length = hypotenuse(z[previous], z[next]);
      const c = z[next] / length;
      const s = -z[previous] / length;
      const dp = d[d0 + previous];
      const dn = d[d0 + next];
      if (Math.abs((dn - dp) * c * s) <= tolerance) {
        z[next] = length;
        z[previous] = 0;
        rotate(n, rows, offset + previous * stride, rows, offset + next * stride, c, s);
        d[d0 + previous] = dp * c * c + dn * s * s;
        d[d0 + next] = dp * s * s + dn * c * c;
        if (supports[previous] !== supports[next]) supports[next] = 1;
        deflated.push(previous);
      } else active.push(previous);
    }
    previous = next;
  }
  if (previous >= 0) active.push(previous);
  return { active, supports, deflated };
}
