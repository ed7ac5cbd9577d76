/** @file The network of a setting, and base training: one model on all training examples. */

import {
  type Dataset,
  exampleValues,
  type Loss,
  logits,
  type Network,
  type Precision,
  Trainer,
  type TrainingConfig,
} from '../../autodiff/index.ts';
import type { Problem } from '../../curvature/index.ts';
import { Matrix, mean, NumericalError, type Vec } from '../../linalg/index.ts';
import type { Store } from '../engine/store.ts';
import { arrayOf } from '../engine/stored-array.ts';
import { type TaskResult, taskKey } from '../engine/task.ts';
import { timed } from '../engine/timed.ts';
import { type AnySetting, settingData } from './any-setting.ts';
import type { SettingConfig } from './setting.ts';
import { settingModel } from './setting-model.ts';
import { baseTrainingTask } from './tasks.ts';

/** What networks are trained from. */
export interface TrainingSetup {
  readonly model: Network;
  readonly loss: Loss;
  readonly training: TrainingConfig;
  /** Of retrainings; default float64. */
  readonly retrainingPrecision?: Precision;
  readonly seed: number;
  readonly train: Dataset;
  readonly query: Dataset;
}

/** What the networks of a setting are trained from. */
export function settingSetup(setting: AnySetting): TrainingSetup {
  const { loss, training, seed, retrainingPrecision = 'float64' } = setting;
  const { train, query } = settingData(setting);
  return { model: settingModel(setting), loss, training, retrainingPrecision, seed, train, query };
}

/** Trains base network `index` of a setting on Digits; its streams are rng(seed, 'base', index, …). */
export function trainBaseModel(setting: SettingConfig, index: number): TaskResult {
  return trainOnAll(settingSetup(setting), index);
}

/** Trains base network `index` on all training examples, from the streams rng(seed, 'base', index, …). */
export function trainOnAll(setup: TrainingSetup, index: number): TaskResult {
  const seconds: { [stage: string]: number } = {};
  const { model, loss, training, seed, train } = setup;
  const theta = timed(seconds, 'train', () =>
    new Trainer(model, loss, train, training).train({ seed, path: ['base', index] }),
  );
  return {
    value: networkFigures(setup, theta),
    arrays: { theta: arrayOf(theta) },
    seconds,
  };
}

/** A stored base network on Digits with its training set, and the key that it is stored under. */
export interface BaseNetwork {
  readonly problem: Problem;
  readonly key: string;
}

/** Base network `index` as stored. @throws {CommandError} it is not there. */
export function storedNetwork(setting: SettingConfig, index: number, store: Store): BaseNetwork {
  const task = baseTrainingTask(setting, index);
  const theta = store.get(task).arrays['theta'].data;
  const { model, loss, train } = settingSetup(setting);
  return { problem: { model, loss, theta, data: train }, key: taskKey(task) };
}

/**
 * Losses of a trained network and, of classes, accuracies, as they are stored.
 *
 * @throws {NumericalError} one is not finite: the network is finite, and so far out that its outputs overflow.
 */
export function networkFigures(
  { model, loss, train, query }: TrainingSetup,
  theta: Vec,
): { [name: string]: number } {
  const figures: { [name: string]: number } = {
    trainLoss: mean(exampleValues(model, loss, theta, train)),
    queryLoss: mean(exampleValues(model, loss, theta, query)),
    ...('labels' in train && 'labels' in query
      ? { trainAccuracy: accuracy(model, theta, train), queryAccuracy: accuracy(model, theta, query) }
      : {}),
  };
  for (const [name, value] of Object.entries(figures))
    if (!Number.isFinite(value))
      throw new NumericalError(`the trained network has ${name} ${value}. Lower the learning rate.`);
  return figures;
}

/** The share of labels, one of an example or one of each of its output positions, at which the largest logit is; ties count as the first. */
export function accuracy(
  model: Network,
  theta: Vec,
  { inputs, labels }: { readonly inputs: Parameters<typeof logits>[2]; readonly labels: Int32Array },
): number {
  const all = logits(model, theta, inputs);
  const u = new Matrix(labels.length, model.outputs, all.data);
  let right = 0;
  for (let i = 0; i < u.rows; i++) {
    const row = u.row(i);
    if (row.indexOf(row.reduce((a, b) => Math.max(a, b))) === labels[i]) right++;
  }
  return right / u.rows;
}
