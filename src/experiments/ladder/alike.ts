/** @file How alike two sets of predictions are. */
import type { Matrix } from '../../linalg/index.ts';
import { average } from '../judging/judge.ts';

/** The correlation of two lists; NaN where one is constant. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [ma, mb] = [average(Array.from(a)), average(Array.from(b))];
  let [both, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] - ma, b[i] - mb];
    both += x * y;
    aa += x * x;
    bb += y * y;
  }
  return both / Math.sqrt(aa * bb);
}

/** The correlation over subsets, averaged over queries; of predictions [K, queries]. */
export function predictionsCorrelation(a: Matrix, b: Matrix): number {
  return average(Array.from({ length: a.cols }, (_, q) => pearson(a.column(q), b.column(q))));
}
