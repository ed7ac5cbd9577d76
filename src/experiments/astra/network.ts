/** @file The base networks of a setting: trained on everything, kept with checkpoints for methods that look back. */
import { checkpointSteps, Mlp, Trainer, type Trajectory } from '../../autodiff/index.ts';
import type { Problem } from '../../curvature/index.ts';
import type { StoredArray, TaskResult } from '../engine/task.ts';
import { timed } from '../engine/timed.ts';
import { networkFigures, type TrainingSetup } from '../protocol/base-network.ts';
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

/** What the networks of a setting are trained from. */
export function astraSetup(setting: AstraSetting, folder: DataFolder): TrainingSetup {
  const { loss, training, seed } = setting;
  const { train, query } = settingSets(setting, folder);
  return { model: astraModel(setting), loss, training, seed, train, query };
}

/** Trains base model `index`; its streams are rng(seed, 'base', index, …). */
export function trainNetwork(setting: AstraSetting, index: number, folder: DataFolder): TaskResult {
  const setup = astraSetup(setting, folder);
  const { model, loss, training, seed, train } = setup;
  const seconds: { [stage: string]: number } = {};
  const checkpoints = checkpointSteps(
    totalSteps(training.epochs, setting.draw.train, training.batch),
    CHECKPOINTS,
  );
  const { theta, trajectory } = timed(seconds, 'train', () =>
    new Trainer(model, loss, train, training).trainTrajectory({ seed, path: ['base', index], checkpoints }),
  );
  const arrays: { [name: string]: StoredArray } = { theta: { shape: [theta.length], data: theta } };
  for (const checkpoint of trajectory.checkpoints)
    arrays[`checkpoint/${checkpoint.step}`] = { shape: [theta.length], data: checkpoint.theta };
  return { value: networkFigures(setup, theta), arrays, seconds };
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
