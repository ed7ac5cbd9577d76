/** @file Philox4x32-10: a counter-based random bijection of 128 bits, the engine behind every stream. */

import { describe } from '../border/describe.ts';
import { checkInteger } from '../checks.ts';
import { DomainError } from '../errors.ts';

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const WEYL0 = 0x9e3779b9; // 2³²·(golden ratio − 1)
const WEYL1 = 0xbb67ae85; // 2³²·(√3 − 1)

/** {@link multiplyHigh}. Kernel: no checks. */
export function multiplyHighKernel(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const carry = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) >>> 0;
}

/**
 * The upper 32 bits of the 64-bit product a·b of two unsigned 32-bit integers, as an unsigned integer.
 * Every sum of partial products of 16-bit halves stays below 2³², so 32-bit integer arithmetic holds it.
 *
 * @param a - Integer in 0..2³²−1. @param b - Likewise. @throws {DomainError} not so.
 * @example multiplyHigh(0xffffffff, 0xffffffff); // 0xfffffffe
 */
export function multiplyHigh(a: number, b: number): number {
  checkInteger('multiplyHigh', 'a', a, 0, 0xffffffff);
  checkInteger('multiplyHigh', 'b', b, 0, 0xffffffff);
  return multiplyHighKernel(a, b);
}

/**
 * out ← Philox4x32-10(counter, key). For a fixed key it is a bijection of the 2¹²⁸ counters; consecutive counters give
 * statistically independent blocks.
 *
 * @param counter - Four unsigned 32-bit words. Not modified, unless it is `out`.
 * @param key - Two unsigned 32-bit words. Not modified.
 * @param out - Receives four words; may be `counter`.
 * @returns `out`. @throws {DomainError} not arrays of so many words. Cost: 20 multiplications of 32 by 32 bits.
 * Reference: Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3 (SC 2011), §3.3 and table 2.
 * @example philox4x32(new Uint32Array(4), new Uint32Array(2))[0]; // 0x6627e8d5
 */
export function philox4x32(
  counter: Uint32Array,
  key: Uint32Array,
  out: Uint32Array = new Uint32Array(4),
): Uint32Array {
  checkWords('counter', counter, 4);
  checkWords('key', key, 2);
  checkWords('out', out, 4);
  return philoxKernel(counter, key, out);
}

function checkWords(argument: string, words: unknown, count: number): void {
  if (!(ArrayBuffer.isView(words) && words instanceof Uint32Array && words.length === count))
    throw new DomainError('philox4x32', argument, `a Uint32Array of length ${count}`, words, describe(words));
}

/** {@link philox4x32}. Kernel: no checks. */
export function philoxKernel(counter: Uint32Array, key: Uint32Array, out: Uint32Array): Uint32Array {
  let c0 = counter[0];
  let c1 = counter[1];
  let c2 = counter[2];
  let c3 = counter[3];
  let k0 = key[0];
  let k1 = key[1];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHighKernel(M0, c0);
    const low0 = Math.imul(M0, c0);
    const high1 = multiplyHighKernel(M1, c2);
    const low1 = Math.imul(M1, c2);
    c0 = high1 ^ c1 ^ k0; // signed 32-bit integers: their bits are what counts
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL0) | 0;
    k1 = (k1 + WEYL1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
  return out;
}
