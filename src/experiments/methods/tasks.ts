/** @file The stored tasks of the comparison: networks with checkpoints, scores, and what scores are worth. */
import { BOOTSTRAP_RESAMPLES } from '../../influence/index.ts';
import type { StoredTask } from '../engine/result-form.ts';
import { task, taskKey } from '../engine/task.ts';
import type { Json } from '../files/digest.ts';
import { CHECKPOINTS } from '../protocol/checkpointed-network.ts';
import { prepareDigits } from '../protocol/data/prepare-digits.ts';
import { optionDefaults } from '../protocol/option-defaults.ts';
import type { RunSize } from '../protocol/run-size.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import { retrainingTask } from '../protocol/tasks.ts';
import { optionsOf } from './published-rule.ts';
import { ldsForm, networkForm, scoresForm } from './result-forms.ts';
import { fitsTogether, type Variant } from './variant.ts';

/** Versions of the stored tasks. */
export const METHODS_VERSIONS = { 'methods-network': 1, 'methods-scores': 4, 'methods-lds': 1 } as const;

/** Training of base model `index`, with checkpoints; the same parameters as `reproduce` trains. */
export function networkTask(setting: SettingConfig, index: number): StoredTask {
  const { model, loss, training, seed, data } = setting;
  const config = { model, loss, training, seed, index, checkpoints: CHECKPOINTS };
  return {
    ...task(METHODS_VERSIONS, 'methods-network', config, { data: prepareDigits(data).hash }),
    form: networkForm(setting),
  };
}

/**
 * Scores of a variant: of one base model, or of several for a method that fits them together. Defaults are part of the task as values, a
 * rule by its name, version and constants, so that another default asks for new scores and another sentence about it does not.
 */
export function scoresTask(setting: SettingConfig, variant: Variant, models: readonly number[]): StoredTask {
  const { method } = variant;
  const config = {
    method,
    options: optionsOf(variant) as Json,
    defaults: optionDefaults(method),
    measurement: setting.measurement,
  };
  const networks = models.map((index): [string, string] => [
    `network ${index}`,
    taskKey(networkTask(setting, index)),
  ]);
  return {
    ...task(METHODS_VERSIONS, 'methods-scores', config, {
      data: prepareDigits(setting.data).hash,
      ...Object.fromEntries(networks),
    }),
    form: scoresForm(setting),
  };
}

/** The scores that a judgement of these base models rests on. */
export function scoreTasks(
  setting: SettingConfig,
  variant: Variant,
  models: readonly number[],
): StoredTask[] {
  return models.length > 1 && fitsTogether(variant)
    ? [scoresTask(setting, variant, models)]
    : models.map((index) => scoresTask(setting, variant, [index]));
}

/** The LDS of a variant's mean scores over some base models. */
export function ldsTask(
  setting: SettingConfig,
  variant: Variant,
  models: readonly number[],
  { subsets, seeds }: RunSize,
): StoredTask {
  const { measurement, seed } = setting;
  const scores = scoreTasks(setting, variant, models).map((t, i): [string, string] => [
    `scores ${i}`,
    taskKey(t),
  ]);
  return {
    ...task(
      METHODS_VERSIONS,
      'methods-lds',
      { measurement, seed, subsets, seeds, resamples: BOOTSTRAP_RESAMPLES },
      { retrainings: taskKey(retrainingTask(setting)), ...Object.fromEntries(scores) },
    ),
    form: ldsForm(setting, subsets),
  };
}
