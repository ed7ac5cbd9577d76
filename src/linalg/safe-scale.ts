/** @file Problems near the ends of the doubles, brought to size 1 by exact powers of two, and answers that leave the doubles. */
import { NumericalError } from './errors.ts';
import { Matrix, type Vec } from './matrix.ts';
import { exponentOf, powerOfTwo, scalingByPowerOfTwo } from './power-of-two.ts';

/** Between these exponents, eliminating neither overflows nor loses digits to underflow. */
const HEADROOM = 900;
const LOW: number = powerOfTwo(-HEADROOM);
const HIGH: number = powerOfTwo(HEADROOM);

/**
 * 0 for a size that needs no scaling, so that nothing is copied; else a k such that 2⁻ᵏ size does not: a tiny size goes to 1, a huge one only
 * as far down as it must, because what is small beside it would get lost.
 */
export function unsafeExponent(size: number): number {
  if (size === 0 || (size >= LOW && size <= HIGH) || !Number.isFinite(size)) return 0;
  return size < LOW ? exponentOf(size) : exponentOf(size) - HEADROOM;
}

/**
 * `solve` of every column of b by itself, where no one scale suits them all: one is tiny and another is not, or is 2⁹⁰⁰ times as large.
 * Undefined where one scale does. Cost: one pass over b, and the solves.
 */
export function columnByColumn(b: Matrix, solve: (column: Vec) => Vec): Matrix | undefined {
  if (b.cols < 2 || b.rows === 0) return undefined;
  const sizes = new Float64Array(b.cols);
  for (let i = 0, at = 0; i < b.rows; i++)
    for (let j = 0; j < b.cols; j++, at++) {
      const size = Math.abs(b.data[at]);
      if (size > sizes[j]) sizes[j] = size;
    }
  let [least, greatest] = [Number.POSITIVE_INFINITY, 0];
  for (const size of sizes) {
    if (size > greatest) greatest = size;
    if (size > 0 && size < least) least = size;
  }
  if (least >= greatest || (least >= LOW && least / greatest >= LOW)) return undefined;
  const columns = Array.from(sizes, (_, j) => solve(b.column(j)));
  const x = new Matrix(columns[0].length, b.cols);
  for (const [j, column] of columns.entries())
    for (let i = 0; i < x.rows; i++) x.data[i * x.cols + j] = column[i];
  return x;
}

/** x·2ᵏ for |k| ≤ 2046; x itself when k = 0. Exact unless the result is subnormal or too large. */
export function timesPowerOfTwo(x: Vec, k: number): Vec {
  return k === 0 ? x : x.map(scalingByPowerOfTwo(k));
}

/**
 * Throws {@link NumericalError} when x is not finite although b is: the answer is beyond the largest double, and no ±∞ or NaN passes for one.
 * Cost: one pass over x.
 */
export function checkRepresentable(where: string, b: Vec, x: Vec): void {
  const at = x.findIndex((value) => !Number.isFinite(value));
  if (at < 0 || !b.every(Number.isFinite)) return;
  throw new NumericalError(
    `${where}: element ${at} of the result is beyond the largest double, ${Number.MAX_VALUE.toExponential(1)}. Scale the problem.`,
  );
}

/** Products of two norms within this and its inverse have all their digits. */
const PRODUCT = 1e280;

/** Whether the product of two norms may have lost digits. Zeros are exact, and what is not finite is told elsewhere. */
export function leavesRange(x: number, y: number): boolean {
  if (x === 0 || y === 0) return false;
  const product = x * y;
  return product < 1 / PRODUCT || (product > PRODUCT && Number.isFinite(x));
}

/** Whether a sum of squares, or an inner product of about the size of its norms, is far from over- and underflow. */
export function hasItsDigits(product: number): boolean {
  return product > 1e-200 && product < 1e200;
}

/** Whether a residual of this norm can be squared, and again when it is sixteen digits smaller and more. */
export function staysInRange(norm: number): boolean {
  return norm === 0 || (norm >= 1e-120 && norm <= 1e140);
}
