/** @file Matrices at the public border: what a person would pass becomes a Matrix, or is refused by name. */
import { DomainError, ShapeError } from '../errors.ts';
import { Matrix, type MatrixLike, toMatrix } from '../matrix.ts';
import { describe } from './describe.ts';
import {
  asVector,
  checkAttached,
  convert,
  isMatrixShaped,
  isStrided,
  type MatrixShaped,
  type VectorInput,
} from './vector.ts';

/**
 * What stands for a matrix: a {@link Matrix}, which is used as it is; `{ rows, cols, data }`, e.g. a structured clone of one, which
 * shares its data if that is a Float64Array; an array of rows, or a two-dimensional strided array such as an `ndarray`, which are copied.
 */
export type MatrixInput = Matrix | MatrixShaped | MatrixLike | readonly VectorInput[];

/** What has elements: a vector, a matrix, or nested arrays of any depth. */
export type ElementsInput = VectorInput | MatrixInput | readonly ElementsInput[];

/**
 * The matrix that `a` stands for: `a` itself if it is a {@link Matrix}, else a new one.
 *
 * @throws {DomainError} `a` is nothing of {@link MatrixInput}, its memory was transferred elsewhere, or an element is not a number.
 * @throws {ShapeError} rows of different length, or data that do not fit the shape. Both name `where` and `argument`.
 * Cost: a Matrix, O(1).
 */
export function asMatrix(where: string, argument: string, a: unknown): Matrix {
  if (isMatrix(a)) {
    if (a.data.length !== a.rows * a.cols) refuseChanged(where, argument, a);
    if (a.data.length === 0) checkAttached(where, argument, a.data);
    return a;
  }
  return convert(where, argument, () => toMatrix(where, argument, a));
}

/** A vector or a matrix, told apart by what came: an array of numbers is a vector, an array of arrays a matrix. */
export function asVectorOrMatrix(where: string, argument: string, b: unknown): Float64Array | Matrix {
  if (ArrayBuffer.isView(b)) return asVector(where, argument, b);
  if (isMatrix(b)) return asMatrix(where, argument, b);
  return convert(where, argument, () => {
    const rows = Array.isArray(b) && typeof b[0] === 'object' && b[0] !== null;
    const matrix = rows || isMatrixShaped(b) || (isStrided(b) && b.shape.length === 2);
    return matrix ? asMatrix(where, argument, b) : asVector(where, argument, b);
  });
}

/** Where a result goes: a {@link Matrix} of the given shape, and nothing that would have to be copied. */
export function asOutputMatrix(
  where: string,
  argument: string,
  out: unknown,
  rows: number,
  cols: number,
): Matrix {
  if (!isMatrix(out))
    throw new DomainError(where, argument, 'a Matrix, which is written to', out, describe(out));
  const checked = asMatrix(where, argument, out);
  if (out.rows !== rows || out.cols !== cols)
    throw new ShapeError(where, argument, `[${rows}, ${cols}]`, `[${out.rows}, ${out.cols}]`);
  return checked;
}

function refuseChanged(where: string, argument: string, a: Matrix): never {
  if (a.data instanceof Float64Array && a.data.length === 0) checkAttached(where, `${argument}.data`, a.data);
  throw new ShapeError(where, `${argument}.data`, `of length ${a.rows}·${a.cols}`, `length ${a.data.length}`);
}

/** instanceof, false of a revoked proxy. */
export function isMatrix(a: unknown): a is Matrix {
  try {
    return a instanceof Matrix;
  } catch {
    return false; // a revoked proxy
  }
}
