/** @file One-sided Jacobi rotations: the rows of a matrix made orthogonal pair by pair. */
import { ConvergenceError } from '../errors.ts';
import { kernels } from '../kernels/select.ts';
import type { Matrix, Vec } from '../matrix.ts';
import { norm2 } from '../sum.ts';

const MAX_SWEEPS = 40;
/** Rows of a matrix of size 1 that are shorter than this are normalised first: their squares would underflow. */
const SHORT = 1e-140;

/** Cosines up to √n ε count as zero. */
export function cosineTolerance(n: number): number {
  return Math.sqrt(n) * Number.EPSILON;
}

/**
 * Rotates pairs of rows of X until all are orthogonal, and the rows of J along with them.
 *
 * A cosine counts as zero up to {@link cosineTolerance}, whatever the lengths of the two rows, and a rotation changes each
 * row by no more than ε of its own length: short rows keep their digits.
 *
 * @param x - Shape [n, n], of size about 1. Overwritten. @param j - Shape [n, n]. Overwritten by (the rotations) J.
 * @throws {ConvergenceError} in the name of svd: rows are still not orthogonal after 40 sweeps; carries the largest cosine.
 * Cost: up to 8n³ flops per sweep, some 7 sweeps; n³ for one that finds nothing to do.
 * Reference: Drmač and Veselić (2008), New fast and accurate Jacobi SVD algorithm I, SIAM J. Matrix Anal. Appl. 29.
 */
export function orthogonaliseRows(x: Matrix, j: Matrix): void {
  const n = x.rows;
  const { rotate } = kernels();
  const tolerance = cosineTolerance(n);
  const lengths = Float64Array.from({ length: n }, (_, i) => norm2(x.row(i)));
  let worst = 0;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    worst = 0;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (lengths[p] === 0 || lengths[q] === 0) continue;
        const cosine = cosineOfRows(x, p, q, lengths);
        if (Math.abs(cosine) <= tolerance) continue;
        worst = Math.max(worst, Math.abs(cosine));
        // tan of the smaller angle that makes the rows orthogonal: t² + 2ζt − 1 = 0
        const ratio = lengths[q] / lengths[p];
        const zeta = (ratio - 1 / ratio) / (2 * cosine);
        const t =
          Math.abs(zeta) > 1e150
            ? 0.5 / zeta
            : (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const w = Math.sqrt(1 + t * t);
        const c = 1 - (t * t) / (w * (w + 1)); // 1/w, but without the bias that makes 1/w drift over many small angles
        rotate(n, x.data, p * n, x.data, q * n, c, -c * t);
        rotate(n, j.data, p * n, j.data, q * n, c, -c * t);
        lengths[p] = lengthOfRow(x, p, lengths[p]);
        lengths[q] = lengthOfRow(x, q, lengths[q]);
      }
    if (worst === 0) return;
  }
  throw new ConvergenceError('svd', MAX_SWEEPS, worst, tolerance);
}

/** ‖row‖₂, where `before` was its length before a rotation and tells whether squares are safe. */
function lengthOfRow(x: Matrix, p: number, before: number): number {
  if (before < SHORT) return norm2(x.row(p));
  const square = kernels().dot(x.cols, x.data, p * x.cols, x.data, p * x.cols);
  return square > SHORT * SHORT ? Math.sqrt(square) : norm2(x.row(p));
}

function cosineOfRows(x: Matrix, p: number, q: number, lengths: Vec): number {
  const n = x.cols;
  if (lengths[p] >= SHORT && lengths[q] >= SHORT)
    return kernels().dot(n, x.data, p * n, x.data, q * n) / lengths[p] / lengths[q];
  let total = 0;
  for (let i = 0; i < n; i++) total += (x.data[p * n + i] / lengths[p]) * (x.data[q * n + i] / lengths[q]);
  return total;
}
