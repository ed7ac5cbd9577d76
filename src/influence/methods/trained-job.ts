/** @file Attribution by runs of a trainer: no network need have been trained before. */
import type { Dataset } from '../../autodiff/dataset.ts';
import { Trainer } from '../../autodiff/train.ts';
import type { RunName } from '../../autodiff/training-replay.ts';
import { checkObject, checkOneOf } from '../../linalg/border/arguments.ts';
import { type Checks, checkFields, checkPath, checkSeed } from '../../linalg/border/fields.ts';
import { asList, checkInstance } from '../../linalg/border/instances.ts';
import { ShapeError, UnsupportedError } from '../../linalg/errors.ts';
import type { FittedModel } from '../attributor.ts';
import { RUN_COUNT } from '../trajectory/run-rule.ts';
import type { TrainingDerivative } from '../trajectory/training-derivative.ts';
import type { OptionsOf } from './method-name.ts';
import { RUN_OPTIONS } from './training-derivative-method.ts';

/** The derivatives of runs of one trainer, averaged: what `trajectory` does with a training of yours. */
export interface TrainedJob {
  readonly method: 'trajectory';
  /** Options that say how a run is made are refused: the trainer says it. */
  readonly options?: OptionsOf<'trajectory'>;
  /** Network, loss, training set and configuration of the runs. */
  readonly trainer: Trainer;
  /** Which runs; default ten, of the paths ['trajectory', 0], ['trajectory', 1], … of the option `seed`. */
  readonly runs?: readonly RunName[];
  /** Their derivatives with respect to the queries, one per run, where they were computed elsewhere. */
  readonly derivatives?: readonly TrainingDerivative[];
  readonly queries: Dataset;
  /** Every training example is explained to itself, too. */
  readonly self?: boolean;
  /** Milliseconds of some clock. */
  readonly now?: () => number;
}

/** Whether a job is given as runs of a trainer. */
export function isTrainedJob(job: object): job is TrainedJob {
  return 'trainer' in job && job.trainer !== undefined;
}

/** The parts that stand for models and training set. @throws as `attribute`. */
export function trainedParts(
  where: string,
  { method, trainer, options = {}, runs }: TrainedJob,
): {
  readonly models: readonly FittedModel[];
  readonly train: Dataset;
  readonly runs: readonly RunName[];
} {
  checkInstance(where, 'trainer', trainer, Trainer, 'a Trainer');
  checkOneOf(where, 'method', method, ['trajectory']);
  checkObject(where, 'options', options);
  for (const name of RUN_OPTIONS)
    if (options[name] !== undefined)
      throw new UnsupportedError(`${where}: ${name} is the trainer's to say: leave out one of the two.`);
  const { model, loss, data } = trainer;
  const named = runs === undefined ? ownRuns(options.seed, RUN_COUNT) : asRuns(where, runs);
  const start = new Float64Array(model.parameterCount);
  return { models: named.map(() => ({ model, loss, theta: start })), train: data, runs: named };
}

/** The names of `count` runs of `trajectory`. */
export function ownRuns(seed: number = 0, count: number): RunName[] {
  return Array.from({ length: count }, (_, m) => ({ seed, path: ['trajectory', m] }));
}

const RUN: Checks = { seed: checkSeed, path: checkPath, subset: () => {} };

/** @throws {DomainError} {@link ShapeError} no names, or no list of them. */
export function asRuns(where: string, runs: readonly RunName[]): readonly RunName[] {
  const list = asList(where, 'runs', runs, 'names of runs');
  if (list.length === 0) throw new ShapeError(where, 'runs', 'at least one', 'none');
  for (const [m, run] of list.entries()) checkFields(where, run, RUN, `runs[${m}]`, ['seed']);
  return list;
}
