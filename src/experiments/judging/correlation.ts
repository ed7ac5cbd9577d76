/** @file Pearson's correlation and its interval. */
import { normalQuantile } from '../../linalg/index.ts';
import { type Estimate, UNDEFINED } from './estimate.ts';

/** The fewest independent pairs that an interval is given for. */
export const FEWEST_PAIRS = 5;

/** Pearson's correlation of two lists of one length; NaN for a constant. */
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

/**
 * A correlation with its 95 % interval tanh(atanh r ± z/√(n − 3)).
 *
 * @param pairs - n, independent pairs behind r; below {@link FEWEST_PAIRS} there is no interval.
 * Reference: Fisher 1921, On the “probable error” of a coefficient of correlation deduced from a small sample.
 */
export function fisherInterval(r: number, pairs: number): Estimate {
  if (!Number.isFinite(r)) return UNDEFINED;
  if (pairs < FEWEST_PAIRS) return { value: r, lo: null, hi: null };
  const half = normalQuantile(0.975) / Math.sqrt(pairs - 3);
  return { value: r, lo: Math.tanh(Math.atanh(r) - half), hi: Math.tanh(Math.atanh(r) + half) };
}
