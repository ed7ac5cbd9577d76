/** @file The LDS of groups of queries on resamples of the subsets that all variants share. */
import type { Bootstrap } from '../../../influence/judging/bootstrap.ts';
import { sortColumns } from '../../../influence/judging/lds.ts';
import { isUnrankable, meanCorrelation } from '../../../influence/judging/mean-correlation.ts';
import {
  constantRows,
  resampledSpearman,
  type SortedRows,
} from '../../../influence/judging/resampled-spearman.ts';
import { type Matrix, rng, type Vec } from '../../../linalg/index.ts';
import { recordBy } from '../../files/record-by.ts';

/** Multiplicities of K subsets: resample b of `bootstrap` in src/influence, from the same stream. */
export interface Resamples {
  readonly items: number;
  readonly seed: number;
  readonly weights: readonly Int32Array[];
}

/** Draws B resamples of K items once, for all variants and rules. */
export function drawResamples(items: number, count: number, seed: number): Resamples {
  const weights = Array.from({ length: count }, (_, b) => {
    const stream = rng(seed, 'bootstrap', b);
    const drawn = new Int32Array(items);
    for (let draw = 0; draw < items; draw++) drawn[stream.integer(items)]++;
    return drawn;
  });
  return { items, seed, weights };
}

/** Query lists that an LDS is averaged over. */
export const GROUPS = ['all', 'first', 'second'] as const;
export type Group = (typeof GROUPS)[number];
export type QueryGroups = Readonly<Record<Group, Int32Array>>;

/** All queries, and two halves drawn by the stream rng(seed, 'study', 'halves'): one to choose on, one to judge on. */
export function queryHalves(queries: number, seed: number): QueryGroups {
  const order = rng(seed, 'study', 'halves').permutation(queries);
  const half = Math.floor(queries / 2);
  return { all: order.slice().sort(), first: order.slice(0, half).sort(), second: order.slice(half).sort() };
}

/**
 * Spearman's ρ of outcomes and predictions, averaged over each group of queries: on all subsets, on every resample, and
 * without each subset in turn. An undefined ρ counts as 0, as in `linearDatamodellingScore`.
 * Where no query has one, because the rule inverts nothing and every score is 0, there is no LDS: NaN, which the study shows as “?”.
 *
 * @param measured - {@link sortColumns} of the outcomes [K, nQuery].
 * @param predictions - Shape [K, nQuery]; a larger prediction means a larger outcome.
 * @returns One bootstrap per group. Two results with the same resamples are paired by `bootstrapDifference`.
 */
export function groupScores(
  measured: SortedRows,
  predictions: Matrix,
  { items, seed, weights }: Resamples,
  groups: QueryGroups,
): Record<Group, Bootstrap> {
  const predicted = sortColumns(predictions);
  const silent = constantRows(predicted).length === predictions.cols;
  const rho = new Float64Array(predictions.cols);
  const evaluate = (w: Int32Array): number[] => {
    if (silent || isUnrankable(w)) return GROUPS.map(() => Number.NaN);
    resampledSpearman(measured, predicted, w, rho);
    return GROUPS.map((group) => meanCorrelation(rho, groups[group]));
  };
  const ones = new Int32Array(items).fill(1);
  const estimates = evaluate(ones);
  const replicates = weights.map(evaluate);
  const jackknife = Array.from({ length: items }, (_, i) => {
    ones[i] = 0;
    const values = evaluate(ones);
    ones[i] = 1;
    return values;
  });
  const column = (rows: readonly (readonly number[])[], g: number): Vec =>
    Float64Array.from(rows, (row) => row[g]);
  return recordBy(GROUPS, (group) => {
    const g = GROUPS.indexOf(group);
    return {
      estimate: estimates[g],
      replicates: column(replicates, g),
      jackknife: column(jackknife, g),
      seed,
    };
  });
}
