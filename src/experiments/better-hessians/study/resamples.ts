/** @file The LDS of groups of queries on resamples of the subsets that all variants share, and without each network. */
import { sortColumns } from '../../../influence/judging/lds.ts';
import { isUnrankable, meanCorrelation } from '../../../influence/judging/mean-correlation.ts';
import type { NetworkBootstrap } from '../../../influence/judging/network-bootstrap.ts';
import {
  constantRows,
  resampledSpearman,
  type SortedRows,
} from '../../../influence/judging/resampled-spearman.ts';
import { Matrix, rng, type Vec } from '../../../linalg/index.ts';
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
 * Spearman's ρ of outcomes and predictions, averaged over each group of queries: on all subsets, on every resample, without each subset
 * in turn, and the same of the predictions of all networks but one. An undefined ρ counts as 0, as in `linearDatamodellingScore`.
 * Where no query has one, because the rule inverts nothing and every score is 0, there is no LDS: NaN, which the study shows as “?”.
 *
 * @param measured - {@link sortColumns} of the outcomes [K, nQuery].
 * @param predictions - Shape [K, nQuery]; a larger prediction means a larger outcome.
 * @param without - The predictions without network m, [M] of the same shape; none with a single network.
 * @returns One bootstrap per group. Its `replicates` resample subsets alone: intervals over networks rest on leaving one out
 *   (`networkInterval`). Two results with the same resamples are paired by `networkDifference`.
 */
export function groupScores(
  measured: SortedRows,
  predictions: Matrix,
  { items, seed, weights }: Resamples,
  groups: QueryGroups,
  without: readonly Matrix[] = [],
): Record<Group, NetworkBootstrap> {
  const judge = groupJudge(measured, groups);
  const all = judge(predictions);
  const ones = new Int32Array(items).fill(1);
  const estimates = all(ones);
  const replicates = weights.map(all);
  const jackknife = leavingOut(ones, all);
  const others = without.map(judge);
  const withoutNetwork = others.map((evaluate) => evaluate(ones));
  const withoutBoth = others.flatMap((evaluate) => leavingOut(ones, evaluate));
  const column = (rows: readonly (readonly number[])[], g: number): Vec =>
    Float64Array.from(rows, (row) => row[g]);
  return recordBy(GROUPS, (group) => {
    const g = GROUPS.indexOf(group);
    const drawn = column(replicates, g);
    return {
      estimate: estimates[g],
      replicates: drawn,
      subsetReplicates: drawn,
      jackknife: column(jackknife, g),
      withoutNetwork: column(withoutNetwork, g),
      withoutBoth: new Matrix(without.length, items, column(withoutBoth, g)),
      seed,
    };
  });
}

/** The LDS of each group, given how often each subset occurs. */
type Evaluate = (weights: Int32Array) => readonly number[];

function groupJudge(measured: SortedRows, groups: QueryGroups): (predictions: Matrix) => Evaluate {
  return (predictions) => {
    const predicted = sortColumns(predictions);
    const silent = constantRows(predicted).length === predictions.cols;
    const rho = new Float64Array(predictions.cols);
    return (weights) => {
      if (silent || isUnrankable(weights)) return GROUPS.map(() => Number.NaN);
      resampledSpearman(measured, predicted, weights, rho);
      return GROUPS.map((group) => meanCorrelation(rho, groups[group]));
    };
  };
}

/** Without each subset in turn. @param ones - Changed and restored. */
function leavingOut(ones: Int32Array, evaluate: Evaluate): (readonly number[])[] {
  return Array.from(ones, (_, i) => {
    ones[i] = 0;
    const values = evaluate(ones);
    ones[i] = 1;
    return values;
  });
}
