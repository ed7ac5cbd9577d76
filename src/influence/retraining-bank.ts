/** @file What retrained models did on the queries: plain data, filled in any order. */
import { checkInteger, checkLength } from '../linalg/checks.ts';
import { DomainError, NonFiniteError, UnsupportedError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import type { Measurement, QueryOutcomes } from './measurement.ts';

/** One model to train: on subset `subset`, with the seed number `seed`. */
export interface RetrainingJob {
  readonly subset: number;
  readonly seed: number;
}

/** Outcomes of K subsets × R seeds on nQuery queries. Element [j][r][q] lies at (j·R + r)·nQuery + q; NaN: not run. */
export interface RetrainingBank {
  /** K lists of kept training examples. */
  readonly subsets: readonly Int32Array[];
  /** R, the number of seeds per subset. */
  readonly seeds: number;
  readonly queries: number;
  readonly losses: Vec;
  /** Absent for regression. */
  readonly margins?: Vec;
  /** Regression only. */
  readonly absoluteErrors?: Vec;
}

/**
 * An empty bank: every outcome is NaN.
 * @param options - Which outcomes there will be beside the losses. Default: margins.
 * @throws {DomainError} a count that is not an integer ≥ 1.
 */
export function createBank(
  subsets: readonly Int32Array[],
  seeds: number,
  queries: number,
  options: { readonly margins: boolean; readonly absoluteErrors?: boolean } = { margins: true },
): RetrainingBank {
  checkInteger('createBank', 'subsets.length', subsets.length, 1, Number.POSITIVE_INFINITY);
  checkInteger('createBank', 'seeds', seeds, 1, Number.POSITIVE_INFINITY);
  checkInteger('createBank', 'queries', queries, 1, Number.POSITIVE_INFINITY);
  const empty = (): Vec => new Float64Array(subsets.length * seeds * queries).fill(Number.NaN);
  return {
    subsets,
    seeds,
    queries,
    losses: empty(),
    ...(options.margins ? { margins: empty() } : {}),
    ...(options.absoluteErrors === true ? { absoluteErrors: empty() } : {}),
  };
}

/**
 * Writes one model's outcomes into the bank, in place. The order of calls does not matter. Absolute errors that the bank has
 * no room for are dropped.
 * @throws {DomainError} the job is not in the bank, margins are present on one side only, or absolute errors are missing.
 * @throws {ShapeError} not one number per query. @throws {NonFiniteError} NaN, which the bank keeps for "not run".
 */
export function recordOutcomes(bank: RetrainingBank, job: RetrainingJob, outcomes: QueryOutcomes): void {
  checkInteger('recordOutcomes', 'job.subset', job.subset, 0, bank.subsets.length - 1);
  checkInteger('recordOutcomes', 'job.seed', job.seed, 0, bank.seeds - 1);
  const start = (job.subset * bank.seeds + job.seed) * bank.queries;
  if ((bank.margins === undefined) !== (outcomes.margins === undefined))
    throw new DomainError(
      'recordOutcomes',
      'margins',
      'in both the bank and the outcomes, or in neither',
      'in one',
    );
  if (bank.absoluteErrors !== undefined && outcomes.absoluteErrors === undefined)
    throw new DomainError('recordOutcomes', 'absoluteErrors', 'in the outcomes, as in the bank', 'absent');
  const pairs = [
    ['losses', bank.losses, outcomes.losses],
    ['margins', bank.margins, outcomes.margins],
    ['absoluteErrors', bank.absoluteErrors, outcomes.absoluteErrors],
  ] as const;
  for (const [name, to, from] of pairs) {
    if (to === undefined || from === undefined) continue;
    checkLength('recordOutcomes', name, from, bank.queries);
    const missing = from.findIndex(Number.isNaN);
    if (missing >= 0) throw new NonFiniteError('recordOutcomes', name, missing, Number.NaN);
    to.set(from, start);
  }
}

/**
 * Mean outcome per subset and query over training seeds: E_ξ[m(z_q, θ(S_j, ξ))], estimated.
 *
 * @param measurement - Which outcome. Default 'loss'.
 * @param seeds - Seed numbers to average over, e.g. one half of them. Default all.
 * @returns Shape [K, nQuery], as `linearDatamodellingScore` takes it.
 * @throws {DomainError} an empty or foreign seed list, or a job that has not run: names it.
 * @throws {UnsupportedError} margins of a regression bank, or absolute errors of a bank without them.
 */
export function outcomeMeans(
  bank: RetrainingBank,
  measurement: Measurement = 'loss',
  seeds?: ArrayLike<number>,
): Matrix {
  const values = outcomesOf(bank, measurement);
  const chosen = seeds === undefined ? Array.from({ length: bank.seeds }, (_, r) => r) : Array.from(seeds);
  checkInteger('outcomeMeans', 'seeds.length', chosen.length, 1, bank.seeds);
  for (const r of chosen) checkInteger('outcomeMeans', 'seed', r, 0, bank.seeds - 1);
  const out = new Matrix(bank.subsets.length, bank.queries);
  for (let j = 0; j < out.rows; j++) {
    const row = out.row(j);
    for (const r of chosen) {
      const start = (j * bank.seeds + r) * bank.queries;
      for (let q = 0; q < row.length; q++) row[q] += values[start + q];
    }
    for (let q = 0; q < row.length; q++) row[q] /= chosen.length;
    const missing = row.findIndex(Number.isNaN);
    if (missing >= 0)
      throw new DomainError('outcomeMeans', 'bank', `complete for subset ${j}`, `NaN at query ${missing}`);
  }
  return out;
}

function outcomesOf(bank: RetrainingBank, measurement: Measurement): Vec {
  const { losses, margins, absoluteErrors } = bank;
  if (measurement === 'loss') return losses;
  const values = measurement === 'margin' ? margins : absoluteErrors;
  if (values !== undefined) return values;
  throw new UnsupportedError(
    measurement === 'margin'
      ? 'outcomeMeans: a regression bank has no margins. Use the loss or the absolute error.'
      : 'outcomeMeans: this bank has no absolute errors. Use another measurement.',
  );
}
