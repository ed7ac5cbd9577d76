/** @file Leave-some-out retraining: which subsets, which jobs, and a driver that runs them. */
import { checkFiniteNumber, checkFunction, checkObject } from '../../linalg/border/arguments.ts';
import { type Check, checkFields } from '../../linalg/border/fields.ts';
import { asList } from '../../linalg/border/instances.ts';
import { asIntegers, type IntegersInput } from '../../linalg/border/integers.ts';
import { asVector } from '../../linalg/border/vector.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { AllocationError, DomainError } from '../../linalg/errors.ts';
import type { Vec } from '../../linalg/matrix.ts';
import { rng } from '../../linalg/random/random.ts';
import type { QueryOutcomes } from '../measurement.ts';
import { count } from '../option-checks.ts';
import { createBank, type RetrainingBank, type RetrainingJob, recordOutcomes } from './retraining-bank.ts';

/**
 * K random subsets to KEEP, each of ⌊αn⌋ of n training examples, drawn without replacement.
 *
 * Subset j comes from the stream rng(seed, 'subset', j): a larger K extends the list and changes nothing in it.
 *
 * @param n - Training examples. @param fraction - α in (0, 1), with ⌊αn⌋ ≥ 1. @param count - K. @param seed - Any integer.
 * @returns K strictly ascending index lists. They are independent, so two may coincide when n is small.
 * @throws {DomainError} an argument out of range. @throws {AllocationError} lists of more than 2³² indices.
 * ⌊αn⌋ is taken of the rounded product; a product within 4ε below an integer counts as that integer (0.29·100 = 29).
 * @example drawSubsets(10, 0.5, 3, 0).map((kept) => kept.length); // [5, 5, 5]
 */
export function drawSubsets(n: number, fraction: number, count: number, seed: number): Int32Array[] {
  checkInteger('drawSubsets', 'n', n, 2, 2 ** 31 - 1);
  checkInteger('drawSubsets', 'count', count, 1, Number.POSITIVE_INFINITY);
  checkInteger('drawSubsets', 'seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  checkFiniteNumber('drawSubsets', 'fraction', fraction);
  if (!(fraction > 0 && fraction < 1))
    throw new DomainError('drawSubsets', 'fraction', 'in (0, 1)', fraction);
  const size = Math.floor(fraction * n * (1 + 4 * Number.EPSILON));
  if (size < 1) throw new DomainError('drawSubsets', 'fraction', `at least 1/${n}`, fraction);
  checkListed('drawSubsets', count, size);
  return Array.from({ length: count }, (_, j) => rng(seed, 'subset', j).subset(n, size));
}

/**
 * Every (subset, seed) pair, seed by seed: a run that stops early has trained each subset equally often (± 1).
 * @throws {DomainError} a count that is not an integer ≥ 1.
 * @example retrainingJobs(2, 2); // subset 0, 1 with seed 0, then 0, 1 with seed 1
 */
export function retrainingJobs(subsets: number, seeds: number): RetrainingJob[] {
  checkInteger('retrainingJobs', 'subsets', subsets, 1, Number.POSITIVE_INFINITY);
  checkInteger('retrainingJobs', 'seeds', seeds, 1, Number.POSITIVE_INFINITY);
  checkListed('retrainingJobs', subsets, seeds);
  return Array.from({ length: subsets * seeds }, (_, i) => ({
    subset: i % subsets,
    seed: Math.floor(i / subsets),
  }));
}

/** Lists that no memory holds are refused before they are begun. */
function checkListed(where: string, rows: number, cols: number): void {
  if (rows * cols >= 2 ** 32) throw new AllocationError(where, [rows, cols], 4 * rows * cols);
}

export interface LeaveSomeOutOptions {
  /** Kept index lists, e.g. from {@link drawSubsets}. */
  readonly subsets: readonly IntegersInput[];
  /** R: trainings per subset; at least 2 for a noise ceiling. */
  readonly seeds: number;
  /** Trains from scratch on the kept examples; must depend on its arguments only (streams by job, no state). */
  readonly retrain: (kept: Int32Array, job: RetrainingJob) => Vec;
  /** Measures the queries under θ, e.g. `queryMeasurer(model, loss, queries)`. */
  readonly measure: (theta: Vec) => QueryOutcomes;
}

const OPTIONS = {
  subsets: ((where, argument, value: readonly unknown[]) => {
    if (asList(where, argument, value, 'index lists').length === 0)
      throw new DomainError(where, argument, 'at least one', 'none');
  }) as Check,
  seeds: count,
  retrain: checkFunction,
  measure: checkFunction,
};

/**
 * Trains one model per (subset, seed) and measures every query under it.
 *
 * The library trains nothing here by itself: `retrain` and `measure` are given. Callers with workers or a store run
 * {@link retrainingJobs} their own way and fill a bank with `recordOutcomes`; the result is the same.
 *
 * @returns The full bank. Cost: K·R calls of each function; the parameters are dropped after measuring.
 * @throws whatever the two functions throw, and the errors of `recordOutcomes`.
 * Reference: Bae et al., Training Data Attribution via Approximate Unrolled Differentiation (2024): expected leave-some-out.
 */
export function leaveSomeOut(options: LeaveSomeOutOptions): RetrainingBank {
  checkFields('leaveSomeOut', options, OPTIONS, 'options', Object.keys(OPTIONS));
  const { seeds, retrain, measure } = options;
  const subsets = options.subsets.map((kept, j) => asIntegers('leaveSomeOut', `subsets[${j}]`, kept, 0));
  let bank: RetrainingBank | undefined;
  for (const job of retrainingJobs(subsets.length, seeds)) {
    const outcomes = measure(retrain(subsets[job.subset], job));
    checkObject('leaveSomeOut', 'the result of measure', outcomes);
    asVector('leaveSomeOut', 'losses of the result of measure', outcomes.losses);
    bank ??= createBank(subsets, seeds, outcomes.losses.length, {
      margins: outcomes.margins !== undefined,
      absoluteErrors: outcomes.absoluteErrors !== undefined,
    });
    recordOutcomes(bank, job, outcomes);
  }
  return bank as RetrainingBank; // retrainingJobs is never empty
}
