/** @file What `influence` reads: networks, their training runs, examples with labels or with targets. */
import { functionName } from '../../autodiff/functions.ts';
import type { Dataset, Loss, Trajectory } from '../../autodiff/index.ts';
import { type FittedModel, METHOD_NAMES, METHODS, type MethodName } from '../../influence/index.ts';
import { CommandError } from '../files/command-error.ts';
import {
  type AnyNetwork,
  type NetworkOptions,
  networkFiles,
  readNetworks,
  type Told,
} from '../user-files/any-network.ts';
import { readAnyExamples } from '../user-files/examples.ts';
import { chosenLoss } from '../user-files/loss-option.ts';
import { layerNames, type SaidOfNetwork } from '../user-files/network.ts';
import { readTrajectory } from '../user-files/trajectory.ts';

/** The options of labels and targets, for messages. */
export const INFLUENCE_ANSWERS = {
  labels: '--train-labels and --query-labels',
  targets: '--train-targets and --query-targets',
};

/** Where training examples and queries are, what they weigh, and by which loss. Labels or targets, the same for both. */
export interface DataPaths {
  readonly trainInputs: string;
  readonly trainLabels?: string | undefined;
  readonly trainTargets?: string | undefined;
  readonly queryInputs: string;
  readonly queryLabels?: string | undefined;
  readonly queryTargets?: string | undefined;
  readonly tokenWeights?: string | undefined;
  readonly queryTokenWeights?: string | undefined;
  readonly exampleWeights?: string | undefined;
  /** Numbers ≥ 0: what training examples of each class count. */
  readonly classWeights?: readonly number[] | undefined;
  readonly queryExampleWeights?: string | undefined;
  readonly loss?: Loss | undefined;
}

/** The paths of one command. */
export interface AttributionPaths extends NetworkOptions, DataPaths {
  readonly checkpoints?: readonly string[] | undefined;
}

/** What they hold. */
export interface AttributionInput {
  readonly models: readonly FittedModel[];
  /** What the files say of them, in the same order. */
  readonly told: readonly Told[];
  readonly trajectories: readonly Trajectory[] | undefined;
  readonly train: Dataset;
  readonly queries: Dataset;
}

/**
 * Reads everything, and holds the examples against each network.
 *
 * @throws {CommandError} a file that is not what it should be, or does not fit; the message names it.
 */
export function readAttribution(paths: AttributionPaths): AttributionInput {
  const { stored, loss, train, queries } = readExplained(paths);
  return {
    models: stored.map(({ network }) => ({ ...network, loss })),
    told: stored.map(({ told }) => told),
    trajectories: paths.checkpoints?.map((folder, i) => trajectoryIn(folder, stored[i], loss, paths)),
    train,
    queries,
  };
}

/** Networks, and the examples of both kinds, held against each. @throws {CommandError} naming the file. */
export function readExplained(paths: Omit<AttributionPaths, 'checkpoints'>): Pick<
  AttributionInput,
  'train' | 'queries'
> & {
  readonly stored: readonly AnyNetwork[];
  readonly loss: Loss;
} {
  const { trainInputs, trainLabels, trainTargets, tokenWeights } = paths;
  const { queryInputs, queryLabels, queryTargets, queryTokenWeights } = paths;
  const loss = chosenLoss(paths.loss, trainTargets !== undefined, INFLUENCE_ANSWERS);
  if ((tokenWeights === undefined) !== (queryTokenWeights === undefined))
    throw new CommandError('--token-weights and --query-token-weights go together: give both, or neither.');
  const stored = readNetworks(paths, loss);
  const trainFiles = {
    inputs: trainInputs,
    labels: trainLabels,
    targets: trainTargets,
    weights: tokenWeights,
    exampleWeights: paths.exampleWeights,
    classWeights: paths.classWeights,
  };
  const queryFiles = {
    inputs: queryInputs,
    labels: queryLabels,
    targets: queryTargets,
    weights: queryTokenWeights,
    exampleWeights: paths.queryExampleWeights,
  };
  const [train] = stored.map((one) => readAnyExamples(one, trainFiles));
  const [queries] = stored.map((one) => readAnyExamples(one, queryFiles, trainFiles));
  return { stored, loss, train, queries };
}

/** Options that say what examples should give. */
type Answers = 'trainLabels' | 'trainTargets' | 'queryLabels' | 'queryTargets';

/**
 * Labels or targets: one of the two, for training examples and queries alike.
 *
 * @throws {CommandError} both, or one of each. @returns the option that is missing, if one is.
 */
export function missingAnswers(paths: Partial<AttributionPaths>): Answers | undefined {
  const { trainLabels, trainTargets, queryLabels, queryTargets } = paths;
  const labels = trainLabels !== undefined || queryLabels !== undefined;
  const targets = trainTargets !== undefined || queryTargets !== undefined;
  if (labels && targets)
    throw new CommandError(
      'labels are for classes and targets for regression: give one kind, for both sets.',
    );
  if (targets) {
    if (trainTargets === undefined) return 'trainTargets';
    return queryTargets === undefined ? 'queryTargets' : undefined;
  }
  if (trainLabels === undefined) return 'trainLabels';
  return queryLabels === undefined ? 'queryLabels' : undefined;
}

/** Refuses checkpoints where no method looks at them, and their absence where one must. */
export function checkCheckpoints(
  method: MethodName,
  paths: Pick<AttributionPaths, 'checkpoints' | 'params' | 'model'>,
): void {
  const { checkpoints } = paths;
  const files = networkFiles(paths);
  const { needsTrajectory } = METHODS[method];
  const followers = METHOD_NAMES.filter((name) => METHODS[name].needsTrajectory).join(', ');
  if (!needsTrajectory && checkpoints !== undefined)
    throw new CommandError(`--checkpoints does not apply to ${method}; it belongs to ${followers}.`);
  if (!needsTrajectory) return;
  if (checkpoints === undefined)
    throw new CommandError(
      `${method} follows training: give the folder of 'train --checkpoints' as --checkpoints.`,
    );
  if (checkpoints.length !== files.length)
    throw new CommandError(
      `${files.length} --params and ${checkpoints.length} --checkpoints: each network needs the folder of its own training.`,
    );
}

/** The run in a folder. @throws {CommandError} it is of another network, or minimised another loss. */
function trajectoryIn(
  folder: string,
  { network }: AnyNetwork,
  expected: Loss,
  said: SaidOfNetwork,
): Trajectory {
  const { loss, trajectory } = readTrajectory(folder, network.model, layerNames(said));
  const [own, needed] = [functionName(loss), functionName(expected)];
  if (own !== needed)
    throw new CommandError(`${folder}: a run that minimised ${own}; these examples need ${needed}.`);
  return trajectory;
}
