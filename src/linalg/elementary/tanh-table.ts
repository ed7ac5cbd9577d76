/** @file The table behind tanh: correctly rounded values at multiples of 1/32, made in double-double arithmetic. */

/** e^(1/16) to 107 bits. */
const STEP_HIGH = 1.0644944589178593;
const STEP_LOW = 1.0872888143211957e-16;

export const TANH_CENTRE = 610;

/** tanh(j/32) is TANH_TABLE[j + TANH_CENTRE] for −610 ≤ j ≤ 610; the middle entry is −0, so that tanh(−0) = −0. */
export const TANH_TABLE: Float64Array = /* @__PURE__ */ tanhTable();

/** The rounding error of the product p = fl(a·b), exactly (Dekker 1971). */
function productError(a: number, b: number, p: number): number {
  const wideA = 134217729 * a; // 2²⁷ + 1 splits a double into halves of 26 bits
  const wideB = 134217729 * b;
  const aHigh = wideA - (wideA - a);
  const bHigh = wideB - (wideB - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (p - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** tanh(j/32) = (e^(j/16) − 1)/(e^(j/16) + 1), the exponential by repeated multiplication; relative error 2⁻⁹⁰ before rounding. */
function tanhTable(): Float64Array {
  const table = new Float64Array(2 * TANH_CENTRE + 1);
  let high = 1; // e^(j/16) = high + low
  let low = 0;
  table[TANH_CENTRE] = -0;
  for (let j = 1; j <= TANH_CENTRE; j++) {
    const product = high * STEP_HIGH;
    const rest = productError(high, STEP_HIGH, product) + (high * STEP_LOW + low * STEP_HIGH);
    high = product + rest;
    low = rest - (high - product);
    const top = high - 1;
    const topLow = high > 2 ? high - top - 1 + low : low; // high − 1 is exact up to 2
    const bottom = high + 1;
    const bottomLow = high - bottom + 1 + low;
    const quotient = top / bottom;
    const back = quotient * bottom;
    const remainder = top - back - productError(quotient, bottom, back) + topLow - quotient * bottomLow;
    table[TANH_CENTRE + j] = quotient + remainder / bottom;
    table[TANH_CENTRE - j] = -table[TANH_CENTRE + j];
  }
  return table;
}
