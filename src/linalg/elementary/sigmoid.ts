/** @file The logistic sigmoid, whose bits do not depend on the engine. */
import { checkNumber } from '../border/arguments.ts';
import { exp } from './exp.ts';

/**
 * 1/(1 + e^(−x)), with one correction by the rounding error of the denominator.
 *
 * @param x - Any double. sigmoid(−∞) = 0, sigmoid(+∞) = 1, sigmoid(NaN) = NaN; no overflow, gradual underflow.
 * @returns Within 2 ulp, as tested: relative accuracy also where it is tiny.
 * @example sigmoid(0); // 0.5
 */
export function sigmoid(x: number): number {
  checkNumber('sigmoid', 'x', x);
  const e = exp(-Math.abs(x));
  const bottom = 1 + e;
  const lost = 1 - bottom + e;
  const y = 1 / bottom;
  if (x < 0) {
    const tail = e / bottom;
    return tail - tail * (lost * y);
  }
  return y - y * (lost * y);
}

/** out[o + i] ← 1/(1 + e^(−x[s + i])) for 0 ≤ i < n. Kernel: no checks; `out` may be `x` with o = s. Same bits as {@link sigmoid}. */
export function sigmoidInto(out: Float64Array, x: Float64Array, n: number, o = 0, s = 0): void {
  for (let i = 0; i < n; i++) out[o + i] = sigmoid(x[s + i]);
}
