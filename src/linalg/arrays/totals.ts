/** @file Sums, means and norms of all elements, as people call them: an axis beside a matrix is refused. */
import type { ElementsInput } from '../border/matrix.ts';
import { checkNoMore } from '../border/no-more.ts';
import * as plain from '../sum.ts';

/**
 * Σ xᵢ with the rounding error of every addition carried along.
 *
 * @param x - Any length; the sum of nothing is 0. Here as in the other functions of this file a vector, or a matrix or nested arrays,
 * of which all elements count. @throws {DomainError} anything else, an element that is not a number, or an axis beside a matrix, which
 * `sums` and `means` take.
 * @returns the sum; ±∞ or NaN as plain addition gives them.
 * Not checked: a partial sum that overflows gives ±∞ even if the whole would not.
 * Cost: 4 flops more per element than a plain sum. Accuracy as tested: |error| ≤ ε |Σ xᵢ| + n² ε² Σ |xᵢ|.
 * Reference: Neumaier (1974), Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54.
 * @example sum(Float64Array.of(1, 1e100, 1, -1e100)); // 2
 */
export function sum(x: ElementsInput): number;
export function sum(x: ElementsInput, more?: unknown, list?: unknown): number {
  checkNoMore('sum', 'sums takes an axis', x, more, list);
  return plain.sum(x);
}

/**
 * (1/n) Σ xᵢ by {@link sum}.
 *
 * @param x - As in {@link sum}, n ≥ 1 elements.
 * @throws {DomainError} x is empty: the mean of nothing is not a number.
 * @example mean(Float64Array.of(1, 2, 6)); // 3
 */
export function mean(x: ElementsInput): number;
export function mean(x: ElementsInput, more?: unknown, list?: unknown): number {
  checkNoMore('mean', 'means takes an axis', x, more, list);
  return plain.mean(x);
}

/**
 * max |xᵢ|; 0 for an empty vector, NaN if any element is NaN.
 *
 * @example maxAbs(Float64Array.of(1, -3)); // 3
 */
export function maxAbs(x: ElementsInput): number;
export function maxAbs(x: ElementsInput, more?: unknown, list?: unknown): number {
  checkNoMore('maxAbs', 'of each row Array.from(a, maxAbs)', x, more, list);
  return plain.maxAbs(x);
}

/**
 * ‖x‖₂, right wherever the result is a double: neither 1e200 nor 1e-200 is squared as it stands.
 *
 * @param x - Any length; ‖·‖ of nothing is 0. ±∞ gives ∞, NaN gives NaN.
 * Cost: two passes. Accuracy as tested: relative error ≤ n ε. Scaling is by powers of two, hence exact.
 * @example norm2(Float64Array.of(3e200, 4e200)); // 5e200 up to rounding
 */
export function norm2(x: ElementsInput): number;
export function norm2(x: ElementsInput, more?: unknown, list?: unknown): number {
  checkNoMore('norm2', 'of each row Array.from(a, norm2)', x, more, list);
  return plain.norm2(x);
}

/**
 * ‖A‖_F = √Σ aᵢⱼ², as {@link norm2} of all elements.
 *
 * @example frobenius(Matrix.of([[3, 0], [0, 4]])); // 5
 */
export function frobenius(a: ElementsInput): number;
export function frobenius(a: ElementsInput, more?: unknown, list?: unknown): number {
  checkNoMore('frobenius', 'of each row Array.from(a, norm2)', a, more, list);
  return plain.frobenius(a);
}
