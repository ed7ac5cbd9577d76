/** @file The base networks of a setting: trained on everything, kept with checkpoints for methods that look back. */
import {
  checkpointSteps,
  exampleValues,
  logits,
  Mlp,
  Trainer,
  type Trajectory,
} from '../../autodiff/index.ts';
import type { Problem } from '../../curvature/index.ts';
import { mean } from '../../linalg/index.ts';
import type { StoredArray, TaskResult } from '../engine/task.ts';
import { timed } from '../engine/timed.ts';
import { finiteFigures } from '../protocol/base-network.ts';
import { type PreparedSets, prepareSets } from '../protocol/data/prepare-sets.ts';
import { type AstraSetting, CHECKPOINTS } from './setting.ts';

/** Where the data of a setting come from: the folder of the IDX files, for image sets. */
export type DataFolder = string | undefined;

export function settingSets({ draw }: AstraSetting, folder: DataFolder): PreparedSets {
  return prepareSets(draw, folder);
}

export function astraModel({ sizes }: AstraSetting): Mlp {
  return new Mlp(sizes, 'relu');
}

/** Trains base model `index`; its streams are rng(seed, 'base', index, …). */
export function trainNetwork(setting: AstraSetting, index: number, folder: DataFolder): TaskResult {
  const { loss, training, seed, draw } = setting;
  const { train, query } = settingSets(setting, folder);
  const model = astraModel(setting);
  const seconds: { [stage: string]: number } = {};
  const checkpoints = checkpointSteps(totalSteps(training.epochs, draw.train, training.batch), CHECKPOINTS);
  const { theta, trajectory } = timed(seconds, 'train', () =>
    new Trainer(model, loss, train, training).trainTrajectory({ seed, path: ['base', index], checkpoints }),
  );
  const arrays: { [name: string]: StoredArray } = { theta: { shape: [theta.length], data: theta } };
  for (const checkpoint of trajectory.checkpoints)
    arrays[`checkpoint/${checkpoint.step}`] = { shape: [theta.length], data: checkpoint.theta };
  const value = finiteFigures({
    trainLoss: mean(exampleValues(model, loss, theta, train)),
    queryLoss: mean(exampleValues(model, loss, theta, query)),
    ...('labels' in query && 'labels' in train
      ? {
          trainAccuracy: accuracy(logits(model, theta, train.inputs).toArray(), train.labels),
          queryAccuracy: accuracy(logits(model, theta, query.inputs).toArray(), query.labels),
        }
      : {}),
  });
  return { value, arrays, seconds };
}

/** A stored network as what curvature is built from. */
export function storedProblem(setting: AstraSetting, stored: TaskResult, folder: DataFolder): Problem {
  return {
    model: astraModel(setting),
    loss: setting.loss,
    theta: stored.arrays['theta'].data,
    data: settingSets(setting, folder).train,
  };
}

/** A stored network's training run. */
export function storedTrajectory({ training, draw }: AstraSetting, stored: TaskResult): Trajectory {
  const stepsPerEpoch = Math.ceil(draw.train / training.batch);
  return {
    checkpoints: Object.entries(stored.arrays)
      .flatMap(([name, { data }]) => {
        const step = /^checkpoint\/(\d+)$/.exec(name);
        return step === null ? [] : [{ step: Number(step[1]), theta: data }];
      })
      .sort((a, b) => a.step - b.step),
    steps: totalSteps(training.epochs, draw.train, training.batch),
    learningRates: new Float64Array(training.epochs).fill(training.learningRate),
    stepsPerEpoch,
    momentum: training.momentum,
    weightDecay: training.weightDecay,
    batch: training.batch,
  };
}

/** SGD steps of a training. */
export function totalSteps(epochs: number, examples: number, batch: number): number {
  return epochs * Math.ceil(examples / batch);
}

/** The share of rows whose largest number is at the label. */
function accuracy(rows: readonly (readonly number[])[], labels: Int32Array): number {
  return rows.filter((row, i) => row.indexOf(Math.max(...row)) === labels[i]).length / labels.length;
}
