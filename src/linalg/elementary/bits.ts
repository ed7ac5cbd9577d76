/** @file What functions need that take doubles apart: their bits, powers of two. */

/** One double, written to read its bits. Single-threaded by design. */
export const DOUBLE: Float64Array = new Float64Array(1);

/** Its bits: WORDS[HIGH] holds sign, exponent and the upper 20 bits of the fraction. */
export const WORDS: Int32Array = new Int32Array(DOUBLE.buffer);

/** Index of the word with sign and exponent. */
export const HIGH: number = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** 2ᵏ is POWERS_OF_TWO[k + 1074] for −1074 ≤ k ≤ 1023, all exact. Multiplying by it is faster than writing bits. */
export const POWERS_OF_TWO: Float64Array = /* @__PURE__ */ powersOfTwo();

/** The smallest normal double, 2⁻¹⁰²². */
export const SMALLEST_NORMAL = 2.2250738585072014e-308;

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(2098);
  for (let i = 0, power = 5e-324; i < powers.length; i++, power *= 2) powers[i] = power;
  return powers;
}
