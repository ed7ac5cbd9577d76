/** @file Which stored task a job stands for, and how its result is computed. */
import type { Bench } from '../../engine/bench.ts';
import type { StoredTask } from '../../engine/result-form.ts';
import type { TaskResult } from '../../engine/task.ts';
import { storedNetwork, trainBaseModel } from '../../protocol/base-network.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { baseTrainingTask } from '../../protocol/tasks.ts';
import type { NetworkJob } from './jobs.ts';
import { attributionTask, diagnosticsTask } from './reproduce-tasks.ts';
import { attribute } from './tasks/attribution.ts';
import { diagnose } from './tasks/diagnostics.ts';
import { keptHessian } from './tasks/exact-hessian.ts';

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

/** Computes a job; the base model that it needs must be in the store. */
export function computeNetworkJob(setting: SettingConfig, job: NetworkJob, bench: Bench): TaskResult {
  if (job.kind === 'base-training') return trainBaseModel(setting, job.model);
  const { problem, key } = storedNetwork(setting, job.model, bench.store);
  const hessian = keptHessian(problem, key, bench);
  return job.kind === 'attribution'
    ? attribute(setting, job.method, problem, hessian)
    : diagnose(setting, problem, hessian);
}
