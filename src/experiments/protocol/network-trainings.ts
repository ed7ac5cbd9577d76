/** @file The trainings of a declared network as stored tasks: what each depends on, and nothing else. */
import * as v from 'valibot';
import { leastTrainingSeconds } from '../engine/bounds.ts';
import { finiteArray, resultForm, type StoredTask } from '../engine/result-form.ts';
import { type Task, task } from '../engine/task.ts';
import { fraction, nonNegative } from '../files/json-schemas.ts';
import { dataHash, type NetworkSetting, settingNetwork } from './network-setting.ts';
import type { RetrainingSeries } from './retraining-series.ts';

/** Versions of the stored tasks. */
export const NETWORK_VERSIONS = { 'network-training': 1, 'network-retraining': 1 } as const;

/** All that a training depends on beside the data. The description tells networks whose words are alike. */
function trainingConfig(setting: NetworkSetting) {
  const { description, parameters } = settingNetwork(setting);
  const shapes = parameters.map(({ name, shape }) => [name, shape]);
  const { loss, training, seed } = setting;
  return { network: { description, shapes }, loss, training, seed };
}

/** Training of base network `model` on all training examples. */
export function trainingTask(setting: NetworkSetting, model: number): StoredTask {
  const config = { ...trainingConfig(setting), index: model };
  return {
    ...task(NETWORK_VERSIONS, 'network-training', config, { data: dataHash(setting) }),
    form: resultForm(
      v.strictObject({
        trainLoss: nonNegative,
        queryLoss: nonNegative,
        trainAccuracy: fraction,
        queryAccuracy: fraction,
      }),
      { theta: finiteArray(settingNetwork(setting).parameterCount) },
      ['train'],
    ),
  };
}

/** Seconds that no machine trains a network of a setting on a share of its examples faster in, however small it is. */
export function leastSeconds({ data, training }: NetworkSetting, share: number): number {
  const steps = training.epochs * Math.floor((data.train * share) / training.batch);
  return leastTrainingSeconds(steps, training.batch, 1);
}

/** All retrainings of a setting share one task; (subset, seed) numbers them. Neither K nor R is part of it. */
function retrainingTask(setting: NetworkSetting): Task {
  const { subsetFraction } = setting;
  const config = { ...trainingConfig(setting), subsetFraction };
  return task(NETWORK_VERSIONS, 'network-retraining', config, { data: dataHash(setting) });
}

/** The retrainings of a setting. */
export function networkSeries(setting: NetworkSetting): RetrainingSeries {
  const { name, data, subsetFraction, seed } = setting;
  return {
    name,
    task: retrainingTask(setting),
    examples: data.train,
    subsetFraction,
    seed,
    queries: data.queries,
    measurements: ['loss', 'margin'],
  };
}
