/** @file Noise ceiling: how well the outcomes of retraining can be predicted at all, given their seed noise. */
import { checkNumber } from '../../linalg/border/arguments.ts';
import { above, checkFields, checkSeed } from '../../linalg/border/fields.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import type { Vec } from '../../linalg/matrix.ts';
import { rng } from '../../linalg/random/random.ts';
import type { Measurement } from '../measurement.ts';
import { count, measurementName } from '../option-checks.ts';
import { sortColumns } from './lds.ts';
import { meanCorrelation } from './mean-correlation.ts';
import { resampledSpearman } from './resampled-spearman.ts';
import { asBank, outcomeMeans, type RetrainingBank } from './retraining-bank.ts';

/** How many splits are averaged over at most. */
const DEFAULT_SPLITS = 100;

export interface NoiseCeilingOptions {
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** How many random splits when there are more distinct ones than this. Default 100. */
  readonly splits?: number;
  /** Names the random splits. Default 0. */
  readonly seed?: number;
}

const OPTIONS = { measurement: measurementName, splits: count, seed: checkSeed };

/** A value per query, NaN where the outcomes are constant over subsets, and the mean over all queries, in which those count as 0. */
export interface PerQuery {
  readonly perQuery: Vec;
  readonly mean: number;
}

export interface NoiseCeiling {
  /** r_half: Spearman's ρ over subsets between the means of two disjoint halves of the seeds, averaged over splits. */
  readonly splitHalf: PerQuery;
  /** √(reliability of the mean of all R seeds): the LDS that knowing every expected outcome exactly would reach. */
  readonly perfect: PerQuery;
  /** Queries whose outcomes are constant over the subsets in every half: nothing to predict. Ascending. */
  readonly undefinedQueries: readonly number[];
  /** Splits averaged over. */
  readonly splits: number;
  /** Whether these are all the distinct splits. */
  readonly exhaustive: boolean;
}

/**
 * Noise ceiling of a bank of retrainings.
 *
 * Half A of the seeds (h = ⌊R/2⌋) predicts half B as any attribution method would; the Spearman correlation of their
 * means is `splitHalf`. It speaks of h seeds against h seeds. An LDS compares a prediction, free of seed noise, with
 * the mean of R seeds, and has another limit: by Spearman–Brown the mean of R seeds has reliability
 * rel = k r / (1 + (k − 1) r), k = R/h, r = max(r_half, 0), and a perfect predictor correlates √rel with it (Spearman's
 * attenuation: ρ_observed = ρ √rel). Both formulas are exact for Pearson's correlation with independent seed noise;
 * for ranks they are approximations. With few subsets r_half is noisy, and its clipping at 0 biases √rel upwards where
 * nothing but noise is left.
 *
 * Undefined correlations count as 0, as in the LDS (`meanCorrelation`), so that both are means over the same
 * queries: over splits where one half of the seeds is constant over the subsets, and over queries in the mean.
 *
 * @param given - The bank. Complete, with R ≥ 2 seeds. Not modified.
 * @returns Per query and mean. @throws {DomainError} R < 2, splits < 1, or a job that has not run.
 * @throws {UnsupportedError} margins of a regression bank.
 * For odd R every split leaves one seed out. Cost: O(splits · nQuery · K (R + log K)).
 * Reference: Spearman, Correlation calculated from faulty data (1910); Brown, Some experimental results in the
 * correlation of mental abilities (1910); Spearman (1904) for the attenuation.
 */
export function noiseCeiling(given: RetrainingBank, options: NoiseCeilingOptions = {}): NoiseCeiling {
  const bank = asBank('noiseCeiling', given);
  checkFields('noiseCeiling', options, OPTIONS);
  const { measurement = 'loss', splits = DEFAULT_SPLITS, seed = 0 } = options;
  checkInteger('noiseCeiling', 'bank.seeds', bank.seeds, 2, Number.POSITIVE_INFINITY);
  const { halves, exhaustive } = seedSplits(bank.seeds, splits, seed);
  const total = new Float64Array(bank.queries);
  const once = new Float64Array(bank.queries);
  const defined = new Int32Array(bank.queries);
  const weights = new Int32Array(bank.subsets.length).fill(1);
  for (const [a, b] of halves) {
    const first = sortColumns(outcomeMeans(bank, measurement, a));
    const second = sortColumns(outcomeMeans(bank, measurement, b));
    resampledSpearman(first, second, weights, once);
    for (let q = 0; q < total.length; q++) {
      if (Number.isNaN(once[q])) continue;
      total[q] += once[q];
      defined[q]++;
    }
  }
  const splitHalf = total.map((sum, q) => (defined[q] === 0 ? Number.NaN : sum / halves.length));
  const k = bank.seeds / Math.floor(bank.seeds / 2);
  const perfect = splitHalf.map((r) => Math.sqrt(reliability(Math.max(r, 0), k)));
  return {
    splitHalf: { perQuery: splitHalf, mean: meanCorrelation(splitHalf) },
    perfect: { perQuery: perfect, mean: meanCorrelation(perfect) },
    undefinedQueries: Array.from(defined.keys()).filter((q) => defined[q] === 0),
    splits: halves.length,
    exhaustive,
  };
}

/**
 * Reliability of a measurement made k times as long: k r / (1 + (k − 1) r). Spearman (1910); Brown (1910).
 * @param r - Reliability now, in [0, 1]. @param k - Ratio of lengths, > 0. @throws {DomainError} not so.
 * @example spearmanBrown(0.5, 2); // 0.6666666666666666
 */
export function spearmanBrown(r: number, k: number): number {
  checkNumber('spearmanBrown', 'r', r);
  if (!(r >= 0 && r <= 1)) throw new DomainError('spearmanBrown', 'r', 'in [0, 1]', r);
  above(0)('spearmanBrown', 'k', k as never);
  return reliability(r, k);
}

function reliability(r: number, k: number): number {
  return (k * r) / (1 + (k - 1) * r);
}

/** Two disjoint halves of the seeds, each ascending. */
export type SeedSplit = readonly [a: number[], b: number[]];

/**
 * The halves of R seeds that {@link noiseCeiling} averages over: every distinct pair when there are at most `splits`,
 * else `splits` random ones, named by `seed`.
 */
export function seedSplits(
  seeds: number,
  splits: number = DEFAULT_SPLITS,
  seed = 0,
): { readonly halves: readonly SeedSplit[]; readonly exhaustive: boolean } {
  const exhaustive = countSplits(seeds) <= splits;
  return { halves: exhaustive ? allSplits(seeds) : randomSplits(seeds, splits, seed), exhaustive };
}

/** Unordered pairs of disjoint h-subsets of R seeds, h = ⌊R/2⌋: R! / (2 (h!)² (R − 2h)!). */
function countSplits(seeds: number): number {
  const half = Math.floor(seeds / 2);
  let count = seeds % 2 === 0 ? 1 : seeds;
  for (let i = 1; i <= half; i++) count *= (half + i) / i;
  return Math.round(count / 2);
}

/** Every split once: the half with the smallest seed number is named first. */
function allSplits(seeds: number): SeedSplit[] {
  const half = Math.floor(seeds / 2);
  const all = Array.from({ length: seeds }, (_, r) => r);
  return combinations(all, half).flatMap((a) =>
    combinations(
      all.filter((r) => r > a[0] && !a.includes(r)),
      half,
    ).map((b): SeedSplit => [a, b]),
  );
}

/** All k-element sublists, in lexicographic order. */
function combinations(items: readonly number[], k: number): number[][] {
  if (k === 0) return [[]];
  return items.flatMap((item, i) => combinations(items.slice(i + 1), k - 1).map((rest) => [item, ...rest]));
}

/** Split s is cut from the permutation of the stream rng(seed, 'split', s): more splits extend the list. */
function randomSplits(seeds: number, count: number, seed: number): SeedSplit[] {
  const half = Math.floor(seeds / 2);
  return Array.from({ length: count }, (_, s): SeedSplit => {
    const order = rng(seed, 'split', s).permutation(seeds);
    const sorted = (start: number): number[] =>
      Array.from(order.subarray(start, start + half)).sort((x, y) => x - y);
    return [sorted(0), sorted(half)];
  });
}
