/** @file One judge: scores against stored retrainings as LDS with intervals, their differences, and the ceiling above them. */
import {
  type Bootstrap,
  bcaInterval,
  bootstrapDifference,
  type LdsInput,
  type LdsResult,
  linearDatamodellingScore,
  type Measurement,
  type NetworkBootstrap,
  networkInterval,
  noiseCeiling,
  outcomeMeans,
  percentileInterval,
  type RetrainingBank,
} from '../../influence/index.ts';
import { Matrix } from '../../linalg/index.ts';
import { finiteOrNull, type JsonInterval, jsonInterval } from '../files/json-number.ts';
import { boundedInterval } from './bounded-interval.ts';
import { type Estimate, UNDEFINED } from './estimate.ts';
import type { PairedDifference, Spread } from './results-file.ts';

/** What judges: a measurement, and the seed of the resamples. */
export interface Judging {
  readonly measurement: Measurement;
  readonly seed: number;
}

/** The LDS of score matrices [queries, train] against one bank; every call sees the same resampled subsets. */
export type Judge = (scores: Matrix, resamples?: number) => LdsResult;

/** The judge of a bank. */
export function judgeOf({ measurement, seed }: Judging, bank: RetrainingBank): Judge {
  return judgeBy({ subsets: bank.subsets, outcomes: outcomeMeans(bank, measurement), seed });
}

/** The judge of outcomes [K, queries]. */
export function judgeBy(evidence: Omit<LdsInput, 'scores'>): Judge {
  return (scores, resamples) =>
    linearDatamodellingScore({ ...evidence, scores, ...(resamples === undefined ? {} : { resamples }) });
}

/** What knowing every expected outcome would reach, and how well one half of the seeds predicts the other; null with one seed. */
export function ceilingOf(
  { measurement, seed }: Judging,
  bank: RetrainingBank,
): { readonly ceiling: number | null; readonly splitHalf: number | null } {
  if (bank.seeds < 2) return { ceiling: null, splitHalf: null };
  const { perfect, splitHalf } = noiseCeiling(bank, { measurement, seed });
  return { ceiling: finiteOrNull(perfect.mean), splitHalf: finiteOrNull(splitHalf.mean) };
}

/** The number of a bootstrap with its BCa interval; undefined of none. */
export function estimateOf(drawn: Bootstrap | undefined): Estimate {
  if (drawn === undefined) return UNDEFINED;
  const [lo, hi] = jsonInterval(bcaInterval(drawn));
  return { value: finiteOrNull(drawn.estimate), lo, hi };
}

/** Both intervals of a bootstrap over networks and subsets. @param bound - No value is beyond ± this, so no end of the first need be. */
export function networkIntervals(
  drawn: NetworkBootstrap,
  bound: number,
): { readonly ci: JsonInterval; readonly percentile: JsonInterval } {
  return {
    ci: boundedInterval(networkInterval(drawn), bound),
    percentile: jsonInterval(percentileInterval(drawn)),
  };
}

/** a − b with both intervals, paired over subsets. @throws {DomainError} the two were not drawn alike. */
export function pairedDifference(a: LdsResult, b: LdsResult): PairedDifference {
  const drawn = bootstrapDifference(a.bootstrap, b.bootstrap);
  const { value, lo, hi } = estimateOf(drawn);
  return { difference: value, ci: [lo, hi], percentile: jsonInterval(percentileInterval(drawn)) };
}

/** The bootstrap of the mean of several statistics that were resampled alike, resample by resample. @throws {Error} none are given. */
export function meanBootstrap(all: readonly Bootstrap[]): Bootstrap {
  const [first] = all;
  if (first === undefined) throw new Error('meanBootstrap: nothing to average.');
  return {
    estimate: average(all.map(({ estimate }) => estimate)),
    replicates: means(all, (b) => b.replicates),
    jackknife: means(all, (b) => b.jackknife),
    seed: first.seed,
  };
}

/** The same of statistics of networks and subsets. @throws {Error} none are given. */
export function meanNetworkBootstrap(all: readonly NetworkBootstrap[]): NetworkBootstrap {
  const mean = meanBootstrap(all);
  const { rows, cols } = all[0].withoutBoth;
  return {
    ...mean,
    subsetReplicates: means(all, (b) => b.subsetReplicates),
    withoutNetwork: means(all, (b) => b.withoutNetwork),
    withoutBoth: new Matrix(
      rows,
      cols,
      means(all, (b) => b.withoutBoth.data),
    ),
  };
}

/** Position by position. */
function means<B>(all: readonly B[], read: (b: B) => Float64Array): Float64Array {
  return read(all[0]).map((_, i) => average(all.map((b) => read(b)[i])));
}

/** Mean, standard deviation (n − 1) and values; the deviation of a single value is undefined. */
export function spread(values: readonly number[]): Spread {
  const n = values.length;
  const mean = average(values);
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  return {
    mean: finiteOrNull(mean),
    sd: n < 2 ? null : finiteOrNull(Math.sqrt(squares / (n - 1))),
    values: values.map(finiteOrNull),
  };
}

/** The mean, added up from the first to the last; NaN of none. */
export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The middle one, or the mean of the two in the middle. NaNs are left out; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return sorted.length === 0 ? Number.NaN : (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}
