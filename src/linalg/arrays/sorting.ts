/** @file Order: sorted copies, the permutations that sort, quantiles. */
import { checkBoolean, checkOptions } from '../border/arguments.ts';
import type { ElementsInput, MatrixInput } from '../border/matrix.ts';
import { checkNoMore } from '../border/no-more.ts';
import { asElements, asVector, type VectorInput } from '../border/vector.ts';
import { DomainError } from '../errors.ts';
import type { Matrix, Vec } from '../matrix.ts';
import { type Axis, replaceLines } from './lines.ts';

/** Options of {@link sort}. */
export interface SortOptions {
  /** The greatest first. Default false. */
  readonly descending?: boolean;
  /** Of a matrix: 0 sorts each column, 1 each row. Default 1, the last, as NumPy has it. */
  readonly axis?: Axis;
}

/**
 * The elements in ascending order, as a copy: a vector, or each row of a matrix (each column with axis 0) by itself. NaN come last.
 *
 * @param x - A vector or a matrix. Not modified. @param options - `descending`, default false; `axis`, default 1.
 * @returns shaped as x. @throws {DomainError} another axis.
 * Cost: O(n log n) for each line.
 * @example sort([3, 1, 2]); // Float64Array [1, 2, 3]
 */
export function sort(x: Matrix | readonly VectorInput[], options?: SortOptions): Matrix;
export function sort(x: VectorInput, options?: SortOptions): Vec;
export function sort(x: VectorInput | MatrixInput, options: SortOptions = {}): Vec | Matrix {
  checkOptions('sort', options, ['descending', 'axis']);
  const { descending = false, axis = 1 } = options;
  checkBoolean('sort', 'descending', descending);
  if (axis !== 0 && axis !== 1) throw new DomainError('sort', 'axis', '0 or 1', axis);
  return replaceLines('sort', x, axis, (line) => {
    const sorted = line.slice().sort();
    if (descending) sorted.subarray(0, firstNaN(sorted)).reverse();
    return sorted;
  });
}

/**
 * The permutation p that sorts x: x[p[0]] ≤ x[p[1]] ≤ …, equal elements in the order in which they stand, NaN last.
 *
 * @param x - Shape [n]. Not modified. @param options - `descending`: the greatest first; equal elements still as they stand.
 * Cost: O(n log n).
 * @example argsort([30, 10, 20]); // [1, 2, 0]
 */
export function argsort(x: VectorInput, options: Pick<SortOptions, 'descending'> = {}): Int32Array {
  checkOptions('argsort', options, ['descending']);
  const { descending = false } = options;
  checkBoolean('argsort', 'descending', descending);
  const values = asVector('argsort', 'x', x);
  const sign = descending ? -1 : 1;
  const order = Int32Array.from(values, (_, i) => i);
  return order.sort((i, j) => {
    const [p, q] = [values[i], values[j]];
    if (Number.isNaN(p) || Number.isNaN(q)) return Number(Number.isNaN(p)) - Number(Number.isNaN(q)) || i - j;
    return p === q ? i - j : p < q ? -sign : sign;
  });
}

/**
 * The value below which the part q of the elements lies, between neighbours on a straight line: place q (n − 1) of the sorted ones.
 *
 * @param x - A vector, or a matrix or nested arrays of which all elements count, n ≥ 1. @param q - In 0..1; 0.5 is the median.
 * @throws {DomainError} no elements, or q outside. Not checked: one NaN gives NaN.
 * Cost: O(n log n). Reference: Hyndman and Fan (1996), Sample quantiles in statistical packages, Am. Stat. 50, definition 7.
 * @example quantile([1, 2, 4, 8], 0.5); // 3
 */
export function quantile(x: ElementsInput, q: number): number;
export function quantile(x: ElementsInput, q: number, more?: unknown): number {
  checkNoMore('quantile', 'of each row Array.from(a, (row) => quantile(row, q))', x, more);
  if (!(typeof q === 'number' && q >= 0 && q <= 1)) throw new DomainError('quantile', 'q', 'in 0..1', q);
  const sorted = asElements('quantile', 'x', x).slice().sort();
  const n = sorted.length;
  if (n === 0) throw new DomainError('quantile', 'number of elements', '≥ 1', 0);
  if (Number.isNaN(sorted[n - 1])) return Number.NaN;
  const place = q * (n - 1);
  const low = sorted[Math.floor(place)];
  const part = place - Math.floor(place);
  return part === 0 ? low : low * (1 - part) + sorted[Math.ceil(place)] * part;
}

function firstNaN(sorted: Vec): number {
  const at = sorted.findIndex(Number.isNaN);
  return at < 0 ? sorted.length : at;
}
