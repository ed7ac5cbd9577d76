/** @file One network after another from new random starts: parameters and checkpoints announced together, written when all are there. */
import type { GraphNetwork, Mlp, Trainer } from '../../autodiff/index.ts';
import { checkpointSteps } from '../../autodiff/index.ts';
import type { Vec } from '../../linalg/index.ts';
import { createProgress, whileShown } from '../engine/progress.ts';
import { CommandError } from '../files/command-error.ts';
import type { Json } from '../files/digest.ts';
import { Publication } from '../files/publication.ts';
import type { Stopwatch } from '../terminal/output.ts';
import { savedNetwork } from '../user-files/any-network.ts';
import { checkTrajectoryFolder, isCheckpointFile } from '../user-files/trajectory.ts';
import { publishTrajectory } from '../user-files/write-trajectory.ts';

/** Two for each of three segments of SOURCE, as Bae et al. (2024) and Wang et al. (2025) have them. */
export const CHECKPOINTS = 6;

/** Where trained networks go. */
export interface Destinations {
  /** A file for each seed, or none. */
  readonly targets: readonly string[];
  /** A folder of checkpoints for each seed, or none. */
  readonly folders: readonly string[];
  /** Checkpoints in each; default {@link CHECKPOINTS}, or every step of fewer. */
  readonly checkpointCount: number | undefined;
}

/** What is trained, and what is said of it. */
export interface ModelTraining<T> extends Destinations {
  readonly trainer: Trainer;
  /** That of the trainer. */
  readonly model: Mlp | GraphNetwork;
  readonly seeds: readonly number[];
  /** What was done to the inputs. */
  readonly preprocessing: string;
  readonly json: boolean;
  readonly watch: Stopwatch;
  /** Figures of one network. @param lastEpochLoss - Mean loss of its last epoch. */
  readonly measure: (theta: Vec, lastEpochLoss: number) => T;
}

/** What is known of every trained network, with where it was written. */
export type Trained<T> = { readonly seed: number } & T & {
    readonly out?: string;
    readonly checkpoints?: string;
    readonly checkpointSteps?: readonly number[];
  };

/** Refuses destinations before the training. @throws {CommandError} naming the option. */
export function checkDestinations({ targets, folders }: Destinations): void {
  for (const folder of folders) checkTrajectoryFolder(folder);
  for (const target of targets)
    if (folders.some((folder) => isCheckpointFile(folder, target)))
      throw new CommandError(`--out ${target} is the name of a file of --checkpoints: choose another.`);
}

/**
 * Trains a network for each seed. Files appear when all are trained; none does when one fails.
 *
 * @throws {CommandError} a parameter is not finite, a count of checkpoints that the run does not have, a file cannot be written.
 */
export function trainModels<T extends { readonly [name: string]: Json }>(
  training: ModelTraining<T>,
): Trained<T>[] {
  const { trainer, model, seeds, targets, folders, preprocessing, json, watch, measure } = training;
  const { loss, config } = trainer;
  const checkpoints = folders.length === 0 ? [] : stepsToKeep(trainer.stepsOf(), training.checkpointCount);
  const progress = createProgress(json);
  const publication = new Publication();
  const trainOne = (seed: number, i: number): Trained<T> => {
    const track = progress.track(seeds.length === 1 ? 'epochs' : `model ${i}, epochs`, config.epochs, 0);
    let last = Number.NaN;
    const onEpoch = (_epoch: number, meanLoss: number): void => {
      last = meanLoss;
      track.advance();
    };
    const one = { seed, path: ['base', 0], onEpoch };
    const { theta, trajectory } = watch.time('train', () =>
      checkpoints.length === 0
        ? { theta: trainer.train(one), trajectory: undefined }
        : trainer.trainTrajectory({ ...one, checkpoints }),
    );
    if (theta.some((x) => !Number.isFinite(x)))
      throw new CommandError(`training diverged with seed ${seed}: a parameter is not finite; lower --lr.`);
    if (trajectory !== undefined)
      watch.time('write', () => {
        const stored = { model, loss, trajectory, preprocessing };
        publishTrajectory(publication, folders[i], stored, { ...config, seed });
      });
    if (targets.length > 0)
      publication.replace(targets[i], savedNetwork(model, theta, { loss, preprocessing }));
    return watch.time('evaluate', () => ({
      seed,
      ...measure(theta, last),
      ...(targets.length > 0 ? { out: targets[i] } : {}),
      ...(folders.length > 0 ? { checkpoints: folders[i], checkpointSteps: checkpoints } : {}),
    }));
  };
  try {
    const trained = whileShown(progress, () => seeds.map(trainOne));
    watch.time('write', () => publication.commit());
    return trained;
  } catch (error) {
    publication.discard();
    throw error;
  }
}

/** Where it was written, for the end of a line. */
export function writtenTo({ out, checkpoints, checkpointSteps }: Trained<object>): string {
  return (
    (out === undefined ? '' : `, written to ${out}`) +
    (checkpoints === undefined ? '' : `, ${checkpointSteps?.length} checkpoints in ${checkpoints}`)
  );
}

function stepsToKeep(steps: number, count = Math.min(CHECKPOINTS, steps)): number[] {
  if (count > steps)
    throw new CommandError(`--checkpoint-count ${count} is more than the ${steps} steps of the training.`);
  return checkpointSteps(steps, count);
}
