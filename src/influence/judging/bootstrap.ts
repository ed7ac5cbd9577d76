/** @file Bootstrap intervals of a statistic of n exchangeable items: percentile and BCa. */
import { allocate, allocateIntegers } from '../../linalg/border/allocate.ts';
import { checkFunction, checkNumber, checkObject, checkOptions } from '../../linalg/border/arguments.ts';
import { asVector } from '../../linalg/border/vector.ts';
import { checkInteger, checkLength } from '../../linalg/checks.ts';
import { erf } from '../../linalg/elementary.ts';
import { DomainError } from '../../linalg/errors.ts';
import type { Vec } from '../../linalg/matrix.ts';
import { normalQuantile } from '../../linalg/random/normal-quantile.ts';
import { rng } from '../../linalg/random/random.ts';

/** [lower end, upper end]; both NaN when the statistic is undefined. */
export type Interval = readonly [lo: number, hi: number];

/** A statistic, and what it becomes on resampled and on reduced data. */
export interface Bootstrap {
  /** The statistic of the items themselves. */
  readonly estimate: number;
  /** Its value on each resample, shape [resamples]; resample b depends on (seed, b, n) only. */
  readonly replicates: Vec;
  /** Its value without item i, shape [n]. */
  readonly jackknife: Vec;
  readonly seed: number;
}

export interface BootstrapOptions {
  /** B. Default 2000: the ends of a 95 % interval then rest on 50 replicates beyond each. */
  readonly resamples?: number;
  /** Names the resamples. Two statistics with one seed and one n see the same resamples. Default 0. */
  readonly seed?: number;
}

/** Default B. Efron & Tibshirani (1993) ask at least 1000 for percentile and BCa ends. */
export const BOOTSTRAP_RESAMPLES = 2000;

/**
 * Evaluates `statistic` on the data, on B resamples drawn with replacement, and on the n leave-one-out samples.
 *
 * @param n - Number of items, ≥ 2. Items are the independent unit: for the LDS, subsets (all queries jointly).
 * @param statistic - Receives multiplicities, shape [n]: how often each item occurs. It must not keep the array,
 * and must depend on the multiset only.
 * @returns Plain data from which every interval below is computed.
 * @throws {DomainError} n < 2 or resamples < 1.
 * Resample b draws its n items from the stream rng(seed, 'bootstrap', b): the same for every statistic (which pairs
 * them), and a larger B extends the list. Cost: B + n + 1 evaluations.
 * Reference: Efron, Bootstrap methods: another look at the jackknife (Annals of Statistics 1979).
 * @example bootstrap(3, (w) => (1 * w[0] + 2 * w[1] + 3 * w[2]) / (w[0] + w[1] + w[2])).estimate; // 2
 */
export function bootstrap(
  n: number,
  statistic: (weights: Int32Array) => number,
  options: BootstrapOptions = {},
): Bootstrap {
  checkOptions('bootstrap', options, ['resamples', 'seed']);
  const { resamples = BOOTSTRAP_RESAMPLES, seed = 0 } = options;
  checkInteger('bootstrap', 'n', n, 2, 2 ** 31 - 1);
  checkInteger('bootstrap', 'resamples', resamples, 1, 2 ** 31 - 1);
  checkInteger('bootstrap', 'seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  checkFunction('bootstrap', 'statistic', statistic);
  const weights = allocateIntegers('bootstrap', n).fill(1);
  const evaluate = (): number => {
    const value = statistic(weights);
    checkNumber('bootstrap', 'statistic(weights)', value);
    return value;
  };
  const estimate = evaluate();
  const jackknife = allocate('bootstrap', n);
  for (let i = 0; i < n; i++) {
    weights[i] = 0;
    jackknife[i] = evaluate();
    weights[i] = 1;
  }
  const replicates = allocate('bootstrap', resamples);
  for (let b = 0; b < resamples; b++) {
    const stream = rng(seed, 'bootstrap', b);
    weights.fill(0);
    for (let draw = 0; draw < n; draw++) weights[stream.integer(n)]++;
    replicates[b] = evaluate();
  }
  return { estimate, replicates, jackknife, seed };
}

/**
 * The bootstrap of a − b, paired resample by resample: what both share (easy queries, lucky subsets) cancels.
 *
 * @throws {DomainError} the two were not drawn alike (other seed, resamples or n), so that no pairing exists.
 * That both describe the same items in the same order is not checked.
 */
export function bootstrapDifference(first: Bootstrap, second: Bootstrap): Bootstrap {
  const a = asBootstrap('bootstrapDifference', 'a', first);
  const b = asBootstrap('bootstrapDifference', 'b', second);
  const drawn = ({ seed, replicates, jackknife }: Bootstrap): string =>
    `seed ${seed}, ${replicates.length} resamples of ${jackknife.length} items`;
  if (drawn(a) !== drawn(b))
    throw new DomainError('bootstrapDifference', 'b', `drawn as a (${drawn(a)})`, drawn(b));
  return {
    estimate: a.estimate - b.estimate,
    replicates: a.replicates.map((value, i) => value - b.replicates[i]),
    jackknife: a.jackknife.map((value, i) => value - b.jackknife[i]),
    seed: a.seed,
  };
}

/**
 * Percentile interval: the (1 ∓ level)/2 quantiles of the replicates.
 *
 * @param level - Coverage asked for, in (0, 1). Default 0.95.
 * @returns [NaN, NaN] when the estimate or every replicate is NaN. Other NaN replicates are left out.
 * @throws {DomainError} `level` outside (0, 1).
 * Reference: Efron & Tibshirani, An Introduction to the Bootstrap (1993), §13.3.
 */
export function percentileInterval(given: Bootstrap, level = 0.95): Interval {
  checkLevel('percentileInterval', level);
  const drawn = asBootstrap('percentileInterval', 'drawn', given);
  const sorted = sortedNumbers(drawn.replicates);
  if (Number.isNaN(drawn.estimate)) return [Number.NaN, Number.NaN];
  return [quantile(sorted, (1 - level) / 2), quantile(sorted, (1 + level) / 2)];
}

/**
 * BCa interval (bias-corrected and accelerated). With z₀ the bias and a the acceleration, the ends are the
 * replicates' quantiles at Φ(z₀ + (z₀ + z)/(1 − a(z₀ + z))), z = Φ⁻¹((1 ∓ level)/2), where
 * z₀ = Φ⁻¹(share of replicates below the estimate; equal ones count half) and, with dᵢ = mean(jackknife) − jackknifeᵢ,
 * a = Σ dᵢ³ / (6 (Σ dᵢ²)^{3/2}).
 *
 * @param level - Coverage asked for, in (0, 1). Default 0.95.
 * @returns [NaN, NaN] when the estimate or every replicate is NaN. Degenerate cases have an answer: replicates all on
 * one side of the estimate count as all but half a replicate, which keeps z₀ finite; a constant jackknife gives a = 0; past the pole
 * a(z₀ + z) ≥ 1 the end is the extreme replicate. NaN replicates and jackknife values are left out.
 * @throws {DomainError} `level` outside (0, 1).
 * Accuracy: the numbers of SciPy's bootstrap(method='BCa') on the same replicates, where that is defined.
 * Reference: Efron, Better bootstrap confidence intervals (JASA 1987); Efron & Tibshirani (1993), §14.3.
 */
export function bcaInterval(given: Bootstrap, level = 0.95): Interval {
  checkLevel('bcaInterval', level);
  const drawn = asBootstrap('bcaInterval', 'drawn', given);
  const sorted = sortedNumbers(drawn.replicates);
  if (Number.isNaN(drawn.estimate) || sorted.length === 0) return [Number.NaN, Number.NaN];
  const bias = biasCorrection(drawn.estimate, sorted);
  const acceleration = jackknifeAcceleration(drawn.jackknife);
  const end = (p: number): number => {
    const shifted = bias + normalQuantile(p);
    const room = 1 - acceleration * shifted;
    return quantile(sorted, room > 0 ? normalCdf(bias + shifted / room) : shifted > 0 ? 1 : 0);
  };
  return [end((1 - level) / 2), end((1 + level) / 2)];
}

/** Half way between the ends. Some published tables print this as "the mean"; it is not the estimate. */
export function midpoint(interval: Interval): number {
  const ends = asVector('midpoint', 'interval', interval);
  checkLength('midpoint', 'interval', ends, 2);
  const [lo, hi] = ends;
  return (lo + hi) / 2;
}

/** Φ(z) = ½(1 + erf(z/√2)), to 2ε absolute: as good as a quantile level needs. */
function normalCdf(z: number): number {
  return 0.5 * (1 + erf(z * Math.SQRT1_2));
}

/** z₀ = Φ⁻¹(share of replicates below `estimate`), ties counted half, kept inside [½/B, 1 − ½/B]. */
function biasCorrection(estimate: number, sorted: Vec): number {
  let below = 0;
  for (const value of sorted) below += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  return normalQuantile(Math.min(Math.max(below, 0.5), sorted.length - 0.5) / sorted.length);
}

/**
 * a = Σ d³ / (6 (Σ d²)^{3/2}), d = mean − value; scaled by max|d| against underflow. Values are taken relative to the
 * first one, so that equal values give d = 0 exactly, and a = 0, instead of rounding errors that look like a spread.
 */
function jackknifeAcceleration(jackknife: Vec): number {
  const known = jackknife.filter((value) => !Number.isNaN(value));
  const values = known.map((value) => value - known[0]);
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  const scale = values.reduce((most, value) => Math.max(most, Math.abs(mean - value)), 0);
  if (!(scale > 0)) return 0;
  let squares = 0;
  let cubes = 0;
  for (const value of values) {
    const d = (mean - value) / scale;
    squares += d * d;
    cubes += d * d * d;
  }
  return cubes / (6 * squares * Math.sqrt(squares));
}

/** The p-quantile of ascending numbers by linear interpolation between order statistics (type 7; NaN when empty). */
function quantile(sorted: Vec, p: number): number {
  const position = p * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted.length === 0
    ? Number.NaN
    : sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

function sortedNumbers(values: Vec): Vec {
  return values.filter((value) => !Number.isNaN(value)).sort();
}

/** A bootstrap that was read from JSON or cloned, its numbers as vectors. @throws {DomainError} it is none. */
export function asBootstrap(where: string, argument: string, drawn: Bootstrap): Bootstrap {
  checkObject(where, argument, drawn);
  const { estimate, seed } = drawn;
  checkNumber(where, `${argument}.estimate`, estimate);
  checkNumber(where, `${argument}.seed`, seed);
  const replicates = asVector(where, `${argument}.replicates`, drawn.replicates);
  const jackknife = asVector(where, `${argument}.jackknife`, drawn.jackknife);
  checkInteger(where, `${argument}.replicates.length`, replicates.length, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(where, `${argument}.jackknife.length`, jackknife.length, 2, Number.MAX_SAFE_INTEGER);
  return { estimate, replicates, jackknife, seed };
}

export function checkLevel(where: string, level: number): void {
  checkNumber(where, 'level', level);
  if (!(level > 0 && level < 1)) throw new DomainError(where, 'level', 'in (0, 1)', level);
}
