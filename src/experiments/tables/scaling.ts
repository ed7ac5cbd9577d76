/** @file Features on the scale of a network, as the examples it learns from say. */
import { Matrix } from '../../linalg/index.ts';

/** So many standard deviations from the mean a value counts, at most: an outlier must not decide everything. */
const FARTHEST = 5;

/** What networks see of a table. */
export interface Unscaled {
  /** [n, features]; NaN where a number is missing. */
  readonly inputs: Matrix;
  /** [n]: numbers of classes, or target values. */
  readonly answers: Float64Array;
}

/** How features are scaled. */
export interface InputScaling {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/** How features, and the target of a regression, are scaled. */
export interface Scaling extends InputScaling {
  /** Of the target; 0 and 1 for classes. */
  readonly centre: number;
  readonly spread: number;
}

/**
 * Mean and standard deviation of the examples `kept`; missing cells have no part in them. An indicator of 0 and 1 is divided by ½
 * instead: a rare level would get the largest values of all.
 */
export function inputScaling(inputs: Matrix, kept: Int32Array): InputScaling {
  const mean = new Float64Array(inputs.cols);
  const scale = new Float64Array(inputs.cols);
  for (let j = 0; j < inputs.cols; j++) {
    const column = Float64Array.from(kept, (i) => inputs.data[i * inputs.cols + j]).filter(
      (x) => !Number.isNaN(x),
    );
    const of = moments(column);
    mean[j] = of.mean;
    scale[j] = column.every((x) => x === 0 || x === 1) ? 0.5 : of.deviation;
  }
  return { mean, scale };
}

/** {@link inputScaling}, and mean and standard deviation of the targets where there are no classes. */
export function scalingOf({ inputs, answers }: Unscaled, kept: Int32Array, classes: number): Scaling {
  const scaled = inputScaling(inputs, kept);
  if (classes > 0) return { ...scaled, centre: 0, spread: 1 };
  const of = moments(Float64Array.from(kept, (i) => answers[i]));
  return { ...scaled, centre: of.mean, spread: of.deviation };
}

/** (x − mean)/scale, at most 5 either way; a missing cell is at the mean. */
export function scaledInputs({ data, rows, cols }: Matrix, { mean, scale }: InputScaling): Matrix {
  const out = new Matrix(rows, cols);
  for (let i = 0, at = 0; i < rows; i++)
    for (let j = 0; j < cols; j++, at++) {
      const z = (data[at] - mean[j]) / scale[j];
      out.data[at] = Number.isNaN(z) ? 0 : Math.max(-FARTHEST, Math.min(FARTHEST, z));
    }
  return out;
}

/** Mean and standard deviation; 1 for what does not vary. Where squares overflow or vanish, of numbers brought near 1 by a power of two, which rounds nothing. */
function moments(x: Float64Array): { mean: number; deviation: number } {
  // a mean of equal numbers is another number by rounding, and their deviation then a tiny one
  if (x.every((value) => value === x[0])) return { mean: x.length === 0 ? 0 : x[0], deviation: 1 };
  const plain = plainMoments(x);
  if (plain.deviation > 0 && plain.deviation < Infinity) return plain;
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // 2^±1022 at most: its inverse is a number too
  const unit = largest > 0 ? 2 ** Math.max(-1022, Math.min(1022, Math.floor(Math.log2(largest)))) : 1;
  const { mean, deviation } = plainMoments(x.map((value) => value / unit));
  return { mean: mean * unit, deviation: deviation * unit > 0 ? deviation * unit : 1 };
}

function plainMoments(x: Float64Array): { mean: number; deviation: number } {
  const mean = x.reduce((sum, value) => sum + value, 0) / Math.max(1, x.length);
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, x.length);
  return { mean, deviation: Math.sqrt(variance) };
}
