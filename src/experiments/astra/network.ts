/** @file The base networks of a setting: trained on everything, kept with checkpoints for methods that look back. */
import { Mlp, type Network, type Trajectory } from '../../autodiff/index.ts';
import type { Problem } from '../../curvature/index.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { timed } from '../engine/timed.ts';
import { networkFigures, type TrainingSetup } from '../protocol/base-network.ts';
import { stepsOf, trainWithCheckpoints, trajectoryOf } from '../protocol/checkpointed-network.ts';
import { type PreparedSets, prepareSets } from '../protocol/data/prepare-sets.ts';
import { resnet9 } from '../protocol/resnet9.ts';
import type { AstraSetting } from './setting.ts';

/** Where the data of a setting come from: the folder of the IDX files, for image sets that are not the repository's. */
export type DataFolder = string | undefined;

export function settingSets({ draw }: AstraSetting, folder: DataFolder): PreparedSets {
  return prepareSets(draw, folder);
}

export function astraModel({ sizes, resnet }: AstraSetting): Network {
  return resnet === undefined ? new Mlp(sizes, 'relu') : resnet9(resnet);
}

/** What the networks of a setting are trained from. */
export function astraSetup(setting: AstraSetting, folder: DataFolder): TrainingSetup {
  const { loss, training, seed } = setting;
  const { train, query } = settingSets(setting, folder);
  return { model: astraModel(setting), loss, training, seed, train, query };
}

/** Trains base model `index`. */
export function trainNetwork(setting: AstraSetting, index: number, folder: DataFolder): TaskResult {
  const setup = astraSetup(setting, folder);
  const seconds: { [stage: string]: number } = {};
  const { theta, trajectory } = timed(seconds, 'train', () => trainWithCheckpoints(setup, index));
  const kept = trajectory.checkpoints.map(({ step, theta: there }) => [`checkpoint/${step}`, arrayOf(there)]);
  return {
    value: networkFigures(setup, theta),
    arrays: { theta: arrayOf(theta), ...Object.fromEntries(kept) },
    seconds,
  };
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
export function storedTrajectory({ training, draw }: AstraSetting, { arrays }: TaskResult): Trajectory {
  const { kept } = stepsOf(training, draw.train);
  const checkpoints = kept.map((step) => ({ step, theta: arrays[`checkpoint/${step}`].data }));
  return trajectoryOf(training, draw.train, checkpoints);
}
