/** @file LDS of group scores, means of it over models, and paired differences. */
import {
  type Bootstrap,
  bcaInterval,
  bootstrapDifference,
  linearDatamodellingScore,
} from '../../influence/index.ts';
import { Matrix } from '../../linalg/index.ts';
import type { StoredArray } from '../engine/task.ts';
import { finiteOrNull, jsonInterval } from '../files/json-number.ts';
import type { Scored } from './astra-results.ts';
import { singletons } from './groups.ts';

/** Resamples behind every interval here: thousands of LDS are computed, and 1,000 are the least that BCa ends ask for. */
const RESAMPLES = 1000;

/** Judges group scores [Q, K] by the outcomes [K, Q] of the same masks and queries. */
export class Judge {
  private readonly outcomes: Matrix;
  private readonly seed: number;

  constructor(outcomes: Matrix, seed: number) {
    this.outcomes = outcomes;
    this.seed = seed;
  }

  lds(groups: Matrix): Bootstrap {
    const { outcomes, seed } = this;
    const scores = corner(groups, outcomes.cols, outcomes.rows);
    const subsets = singletons(outcomes.rows);
    return linearDatamodellingScore({ scores, subsets, outcomes, seed, resamples: RESAMPLES }).bootstrap;
  }
}

export function scored(drawn: Bootstrap): Scored {
  return { mean: finiteOrNull(drawn.estimate), ci: jsonInterval(bcaInterval(drawn)) };
}

export function difference(a: Bootstrap, b: Bootstrap): Scored {
  return scored(bootstrapDifference(a, b));
}

/** The mean of matrices of one shape. */
export function meanMatrix(parts: readonly Matrix[]): Matrix {
  const out = new Matrix(parts[0].rows, parts[0].cols);
  for (const { data } of parts) for (let i = 0; i < data.length; i++) out.data[i] += data[i] / parts.length;
  return out;
}

/** Slice `index` of a stored array [n, rows, cols]. */
export function sliceOf({ shape, data }: StoredArray, index: number): Matrix {
  const [, rows, cols] = shape;
  return new Matrix(rows, cols, data.slice(index * rows * cols, (index + 1) * rows * cols));
}

/** A stored array [rows, cols]. */
export function matrixOf({ shape, data }: StoredArray): Matrix {
  return new Matrix(shape[0], shape[1], data);
}

/** The first rows and columns: results may hold more queries and masks than are judged. */
function corner(a: Matrix, rows: number, cols: number): Matrix {
  if (a.rows === rows && a.cols === cols) return a;
  const out = new Matrix(rows, cols);
  for (let i = 0; i < rows; i++) out.row(i).set(a.row(i).subarray(0, cols));
  return out;
}
