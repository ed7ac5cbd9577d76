/** @file Ranks with averaged ties, and Spearman's rank correlation. */
import { asVector, type VectorInput } from '../../linalg/border/vector.ts';
import { NonFiniteError, ShapeError } from '../../linalg/errors.ts';
import type { Vec } from '../../linalg/matrix.ts';

/**
 * The permutation that sorts `x` ascending; equal values keep their order (−0 equals +0, ±∞ sort as numbers).
 *
 * @param values - x, shape [n]. Not modified.
 * @returns Indices, shape [n]: `x[order[0]]` is the smallest.
 * @throws {NonFiniteError} `x` holds NaN, which has no rank; carries its index.
 * Cost: O(n log n): one sort of a copy and one binary search per element, no comparator calls.
 * @example argsort([3, 1, 2]); // Int32Array [1, 2, 0]
 */
export function argsort(values: VectorInput): Int32Array {
  const x = asVector('argsort', 'x', values);
  const n = x.length;
  for (let i = 0; i < n; i++) if (Number.isNaN(x[i])) throw new NonFiniteError('argsort', 'x', i, x[i]);
  const sorted = Float64Array.from(x).sort();
  const taken = new Int32Array(n);
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const first = lowerBound(sorted, x[i]);
    order[first + taken[first]++] = i;
  }
  return order;
}

/** The first position p with sorted[p] ≥ value. Kernel: `value` is in `sorted`. */
function lowerBound(sorted: Vec, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Ranks 1..n, ascending; equal values share the mean of the ranks that they fill.
 *
 * @param values - x, shape [n]. Not modified.
 * @returns Ranks, shape [n]: integers and, at ties, half-integers. Their sum is n(n + 1)/2 exactly.
 * @throws {NonFiniteError} `x` holds NaN. ±∞ are ranked.
 * Cost: O(n log n). Reference: Kendall, The treatment of ties in ranking problems (Biometrika 1945).
 * @example ranks([10, 30, 10]); // Float64Array [1.5, 3, 1.5]
 */
export function ranks(values: VectorInput): Vec {
  const out = centredRanks(asVector('ranks', 'x', values));
  for (let i = 0; i < out.length; i++) out[i] = (out[i] + out.length + 1) / 2;
  return out;
}

/** 2·rank − (n + 1): integers with sum zero, so that every sum of products below is exact. */
function centredRanks(x: Vec): Vec {
  const n = x.length;
  const order = argsort(x);
  const out = new Float64Array(n);
  for (let start = 0, end = 0; start < n; start = end) {
    for (end = start + 1; end < n && x[order[end]] === x[order[start]]; ) end++;
    for (let p = start; p < end; p++) out[order[p]] = start + end - n;
  }
  return out;
}

/**
 * Spearman's ρ: the Pearson correlation of the tie-averaged ranks of `x` and `y`.
 *
 * @param first - x, shape [n]. @param second - y, shape [n], paired by index. Neither is modified.
 * @returns ρ in [−1, 1]; NaN when `x` or `y` is constant (or n < 2): no order, no correlation. Exactly ±1
 * for equal or reversed orders, and the same bits under any increasing map of `x` or `y` that keeps its ties.
 * @throws {ShapeError} lengths differ. @throws {NonFiniteError} NaN in `x` or `y`.
 * Cost: O(n log n). Accuracy: sums over doubled centred ranks are integers, exact for n ≤ 2·10⁵; one division rounds.
 * Reference: Spearman, The proof and measurement of association between two things (1904); Kendall (1945) for ties.
 * @example spearman([1, 2, 3, 4], [1, 4, 9, 16]); // 1
 */
export function spearman(first: VectorInput, second: VectorInput): number {
  const x = asVector('spearman', 'x', first);
  const y = asVector('spearman', 'y', second);
  if (x.length !== y.length)
    throw new ShapeError('spearman', 'y', `of length ${x.length}, as x`, `length ${y.length}`);
  const a = centredRanks(x);
  const b = centredRanks(y);
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < a.length; i++) {
    xx += a[i] * a[i];
    yy += b[i] * b[i];
    xy += a[i] * b[i];
  }
  return correlation(xx, yy, xy);
}

/** Σxy / √(Σx² Σy²), and NaN for a constant variable. The root of the product makes ρ(x, x) exactly 1. */
export function correlation(xx: number, yy: number, xy: number): number {
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : Number.NaN;
}
