/** @file Temporary arrays from a pool, lent to a callback: the only user of typedarray-pool. */
import pool from '#pool';
import { allocate } from './border/allocate.ts';
import { checkFunction } from './border/arguments.ts';
import { describe, isArray } from './border/describe.ts';
import { DomainError, EigenfluenceError } from './errors.ts';
import type { Vec } from './matrix.ts';

/** Longer arrays are left to the garbage collector: the pool rounds up to a power of two and keeps for ever. */
const POOLED_LENGTH = 2 ** 21;

const lent = new Set<ArrayBufferLike>();
let poison = false;

/**
 * From now on every lent array arrives full of NaN and is filled with NaN again when it comes back, so that
 * reading stale scratch shows. For tests: it costs two passes per array.
 */
export function poisonScratch(enabled: boolean): void {
  poison = enabled;
}

/** How many arrays are lent out at this moment: 0 whenever no {@link withScratch} is running. */
export function scratchInUse(): number {
  return lent.size;
}

/**
 * Lends one scratch array per length to `body` and takes them back afterwards, also when it throws.
 *
 * @param lengths - Lengths in doubles, integers ≥ 0.
 * @param body - Receives the arrays in order; their contents are undefined. They must not outlive the call.
 * @returns what `body` returns.
 * @throws {DomainError} a length is not an integer ≥ 0; `body` is not a function. @throws {AllocationError} no such memory.
 * @throws {EigenfluenceError} `body` returns one of the arrays, or a promise, which would outlive them.
 * Not checked: arrays that escape in another way. `.buffer` may be longer than the array.
 * Cost: below a microsecond at any length.
 * @example withScratch([3], (t) => t.fill(2).reduce((a, b) => a + b)); // 6
 */
export function withScratch<T>(lengths: readonly number[], body: (...scratch: Vec[]) => T): T {
  if (!isArray(lengths))
    throw new DomainError('withScratch', 'lengths', 'an array of lengths', lengths, describe(lengths));
  checkFunction('withScratch', 'body', body);
  const taken: Vec[] = [];
  try {
    for (const length of lengths) taken.push(take(length));
    const result: unknown = body(...taken);
    if (escapes(result, taken))
      throw new EigenfluenceError(
        'withScratch: the scratch would outlive the call. Return a copy, and nothing async.',
      );
    return result as T;
  } finally {
    for (const array of taken) giveBack(array);
  }
}

function escapes(result: unknown, taken: readonly Vec[]): boolean {
  if (result instanceof Float64Array) return taken.some((array) => array.buffer === result.buffer);
  return result instanceof Promise;
}

function take(length: number): Vec {
  if (!Number.isInteger(length) || length < 0)
    throw new DomainError('withScratch', 'lengths', 'integers ≥ 0', length, describe(length));
  // A length of 0 would share the pool's smallest buffer for nothing.
  let array =
    length === 0 || length > POOLED_LENGTH ? allocate('withScratch', length) : pool.mallocDouble(length);
  // The pool is one global for all packages of a process. Somebody's double free would hand us a buffer that we
  // have already lent out; such a buffer is never accepted.
  while (lent.has(array.buffer)) array = pool.mallocDouble(length);
  lent.add(array.buffer);
  if (poison) array.fill(Number.NaN);
  return array;
}

function giveBack(array: Vec): void {
  if (!lent.delete(array.buffer)) throw new EigenfluenceError('withScratch: an array was given back twice.');
  if (poison) array.fill(Number.NaN);
  if (array.length > 0 && array.length <= POOLED_LENGTH) pool.freeDouble(array);
}
