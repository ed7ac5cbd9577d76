/** @file Natural logarithms whose bits do not depend on the engine: log x, log(1 + x). */
import { DOUBLE, HIGH, LN2_HIGH, LN2_LOW, SMALLEST_NORMAL, WORDS } from './bits.ts';

/** Upper word of √½: mantissas are brought into [√½, √2). */
const SQRT_HALF_HIGH = 0x3fe6a09e;

/**
 * log(1 + f) + k·ln2 for 1 + f in [√½, √2), from log((1+s)/(1−s)) = 2s + s·z·L(z) with s = f/(2+f), z = s².
 * L is the minimax polynomial printed by test/reference/elementary-coefficients.py.
 */
function assemble(f: number, k: number, low: number): number {
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const odd = 0.399999999994147 + w * (0.22222198573359705 + w * 0.15314050632059595);
  const even =
    0.6666666666666734 + w * (0.2857142874238502 + w * (0.18183564320453277 + w * 0.14795949398544272));
  const rest = z * (even + z * odd);
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + rest) + (k * LN2_LOW + low)) - f);
}

/**
 * log x, the natural logarithm.
 *
 * @param x - Any double. log(±0) = −∞, log(+∞) = +∞, log of a negative number or NaN = NaN.
 * @returns Within 1 ulp over all doubles, subnormals included, as tested.
 * Reference: Tang, Table-driven implementation of the logarithm function (ACM TOMS 16, 1990), for the series in s.
 * @example log(Math.E); // 1
 */
export function log(x: number): number {
  let k = 0;
  if (!(x >= SMALLEST_NORMAL && x < Number.POSITIVE_INFINITY)) {
    if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
    if (x === Number.POSITIVE_INFINITY) return x;
    x *= 18014398509481984; // 2⁵⁴: a subnormal becomes normal
    k = -54;
  }
  DOUBLE[0] = x;
  const shifted = WORDS[HIGH] - SQRT_HALF_HIGH;
  k += shifted >> 20;
  WORDS[HIGH] = (shifted & 0xfffff) + SQRT_HALF_HIGH;
  return assemble(DOUBLE[0] - 1, k, 0);
}
