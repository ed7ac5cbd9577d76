/** @file The jobs of the comparison, as plain values. */
import type { StoredTask } from '../engine/result-form.ts';
import type { RunSize } from '../protocol/run-size.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import type { RetrainingOf } from '../protocol/shared-jobs.ts';
import { ldsTask, networkTask, scoresTask } from './tasks.ts';
import type { Variant } from './variant.ts';

/** Something to compute and to store. */
export type MethodsJob =
  | RetrainingOf
  | { readonly kind: 'network'; readonly setting: SettingConfig; readonly model: number }
  | {
      readonly kind: 'scores';
      readonly setting: SettingConfig;
      readonly variant: Variant;
      readonly models: readonly number[];
      /** Is stored by the same job: it rests on the same chains. */
      readonly companion?: Variant;
    }
  | {
      readonly kind: 'lds';
      readonly setting: SettingConfig;
      readonly variant: Variant;
      readonly models: readonly number[];
      readonly size: RunSize;
    };

/** Where a job's result is stored; a retraining ends up in a log. */
export function storedUnder(job: MethodsJob): StoredTask | undefined {
  switch (job.kind) {
    case 'network':
      return networkTask(job.setting, job.model);
    case 'scores':
      return scoresTask(job.setting, job.variant, job.models);
    case 'lds':
      return ldsTask(job.setting, job.variant, job.models, job.size);
    case 'retraining':
      return undefined;
  }
}

/** Scores that rest on the same chains are computed by one machine of several. */
export function unitOf(job: MethodsJob): unknown {
  if (job.kind !== 'scores' || !['bif', 'bif-correlation'].includes(job.variant.method)) return undefined;
  const { setting, models, variant } = job;
  return { setting, models, options: variant.options, chains: true };
}
