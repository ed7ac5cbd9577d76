/** @file Roots of the secular equation 1 + Σ zᵢ² / (dᵢ − λ) = 0, and eigenvectors from them. */
import { ConvergenceError } from '../errors.ts';
import { kernels } from '../kernels/select.ts';
import type { Vec } from '../matrix.ts';

/** Evaluations after which a root is given up; 3 to 6 are usual. */
const EVALUATIONS = 200;
/** From this evaluation on every second step is a bisection. */
const PATIENCE = 20;

/** What one evaluation returns: ψ, ψ′, φ, φ′ and a bound for the rounding error of 1 + ψ + φ in units of ε. */
type Sums = Vec;

/**
 * Root j of f(λ) = 1 + Σ zᵢ² / (dᵢ − λ), the eigenvalue j of diag(d) + z zᵀ: between d_j and d_{j+1}, the last one between
 * d_{k−1} and d_{k−1} + Σ z².
 *
 * The root is sought as τ = λ − d_o from the nearer pole d_o, so that every dᵢ − λ is known to a few ulp however close the
 * root lies to a pole. Each step solves c + s/(d_j − λ) + S/(d_{j+1} − λ) = 0, where s and S match ψ = Σ_{i≤j} and
 * φ = Σ_{i>j} and their slopes; a step that leaves the bracket is replaced by a bisection. The iteration ends when
 * |f| is within its own rounding error.
 *
 * @param d - Poles, strictly ascending, at 0 … k−1. @param z - z, none of them 0.
 * @param origins - On return origins[j] = d_o. @param offsets - On return offsets[j] = τ: dᵢ − λ is (dᵢ − d_o) − τ.
 * @param sums - Scratch, [5], best from the memory of d and z. @returns λ. @throws {ConvergenceError} after 200 evaluations.
 * References: Bunch, Nielsen and Sorensen (1978), Rank-one modification of the symmetric eigenproblem, Numer. Math. 31; Li
 * (1993), Solving secular equations stably and efficiently, LAPACK working note 89.
 */
export function secularRoot(
  k: number,
  j: number,
  d: Vec,
  z: Vec,
  origins: Vec,
  offsets: Vec,
  sums: Vec = new Float64Array(5),
): number {
  if (k === 1) {
    origins[0] = d[0];
    offsets[0] = z[0] * z[0];
    return origins[0] + offsets[0];
  }
  const last = j === k - 1;
  const left = last ? k - 2 : j; // the two poles of the interpolation are left and left + 1
  const [origin, low, high, start] = last ? startLast(k, d, z, sums) : startInner(k, j, d, z, sums);
  origins[j] = origin;
  offsets[j] = refine(k, left, d, z, origin, low, high, start, last, sums);
  return origin + offsets[j];
}

/** [pole to measure from, bracket, first guess] for a root between d_j and d_{j+1}. */
function startInner(
  k: number,
  j: number,
  d: Vec,
  z: Vec,
  sums: Sums,
): readonly [number, number, number, number] {
  const gap = d[j + 1] - d[j];
  const middle = gap / 2;
  evaluate(k, j, d, z, d[j], middle, sums);
  const f = 1 + sums[0] + sums[2];
  const p = z[j] * z[j];
  const q = z[j + 1] * z[j + 1];
  const c = f + (p - q) / middle; // f at the middle without the two poles
  if (f >= 0) return [d[j], 0, middle, innerRoot(c * gap + p + q, p * gap, c)];
  return [d[j + 1], -middle, 0, innerRoot(-c * gap + p + q, -q * gap, c)];
}

/** The same for the last root, measured from the last pole. */
function startLast(k: number, d: Vec, z: Vec, sums: Sums): readonly [number, number, number, number] {
  let width = 0;
  for (let i = 0; i < k; i++) width += z[i] * z[i];
  const gap = d[k - 1] - d[k - 2];
  const p = z[k - 2] * z[k - 2];
  const q = z[k - 1] * z[k - 1];
  const middle = width / 2;
  evaluate(k, k - 2, d, z, d[k - 1], middle, sums);
  const c = 1 + sums[0] + sums[2] + p / (gap + middle) + q / middle;
  const guess = outerRoot(-c * gap + p + q, -q * gap, c);
  // the sum of rounded squares may fall short of the root by a few ulp
  return [d[k - 1], 0, width * (1 + 2 * k * Number.EPSILON), guess];
}

/** τ in (low, high) with f(origin + τ) = 0 to working precision. */
function refine(
  k: number,
  left: number,
  d: Vec,
  z: Vec,
  origin: number,
  low: number,
  high: number,
  start: number,
  last: boolean,
  sums: Sums,
): number {
  let tau = start > low && start < high ? start : (low + high) / 2;
  let f = 0;
  for (let count = 1; count <= EVALUATIONS; count++) {
    evaluate(k, left, d, z, origin, tau, sums);
    const psiSlope = sums[1];
    const phiSlope = sums[3];
    const slope = psiSlope + phiSlope;
    f = 1 + sums[0] + sums[2];
    if (Math.abs(f) <= Number.EPSILON * (sums[4] + Math.abs(tau) * slope)) return tau;
    if (f < 0) low = tau;
    else high = tau;
    const u = d[left] - origin - tau;
    const v = d[left + 1] - origin - tau;
    const a = (u + v) * f - u * v * slope;
    const b = u * v * f;
    const c = f - u * psiSlope - v * phiSlope;
    let next = tau + (last ? outerRoot(a, b, c) : innerRoot(a, b, c));
    if (!(next > low && next < high)) next = tau - f / slope; // Newton
    if (!(next > low && next < high) || (count >= PATIENCE && count % 2 === 0)) next = (low + high) / 2;
    if (next === tau || next <= low || next >= high) return tau; // the bracket is one ulp wide
    tau = next;
  }
  throw new ConvergenceError('secularRoot', EVALUATIONS, Math.abs(f), Number.EPSILON * sums[4]);
}

/** The root of c x² − a x + b between the two poles. */
function innerRoot(a: number, b: number, c: number): number {
  const root = Math.sqrt(Math.max(a * a - 4 * b * c, 0));
  return a <= 0 ? (a - root) / (2 * c) : (2 * b) / (a + root);
}

/** The root of c x² − a x + b to the right of both poles. */
function outerRoot(a: number, b: number, c: number): number {
  const root = Math.sqrt(Math.max(a * a - 4 * b * c, 0));
  return a >= 0 ? (a + root) / (2 * c) : (2 * b) / (a - root);
}

/** Fills {@link Sums} at λ = origin + τ; ψ runs over i ≤ left. Terms are added from the far ends towards the root. */
function evaluate(k: number, left: number, d: Vec, z: Vec, origin: number, tau: number, sums: Sums): void {
  kernels().secularSums(k, left, d, 0, z, 0, origin, tau, sums, 0);
  sums[4] = Math.abs(sums[4]) + 8 * (Math.abs(sums[0]) + Math.abs(sums[2])) + 1;
}

/**
 * Löwner's formula: the ẑ for which the computed λ are the exact eigenvalues of diag(d) + ẑ ẑᵀ,
 * ẑᵢ² = Π_j (λ_j − dᵢ) / Π_{j≠i} (d_j − dᵢ), with the signs of z. Eigenvectors computed from ẑ are orthogonal to working precision
 * even where the λ are crowded (Gu and Eisenstat 1995, §3).
 *
 * @param origins - λ_j = origins[j] + offsets[j], from {@link secularRoot}. @param weights - Where ẑ goes, [k]; new when absent.
 */
export function loewnerWeights(
  k: number,
  d: Vec,
  z: Vec,
  origins: Vec,
  offsets: Vec,
  weights: Vec = new Float64Array(k),
): Vec {
  kernels().loewner(k, d, 0, origins, 0, offsets, 0, weights, 0);
  for (let i = 0; i < k; i++) {
    const size = Math.sqrt(Math.abs(weights[i]));
    weights[i] = z[i] < 0 ? -size : size;
  }
  return weights;
}
