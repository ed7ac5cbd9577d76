/** @file The mean of rank correlations over queries, one rule for all judges: an undefined correlation counts as none. */
import type { Vec } from '../../linalg/matrix.ts';

/**
 * Mean of correlations over queries, in which an undefined one (NaN: a constant has no order) counts as 0.
 *
 * Leaving it out instead would reward a method for the queries it says nothing about, and would compare two methods on
 * different queries. One divisor for every method also keeps an LDS and its noise ceiling on one scale.
 *
 * @param values - Shape [nQuery]. @param queries - Which of them; default all.
 * @returns NaN only when there is no query.
 * @example meanCorrelation(Float64Array.of(0.5, NaN)); // 0.25
 */
export function meanCorrelation(values: Vec, queries?: Int32Array): number {
  const count = queries?.length ?? values.length;
  let total = 0;
  for (let k = 0; k < count; k++) {
    const value = values[queries === undefined ? k : queries[k]];
    if (!Number.isNaN(value)) total += value;
  }
  return count === 0 ? Number.NaN : total / count;
}

/**
 * Whether a resample, given by multiplicities, holds fewer than two distinct items. Nothing can be ranked then, for any
 * method: its statistic is NaN, and intervals leave it out. With K subsets a share K^(1 − K) of resamples is like that.
 */
export function isUnrankable(weights: ArrayLike<number>): boolean {
  let distinct = 0;
  for (let k = 0; k < weights.length && distinct < 2; k++) if (weights[k] > 0) distinct++;
  return distinct < 2;
}
