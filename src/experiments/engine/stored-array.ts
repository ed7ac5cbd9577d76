/** @file Matrices and vectors as stored arrays, and back. */
import { Matrix, type Vec } from '../../linalg/index.ts';
import type { StoredArray } from './task.ts';

/** A vector [n] or a matrix [rows, cols], not copied. */
export function arrayOf(x: Vec | Matrix): StoredArray {
  return x instanceof Matrix ? { shape: [x.rows, x.cols], data: x.data } : { shape: [x.length], data: x };
}

/** A stored array [rows, cols]. */
export function matrixOf({ shape, data }: StoredArray): Matrix {
  return new Matrix(shape[0], shape[1], data);
}

/** Slice `index` of a stored array [n, rows, cols]. */
export function sliceOf({ shape, data }: StoredArray, index: number): Matrix {
  const [, rows, cols] = shape;
  return new Matrix(rows, cols, data.slice(index * rows * cols, (index + 1) * rows * cols));
}
