/** @file Philox4x32-10 against the known answers of Random123, and its 32 × 32 → 64 bit product against BigInt. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { multiplyHigh, philox4x32 } from '../../src/linalg/random/philox.ts';

/** The philox4x32 lines with 10 rounds of Random123's kat_vectors: counter, key, output. */
const KNOWN_ANSWERS: readonly (readonly [readonly number[], readonly number[], readonly number[]])[] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

describe('known answers', () => {
  for (const [i, [counter, key, output]] of KNOWN_ANSWERS.entries())
    test(`vector ${i}`, () => {
      const c = Uint32Array.from(counter);
      expect(Array.from(philox4x32(c, Uint32Array.from(key)))).toEqual(output);
      expect(Array.from(c)).toEqual(counter);
      expect(philox4x32(c, Uint32Array.from(key), c)).toBe(c); // in place
      expect(Array.from(c)).toEqual(output);
    });
});

test('multiplyHigh is the upper half of the exact product', () => {
  const word = fc.oneof(
    fc.integer({ min: 0, max: 0xffffffff }),
    fc.constantFrom(0, 1, 0xffff, 0x10000, 0x10001, 0xffff0000, 0xffffffff),
  );
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(multiplyHigh(a, b)).toBe(Number((BigInt(a) * BigInt(b)) >> 32n));
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test('one flipped bit of counter or key flips about half of the output', () => {
  let flips = 0;
  let trials = 0;
  for (let bit = 0; bit < 192; bit++)
    for (let base = 0; base < 8; base++) {
      const input = Uint32Array.from({ length: 6 }, (_, i) => Math.imul(base + 1, 0x9e3779b9 + i) >>> 0);
      const before = philox4x32(input.slice(0, 4), input.slice(4));
      input[bit >> 5] ^= 1 << (bit & 31);
      const after = philox4x32(input.slice(0, 4), input.slice(4));
      let distance = 0;
      for (let w = 0; w < 4; w++) for (let d = before[w] ^ after[w]; d !== 0; d &= d - 1) distance++;
      expect(distance).toBeGreaterThan(32); // binomial(128, ½): 5.7 standard deviations
      flips += distance;
      trials += 128;
    }
  expect(Math.abs(flips / trials - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / trials));
});
