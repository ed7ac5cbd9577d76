/** @file Which stored task a job stands for, and how its result is computed. */
import type { Problem } from '../../../curvature/index.ts';
import type { StoredTask } from '../../engine/result-form.ts';
import type { Store } from '../../engine/store.ts';
import { type TaskResult, taskKey } from '../../engine/task.ts';
import { settingModel, trainBaseModel } from '../../protocol/base-network.ts';
import { prepareDigits } from '../../protocol/data/prepare-digits.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { attributionTask, baseTrainingTask, diagnosticsTask } from '../../protocol/tasks.ts';
import type { Job } from './message.ts';
import { attribute } from './tasks/attribution.ts';
import { diagnose } from './tasks/diagnostics.ts';

/** The task of a job. */
export function jobTask(setting: SettingConfig, job: Job): StoredTask {
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
export function computeJob(setting: SettingConfig, job: Job, store: Store): TaskResult {
  switch (job.kind) {
    case 'base-training':
      return trainBaseModel(setting, job.model);
    case 'attribution': {
      const { problem, key } = storedNetwork(setting, job.model, store);
      return attribute(setting, job.method, problem, key);
    }
    case 'diagnostics': {
      const { problem, key } = storedNetwork(setting, job.model, store);
      return diagnose(setting, problem, key);
    }
  }
}

function storedNetwork(
  setting: SettingConfig,
  index: number,
  store: Store,
): { problem: Problem; key: string } {
  const task = baseTrainingTask(setting, index);
  const stored = store.read(task);
  if (stored === undefined) throw new Error(`base model ${index} of ${setting.name} is not in the store.`);
  const { train } = prepareDigits(setting.data);
  const problem = {
    model: settingModel(setting),
    loss: setting.loss,
    theta: stored.arrays['theta'].data,
    data: train,
  };
  return { problem, key: taskKey(task) };
}
