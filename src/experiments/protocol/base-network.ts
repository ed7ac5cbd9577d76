/** @file The network of a setting, and base training: one model on all training examples. */
import { exampleValues, logits, Mlp, Trainer } from '../../autodiff/index.ts';
import { mean, NumericalError, type Vec } from '../../linalg/index.ts';
import type { TaskResult } from '../engine/task.ts';
import { timed } from '../engine/timed.ts';
import { CLASSES, PIXELS } from './data/digits.ts';
import { prepareDigits } from './data/prepare-digits.ts';
import { layerSizes, type SettingConfig } from './setting.ts';

/** The multilayer perceptron of a setting on Digits. */
export function settingModel({ model }: SettingConfig): Mlp {
  return new Mlp(layerSizes(model, PIXELS, CLASSES), model.activation);
}

/** Trains base model `index`; its streams are rng(seed, 'base', index, …). */
export function trainBaseModel(setting: SettingConfig, index: number): TaskResult {
  const { loss, training, seed } = setting;
  const { train, query } = prepareDigits(setting.data);
  const model = settingModel(setting);
  const seconds: { [stage: string]: number } = {};
  const theta = timed(seconds, 'train', () =>
    new Trainer(model, loss, train, training).train({ seed, path: ['base', index] }),
  );
  const value = finiteFigures({
    trainLoss: mean(exampleValues(model, loss, theta, train)),
    queryLoss: mean(exampleValues(model, loss, theta, query)),
    trainAccuracy: accuracy(model, theta, train),
    queryAccuracy: accuracy(model, theta, query),
  });
  return { value, arrays: { theta: { shape: [theta.length], data: theta } }, seconds };
}

/**
 * Figures of a trained network, as they are stored.
 *
 * @throws {NumericalError} one is not finite: the network is finite, and so far out that its outputs overflow.
 */
export function finiteFigures(figures: { readonly [name: string]: number }): { [name: string]: number } {
  for (const [name, value] of Object.entries(figures))
    if (!Number.isFinite(value))
      throw new NumericalError(`the trained network has ${name} ${value}. Lower the learning rate.`);
  return { ...figures };
}

/** The share of examples whose largest logit is at their label; ties count as the first. */
export function accuracy(
  model: Mlp,
  theta: Vec,
  { inputs, labels }: { readonly inputs: Parameters<typeof logits>[2]; readonly labels: Int32Array },
): number {
  const u = logits(model, theta, inputs);
  let right = 0;
  for (let i = 0; i < u.rows; i++) {
    const row = u.row(i);
    if (row.indexOf(row.reduce((a, b) => Math.max(a, b))) === labels[i]) right++;
  }
  return right / u.rows;
}
