/** @file From file arrays to the types of the library: matrices, vectors and class labels. */
import { checkObject, checkString } from '../border/arguments.ts';
import { describe, isArray } from '../border/describe.ts';
import { asVector } from '../border/vector.ts';
import { DomainError, ShapeError } from '../errors.ts';
import { Matrix, type Vec } from '../matrix.ts';

/** The common part of {@link NpyArray} and {@link Tensor}: C order, float64. */
export interface FileArray {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: Vec;
}

const INTEGER_TYPES = ['i8', 'i4', 'i2', 'i1', 'u8', 'u4', 'u2', 'u1', 'I64', 'I32'];

/**
 * The matrix [rows, cols] of a two-dimensional array; shares its memory. Any numeric dtype.
 *
 * @param where - Names the source in the message, e.g. '--inputs X.npy'.
 * @throws {ShapeError} not two-dimensional. Not checked: finiteness.
 */
export function toMatrix(array: FileArray, where: string): Matrix {
  checkFileArray(array, where);
  const [rows, cols] = array.shape;
  if (array.shape.length !== 2)
    throw new ShapeError(where, 'array', 'two-dimensional [rows, cols]', shapeText(array));
  return new Matrix(rows, cols, array.data);
}

/** The vector of a one-dimensional array; shares its memory. @throws {ShapeError} not one-dimensional. */
export function toVector(array: FileArray, where: string): Vec {
  checkFileArray(array, where);
  if (array.shape.length !== 1) throw new ShapeError(where, 'array', 'one-dimensional', shapeText(array));
  return array.data;
}

/**
 * Class labels: a one-dimensional array of an integer dtype. Floats are refused even when integral, because PyTorch's
 * class labels are integers: a float array is more likely another file. Booleans are refused too.
 *
 * @throws {ShapeError} not one-dimensional. @throws {DomainError} not an integer dtype, or a label outside 0..2³¹ − 1.
 * Not checked: the number of classes.
 */
export function toLabels(array: FileArray, where: string): Int32Array {
  checkFileArray(array, where);
  if (!INTEGER_TYPES.includes(array.dtype))
    throw new DomainError(where, 'labels', 'of an integer dtype such as <i8 or <i4', array.dtype);
  if (array.shape.length !== 1) throw new ShapeError(where, 'labels', 'one-dimensional', shapeText(array));
  const out = Int32Array.from(array.data);
  for (let i = 0; i < out.length; i++)
    if (array.data[i] < 0 || out[i] !== array.data[i])
      throw new DomainError(where, `label ${i}`, 'in 0..2^31 − 1', array.data[i]);
  return out;
}

function checkFileArray(array: FileArray, where: string): void {
  checkString('toMatrix, toVector, toLabels', 'where', where);
  checkObject(where, 'array', array);
  if (!isArray(array.shape))
    throw new DomainError(where, 'array.shape', 'an array', array.shape, describe(array.shape));
  asVector(where, 'array.data', array.data);
}

function shapeText(array: FileArray): string {
  return `shape [${array.shape.join(', ')}]`;
}
