/** @file Networks trained again: without some examples, or on random halves, and what they show of scores. */
import { Trainer } from '../../../autodiff/index.ts';
import {
  createBank,
  drawSubsets,
  linearDatamodellingScore,
  type Measurement,
  noiseCeiling,
  outcomeMeans,
  type QueryOutcomes,
  queryMeasurer,
  type RetrainingBank,
  recordOutcomes,
  retrainingJobs,
  studentQuantile,
} from '../../../influence/index.ts';
import type { Matrix, Vec } from '../../../linalg/index.ts';
import { ExplorerError } from './examples.ts';
import type { Sets } from './sets.ts';
import { lossOf, networkOf, type Settings, trainingOf } from './settings.ts';

/** One network to train. */
export interface Retraining {
  readonly seed: number;
  readonly path: readonly (string | number)[];
  /** The examples to train on; all when absent. */
  readonly subset?: Int32Array;
}

/** Trains networks on one data set, and measures each on every query. */
export class Retrainer {
  private readonly trainer: Trainer;
  private readonly measure: (theta: Vec) => QueryOutcomes;

  constructor(sets: Sets, settings: Settings) {
    const model = networkOf(settings, sets);
    const loss = lossOf(sets);
    this.trainer = new Trainer(model, loss, sets.train, trainingOf(settings, sets));
    this.measure = queryMeasurer(model, loss, sets.query);
  }

  run(job: Retraining): QueryOutcomes {
    return this.measure(this.trainer.train(job));
  }
}

/** The network of the command line's `train` with this seed, on the examples that are not removed. */
export function withoutJob(seed: number, removed: Int32Array, n: number): Retraining {
  const path = ['base', 0];
  if (removed.length === 0) return { seed, path };
  const gone = new Set(removed);
  return { seed, path, subset: Int32Array.from({ length: n }, (_, i) => i).filter((i) => !gone.has(i)) };
}

/** A mean, and the half width of its interval of 95 %; NaN of one value. */
export interface Estimate {
  readonly mean: number;
  readonly half: number;
}

/** Student's interval of the mean. */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, half: n < 2 ? Number.NaN : studentQuantile(0.975, n - 1) * Math.sqrt(variance / n) };
}

/** Random halves, several networks each. */
export interface BankPlan {
  readonly subsets: number;
  readonly seeds: number;
}

/** Every retraining of a bank, in an order that trains each half equally often; the bits of `reproduce`. */
export function bankJobs(
  { subsets, seeds }: BankPlan,
  { seed }: Settings,
  n: number,
): { subset: number; repeat: number; job: Retraining }[] {
  const kept = drawSubsets(n, 0.5, subsets, seed);
  return retrainingJobs(subsets, seeds).map(({ subset, seed: repeat }) => ({
    subset,
    repeat,
    job: { seed, path: ['retrain', subset, repeat], subset: kept[subset] },
  }));
}

/** The bank that outcomes of all its jobs make. */
export function bankOf(
  { subsets, seeds }: BankPlan,
  { seed }: Settings,
  n: number,
  jobs: readonly { readonly subset: number; readonly repeat: number }[],
  outcomes: readonly QueryOutcomes[],
): RetrainingBank {
  const [first] = outcomes;
  const bank = createBank(drawSubsets(n, 0.5, subsets, seed), seeds, first.losses.length, {
    margins: first.margins !== undefined,
    absoluteErrors: first.absoluteErrors !== undefined,
  });
  for (const [i, { subset, repeat }] of jobs.entries())
    recordOutcomes(bank, { subset, seed: repeat }, outcomes[i]);
  return bank;
}

/** What is measured, of every query. */
export function measured(outcomes: QueryOutcomes, measurement: Measurement): Vec {
  const values = {
    loss: outcomes.losses,
    margin: outcomes.margins,
    'absolute-error': outcomes.absoluteErrors,
  }[measurement];
  if (values === undefined) throw new ExplorerError(`there is no ${measurement} of these answers.`);
  return values;
}

/** By how much a measurement of query `q` differs between two networks. */
export function effectOf(before: QueryOutcomes, after: QueryOutcomes, of: Measurement, q: number): number {
  return measured(after, of)[q] - measured(before, of)[q];
}

/** The linear data-modelling score of one rung. */
export interface RungLds {
  readonly mean: number;
  readonly interval: readonly [number, number];
}

/** LDS of scores [queries, training examples] by a complete bank. */
export function ldsOf(scores: Matrix, bank: RetrainingBank, measurement: Measurement): RungLds {
  const { mean, bca } = linearDatamodellingScore({
    scores,
    subsets: bank.subsets,
    outcomes: outcomeMeans(bank, measurement),
  });
  return { mean, interval: bca };
}

/** What no scores can exceed: the noise of retraining. Undefined of one network per half. */
export function ceilingOf(bank: RetrainingBank, measurement: Measurement): number | undefined {
  return bank.seeds < 2 ? undefined : noiseCeiling(bank, { measurement, splits: 10 }).perfect.mean;
}
