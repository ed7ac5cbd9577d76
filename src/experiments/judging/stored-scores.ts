/** @file Score matrices from stored arrays, alone and averaged over base models. */
import { Matrix } from '../../linalg/index.ts';
import type { StoredArray } from '../engine/task.ts';

/** A stored array [rows, cols]. */
export function matrixOf({ shape, data }: StoredArray): Matrix {
  return new Matrix(shape[0], shape[1], data);
}

/** Slice `index` of a stored array [n, rows, cols]. */
export function sliceOf({ shape, data }: StoredArray, index: number): Matrix {
  const [, rows, cols] = shape;
  return new Matrix(rows, cols, data.slice(index * rows * cols, (index + 1) * rows * cols));
}

/** Scores [query, train], added up in their order and divided by their number. */
export function meanScores([first, ...others]: readonly StoredArray[]): Matrix {
  const total = first.data.slice();
  for (const { data } of others) for (let k = 0; k < total.length; k++) total[k] += data[k];
  return matrixOf({ shape: first.shape, data: total.map((x) => x / (others.length + 1)) });
}

/** The mean of matrices of one shape, each divided before it is added: another rounding than that of {@link meanScores}. */
export function meanMatrix(parts: readonly Matrix[]): Matrix {
  const out = new Matrix(parts[0].rows, parts[0].cols);
  for (const { data } of parts) for (let i = 0; i < data.length; i++) out.data[i] += data[i] / parts.length;
  return out;
}
