/** @file The retrainings of one setting of any experiment: under which key they are stored, on which subsets they train, what they measure. */
import path from 'node:path';
import {
  createBank,
  drawSubsets,
  type Measurement,
  type RetrainingBank,
  type RetrainingJob,
  recordOutcomes,
  retrainingJobs,
} from '../../influence/index.ts';
import { MissingInputError } from '../engine/missing-input.ts';
import { archiveFolder, type LoggedSeries, RetrainingArchive } from '../engine/retraining-archive.ts';
import { type Task, taskIdentity, taskKey } from '../engine/task.ts';
import { writeFile } from '../files/atomic-write.ts';
import type { RunSize } from './run-size.ts';

/** What tells the retrainings of a setting from all others. */
export interface RetrainingSeries {
  /** Of the folder. */
  readonly name: string;
  /** All retrainings of a series share it; (subset, seed) numbers them. */
  readonly task: Task;
  /** Training examples, of which subset j keeps a share α: number j of rng(seed, 'subsets', …). */
  readonly examples: number;
  readonly subsetFraction: number;
  readonly seed: number;
  readonly queries: number;
  /** What is measured on every query, in the order of the records. */
  readonly measurements: readonly Measurement[];
}

/** Measurements of retrained networks, by the names of the outcomes. */
const OUTCOMES = { loss: 'losses', margin: 'margins', 'absolute-error': 'absoluteErrors' } as const;

/** Outcomes by their measurements, as records hold them. */
export function measuredValues(
  { measurements }: RetrainingSeries,
  outcomes: { readonly [name in (typeof OUTCOMES)[Measurement]]?: Float64Array },
): { [measurement: string]: Float64Array } {
  return Object.fromEntries(
    measurements.map((measurement) => {
      const values = outcomes[OUTCOMES[measurement]];
      if (values === undefined) throw new Error(`a retraining without ${OUTCOMES[measurement]}.`);
      return [measurement, values];
    }),
  );
}

/**
 * The archive of a series, as far as it goes.
 *
 * @param notify - Told of damage. @param repair - Cut it out; only with the lock.
 */
export function openSeries(
  series: RetrainingSeries,
  folder: string,
  notify: (line: string) => void,
  repair: boolean,
): RetrainingArchive {
  const { name, ...identity } = loggedSeries(series);
  return new RetrainingArchive(archiveFolder(folder, name, identity.key), identity, notify, repair);
}

/** What the logs of a series are told by. */
export function loggedSeries({ name, task, queries, measurements }: RetrainingSeries): LoggedSeries {
  return { name, key: taskKey(task), queries, measurements };
}

/** For people: what the logs of an archive are of. @param more - Beside the task. */
export function describeSeries(
  { folder }: RetrainingArchive,
  { task }: RetrainingSeries,
  more: object,
): void {
  const { version, config, inputs } = taskIdentity(task);
  const text = { key: taskKey(task), version, config, inputs, ...more };
  writeFile(path.join(folder, 'setting.json'), `${JSON.stringify(text, null, 2)}\n`);
}

/** Retrainings of K × R that an archive lacks. */
export function missingRetrainings(archive: RetrainingArchive, { subsets, seeds }: RunSize): RetrainingJob[] {
  return retrainingJobs(subsets, seeds).filter(({ subset, seed }) => archive.get(subset, seed) === undefined);
}

/** The first K subsets: lists of kept examples. A longer list begins with the shorter one. */
export function keptSubsets(
  { examples, subsetFraction, seed }: RetrainingSeries,
  count: number,
): Int32Array[] {
  return drawSubsets(examples, subsetFraction, count, seed);
}

/** The outcomes of K × R retrainings in the layout of the influence layer. @throws {MissingInputError} one is missing. */
export function seriesBank(
  series: RetrainingSeries,
  { subsets, seeds }: RunSize,
  archive: RetrainingArchive,
): RetrainingBank {
  const { name, queries, measurements } = series;
  const bank = createBank(keptSubsets(series, subsets), seeds, queries, {
    margins: measurements.includes('margin'),
    absoluteErrors: measurements.includes('absolute-error'),
  });
  for (let subset = 0; subset < subsets; subset++)
    for (let seed = 0; seed < seeds; seed++) {
      const record = archive.get(subset, seed);
      if (record === undefined)
        throw new MissingInputError(`retraining ${seed} of subset ${subset} of ${name} is missing.`, {
          kind: 'retrainings',
          name,
          key: taskKey(series.task),
        });
      const { loss, margin, 'absolute-error': absoluteErrors } = record.values;
      recordOutcomes(
        bank,
        { subset, seed },
        {
          losses: loss,
          ...(margin === undefined ? {} : { margins: margin }),
          ...(absoluteErrors === undefined ? {} : { absoluteErrors }),
        },
      );
    }
  return bank;
}
