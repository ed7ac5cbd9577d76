/** @file Base models with the course of their training, as stored results. */
import { checkpointSteps, Trainer, type Trajectory } from '../../autodiff/index.ts';
import type { FittedModel } from '../../influence/index.ts';
import type { TaskResult } from '../engine/task.ts';
import { threadMilliseconds } from '../engine/thread-time.ts';
import { numberOrNaN } from '../files/json-number.ts';
import { digitsSetup, networkFigures } from '../protocol/base-network.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import { settingModel } from '../protocol/setting-model.ts';
import { CHECKPOINTS } from './result-forms.ts';

/** A base model and how it came about. */
export interface TrainedNetwork {
  readonly fitted: FittedModel;
  readonly trajectory: Trajectory;
}

/** Trains base model `index` with the streams of `reproduce`: rng(seed, 'base', index, …). */
export function trainNetwork(setting: SettingConfig, index: number): TaskResult {
  const setup = digitsSetup(setting);
  const { model, loss, training, seed, train } = setup;
  const start = threadMilliseconds();
  const trainer = new Trainer(model, loss, train, training);
  const { theta, trajectory } = trainer.trainTrajectory({
    seed,
    path: ['base', index],
    checkpoints: checkpointSteps(trainer.stepsOf(), CHECKPOINTS),
  });
  const seconds = (threadMilliseconds() - start) / 1000;
  const { checkpoints, learningRates, steps, stepsPerEpoch, momentum, weightDecay, batch } = trajectory;
  const thetas = new Float64Array(checkpoints.length * theta.length);
  for (const [c, checkpoint] of checkpoints.entries()) thetas.set(checkpoint.theta, c * theta.length);
  return {
    value: {
      ...networkFigures(setup, theta),
      ...{ steps, stepsPerEpoch, momentum, weightDecay, batch },
      checkpoints: checkpoints.map(({ step }) => step),
    },
    arrays: {
      theta: { shape: [theta.length], data: theta },
      checkpoints: { shape: [checkpoints.length, theta.length], data: thetas },
      learningRates: { shape: [learningRates.length], data: learningRates },
    },
    seconds: { train: seconds },
  };
}

/** The reverse of {@link trainNetwork}. */
export function decodeNetwork(setting: SettingConfig, { value, arrays }: TaskResult): TrainedNetwork {
  const { theta, checkpoints, learningRates } = arrays;
  const steps = value['checkpoints'];
  if (!Array.isArray(steps)) throw new Error('a stored network without checkpoints.');
  const size = theta.data.length;
  return {
    fitted: { model: settingModel(setting), loss: setting.loss, theta: theta.data },
    trajectory: {
      checkpoints: steps.map((step, c) => ({
        step: numberOrNaN(step),
        theta: checkpoints.data.slice(c * size, (c + 1) * size),
      })),
      steps: numberOrNaN(value['steps']),
      stepsPerEpoch: numberOrNaN(value['stepsPerEpoch']),
      momentum: numberOrNaN(value['momentum']),
      weightDecay: numberOrNaN(value['weightDecay']),
      batch: numberOrNaN(value['batch']),
      learningRates: learningRates.data,
    },
  };
}
