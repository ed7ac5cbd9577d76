/** @file Sums, means, extremes and spreads of the rows or columns of a matrix. */
import { checkOptions } from '../border/arguments.ts';
import type { ElementsInput, MatrixInput } from '../border/matrix.ts';
import { checkNoMore } from '../border/no-more.ts';
import { asElements, type VectorInput } from '../border/vector.ts';
import { DomainError } from '../errors.ts';
import type { Vec } from '../matrix.ts';
import { scalingByPowerOfTwo } from '../power-of-two.ts';
import { maxAbs, mean, norm2, sum } from '../sum.ts';
import { type Axis, eachLine, indexOrIndices } from './lines.ts';

/**
 * The sum of each column (axis 0) or of each row (axis 1), by `sum`; of all elements, `sum` itself.
 *
 * @param a - Shape [m, n]. Not modified. @param axis - 0: one result for each column, shape [n]. 1: one for each row, shape [m]. As NumPy has it.
 * @throws {DomainError} another axis; here and in the other functions of this file.
 * Cost: one pass; axis 0 makes a transposed copy.
 * @example sums([[1, 2], [3, 4]], 0); // Float64Array [4, 6]
 */
export function sums(a: MatrixInput, axis: Axis): Vec {
  return eachLine('sums', a, axis, sum);
}

/** The mean of each column (axis 0) or row (axis 1), as {@link sums}. @throws {DomainError} lines without elements. @example means([[1, 2], [3, 4]], 1); // Float64Array [1.5, 3.5] */
export function means(a: MatrixInput, axis: Axis): Vec {
  return eachLine('means', a, axis, mean);
}

/** The least element of each column (axis 0) or row (axis 1), NaN if there is one. @throws {DomainError} lines without elements. @example minima([[1, 5], [3, 4]], 0); // Float64Array [1, 4] */
export function minima(a: MatrixInput, axis: Axis): Vec {
  return eachLine('minima', a, axis, (line) => line[extreme('minima', line, -1)]);
}

/** The greatest element of each column (axis 0) or row (axis 1), NaN if there is one. @throws {DomainError} lines without elements. @example maxima([[1, 5], [3, 4]], 1); // Float64Array [5, 4] */
export function maxima(a: MatrixInput, axis: Axis): Vec {
  return eachLine('maxima', a, axis, (line) => line[extreme('maxima', line, 1)]);
}

/** The least of all elements, NaN if there is one. @param x - As in `sum`. @throws {DomainError} no elements. @example minimum([[1, 5], [3, -4]]); // -4 */
export function minimum(x: ElementsInput): number;
export function minimum(x: ElementsInput, more?: unknown, list?: unknown): number {
  checkNoMore('minimum', 'minima takes an axis; of two arrays map', x, more, list);
  const values = asElements('minimum', 'x', x);
  return values[extreme('minimum', values, -1)];
}

/** The greatest of all elements, as {@link minimum}. @example maximum([[1, 5], [3, -4]]); // 5 */
export function maximum(x: ElementsInput): number;
export function maximum(x: ElementsInput, more?: unknown, list?: unknown): number {
  checkNoMore('maximum', 'maxima takes an axis; of two arrays map', x, more, list);
  const values = asElements('maximum', 'x', x);
  return values[extreme('maximum', values, 1)];
}

/**
 * Where the greatest element stands: the first of several, or of several NaN. Of a vector, its index; of a matrix with an axis, the
 * index within each column (axis 0) or row (axis 1).
 *
 * @throws {DomainError} there are no elements.
 * @example argmax([3, 9, 9]); // 1
 * @example argmax([[1, 5], [3, 4]], 1); // [1, 1]
 */
export function argmax(x: VectorInput): number;
export function argmax(a: MatrixInput, axis: Axis): Int32Array;
export function argmax(x: VectorInput | MatrixInput, axis?: Axis): number | Int32Array {
  return indexOrIndices('argmax', x, axis, (line) => extreme('argmax', line, 1));
}

/** Where the least element stands, as {@link argmax}. @example argmin([3, 9, 1]); // 2 */
export function argmin(x: VectorInput): number;
export function argmin(a: MatrixInput, axis: Axis): Int32Array;
export function argmin(x: VectorInput | MatrixInput, axis?: Axis): number | Int32Array {
  return indexOrIndices('argmin', x, axis, (line) => extreme('argmin', line, -1));
}

/** What a spread is divided by. */
export interface SpreadOptions {
  /** c in the divisor n − c: 0 for the spread of these very numbers, as in NumPy; 1 to estimate that of what they are a sample of. Default 0. */
  readonly correction?: 0 | 1;
}

/**
 * √(Σ (xᵢ − x̄)² / (n − c)), the standard deviation, right wherever it is a double.
 *
 * @param x - A vector, or a matrix or nested arrays of which all elements count, n > c. @param options - `correction` c, default 0.
 * @throws {DomainError} n ≤ c. Not checked: NaN and ±∞ give NaN.
 * Cost: four passes. Accuracy as tested: relative error ≤ 4 n ε, plus ε times the mean over the deviation.
 * Reference: Chan, Golub and LeVeque (1983), Algorithms for computing the sample variance, Am. Stat. 37.
 * @example standardDeviation([1, 3]); // 1
 */
export function standardDeviation(x: ElementsInput, options: SpreadOptions = {}): number {
  return spread('standardDeviation', asElements('standardDeviation', 'x', x), options);
}

/** Σ (xᵢ − x̄)² / (n − c), as {@link standardDeviation}. @example variance([1, 3], { correction: 1 }); // 2 */
export function variance(x: ElementsInput, options: SpreadOptions = {}): number {
  return spread('variance', asElements('variance', 'x', x), options) ** 2;
}

/** The {@link standardDeviation} of each column (axis 0) or row (axis 1). @example standardDeviations([[1, 2], [3, 2]], 0); // Float64Array [1, 0] */
export function standardDeviations(a: MatrixInput, axis: Axis, options: SpreadOptions = {}): Vec {
  return eachLine('standardDeviations', a, axis, (line) => spread('standardDeviations', line, options));
}

/** The {@link variance} of each column (axis 0) or row (axis 1). @example variances([[1, 2], [5, 2]], 0); // Float64Array [4, 0] */
export function variances(a: MatrixInput, axis: Axis, options: SpreadOptions = {}): Vec {
  return eachLine('variances', a, axis, (line) => spread('variances', line, options) ** 2);
}

/** Sums of numbers up to this do not overflow. */
const LARGE = 1e290;
const DOWN = 128;

function spread(where: string, x: Vec, options: SpreadOptions): number {
  const correction = correctionOf(where, x.length, options);
  const k = maxAbs(x) > LARGE ? DOWN : 0;
  const scaled = k === 0 ? x : x.map(scalingByPowerOfTwo(-k));
  const centre = mean(scaled);
  const length = norm2(scaled.map((value) => value - centre));
  return scalingByPowerOfTwo(k)(length / Math.sqrt(x.length - correction));
}

/** The checked c of a divisor n − c. */
export function correctionOf(where: string, n: number, options: SpreadOptions, usual: 0 | 1 = 0): 0 | 1 {
  checkOptions(where, options, ['correction']);
  const { correction = usual } = options;
  if (correction !== 0 && correction !== 1) throw new DomainError(where, 'correction', '0 or 1', correction);
  if (n <= correction) throw new DomainError(where, 'number of elements', `> ${correction}`, n);
  return correction;
}

/** The place of the greatest (sign 1) or least (−1) element. */
function extreme(where: string, x: Vec, sign: number): number {
  if (x.length === 0) throw new DomainError(where, 'number of elements', '≥ 1', 0);
  let best = 0;
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i])) return i;
    if (sign * x[i] > sign * x[best]) best = i;
  }
  return best;
}
