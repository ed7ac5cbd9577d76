/** @file Base models with the course of their training, as stored results. */
import type { Trajectory } from '../../autodiff/index.ts';
import type { FittedModel } from '../../influence/index.ts';
import { Matrix } from '../../linalg/index.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { threadMilliseconds } from '../engine/thread-time.ts';
import { networkFigures, settingSetup } from '../protocol/base-network.ts';
import { trainWithCheckpoints, trajectoryOf } from '../protocol/checkpointed-network.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import { settingModel } from '../protocol/setting-model.ts';

/** A base model and how it came about. */
export interface TrainedNetwork {
  readonly fitted: FittedModel;
  readonly trajectory: Trajectory;
}

/** Trains base model `index`: the parameters are those of `reproduce`. */
export function trainNetwork(setting: SettingConfig, index: number): TaskResult {
  const setup = settingSetup(setting);
  const start = threadMilliseconds();
  const { theta, trajectory } = trainWithCheckpoints(setup, index);
  const seconds = (threadMilliseconds() - start) / 1000;
  const { checkpoints, learningRates, steps, stepsPerEpoch, momentum, weightDecay, batch } = trajectory;
  const kept = new Matrix(checkpoints.length, theta.length);
  for (const [c, checkpoint] of checkpoints.entries()) kept.row(c).set(checkpoint.theta);
  return {
    value: {
      ...networkFigures(setup, theta),
      ...{ steps, stepsPerEpoch, momentum, weightDecay, batch },
      checkpoints: checkpoints.map(({ step }) => step),
    },
    arrays: { theta: arrayOf(theta), checkpoints: arrayOf(kept), learningRates: arrayOf(learningRates) },
    seconds: { train: seconds },
  };
}

/** The reverse of {@link trainNetwork}. */
export function decodeNetwork(setting: SettingConfig, { value, arrays }: TaskResult): TrainedNetwork {
  const { training, data, loss } = setting;
  const { theta, checkpoints } = arrays;
  const size = theta.data.length;
  const steps = value['checkpoints'] as readonly number[]; // as the form of the task says
  const kept = steps.map((step, c) => ({ step, theta: checkpoints.data.slice(c * size, (c + 1) * size) }));
  return {
    fitted: { model: settingModel(setting), loss, theta: theta.data },
    trajectory: trajectoryOf(training, data.train, kept),
  };
}
