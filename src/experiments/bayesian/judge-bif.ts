/** @file What is said of scores and draws beside their LDS: the agreement of two score matrices, and traces short enough to draw. */
import { meanCorrelation } from '../../influence/judging/mean-correlation.ts';
import type { Matrix, Vec } from '../../linalg/index.ts';
import { pearson } from '../judging/correlation.ts';

/** Mean over queries of Pearson's correlation over training examples; a constant row correlates with nothing and counts as 0. */
export function agreement(a: Matrix, b: Matrix): number {
  return meanCorrelation(Float64Array.from({ length: a.rows }, (_, q) => pearson(a.row(q), b.row(q))));
}

/** Every so many values of a row, at most `points`. */
export function thinned(row: Vec, points: number): number[] {
  const every = Math.max(1, Math.ceil(row.length / points));
  return Array.from({ length: Math.ceil(row.length / every) }, (_, k) => row[k * every]);
}
