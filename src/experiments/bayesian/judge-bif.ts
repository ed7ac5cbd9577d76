/** @file What is said of scores and draws beside their LDS: the agreement of two score matrices, and traces short enough to draw. */
import type { Matrix, Vec } from '../../linalg/index.ts';
import { pearson } from '../claims/correlation.ts';

/** Mean over queries of Pearson's correlation over training examples; constant rows are left out. */
export function agreement(a: Matrix, b: Matrix): number {
  const values: number[] = [];
  for (let q = 0; q < a.rows; q++) {
    const r = pearson(a.row(q), b.row(q));
    if (Number.isFinite(r)) values.push(r);
  }
  return values.reduce((sum, r) => sum + r, 0) / values.length;
}

/** Every so many values of a row, at most `points`. */
export function thinned(row: Vec, points: number): number[] {
  const every = Math.max(1, Math.ceil(row.length / points));
  return Array.from({ length: Math.ceil(row.length / every) }, (_, k) => row[k * every]);
}
