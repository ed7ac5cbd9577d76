/** @file Retrainings as a worker makes them, read back from its log. */
import { Bench } from '../../src/experiments/engine/bench.ts';
import { workFolders } from '../../src/experiments/engine/folders.ts';
import type { RetrainingRecord } from '../../src/experiments/engine/retraining-log.ts';
import type { TrainingSetup } from '../../src/experiments/protocol/base-network.ts';
import { retrain } from '../../src/experiments/protocol/retrainer.ts';
import { openSeries, type RetrainingSeries } from '../../src/experiments/protocol/retraining-series.ts';
import type { RetrainingJob } from '../../src/influence/index.ts';

/** The records of some retrainings. @param folder - Of the logs; made if need be. */
export function retrained(
  folder: string,
  series: RetrainingSeries,
  setup: () => TrainingSetup,
  jobs: readonly RetrainingJob[],
): RetrainingRecord[] {
  const folders = workFolders(folder);
  const open = () => openSeries(series, folders.retrainings, () => {}, true);
  open(); // makes the folder
  const bench = new Bench(folders);
  for (const job of jobs) retrain(bench, series, setup, job);
  bench.drop('retrainer');
  const archive = open();
  return jobs.map(({ subset, seed }) => archive.get(subset, seed) as RetrainingRecord);
}
