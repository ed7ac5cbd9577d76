/** @file Where the variance of an LDS comes from, network by network, and how many networks an interval needs. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { above } from '../../linalg/border/fields.ts';
import { asMatrix } from '../../linalg/border/matrix.ts';
import { asVector } from '../../linalg/border/vector.ts';
import { checkInteger, checkNonNegative, checkShape } from '../../linalg/checks.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import { checkLevel } from './bootstrap.ts';
import { studentQuantile } from './student-quantile.ts';

/** Variances of the parts of one network's value: μ + network + subsets + residual. */
export interface NetworkComponents {
  /** Between networks. */
  readonly networks: number;
  /** Of a draw of K subsets, which all networks share. */
  readonly subsets: number;
  /** Of a network's own answer to a draw of subsets. */
  readonly residual: number;
}

/**
 * The parts of the variance of one network's value. Over resamples of the subsets the covariance of two networks is `subsets`, their
 * variance `subsets` + `residual`; the variance between values on the same subsets is `networks` + `residual`. What comes out below
 * zero is 0.
 *
 * @param values - Of each network, shape [M]. @param replicates - Of each on resampled subsets, shape [M, B]. @param subsets - K.
 * @returns With one network `networks` is NaN, and `residual` is 0: all of it is called `subsets`.
 * @throws {ShapeError} other shapes. @throws {DomainError} no network, K < 2.
 * @example networkComponents([0.2, 0.6], Matrix.of([[0.1, 0.3], [0.5, 0.7]]), 100).residual; // 0: both answer alike
 * Reference: Searle, Casella & McCulloch, Variance Components (1992), the crossed classification without replication.
 */
export function networkComponents(values: Vec, replicates: Matrix, subsets: number): NetworkComponents {
  const where = 'networkComponents';
  const y = asVector(where, 'values', values);
  const r = asMatrix(where, 'replicates', replicates);
  const m = y.length;
  checkInteger(where, 'values.length', m, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'subsets', subsets, 2, Number.MAX_SAFE_INTEGER);
  checkShape(where, 'replicates', r, m, r.cols);
  const inflate = subsets / (subsets - 1);
  const each = y.reduce((sum, _, n) => sum + variance(r.row(n)), 0) * (inflate / m);
  if (m < 2) return { networks: Number.NaN, subsets: each, residual: 0 };
  const means = Float64Array.from({ length: r.cols }, (_, b) => {
    let sum = 0;
    for (let n = 0; n < m; n++) sum += r.at(n, b);
    return sum / m;
  });
  const shared = Math.min(each, Math.max(0, (m * variance(means) * inflate - each) / (m - 1)));
  const residual = each - shared;
  return { networks: Math.max(0, variance(y) - residual), subsets: shared, residual };
}

/**
 * How many networks make the interval of their mean at most 2 × `halfWidth` wide, by the variances of one network:
 * the smallest M ≥ 2 with t √((networks + residual)/M + subsets) ≤ halfWidth, t with the degrees of freedom as in {@link networkInterval},
 * subsets taken as known.
 *
 * @returns Infinity when no number of networks does: the draw of subsets alone is wider. More subsets are needed then.
 * @throws {DomainError} `halfWidth` not above 0, `level` outside (0, 1), a part below 0 or NaN.
 * @example networksNeeded({ networks: 0.04, subsets: 0, residual: 0 }, 0.1); // 18
 */
export function networksNeeded(components: NetworkComponents, halfWidth: number, level = 0.95): number {
  const where = 'networksNeeded';
  checkObject(where, 'components', components);
  const { networks, subsets, residual } = components;
  for (const [name, part] of Object.entries({ networks, subsets, residual }))
    checkNonNegative(where, name, part);
  above(0)(where, 'halfWidth', halfWidth as never);
  checkLevel(where, level);
  const own = networks + residual;
  const p = (1 + level) / 2;
  const suffices = (m: number): boolean => {
    const variance = own / m + subsets;
    if (variance === 0) return true;
    const degrees = own === 0 ? Number.POSITIVE_INFINITY : (m - 1) * (variance / (own / m)) ** 2;
    return studentQuantile(p, degrees) * Math.sqrt(variance) <= halfWidth;
  };
  if (!(studentQuantile(p, Number.POSITIVE_INFINITY) * Math.sqrt(subsets) < halfWidth))
    return own === 0 && suffices(2) ? 2 : Number.POSITIVE_INFINITY;
  let high = 2;
  while (!suffices(high)) high *= 2;
  let low = high === 2 ? 1 : high / 2; // does not suffice, or is no choice
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (suffices(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Σ (x − mean)² / (n − 1), without NaN; NaN of fewer than two. */
export function variance(values: Vec): number {
  const known = values.filter((value) => !Number.isNaN(value));
  const n = known.length;
  if (n < 2) return Number.NaN;
  const [first] = known;
  const mean = known.reduce((sum, value) => sum + (value - first), 0) / n;
  return known.reduce((sum, value) => sum + (value - first - mean) ** 2, 0) / (n - 1);
}
