/** @file Natural logarithms whose bits do not depend on the engine: log x, log(1 + x). */
import { checkNumber } from '../border/arguments.ts';
import { DOUBLE, HIGH, POWERS_OF_TWO, WORDS } from './bits.ts';

// Numbers stand in the kernels as literals, and tables are arguments that loops fetch once, because V8 (Node 20) does
// not fold module constants into a loop. 0x3fe6a09e is the upper word of √½: mantissas are brought into [√½, √2).

/** k with x·2⁻ᵏ in [√½, √2), for a normal x > 0. `double` and `words` are one memory, `high` the place of the upper word. */
function exponentOf(x: number, double: Float64Array, words: Int32Array, high: number): number {
  double[0] = x;
  return (words[high] - 0x3fe6a09e) >> 20;
}

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
  const tail = s * (half + rest) + (k * 1.9082149292705877e-10 + low);
  return k * 0.6931471803691238 - (half - tail - f); // ln 2 in two parts, the first times k exact
}

function logKernel(
  x: number,
  double: Float64Array,
  words: Int32Array,
  high: number,
  powers: Float64Array,
): number {
  let k = 0;
  if (!(x >= 2.2250738585072014e-308 && x < Number.POSITIVE_INFINITY)) {
    if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
    if (x === Number.POSITIVE_INFINITY) return x;
    x *= 18014398509481984; // 2⁵⁴: a subnormal becomes normal
    k = -54;
  }
  const exponent = exponentOf(x, double, words, high);
  return assemble(x * powers[1074 - exponent] - 1, k + exponent, 0);
}

function log1pKernel(
  x: number,
  double: Float64Array,
  words: Int32Array,
  high: number,
  powers: Float64Array,
): number {
  if (!(x > -1 && x < Number.POSITIVE_INFINITY))
    return x === -1 ? Number.NEGATIVE_INFINITY : x === Number.POSITIVE_INFINITY ? x : Number.NaN;
  if (x === 0) return x;
  const u = 1 + x;
  const exponent = exponentOf(u, double, words, high);
  if (exponent === 0) return assemble(x, 0, 0);
  const lost = Math.abs(x) < 1 ? x - (u - 1) : 1 - (u - x);
  return assemble(u * powers[1074 - exponent] - 1, exponent, lost / u);
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
  checkNumber('log', 'x', x);
  return logKernel(x, DOUBLE, WORDS, HIGH, POWERS_OF_TWO);
}

/**
 * log(1 + x) without cancellation near 0: log u plus the rounding error of u = 1 + x, divided by u.
 *
 * @param x - Any double. log1p(±0) = ±0, log1p(−1) = −∞, log1p(+∞) = +∞, NaN below −1.
 * @returns Within 1 ulp, as tested.
 * @example log1p(1e-20); // 1e-20
 */
export function log1p(x: number): number {
  checkNumber('log1p', 'x', x);
  return log1pKernel(x, DOUBLE, WORDS, HIGH, POWERS_OF_TWO);
}

/** out[o + i] ← log x[s + i] for 0 ≤ i < n. Kernel: no checks; `out` may be `x` with o = s. Same bits as {@link log}. */
export function logInto(out: Float64Array, x: Float64Array, n: number, o = 0, s = 0): void {
  const double = DOUBLE;
  const words = WORDS;
  const high = HIGH;
  const powers = POWERS_OF_TWO;
  for (let i = 0; i < n; i++) out[o + i] = logKernel(x[s + i], double, words, high, powers);
}

/** out[o + i] ← log1p x[s + i] for 0 ≤ i < n. Kernel: no checks; `out` may be `x` with o = s. Same bits as {@link log1p}. */
export function log1pInto(out: Float64Array, x: Float64Array, n: number, o = 0, s = 0): void {
  const double = DOUBLE;
  const words = WORDS;
  const high = HIGH;
  const powers = POWERS_OF_TWO;
  for (let i = 0; i < n; i++) out[o + i] = log1pKernel(x[s + i], double, words, high, powers);
}
