/** @file The exponential and eˣ − 1, whose bits do not depend on the engine. */
import { checkNumber } from '../border/arguments.ts';
import { POWERS_OF_TWO } from './bits.ts';

// Numbers stand in the kernels as literals, and loops fetch the table once, because V8 (Node 20) does not fold module
// constants into a loop: 0.6931471803691238 and 1.9082149292705877e-10 are ln 2 in two
// parts, the first with 21 trailing zero bits, so that k times it is exact. 709.782712893384 is the largest x with a
// finite exponential, −745.1332191019412 the smallest with one above 0.

/**
 * E(r) in eʳ = 1 + r + r²·E(r) for |r| ≤ ½ ln 2, in a fixed order of operations. Relative error of r + r²·E(r) below
 * 0.2·2⁻⁵³ before rounding. Minimax coefficients printed by test/reference/elementary-coefficients.py.
 */
export function exponentialRest(r: number, z: number): number {
  const even =
    0.5000000000000006 +
    z *
      (0.041666666666574106 +
        z * (0.0013888888932254734 + z * (2.480150457097627e-5 + z * 2.762628332588968e-7)));
  const odd =
    0.16666666666666685 +
    z *
      (0.008333333333314673 +
        z * (0.00019841269902866324 + z * (2.7557228093037526e-6 + z * 2.5114430873932613e-8)));
  return even + r * odd;
}

/** y·2ᵏ with one rounding, for ½ < y < 2 and −1100 ≤ k ≤ 1024; `powers` is POWERS_OF_TWO. */
function scaleByPower(y: number, k: number, powers: Float64Array): number {
  if (k > 1023) return y * 2 * powers[k + 1073];
  if (k < -1021) return y * powers[k + 1202] * 2.938735877055719e-39; // 2¹²⁸, and back
  return y * powers[k + 1074];
}

function expKernel(x: number, powers: Float64Array): number {
  if (!(x <= 709.782712893384)) return x > 709 ? Number.POSITIVE_INFINITY : Number.NaN;
  if (x < -745.1332191019412) return 0;
  const k = Math.floor(x * Math.LOG2E + 0.5) | 0;
  const high = x - k * 0.6931471803691238;
  const low = k * 1.9082149292705877e-10;
  const r = high - low;
  const z = r * r;
  return scaleByPower(1 + (high + (z * exponentialRest(r, z) - low)), k, powers);
}

function expm1Kernel(x: number, powers: Float64Array): number {
  if (!(x <= 709.782712893384)) return x > 709 ? Number.POSITIVE_INFINITY : Number.NaN;
  if (x < -38) return -1;
  if (x === 0) return x;
  const k = Math.floor(x * Math.LOG2E + 0.5) | 0;
  const high = x - k * 0.6931471803691238;
  const low = k * 1.9082149292705877e-10;
  const r = high - low;
  const z = r * r;
  const q = z * exponentialRest(r, z) - low;
  const p = high + q; // e^r − 1
  const one = 1 - (k > 60 ? 0 : powers[1074 - k]);
  const sum = one + p; // (eˣ − 1)/2ᵏ
  return scaleByPower(sum + (one - sum + p + (high - p + q)), k, powers);
}

/**
 * eˣ. With k the integer nearest to x/ln 2, eˣ = 2ᵏ·e^(x − k ln 2), the reduced argument in two parts.
 *
 * @param x - Any double. exp(−∞) = 0, exp(±0) = 1, exp(+∞) = +∞, exp(NaN) = NaN; overflow above 709.78, gradual
 * underflow below −708.39.
 * @returns Within 1 ulp, subnormal results included, as tested.
 * Reference: Tang, Table-driven implementation of the exponential function (ACM TOMS 15, 1989), §2, for the reduction.
 * @example exp(1); // 2.718281828459045
 */
export function exp(x: number): number {
  checkNumber('exp', 'x', x);
  return expKernel(x, POWERS_OF_TWO);
}

/**
 * eˣ − 1 without cancellation near 0: (e^r − 1) + (1 − 2⁻ᵏ), their rounding errors added back, times 2ᵏ.
 *
 * @param x - Any double. expm1(±0) = ±0, expm1(−∞) = −1, expm1(+∞) = +∞, expm1(NaN) = NaN.
 * @returns Within 1.3 ulp, as tested.
 * @example expm1(1e-20); // 1e-20
 */
export function expm1(x: number): number {
  checkNumber('expm1', 'x', x);
  return expm1Kernel(x, POWERS_OF_TWO);
}

/** out[o + i] ← exp x[s + i] for 0 ≤ i < n. Kernel: no checks; `out` may be `x` with o = s. Same bits as {@link exp}. */
export function expInto(out: Float64Array, x: Float64Array, n: number, o = 0, s = 0): void {
  const powers = POWERS_OF_TWO;
  for (let i = 0; i < n; i++) out[o + i] = expKernel(x[s + i], powers);
}

/** out[o + i] ← expm1 x[s + i] for 0 ≤ i < n. Kernel: no checks; `out` may be `x` with o = s. Same bits as {@link expm1}. */
export function expm1Into(out: Float64Array, x: Float64Array, n: number, o = 0, s = 0): void {
  const powers = POWERS_OF_TWO;
  for (let i = 0; i < n; i++) out[o + i] = expm1Kernel(x[s + i], powers);
}
