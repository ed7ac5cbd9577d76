/** @file Rows and columns picked from a matrix: by index, by list, by range, by a mask; diagonals and triangles. */
import { checkOptions } from '../border/arguments.ts';
import { describe, isArray } from '../border/describe.ts';
import { asIntegers, type IntegersInput } from '../border/integers.ts';
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkInteger } from '../checks.ts';
import { DomainError, ShapeError } from '../errors.ts';
import { Matrix, type Vec } from '../matrix.ts';

/** start, start + step, … before `end`. Negative places count from the end, as in Python. */
export interface IndexRange {
  /** The first. Default 0, or the last with a negative step. */
  readonly start?: number;
  /** Where to stop; not taken. Default: after all. */
  readonly end?: number;
  /** Default 1. Negative: backwards. */
  readonly step?: number;
}

/** One index, a list of them in any order, a range, a list of true and false of full length, or undefined for all. */
export type Selection = number | IntegersInput | readonly boolean[] | IndexRange | undefined;

/**
 * The chosen rows and columns, as a new matrix. A copy, whatever is chosen; views of rows are `Matrix.rowRange` and `Matrix.row`, and of any
 * range `view` of eigenfluence/ndarray.
 *
 * @param a - Shape [m, n]. Not modified. @param rows - Which rows, all by default: an index, a list, `{ start, end, step }`, or a mask.
 * Negative indices count from the end. @param columns - Likewise.
 * @returns one row for each chosen one, in the order chosen; a single index leaves a side of length 1.
 * @throws {DomainError} an index or a range leads outside the matrix. @throws {ShapeError} a mask of another length.
 * Cost: the elements copied.
 * @example slice([[1, 2, 3], [4, 5, 6]], { start: 0, end: 1 }, [2, 0]).toArray(); // [[3, 1]]
 * @example slice([[1, 2], [3, 4], [5, 6]], [true, false, true]).toArray(); // [[1, 2], [5, 6]]
 */
export function slice(a: MatrixInput, rows?: Selection, columns?: Selection): Matrix {
  const matrix = asMatrix('slice', 'a', a);
  const is = indicesOf('slice', 'rows', rows, matrix.rows);
  const js = indicesOf('slice', 'columns', columns, matrix.cols);
  const out = new Matrix(is.length, js.length);
  let at = 0;
  for (const i of is) for (const j of js) out.data[at++] = matrix.data[i * matrix.cols + j];
  return out;
}

/**
 * The elements a(i, i + k), a copy.
 *
 * @param k - 0 for the main diagonal, positive above it, negative below. Default 0. @throws {DomainError} k is no whole number.
 * @example diagonal([[1, 2], [3, 4]]); // Float64Array [1, 4]
 */
export function diagonal(a: MatrixInput, k = 0): Vec {
  const { rows, cols, data } = asMatrix('diagonal', 'a', a);
  checkInteger('diagonal', 'k', k, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const [i0, j0] = [Math.max(0, -k), Math.max(0, k)];
  const length = Math.max(0, Math.min(rows - i0, cols - j0));
  return Float64Array.from({ length }, (_, p) => data[(i0 + p) * cols + j0 + p]);
}

/** The elements on and above diagonal k, zeros elsewhere. A copy. @param k - As in {@link diagonal}. @example triu([[1, 2], [3, 4]]).toArray(); // [[1, 2], [0, 4]] */
export function triu(a: MatrixInput, k = 0): Matrix {
  const matrix = asMatrix('triu', 'a', a);
  checkInteger('triu', 'k', k, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return matrix.map((value, i, j) => (j - i >= k ? value : 0));
}

/** The elements on and below diagonal k, zeros elsewhere. A copy. @param k - As in {@link diagonal}. @example tril([[1, 2], [3, 4]]).toArray(); // [[1, 0], [3, 4]] */
export function tril(a: MatrixInput, k = 0): Matrix {
  const matrix = asMatrix('tril', 'a', a);
  checkInteger('tril', 'k', k, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return matrix.map((value, i, j) => (j - i <= k ? value : 0));
}

/** The chosen ones of n places. */
export function indicesOf(where: string, argument: string, chosen: Selection, n: number): Int32Array {
  if (chosen === undefined) return Int32Array.from({ length: n }, (_, i) => i);
  if (typeof chosen === 'number') return Int32Array.of(place(where, argument, chosen, n));
  if (typeof chosen !== 'object' || chosen === null)
    throw new DomainError(where, argument, 'an index, a list, a range or a mask', chosen, describe(chosen));
  if (isArray(chosen) && typeof chosen[0] === 'boolean') return maskOf(where, argument, chosen, n);
  if (isArray(chosen) || ArrayBuffer.isView(chosen))
    return asIntegers(where, argument, chosen).map((i, k) => place(where, `${argument}[${k}]`, i, n));
  const { start, step, count } = rangeOf(where, argument, chosen as IndexRange, n);
  return Int32Array.from({ length: count }, (_, k) => start + k * step);
}

/** A range among n places: where it begins and how many it has. @throws {DomainError} it leads outside. */
export function rangeOf(
  where: string,
  argument: string,
  range: IndexRange,
  n: number,
): { start: number; step: number; count: number } {
  checkOptions(where, range, ['start', 'end', 'step'], argument);
  const { step = 1 } = range;
  checkInteger(where, `${argument}.step`, step, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (step === 0) throw new DomainError(where, `${argument}.step`, 'not 0', step);
  const border = (name: 'start' | 'end', fallback: number): number => {
    const value = range[name];
    if (value === undefined) return fallback;
    checkInteger(where, `${argument}.${name}`, value, -n, n);
    return value < 0 ? value + n : value;
  };
  const start = border('start', step > 0 ? 0 : n - 1);
  const end = border('end', step > 0 ? n : -1);
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (count > 0 && start >= n) throw new DomainError(where, `${argument}.start`, `in 0..${n - 1}`, start);
  return { start, step, count };
}

function place(where: string, argument: string, i: number, n: number): number {
  checkInteger(where, argument, i, -n, n - 1);
  return i < 0 ? i + n : i;
}

function maskOf(where: string, argument: string, mask: readonly unknown[], n: number): Int32Array {
  if (mask.length !== n) throw new ShapeError(where, argument, `of length ${n}`, `length ${mask.length}`);
  const other = mask.findIndex((value) => typeof value !== 'boolean');
  if (other >= 0)
    throw new DomainError(
      where,
      `${argument}[${other}]`,
      'true or false',
      mask[other],
      describe(mask[other]),
    );
  return Int32Array.from(mask.keys()).filter((i) => mask[i] as boolean);
}
