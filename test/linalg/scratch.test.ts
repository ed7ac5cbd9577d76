/** @file Scratch arrays: poisoned, given back on every way out, never lent twice, never leaked. */

import { afterEach, describe, expect, test } from 'vitest';
import pool from '#pool';
import { DomainError, EigenfluenceError } from '../../src/linalg/errors.ts';
import browserPool from '../../src/linalg/pool-browser.ts';
import { poisonScratch, scratchInUse, withScratch } from '../../src/linalg/scratch.ts';

afterEach(() => poisonScratch(true));

describe('withScratch', () => {
  test('lends arrays of exactly the lengths asked for, and returns what the body returns', () => {
    const lengths = [0, 1, 5, 64, 65, 2 ** 21 + 1];
    const answer = withScratch(lengths, (...scratch) => {
      expect(scratch.map((s) => s.length)).toEqual(lengths);
      expect(new Set(scratch.map((s) => s.buffer)).size).toBe(lengths.length);
      expect(scratchInUse()).toBe(lengths.length);
      return 42;
    });
    expect(answer).toBe(42);
    expect(scratchInUse()).toBe(0);
  });

  test('gives back when the body throws, also from inside another', () => {
    expect(() =>
      withScratch([3], () =>
        withScratch([3, 4], () => {
          expect(scratchInUse()).toBe(3);
          throw new RangeError('inner');
        }),
      ),
    ).toThrow('inner');
    expect(scratchInUse()).toBe(0);
  });

  test('poison: arrays come and go full of NaN', () => {
    const kept = withScratch([8], (s) => {
      expect(s.every(Number.isNaN)).toBe(true);
      s.fill(1);
      return { s }; // escapes on purpose: what is read afterwards must be poison
    });
    expect(kept.s.every(Number.isNaN)).toBe(true);
    poisonScratch(false);
    withScratch([8], (s) => {
      s.fill(2);
    });
    expect(withScratch([8], (s) => s[0])).toBe(2); // recycled, not cleared
  });

  test('refuses to return its own array, a view of it, or a promise', () => {
    expect(() => withScratch([4], (s) => s)).toThrow(EigenfluenceError);
    expect(() => withScratch([4], (s) => s.subarray(1, 2))).toThrow(/outlive/);
    expect(() => withScratch([4], async () => 1)).toThrow(/async/);
    expect(withScratch([4], (s) => s.fill(3).slice())).toEqual(Float64Array.of(3, 3, 3, 3));
    expect(scratchInUse()).toBe(0);
  });

  test('refuses lengths that are not integers ≥ 0, and still gives back what it took', () => {
    for (const bad of [-1, 1.5, Number.NaN])
      expect(() => withScratch([3, bad], () => 0)).toThrow(DomainError);
    expect(scratchInUse()).toBe(0);
  });

  test("another package's double free does not make two owners of one buffer", () => {
    const foreign = pool.mallocDouble(16);
    pool.freeDouble(foreign);
    pool.freeDouble(foreign);
    withScratch([16, 16, 16], (x, y, z) => {
      expect(x.buffer).not.toBe(y.buffer);
      expect(y.buffer).not.toBe(z.buffer);
      withScratch([16], (inner) => expect([x.buffer, y.buffer, z.buffer]).not.toContain(inner.buffer));
    });
  });

  test('a body that frees its scratch by hand is found out', () => {
    const run = (): void =>
      withScratch([16], (s) => {
        pool.freeDouble(s); // forbidden: the pool may now lend it to somebody else
        withScratch([16], (other) => expect(other.buffer).not.toBe(s.buffer));
      });
    expect(run).not.toThrow();
    pool.clearCache();
  });
});

describe('the pool for browsers', () => {
  test('arrays have the exact length, and a freed buffer serves the next of its size', () => {
    for (const n of [1, 2, 3, 9, 1000, 1024, 1025]) {
      const x = browserPool.mallocDouble(n);
      expect(x.length).toBe(n);
      expect(Math.log2(x.buffer.byteLength / 8) % 1).toBe(0);
      const y = browserPool.mallocDouble(n);
      expect(y.buffer).not.toBe(x.buffer);
      browserPool.freeDouble(x);
      expect(browserPool.mallocDouble(n).buffer).toBe(x.buffer);
    }
  });

  test('memory that is shared between threads is never kept', () => {
    const shared = new Float64Array(new SharedArrayBuffer(64));
    browserPool.freeDouble(shared);
    expect(browserPool.mallocDouble(8).buffer).not.toBe(shared.buffer);
  });
});
