/** @file Arrays whose size a caller has chosen: what cannot be had is refused with its size, not by the engine. */
import { AllocationError } from '../errors.ts';

/**
 * A new Float64Array for an array of the given shape, all zeros.
 *
 * @param where - Who asks. @param shape - Integers ≥ 0, checked by the caller.
 * @throws {AllocationError} more elements than an array can have, or than there is memory; carries shape and bytes.
 */
export function allocate(where: string, ...shape: readonly number[]): Float64Array {
  const length = product(shape);
  if (length > Number.MAX_SAFE_INTEGER) throw new AllocationError(where, shape, 8 * length);
  try {
    return new Float64Array(length);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AllocationError(where, shape, 8 * length);
  }
}

/** As {@link allocate}, of 32-bit integers. */
export function allocateIntegers(where: string, length: number): Int32Array {
  try {
    return new Int32Array(length);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AllocationError(where, [length], 4 * length);
  }
}

function product(shape: readonly number[]): number {
  let length = 1;
  for (const n of shape) length *= n;
  return length;
}
