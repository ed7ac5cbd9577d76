/** @file Scaling inputs: by the mean and standard deviation of the training set, or to the unit interval. */
import { Matrix, type Vec } from '../../../linalg/index.ts';

/** x ↦ (x − mean) / scale, feature by feature. */
export interface Standardiser {
  readonly mean: Vec;
  readonly scale: Vec;
}

/**
 * Mean and population standard deviation √(Σ(x − mean)²/n) of each column, as scikit-learn's StandardScaler. A column
 * of one value has that value for its mean, however often it is added up, and scale 1: a pixel that is always 0 stays 0.
 *
 * @param x - Shape [n, features], n ≥ 1.
 */
export function fitStandardiser(x: Matrix): Standardiser {
  const mean = new Float64Array(x.cols);
  const scale = new Float64Array(x.cols);
  for (let j = 0; j < x.cols; j++) {
    let constant = true;
    for (let i = 1; i < x.rows && constant; i++) constant = x.data[i * x.cols + j] === x.data[j];
    if (constant) {
      mean[j] = x.data[j];
      scale[j] = 1;
      continue;
    }
    let total = 0;
    for (let i = 0; i < x.rows; i++) total += x.data[i * x.cols + j];
    mean[j] = total / x.rows;
    let squares = 0;
    for (let i = 0; i < x.rows; i++) squares += (x.data[i * x.cols + j] - mean[j]) ** 2;
    scale[j] = squares === 0 ? 1 : Math.sqrt(squares / x.rows); // 0: squares too small for a number
  }
  return { mean, scale };
}

/** The scaled copy of x, shape [n, features]. */
export function standardise({ mean, scale }: Standardiser, x: Matrix): Matrix {
  const out = new Matrix(x.rows, x.cols);
  for (let i = 0, k = 0; i < x.rows; i++)
    for (let j = 0; j < x.cols; j++, k++) out.data[k] = (x.data[k] - mean[j]) / scale[j];
  return out;
}

/** The brightest pixel of the raw images. */
const BRIGHTEST = 16;

/** Pixels 0..16 scaled to 0..1: x / 16, exact. Shape [n, features]; a copy. */
export function toUnit(x: Matrix): Matrix {
  return new Matrix(
    x.rows,
    x.cols,
    x.data.map((value) => value / BRIGHTEST),
  );
}
