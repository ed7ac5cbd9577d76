/** @file One double seen as two 32-bit words, for the functions that take exponents apart. Single-threaded by design. */

/** The double. */
export const DOUBLE: Float64Array = new Float64Array(1);

/** Its bits: WORDS[HIGH] holds sign, exponent and the upper 20 bits of the fraction, WORDS[LOW] the lower 32. */
export const WORDS: Int32Array = new Int32Array(DOUBLE.buffer);

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Index of the word with sign and exponent. */
export const HIGH: number = littleEndian ? 1 : 0;

/** Index of the other word. */
export const LOW: number = 1 - HIGH;

/** The smallest normal double, 2⁻¹⁰²². */
export const SMALLEST_NORMAL = 2.2250738585072014e-308;

/** ln 2 in two parts: the first has 21 trailing zero bits, so that k·LN2_HIGH is exact for |k| < 2²¹. */
export const LN2_HIGH = 0.69314718036912381649;
export const LN2_LOW = 1.9082149292705877e-10;
