/** @file The jobs that every experiment on Digits shares: base networks and retrainings. */
import type { Bench } from '../engine/bench.ts';
import { digitsSetup, trainBaseModel } from './base-network.ts';
import { retrain } from './retrainer.ts';
import { retrainingSeries } from './retrainings.ts';
import type { SettingConfig } from './setting.ts';
import { baseTrainingTask } from './tasks.ts';

/** Base network number `model`, to be stored. */
export interface BaseTraining {
  readonly kind: 'base-training';
  readonly setting: SettingConfig;
  readonly model: number;
}

/** One retraining, to be appended to the worker's log. */
export interface RetrainingOf {
  readonly kind: 'retraining';
  readonly setting: SettingConfig;
  readonly subset: number;
  readonly seed: number;
}

export type SharedJob = BaseTraining | RetrainingOf;

/** Retrainings are short, and each is stored: an interruption waits for them. */
export function isRetraining({ kind }: { readonly kind: string }): boolean {
  return kind === 'retraining';
}

/** Computes a shared job in a worker. */
export function computeShared(job: SharedJob, bench: Bench): undefined {
  const { setting } = job;
  if (job.kind === 'base-training')
    bench.store.write(baseTrainingTask(setting, job.model), trainBaseModel(setting, job.model));
  else retrain(bench, retrainingSeries(setting), () => digitsSetup(setting), job);
}
