/** @file Memory that long factorisations keep coming back to. */
import { kernels } from './kernels/select.ts';
import type { Vec } from './matrix.ts';

/** Below this length the memory of the kernels costs more than it saves. */
const LARGE = 128 * 128;

/**
 * Zeros where the kernels are fastest. Their memory ends at 4 GiB and may be short before; the heap then gives the same bits, slower.
 *
 * @param length - In doubles. @returns an array of its own; memory of the kernels lives as long as the array.
 */
export function workspace(length: number): Vec {
  if (length < LARGE) return new Float64Array(length);
  try {
    return kernels().workspace(length);
  } catch {
    return new Float64Array(length);
  }
}
