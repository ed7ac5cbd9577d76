/** @file Matrices put together from parts, and the same elements in another shape. */

import { asList } from '../border/instances.ts';
import type { ElementsInput } from '../border/matrix.ts';
import { asVectorOrMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkNoMore } from '../border/no-more.ts';
import { asElements, asVector, type VectorInput } from '../border/vector.ts';
import { checkInteger } from '../checks.ts';
import { DomainError, ShapeError } from '../errors.ts';
import { Matrix } from '../matrix.ts';

/**
 * [A B …], matrices side by side. A vector is a column.
 *
 * @param parts - At least one matrix [m, nᵢ] or vector [m]. Not modified. @returns shape [m, Σ nᵢ], a copy.
 * @throws {ShapeError} parts of different height. @throws {DomainError} no list, or an empty one.
 * @example hstack([[[1], [2]], [3, 4]]).toArray(); // [[1, 3], [2, 4]]
 */
export function hstack(parts: readonly (MatrixInput | VectorInput)[]): Matrix;
export function hstack(
  parts: readonly (MatrixInput | VectorInput)[],
  more?: unknown,
  list?: unknown,
): Matrix {
  checkNoMore('hstack', 'one list of all parts', parts, more, list);
  const matrices = matricesOf('hstack', parts, (v) => new Matrix(v.length, 1, v));
  const { rows } = matrices[0];
  for (const [i, part] of matrices.entries())
    if (part.rows !== rows) throw new ShapeError('hstack', `parts[${i}]`, `of ${rows} rows`, `${part.rows}`);
  const out = new Matrix(rows, matrices.reduce((total, { cols }) => total + cols, 0)); // biome-ignore format: one idea
  for (let i = 0; i < rows; i++) {
    let at = 0;
    for (const part of matrices) {
      out.row(i).set(part.row(i), at);
      at += part.cols;
    }
  }
  return out;
}

/**
 * Matrices one above the other. A vector is a row.
 *
 * @param parts - At least one matrix [mᵢ, n] or vector [n]. Not modified. @returns shape [Σ mᵢ, n], a copy.
 * @throws {ShapeError} parts of different width. @throws {DomainError} no list, or an empty one.
 * @example vstack([[[1, 2]], [3, 4]]).toArray(); // [[1, 2], [3, 4]]
 */
export function vstack(parts: readonly (MatrixInput | VectorInput)[]): Matrix;
export function vstack(
  parts: readonly (MatrixInput | VectorInput)[],
  more?: unknown,
  list?: unknown,
): Matrix {
  checkNoMore('vstack', 'one list of all parts', parts, more, list);
  const matrices = matricesOf('vstack', parts, (v) => new Matrix(1, v.length, v));
  const { cols } = matrices[0];
  for (const [i, part] of matrices.entries())
    if (part.cols !== cols)
      throw new ShapeError('vstack', `parts[${i}]`, `of ${cols} columns`, `${part.cols}`);
  const out = new Matrix(matrices.reduce((total, { rows }) => total + rows, 0), cols); // biome-ignore format: one idea
  let at = 0;
  for (const { data } of matrices) {
    out.data.set(data, at);
    at += data.length;
  }
  return out;
}

/**
 * The same elements, row by row, in another shape. The memory is shared with x where x is a Matrix or a Float64Array: writing to one
 * writes to the other.
 *
 * @param x - A vector, a matrix or nested arrays of N elements. @param rows - Whole number, or −1. @param cols - Likewise; one of the two
 * may be −1 and follows from N. A vector as a column: `reshape(v, -1, 1)`.
 * @throws {ShapeError} rows · cols ≠ N. @throws {DomainError} sizes that are no whole numbers, or both −1.
 * @example reshape([1, 2, 3, 4], 2, -1).toArray(); // [[1, 2], [3, 4]]
 */
export function reshape(x: ElementsInput, rows: number, cols: number): Matrix;
export function reshape(x: ElementsInput, rows: number, cols: number, more?: unknown): Matrix {
  checkNoMore('reshape', 'a matrix has two sides, and elements go row by row', undefined, more);
  const data = asElements('reshape', 'x', x);
  checkInteger('reshape', 'rows', rows, -1, Number.MAX_SAFE_INTEGER);
  checkInteger('reshape', 'cols', cols, rows === -1 ? 0 : -1, Number.MAX_SAFE_INTEGER);
  const follow = (other: number): number => (other === 0 ? 0 : data.length / other);
  const shape = [rows === -1 ? follow(cols) : rows, cols === -1 ? follow(rows) : cols];
  if (shape[0] * shape[1] !== data.length || !shape.every(Number.isInteger))
    throw new ShapeError('reshape', 'x', `of ${rows}·${cols} elements, −1 for any number`, `${data.length}`);
  return new Matrix(shape[0], shape[1], data);
}

/**
 * x yᵀ: element (i, j) is xᵢ yⱼ.
 *
 * @param x - Shape [m]. @param y - Shape [n]. Neither is modified. @returns shape [m, n].
 * @example outer([1, 2], [3, 4]).toArray(); // [[3, 4], [6, 8]]
 */
export function outer(x: VectorInput, y: VectorInput): Matrix {
  const [left, right] = [asVector('outer', 'x', x), asVector('outer', 'y', y)];
  const out = new Matrix(left.length, right.length);
  for (let i = 0, at = 0; i < out.rows; i++)
    for (let j = 0; j < out.cols; j++) out.data[at++] = left[i] * right[j];
  return out;
}

function matricesOf(
  where: string,
  parts: readonly unknown[],
  asPart: (vector: Float64Array) => Matrix,
): Matrix[] {
  const list = asList(where, 'parts', parts, 'matrices or vectors');
  if (list.length === 0) throw new DomainError(where, 'parts', 'at least one matrix or vector', 0, 'none');
  return list.map((part, i) => {
    const value = asVectorOrMatrix(where, `parts[${i}]`, part);
    return value instanceof Matrix ? value : asPart(value);
  });
}
