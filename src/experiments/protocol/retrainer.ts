/** @file One retraining: a network on a random subset, measured on every query. */
import path from 'node:path';
import { threadId } from 'node:worker_threads';
import type { Trainer } from '../../autodiff/index.ts';
import { type QueryOutcomes, queryMeasurer, type RetrainingJob } from '../../influence/index.ts';
import type { Vec } from '../../linalg/index.ts';
import type { Bench } from '../engine/bench.ts';
import { archiveFolder, logFile } from '../engine/retraining-archive.ts';
import { RetrainingLogWriter } from '../engine/retraining-log.ts';
import { taskKey } from '../engine/task.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { TrainingSetup } from './base-network.ts';
import { keptSubsets, measuredValues, type RetrainingSeries } from './retraining-series.ts';
import { trainerIn } from './trainer-in.ts';

/** What a worker needs for the retrainings of one series: recorded once, used thousands of times. */
class Retrainer {
  private readonly series: RetrainingSeries;
  private readonly trainer: Trainer;
  private readonly measure: (theta: Vec) => QueryOutcomes;
  private readonly log: RetrainingLogWriter;
  private subsets: readonly Int32Array[] = [];

  /** @param file - This worker's own log. @param written - Given its records. */
  constructor(
    series: RetrainingSeries,
    { model, loss, training, retrainingPrecision = 'float64', train, query }: TrainingSetup,
    file: string,
    written: (record: Uint8Array) => void,
  ) {
    const { task, queries, measurements } = series;
    this.series = series;
    this.trainer = trainerIn(retrainingPrecision, model, loss, train, training);
    this.measure = queryMeasurer(model, loss, query);
    makeFolder(path.dirname(file));
    this.log = new RetrainingLogWriter(file, { key: taskKey(task), queries, measurements }, written);
  }

  /** Trains on a subset with the streams rng(seed, 'retrain', subset, repeat, …), measures, and appends the record to the log. */
  run({ subset, seed: repeat }: RetrainingJob): void {
    const { series } = this;
    const start = performance.now();
    if (subset >= this.subsets.length)
      this.subsets = keptSubsets(series, Math.max(subset + 1, 2 * this.subsets.length));
    const theta = this.trainer.train({
      seed: series.seed,
      path: ['retrain', subset, repeat],
      subset: this.subsets[subset],
    });
    const values = measuredValues(series, this.measure(theta));
    this.log.append({ subset, seed: repeat, seconds: (performance.now() - start) / 1000, values });
  }

  close(): void {
    this.log.close();
  }
}

/** Retrains in a worker; the recorded trainer and the open log stay for the next retraining of the series. */
export function retrain(
  bench: Bench,
  series: RetrainingSeries,
  setup: () => TrainingSetup,
  job: RetrainingJob,
): void {
  const key = taskKey(series.task);
  const retrainer = bench.keep(
    'retrainer',
    key,
    () =>
      new Retrainer(
        series,
        setup(),
        logFile(archiveFolder(bench.folders.retrainings, series.name, key), threadId),
        (bytes) => bench.written({ kind: 'retraining', bytes }),
      ),
    (old) => old.close(),
  );
  retrainer.run(job);
}
