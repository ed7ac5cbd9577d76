/** @file The LDS of score matrices against retrainings, and the agreement of two score matrices. */
import {
  type LdsResult,
  linearDatamodellingScore,
  outcomeMeans,
  type RetrainingBank,
} from '../../influence/index.ts';
import type { Matrix, Vec } from '../../linalg/index.ts';

/** LDS for the loss of the queries, resampled over subsets; equal seeds resample alike. */
export function evaluateLds(
  scores: Matrix,
  bank: RetrainingBank,
  resamples: number,
  seed: number,
): LdsResult {
  return linearDatamodellingScore({
    scores,
    subsets: bank.subsets,
    outcomes: outcomeMeans(bank, 'loss'),
    resamples,
    seed,
  });
}

/** Mean over queries of Pearson's correlation over training examples; constant rows are left out. */
export function agreement(a: Matrix, b: Matrix): number {
  const values: number[] = [];
  for (let q = 0; q < a.rows; q++) {
    const r = pearson(a.row(q), b.row(q));
    if (Number.isFinite(r)) values.push(r);
  }
  return values.reduce((sum, r) => sum + r, 0) / values.length;
}

/** Pearson's correlation; NaN for a constant. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const mean = (v: ArrayLike<number>): number => {
    let sum = 0;
    for (let i = 0; i < v.length; i++) sum += v[i];
    return sum / v.length;
  };
  const [mx, my] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i] - mx, y[i] - my];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

/** Every so many values of a row, at most `points`. */
export function thinned(row: Vec, points: number): number[] {
  const every = Math.max(1, Math.ceil(row.length / points));
  return Array.from({ length: Math.ceil(row.length / every) }, (_, k) => row[k * every]);
}
