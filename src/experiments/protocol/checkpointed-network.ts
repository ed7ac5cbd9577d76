/** @file Base networks that keep checkpoints, for methods that look back at their training. */
import {
  type Checkpoint,
  checkpointSteps,
  Trainer,
  type TrainingConfig,
  type Trajectory,
} from '../../autodiff/index.ts';
import { epochBatches, rateOf } from '../../autodiff/training-config.ts';
import type { Vec } from '../../linalg/index.ts';
import type { TrainingSetup } from './base-network.ts';

/** Checkpoints of a training, at equal distances; Bae et al. (2024) and Wang et al. (2025) keep six: two for each segment of SOURCE. */
export const CHECKPOINTS = 6;

/** Trains base model `index` on everything; its streams are rng(seed, 'base', index, …), as those of every base model. */
export function trainWithCheckpoints(
  { model, loss, training, seed, train }: TrainingSetup,
  index: number,
): { readonly theta: Vec; readonly trajectory: Trajectory } {
  const trainer = new Trainer(model, loss, train, training);
  const checkpoints = checkpointSteps(trainer.stepsOf(), CHECKPOINTS);
  return trainer.trainTrajectory({ seed, path: ['base', index], checkpoints });
}

/** SGD steps of an epoch, and of a training on so many examples; and where its checkpoints lie. */
export function stepsOf(
  training: TrainingConfig,
  examples: number,
): { readonly stepsPerEpoch: number; readonly steps: number; readonly kept: readonly number[] } {
  const stepsPerEpoch = epochBatches(training, examples).length;
  const steps = training.epochs * stepsPerEpoch;
  return { stepsPerEpoch, steps, kept: checkpointSteps(steps, CHECKPOINTS) };
}

/** The course of a training on so many examples, by its checkpoints. */
export function trajectoryOf(
  training: TrainingConfig,
  examples: number,
  checkpoints: readonly Checkpoint[],
): Trajectory {
  const { epochs, momentum, weightDecay, batch } = training;
  const { steps, stepsPerEpoch } = stepsOf(training, examples);
  const learningRates = Float64Array.from({ length: epochs }, (_, epoch) => rateOf(training, epoch));
  return { checkpoints, steps, learningRates, stepsPerEpoch, momentum, weightDecay, batch };
}
