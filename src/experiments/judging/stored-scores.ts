/** @file Score matrices from stored arrays, alone and averaged over base models. */
import { Matrix } from '../../linalg/index.ts';
import { matrixOf } from '../engine/stored-array.ts';
import type { StoredArray } from '../engine/task.ts';

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

/** √ of the mean square of all elements; 0 of none. */
export function rootMeanSquare({ data }: Matrix): number {
  return Math.sqrt(data.reduce((total, x) => total + x * x, 0) / Math.max(1, data.length));
}
