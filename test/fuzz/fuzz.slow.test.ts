/** @file 50,000 mutants of every format. */
import { afterAll, expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';
import { fuzzedReaders } from './readers.ts';

const COUNT = 50_000;
const { readers, close } = fuzzedReaders();
afterAll(close);

for (const reader of readers)
  test(`${reader.name}: ${COUNT} mutants`, () => {
    const { read, refused } = fuzz(reader, COUNT);
    console.log(`${reader.name}: ${read} read, ${refused} refused`);
    expect(read + refused).toBe(COUNT);
  });
