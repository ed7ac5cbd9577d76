/** @file Scores summed over the examples that each subset keeps: all that an LDS reads of a score matrix. */
import { drawSubsets } from '../../influence/index.ts';
import { Matrix, type Vec } from '../../linalg/index.ts';
import type { AstraSetting } from './setting.ts';

/** The first K subsets of a setting, which the paper calls masks: lists of kept examples. */
export function subsetsOf({ draw, subsetFraction, seed }: AstraSetting, count: number): Int32Array[] {
  return drawSubsets(draw.train, subsetFraction, count, seed);
}

/** Σ_{i∈S_j} weight_i row_i for every subset, [K, n]. */
export function subsetSums(rows: Matrix, weights: Vec, subsets: readonly Int32Array[]): Matrix {
  const out = new Matrix(subsets.length, rows.cols);
  for (const [j, kept] of subsets.entries()) {
    const sum = out.row(j);
    for (const i of kept) {
      const row = rows.row(i);
      const weight = weights[i];
      for (let d = 0; d < row.length; d++) sum[d] += weight * row[d];
    }
  }
  return out;
}

/** Σ_{i∈S_j} score[q, i], [Q, K]: scores of groups, for which each subset is one item that is kept alone. */
export function groupScores(scores: Matrix, subsets: readonly Int32Array[]): Matrix {
  const out = new Matrix(scores.rows, subsets.length);
  for (let q = 0; q < scores.rows; q++) {
    const row = scores.row(q);
    for (const [j, kept] of subsets.entries()) {
      let sum = 0;
      for (const i of kept) sum += row[i];
      out.data[q * subsets.length + j] = sum;
    }
  }
  return out;
}

/** {0}, {1}, …: the subsets of group scores. */
export function singletons(count: number): Int32Array[] {
  return Array.from({ length: count }, (_, j) => Int32Array.of(j));
}
