/** @file The fuzzer: every mutant ends in a value or in a refusal of ours, soon, and without much memory. */
import { expect } from 'vitest';
import { CommandError } from '../../src/experiments/files/command-error.ts';
import { EigenfluenceError } from '../../src/linalg/errors.ts';
import { mutant } from './mutate.ts';
import type { FuzzedReader } from './readers.ts';

/** No mutant takes longer, in milliseconds of processor time: files of a few kilobytes take microseconds. */
const TIME_LIMIT = 1000;
/** No mutant leaves more new memory behind arrays, in bytes. */
const MEMORY_LIMIT = 2 ** 25;

/** Reads mutants 0 … count − 1 of a format. Fails on the first that ends otherwise, and names it. */
export function fuzz(reader: FuzzedReader, count: number): { read: number; refused: number } {
  let read = 0;
  let refused = 0;
  for (let index = 0; index < count; index++) {
    const bytes = mutant(reader, reader.name, index);
    const before = process.memoryUsage().arrayBuffers;
    const start = process.cpuUsage();
    try {
      reader.read(bytes, index);
      read++;
    } catch (error) {
      const name = `${reader.name}, mutant ${index}: ${String(error)}`;
      expect(error instanceof EigenfluenceError || error instanceof CommandError, name).toBe(true);
      expect((error as Error).message, name).toMatch(/^.{8,2000}$/); // one line
      refused++;
    }
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000, `${reader.name}, mutant ${index}: milliseconds`).toBeLessThan(TIME_LIMIT);
    const memory = process.memoryUsage().arrayBuffers - before;
    expect(memory, `${reader.name}, mutant ${index}: bytes`).toBeLessThan(MEMORY_LIMIT);
  }
  return { read, refused };
}
