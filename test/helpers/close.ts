/** @file Comparison of arrays that says where they differ and by how much. */
import { expect } from 'vitest';
import type { Matrix } from '../../src/linalg/matrix.ts';

export interface Tolerance {
  /** Allowed |a − b| per element; write it as c·n·ε·scale. */
  readonly atol?: number;
  /** Allowed |a − b| / |b| per element, added to atol. */
  readonly rtol?: number;
}

/** Every element of `actual` is finite and within atol + rtol·|expected| of `expected`. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { atol = 0, rtol = 0 }: Tolerance,
): void {
  expect(actual.length, 'length').toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const gap = Math.abs(actual[i] - expected[i]);
    if (!(gap <= atol + rtol * Math.abs(expected[i])))
      expect.fail(
        `index ${i}: got ${actual[i]}, expected ${expected[i]}, gap ${gap} (atol ${atol}, rtol ${rtol})`,
      );
  }
}

/** As {@link expectClose}, for matrices of equal shape. */
export function expectMatrixClose(actual: Matrix, expected: Matrix, tolerance: Tolerance): void {
  expect([actual.rows, actual.cols], 'shape').toEqual([expected.rows, expected.cols]);
  expectClose(actual.data, expected.data, tolerance);
}

/** ‖a − b‖₂ / ‖b‖₂, the norm-wise relative error. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length, 'length').toBe(expected.length);
  let largest = 0; // squares of numbers like 1e-200 would vanish: measure in units of the largest
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]));
  const unit = largest > 0 ? largest : 1;
  let gap = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    gap += ((actual[i] - expected[i]) / unit) ** 2;
    norm += (expected[i] / unit) ** 2;
  }
  return norm === 0 ? Math.sqrt(gap) : Math.sqrt(gap / norm);
}
