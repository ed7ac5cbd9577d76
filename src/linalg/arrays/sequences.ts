/** @file Sequences: equal steps, running sums, distinct values. */

import { checkFiniteNumber } from '../border/arguments.ts';
import type { MatrixInput } from '../border/matrix.ts';
import { checkNoMore } from '../border/no-more.ts';
import { asVector, type VectorInput } from '../border/vector.ts';
import { checkInteger } from '../checks.ts';
import { DomainError } from '../errors.ts';
import type { Matrix, Vec } from '../matrix.ts';
import { type Axis, replaceLines } from './lines.ts';
import { argsort } from './sorting.ts';

/**
 * `count` numbers from start to end in equal steps, both ends among them and exact.
 *
 * @param start - Finite. @param end - Finite. @param count - A whole number ≥ 2. @throws {DomainError} otherwise.
 * @example linspace(0, 1, 5); // Float64Array [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(start: number, end: number, count: number): Vec;
export function linspace(start: number, end: number, count: number, more?: unknown): Vec {
  checkNoMore('linspace', 'both ends are among the numbers', undefined, more);
  checkFiniteNumber('linspace', 'start', start);
  checkFiniteNumber('linspace', 'end', end);
  checkInteger('linspace', 'count', count, 2, 2 ** 31 - 1);
  const last = count - 1;
  // of the nearer end: both are exact, and end − start may overflow
  return Float64Array.from({ length: count }, (_, k) => start * ((last - k) / last) + end * (k / last));
}

/**
 * x₀, x₀ + x₁, …: the sums of all elements so far, of a vector, or of each column (axis 0) or row (axis 1) of a matrix.
 *
 * @param x - A vector or a matrix. Not modified. @param axis - Of a matrix; default 0.
 * @returns shaped as x. @throws {DomainError} another axis. Accuracy: the rounding of every addition is carried along (Neumaier).
 * @example cumulativeSum([1, 2, 3]); // Float64Array [1, 3, 6]
 */
export function cumulativeSum(x: Matrix | readonly VectorInput[], axis?: Axis): Matrix;
export function cumulativeSum(x: VectorInput): Vec;
export function cumulativeSum(x: VectorInput | MatrixInput, axis: Axis = 0): Vec | Matrix {
  if (axis !== 0 && axis !== 1) throw new DomainError('cumulativeSum', 'axis', '0 or 1', axis);
  return replaceLines('cumulativeSum', x, axis, runningSums);
}

function runningSums(line: Vec): Vec {
  let [total, lost] = [0, 0];
  return line.map((value) => {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
    return Number.isFinite(total) ? total + lost : total;
  });
}

/** What {@link unique} finds. */
export interface Unique {
  /** The distinct values, ascending; all NaN are one, the last; 0 and −0 are one. */
  readonly values: Vec;
  /** How often each occurs. */
  readonly counts: Int32Array;
  /** Which of the values each element is: x[i] = values[inverse[i]]. */
  readonly inverse: Int32Array;
}

/**
 * The distinct values of a vector.
 *
 * @param x - Shape [n]. Not modified. Cost: O(n log n).
 * @example unique([3, 1, 3]).values; // Float64Array [1, 3]
 */
export function unique(x: VectorInput): Unique;
export function unique(x: VectorInput, more?: unknown, all?: unknown): Unique {
  checkNoMore('unique', 'counts and inverse are always there', x, more, all);
  const list = asVector('unique', 'x', x);
  const inverse = new Int32Array(list.length);
  const [values, counts]: [number[], number[]] = [[], []];
  for (const i of argsort(list)) {
    const last = values[values.length - 1];
    if (values.length === 0 || !(list[i] === last || (Number.isNaN(list[i]) && Number.isNaN(last)))) {
      values.push(list[i]);
      counts.push(0);
    }
    counts[counts.length - 1]++;
    inverse[i] = values.length - 1;
  }
  return { values: Float64Array.from(values), counts: Int32Array.from(counts), inverse };
}
