/** @file The tasks that every experiment on Digits shares, retrainings on any data: what each depends on, and nothing else. */
import type { StoredTask } from '../engine/result-form.ts';
import { type Task, task } from '../engine/task.ts';
import { type AnySetting, settingData } from './any-setting.ts';
import { prepareDigits } from './data/prepare-digits.ts';
import { baseTrainingForm } from './result-forms.ts';
import type { SettingConfig } from './setting.ts';

/** Versions of the shared tasks. */
export const PROTOCOL_VERSIONS = { 'base-training': 1, retraining: 1 } as const;

/** Training of base model `index` on all training examples. */
export function baseTrainingTask(setting: SettingConfig, index: number): StoredTask {
  const { model, loss, training, seed, data } = setting;
  const config = { model, loss, training, seed, index };
  return {
    ...task(PROTOCOL_VERSIONS, 'base-training', config, { data: prepareDigits(data).hash }),
    form: baseTrainingForm(setting),
  };
}

/** All retrainings of a setting share one task; (subset, seed) numbers them. Neither K nor R is part of it. */
export function retrainingTask(setting: AnySetting): Task {
  const { model, loss, training, subsetFraction, seed, retrainingPrecision } = setting;
  const precision = retrainingPrecision === undefined ? {} : { precision: retrainingPrecision };
  const config = { model, loss, training, subsetFraction, seed, ...precision };
  return task(PROTOCOL_VERSIONS, 'retraining', config, { data: settingData(setting).hash });
}
