/** @file Memory that long factorisations keep coming back to, lent to a callback and used again by the next one. */
import { allocate } from './border/allocate.ts';
import { kernels } from './kernels/select.ts';
import type { Vec } from './matrix.ts';

/** Below this length the memory of the kernels costs more than it saves. */
const LARGE = 128 * 128;
/** Free arrays to remember. */
const REMEMBERED = 4;

/** Arrays of the kernels' memory that nobody uses; the garbage collector may take them at any time. */
let free: WeakRef<Vec>[] = [];

/**
 * An array where the kernels are fastest. Their memory ends at 4 GiB and may be short before; the heap then gives the same bits,
 * slower. Its contents are undefined.
 *
 * @param length - In doubles. @returns an array of its own, for as long as the caller keeps it.
 */
export function workspace(length: number): Vec {
  return kernelMemory(length) ?? allocate('workspace', length);
}

function kernelMemory(length: number): Vec | undefined {
  if (length < LARGE) return undefined;
  try {
    return kernels().workspace(length);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // else the memory cannot be had
    return undefined;
  }
}

/**
 * Lends one {@link workspace} to `body` and takes it back afterwards, also when it throws. New memory costs page faults, some
 * 5 % of an eigendecomposition, so memory that was lent before is preferred.
 *
 * @param length - In doubles. @param body - Receives the array, contents undefined, which must not outlive the call.
 * @returns what `body` returns.
 */
export function withWorkspace<T>(length: number, body: (work: Vec) => T): T {
  const array = recall(length) ?? kernelMemory(length);
  if (array === undefined) return body(allocate('workspace', length));
  try {
    return body(array.length === length ? array : array.subarray(0, length));
  } finally {
    free = [new WeakRef(array), ...free.slice(0, REMEMBERED - 1)];
  }
}

/** The shortest free array that is long enough. */
function recall(length: number): Vec | undefined {
  const alive = free.flatMap((reference) => reference.deref() ?? []);
  const fitting = alive.filter((array) => array.length >= length).sort((x, y) => x.length - y.length);
  free = alive.filter((array) => array !== fitting[0]).map((array) => new WeakRef(array));
  return fitting[0];
}
