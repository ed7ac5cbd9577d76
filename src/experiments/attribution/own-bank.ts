/** @file A bank of retrainings of a network of one's own: stored as it grows, continued where it ended, the same for any number of workers. */
import { existsSync, rmdirSync } from 'node:fs';

import { asLoss } from '../../autodiff/functions.ts';
import { lossNamed } from '../../autodiff/index.ts';
import type { RetrainingBank } from '../../influence/index.ts';
import type { Vec } from '../../linalg/index.ts';
import { removeHollow } from '../engine/hollow-folders.ts';
import { acquireLock } from '../engine/lock.ts';
import type { Track } from '../engine/progress.ts';
import { logFile, type RetrainingArchive } from '../engine/retraining-archive.ts';
import { RetrainingLogWriter } from '../engine/retraining-log.ts';
import { task, taskKey } from '../engine/task.ts';
import { Threads } from '../engine/threads.ts';
import { unlessRefused } from '../files/command-error.ts';
import { digest, digestBytes, digestNumbers } from '../files/digest.ts';
import { makeFolder } from '../files/make-folder.ts';
import {
  describeSeries,
  keptSubsets,
  measuredValues,
  missingRetrainings,
  openSeries,
  type RetrainingSeries,
  seriesBank,
} from '../protocol/retraining-series.ts';
import type { RunSize } from '../protocol/run-size.ts';
import { plainConfig } from '../user-files/plain-optimiser.ts';
import type { PlainData } from './plain-data.ts';
import {
  type RetrainedNetwork,
  type RetrainedOutcome,
  type RetrainingJob,
  recordRetrainer,
  retrainAll,
} from './retraining-job.ts';

/** Raise when another result follows. */
const VERSIONS = { 'own-retraining': 1 } as const;

/** The retrainings of a network, named by all that they depend on. */
export function ownSeries(trained: RetrainedNetwork, fraction: number): RetrainingSeries {
  const { network, loss, config, precision, train, queries, seed } = trained;
  const constants = 'description' in network ? [...network.bufferTensors].map(constantDigest) : [];
  const plain = 'description' in network ? { ...network, bufferTensors: constants } : network;
  const described = JSON.parse(
    JSON.stringify({ network: plain, loss, config, precision, fraction, seed }), // without the precision where it is the default
  ) as object;
  return {
    name: 'bank',
    task: task(VERSIONS, 'own-retraining', described, {
      train: dataDigest(train),
      queries: dataDigest(queries),
    }),
    examples: train.inputs.rows,
    subsetFraction: fraction,
    seed,
    queries: queries.inputs.rows,
    measurements: ['loss', asLoss('retrain', 'loss', lossNamed(loss)).measured],
  };
}

function constantDigest([name, { shape, data }]: [
  string,
  { readonly shape: readonly number[]; readonly data: Vec },
]): unknown[] {
  return [name, shape, digestNumbers(data)];
}

function dataDigest({ inputs, labels, targets, weights }: PlainData): string {
  const bytes = (data: Float64Array | Int32Array | undefined): string | null =>
    data === undefined ? null : digestBytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return digest([inputs.rows, bytes(inputs.data), bytes(labels), bytes(targets?.data), bytes(weights?.data)]);
}

/**
 * The bank of K subsets × R seeds, with what is missing trained.
 *
 * @param folder - Holds the logs; made if need be. @param notify - Told of damaged logs.
 * @throws {CommandError} the folder is in use; a training diverged; a worker died. What is stored stays.
 */
export async function growBank(
  trained: RetrainedNetwork,
  series: RetrainingSeries,
  size: RunSize,
  folder: string,
  workers: number,
  track: (missing: number, stored: number) => Track,
  notify: (line: string) => void,
): Promise<{ readonly bank: RetrainingBank; readonly trained: number }> {
  const known = existsSync(folder);
  makeFolder(folder);
  const release = await acquireLock(folder);
  let archive: RetrainingArchive | undefined;
  try {
    const stored = openSeries(series, folder, notify, true);
    archive = stored;
    const missing = missingRetrainings(stored, size);
    const kept = keptSubsets(series, size.subsets);
    const key = taskKey(series.task);
    const jobs = kept.flatMap((one, subset): RetrainingJob[] => {
      const repeats = missing.filter((job) => job.subset === subset).map(({ seed }) => seed);
      return repeats.length === 0 ? [] : [{ key, trained, subset, kept: one, repeats }];
    });
    const bar = track(missing.length, size.subsets * size.seeds - missing.length);
    if (jobs.length > 0) {
      describeSeries(stored, series, {});
      const { queries, measurements } = series;
      const log = new RetrainingLogWriter(logFile(stored.folder, 0), { key, queries, measurements });
      try {
        await compute(jobs, workers, ({ subset }, results) => {
          for (const { repeat, seconds, outcomes } of results) {
            const record = { subset, seed: repeat, seconds, values: measuredValues(series, outcomes) };
            log.append(record);
            stored.add(record);
            bar.advance();
          }
        });
      } finally {
        log.close();
      }
    }
    return { bank: seriesBank(series, size, stored), trained: missing.length };
  } finally {
    if (archive !== undefined) removeHollow([archive.folder]);
    release();
    if (!known) unlessRefused(() => rmdirSync(folder), undefined); // of a run that stored nothing: else it is not empty
  }
}

/** A job that a message can hold. */
function sent(job: RetrainingJob): RetrainingJob {
  return { ...job, trained: { ...job.trained, config: plainConfig(job.trained.config) } };
}

/** Here, or by threads; `done` is told of every job in whatever order. */
async function compute(
  jobs: readonly RetrainingJob[],
  workers: number,
  done: (job: RetrainingJob, results: readonly RetrainedOutcome[]) => void,
): Promise<void> {
  const threads = Math.min(workers, jobs.length);
  if (threads === 1) {
    const retrainer = recordRetrainer(jobs[0].trained);
    for (const job of jobs) done(job, retrainAll(retrainer, job));
    return;
  }
  const pool = new Threads<RetrainingJob, RetrainedOutcome[]>(
    new URL('./compute-retraining.ts', import.meta.url),
    threads,
  );
  try {
    await Promise.all(jobs.map(async (job) => done(job, await pool.run(sent(job)))));
  } finally {
    await pool.destroy();
  }
}
