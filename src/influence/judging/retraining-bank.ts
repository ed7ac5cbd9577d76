/** @file What retrained models did on the queries: plain data, filled in any order. */
import { allocate } from '../../linalg/border/allocate.ts';
import { checkBoolean, checkObject } from '../../linalg/border/arguments.ts';
import { checkFields } from '../../linalg/border/fields.ts';
import { asList } from '../../linalg/border/instances.ts';
import { asIntegers, type IntegersInput } from '../../linalg/border/integers.ts';
import { asOutput, asVector } from '../../linalg/border/vector.ts';
import { checkInteger, checkLength } from '../../linalg/checks.ts';
import { DomainError, NonFiniteError, UnsupportedError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { checkMeasurement, MEASUREMENT_FACTS, type Measurement, type QueryOutcomes } from '../measurement.ts';

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
 * @param given - K subsets: lists of kept training examples. @param options - Which outcomes there will be beside the losses. Default: margins.
 * @throws {DomainError} a count that is not an integer ≥ 1, a list that is none. @throws {AllocationError} too large.
 */
export function createBank(
  given: readonly IntegersInput[],
  seeds: number,
  queries: number,
  options: { readonly margins: boolean; readonly absoluteErrors?: boolean } = { margins: true },
): RetrainingBank {
  const where = 'createBank';
  const subsets = asList(where, 'subsets', given, 'index lists').map((kept, j) =>
    asIntegers(where, `subsets[${j}]`, kept, 0),
  );
  checkInteger(where, 'subsets.length', subsets.length, 1, Number.POSITIVE_INFINITY);
  checkInteger(where, 'seeds', seeds, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'queries', queries, 1, Number.MAX_SAFE_INTEGER);
  checkFields(where, options, { margins: checkBoolean, absoluteErrors: checkBoolean });
  const empty = (): Vec => allocate(where, subsets.length, seeds, queries).fill(Number.NaN);
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
export function recordOutcomes(given: RetrainingBank, job: RetrainingJob, outcomes: QueryOutcomes): void {
  const bank = asBank('recordOutcomes', given);
  checkObject('recordOutcomes', 'job', job);
  checkObject('recordOutcomes', 'outcomes', outcomes);
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
    ['losses', given.losses, outcomes.losses],
    ['margins', given.margins, outcomes.margins],
    ['absoluteErrors', given.absoluteErrors, outcomes.absoluteErrors],
  ] as const;
  const known = pairs.flatMap(([name, to, from]) => {
    if (to === undefined || (from === undefined && name !== 'losses')) return [];
    const values = asVector('recordOutcomes', `outcomes.${name}`, from);
    checkLength('recordOutcomes', name, values, bank.queries);
    const missing = values.findIndex(Number.isNaN);
    if (missing >= 0) throw new NonFiniteError('recordOutcomes', name, missing, Number.NaN);
    return [{ to: asOutput('recordOutcomes', `bank.${name}`, to), values }];
  });
  for (const { to, values } of known) to.set(values, start); // all are valid: nothing is half written
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
  given: RetrainingBank,
  measurement: Measurement = 'loss',
  seeds?: IntegersInput,
): Matrix {
  const bank = asBank('outcomeMeans', given);
  checkMeasurement('outcomeMeans', measurement);
  const values = outcomesOf(bank, measurement);
  const chosen =
    seeds === undefined
      ? Int32Array.from({ length: bank.seeds }, (_, r) => r)
      : asIntegers('outcomeMeans', 'seeds', seeds, 0, bank.seeds - 1);
  checkInteger('outcomeMeans', 'seeds.length', chosen.length, 1, bank.seeds);
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

/**
 * The bank that `bank` stands for, plain lists of outcomes made vectors. The subsets are counted, not read.
 *
 * @throws {DomainError} | {ShapeError} it is none. Cost: O(K) for vectors.
 */
export function asBank(where: string, bank: RetrainingBank): RetrainingBank {
  checkObject(where, 'bank', bank);
  const { seeds, queries } = bank;
  const subsets = asList(where, 'bank.subsets', bank.subsets, 'index lists');
  checkInteger(where, 'bank.subsets.length', subsets.length, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'bank.seeds', seeds, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'bank.queries', queries, 1, Number.MAX_SAFE_INTEGER);
  const outcomes = (name: 'losses' | 'margins' | 'absoluteErrors'): Vec => {
    const values = asVector(where, `bank.${name}`, bank[name]);
    checkLength(where, `bank.${name}`, values, subsets.length * seeds * queries);
    return values;
  };
  return {
    subsets,
    seeds,
    queries,
    losses: outcomes('losses'),
    ...(bank.margins === undefined ? {} : { margins: outcomes('margins') }),
    ...(bank.absoluteErrors === undefined ? {} : { absoluteErrors: outcomes('absoluteErrors') }),
  };
}

function outcomesOf(bank: RetrainingBank, measurement: Measurement): Vec {
  const values = bank[MEASUREMENT_FACTS[measurement].outcome];
  if (values !== undefined) return values;
  const { noun, needs } = MEASUREMENT_FACTS[measurement];
  throw new UnsupportedError(
    `outcomeMeans: this bank has no ${noun}s, which need ${needs}. Use another measurement.`,
  );
}
