/** @file SHA-256 beside that of Node. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Sha256 } from '../../../src/linalg/io/sha256.ts';
import { rng } from '../../../src/linalg/random/random.ts';

test('every length around the blocks, in one part and in two, is that of node:crypto', () => {
  const random = rng(0, 'sha');
  const bytes = Uint8Array.from({ length: 300 }, () => random.integer(256));
  for (let length = 0; length <= 300; length++) {
    const part = bytes.subarray(0, length);
    const expected = createHash('sha256').update(part).digest('hex');
    expect(new Sha256().add(part).hex()).toBe(expected);
    const cut = Math.floor(length / 3);
    expect(new Sha256().add(part.subarray(0, cut)).add(part.subarray(cut)).hex()).toBe(expected);
  }
});

test('numbers as they lie in memory, views at an offset too', () => {
  const numbers = Float64Array.of(1, -2.5, 1e300);
  const expected = createHash('sha256').update(new Uint8Array(numbers.buffer)).digest('hex');
  expect(new Sha256().add(numbers).hex()).toBe(expected);
  const rest = createHash('sha256').update(new Uint8Array(numbers.buffer, 8)).digest('hex');
  expect(new Sha256().add(numbers.subarray(1)).hex()).toBe(rest);
});
