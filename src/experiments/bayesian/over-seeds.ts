/** @file Means over repetitions of a whole experiment, and slopes over sizes, with Student's intervals. */
import { normalQuantile } from '../../linalg/index.ts';
import { type Estimate, UNDEFINED } from '../judging/estimate.ts';

/** A mean over seeds. */
export interface SeedMean extends Estimate {
  /** Of the mean: s/√n; null with one seed. */
  readonly standardError: number | null;
  /** The values, one per seed. */
  readonly perSeed: readonly number[];
}

/**
 * Mean, standard error and 95 % interval of independent repetitions: x̄ ± t s/√n with Student's t of n − 1 degrees of freedom. With
 * one value there is no interval.
 */
export function overSeeds(values: readonly number[]): SeedMean {
  const perSeed = values.filter(Number.isFinite);
  const n = perSeed.length;
  if (n === 0) return { ...UNDEFINED, standardError: null, perSeed };
  const mean = perSeed.reduce((sum, v) => sum + v, 0) / n;
  if (n === 1) return { value: mean, lo: null, hi: null, standardError: null, perSeed };
  const variance = perSeed.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1);
  const standardError = Math.sqrt(variance / n);
  const reach = studentQuantile(n - 1) * standardError;
  return { value: mean, lo: mean - reach, hi: mean + reach, standardError, perSeed };
}

/** Least-squares slope of y on x with Student's 95 % interval from the residuals, which needs three points. */
export function slope(points: readonly (readonly [x: number, y: number])[]): Estimate {
  const n = points.length;
  if (n < 2) return UNDEFINED;
  const mx = points.reduce((sum, [x]) => sum + x, 0) / n;
  const my = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const xx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const value = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / xx;
  if (n < 3) return { value, lo: null, hi: null };
  const rest = points.reduce((sum, [x, y]) => sum + (y - my - value * (x - mx)) ** 2, 0);
  const reach = studentQuantile(n - 2) * Math.sqrt(rest / (n - 2) / xx);
  return { value, lo: value - reach, hi: value + reach };
}

/**
 * The 97.5 % quantile of Student's t. One and two degrees of freedom exactly, more by Hill's expansion of the normal quantile, which is
 * right to four digits from three on.
 *
 * @param degrees - Integer ≥ 1. Reference: Hill, Algorithm 396: Student's t-quantiles (CACM 13, 1970).
 * @example studentQuantile(4); // 2.776
 */
export function studentQuantile(degrees: number): number {
  const tail = 0.05; // both tails together
  if (degrees === 1) return 1 / Math.tan((Math.PI * tail) / 2);
  if (degrees === 2) return Math.sqrt(2 / (tail * (2 - tail)) - 2);
  const a = 1 / (degrees - 0.5);
  const b = 48 / a ** 2;
  const c = (((20700 * a) / b - 98) * a - 16) * a + 96.36;
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * degrees;
  let y = (d * tail) ** (2 / degrees);
  if (y > 0.05 + a) {
    const x = normalQuantile(tail / 2);
    y = x * x;
    const lifted = degrees < 5 ? c + 0.3 * (degrees - 4.5) * (x + 0.6) : c;
    const e = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + lifted;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / e - y - 3) / b + 1) * x;
    y = Math.expm1(a * y * y);
  } else
    y =
      ((1 / (((degrees + 6) / (degrees * y) - 0.089 * d - 0.822) * (degrees + 2) * 3) + 0.5 / (degrees + 4)) *
        y -
        1) *
        ((degrees + 1) / (degrees + 2)) +
      1 / y;
  return Math.sqrt(degrees * y);
}
