/** @file The jobs of a run, as plain values: what they are called, and under which task their results are stored. */
import type { StoredTask } from '../../engine/result-form.ts';
import { METHODS, type Method } from '../../protocol/methods.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import type { RetrainingOf } from '../../protocol/shared-jobs.ts';
import { baseTrainingTask } from '../../protocol/tasks.ts';
import { attributionTask, diagnosticsTask } from './reproduce-tasks.ts';

/** What is stored of one base model, which `model` numbers. */
export type NetworkJob =
  | { readonly kind: 'base-training'; readonly model: number }
  | { readonly kind: 'attribution'; readonly model: number; readonly method: Method }
  | { readonly kind: 'diagnostics'; readonly model: number };

/** A result that ends up in the store, or one retraining that ends up in the worker's log. */
export type ReproduceJob = (NetworkJob & { readonly setting: SettingConfig }) | RetrainingOf;

/** The jobs that follow a base model. */
export function followers(model: number): NetworkJob[] {
  return [
    { kind: 'diagnostics', model },
    ...METHODS.map((method) => ({ kind: 'attribution', model, method }) as const),
  ];
}

/** Every job of a setting's base models, in the order of the models. */
export function settingJobs(models: number): NetworkJob[] {
  return Array.from({ length: models }, (_, model): NetworkJob[] => [
    { kind: 'base-training', model },
    ...followers(model),
  ]).flat();
}

/** What a job is called: hessian … grad-dot, diagnostics, base-training, retraining. */
export function jobName(job: NetworkJob | Pick<RetrainingOf, 'kind'>): string {
  return job.kind === 'attribution' ? job.method : job.kind;
}

/** The task of a job. */
export function networkJobTask(setting: SettingConfig, job: NetworkJob): StoredTask {
  switch (job.kind) {
    case 'base-training':
      return baseTrainingTask(setting, job.model);
    case 'attribution':
      return attributionTask(setting, job.model, job.method);
    case 'diagnostics':
      return diagnosticsTask(setting, job.model);
  }
}

/** Where the result of a job of the run is stored; a retraining ends up in a log. */
export function storedUnder(job: ReproduceJob): StoredTask | undefined {
  return job.kind === 'retraining' ? undefined : networkJobTask(job.setting, job);
}
