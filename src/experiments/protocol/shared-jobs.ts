/** @file The jobs that experiments share: base networks on Digits, and retrainings on any data. */
import type { Bench } from '../engine/bench.ts';
import type { Retraining } from '../engine/jobs.ts';
import type { ListedJob, Work } from '../engine/laboratory.ts';
import type { StoredTask } from '../engine/result-form.ts';
import type { TaskResult } from '../engine/task.ts';
import type { AnySetting } from './any-setting.ts';
import { settingSetup, trainBaseModel } from './base-network.ts';
import { retrain } from './retrainer.ts';
import { loggedSeries, missingRetrainings } from './retraining-series.ts';
import { leastSeconds } from './retraining-time.ts';
import { openArchive, retrainingSeries } from './retrainings.ts';
import type { RunSize } from './run-size.ts';
import type { SettingConfig } from './setting.ts';
import { baseTrainingTask } from './tasks.ts';

/** Base network number `model`, to be stored. */
export interface BaseTraining {
  readonly kind: 'base-training';
  readonly setting: SettingConfig;
  readonly model: number;
}

/** One retraining, to be appended to the worker's log. */
export interface RetrainingOf<Setting extends AnySetting = SettingConfig> {
  readonly kind: 'retraining';
  readonly setting: Setting;
  readonly subset: number;
  readonly seed: number;
}

export type SharedJob = BaseTraining | RetrainingOf;

/** Base network number `model`, unless the fastest machine could not train it in time. */
export function baseTraining(setting: SettingConfig, model: number): ListedJob<BaseTraining, unknown> {
  const seconds = leastSeconds(setting, setting.data.train);
  return { job: { kind: 'base-training', setting, model }, expected: () => ({ seconds, memory: 0 }) };
}

/** Retrainings are short, and each is stored: an interruption waits for them. */
export function isRetraining({ kind }: { readonly kind: string }): boolean {
  return kind === 'retraining';
}

/** The retraining that a job is, if it is one. */
export function retrainingOf(
  job: RetrainingOf<AnySetting> | { readonly kind: string },
): Retraining | undefined {
  if (!('subset' in job) || job.kind !== 'retraining') return undefined;
  const { setting, subset, seed } = job;
  return { series: loggedSeries(retrainingSeries(setting)), subset, seed };
}

/** The retrainings of K × R that are not stored, as jobs; what is damaged is cut out of the logs. */
export function missingOf<Setting extends AnySetting>(
  setting: Setting,
  size: RunSize,
  { folders, progress }: Work,
): RetrainingOf<Setting>[] {
  const archive = openArchive(setting, folders.retrainings, progress.note, true);
  return missingRetrainings(archive, size).map((one) => ({ kind: 'retraining', setting, ...one }));
}

/** Where a shared job's result is stored; a retraining ends up in a log. */
export function sharedTask(job: SharedJob): StoredTask | undefined {
  return job.kind === 'base-training' ? baseTrainingTask(job.setting, job.model) : undefined;
}

/** Computes a shared job in a worker. @returns a base network. */
export function computeShared(
  job: BaseTraining | RetrainingOf<AnySetting>,
  bench: Bench,
): TaskResult | undefined {
  if (job.kind === 'base-training') return trainBaseModel(job.setting, job.model);
  const { setting } = job;
  retrain(bench, retrainingSeries(setting), () => settingSetup(setting), job);
  return undefined;
}
