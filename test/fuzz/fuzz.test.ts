/** @file A few hundred mutants of every format; fuzz.slow.test.ts reads 50,000 of each. */
import { afterAll, describe, expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';
import { mutant } from './mutate.ts';
import { fuzzedReaders } from './readers.ts';

const { readers, close } = fuzzedReaders();
afterAll(close);

describe('mutants of valid files', () => {
  for (const reader of readers) {
    test(`${reader.name}: the files themselves are read or refused`, () => {
      for (const [i, bytes] of reader.files.entries()) fuzz({ ...reader, files: [bytes] }, i === 0 ? 1 : 0);
      expect(() => reader.read(Uint8Array.from(reader.files[0]), 0)).not.toThrow();
    });
    test(reader.name, () => {
      const { read, refused } = fuzz(reader, 400);
      expect(read + refused).toBe(400);
      if (!['retraining log', 'npz members'].includes(reader.name)) expect(refused).toBeGreaterThan(20); // those leave out
    });
  }
});

test('a seed says which mutant: the same one twice, another for another index', () => {
  for (const reader of readers) {
    expect(mutant(reader, reader.name, 7)).toEqual(mutant(reader, reader.name, 7));
    const different = new Set(Array.from({ length: 50 }, (_, i) => mutant(reader, reader.name, i).join()));
    expect(different.size).toBeGreaterThan(40);
  }
});

test('the fuzzer fails on an error that is not ours, and on a reader that takes memory', () => {
  const base = readers[0];
  const broken = {
    ...base,
    read: () => {
      throw new TypeError('x is undefined');
    },
  };
  expect(() => fuzz(broken, 1)).toThrow(/npy, mutant 0: TypeError/);
  const kept: Float64Array[] = [];
  const greedy = { ...base, read: () => kept.push(new Float64Array(2 ** 23)) };
  expect(() => fuzz(greedy, 1)).toThrow(/npy, mutant 0: bytes/);
});
