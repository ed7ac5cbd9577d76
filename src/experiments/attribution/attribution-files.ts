/** @file What `influence` reads: networks, their training runs, examples with labels or with targets. */
import type { Activation, Dataset, Loss, Trajectory } from '../../autodiff/index.ts';
import { type FittedModel, METHOD_NAMES, METHODS, type MethodName } from '../../influence/index.ts';
import { CommandError } from '../files/command-error.ts';
import { readExamples, readRegression } from '../user-files/arrays.ts';
import {
  checkExamples,
  layerNames,
  type Network,
  readNetwork,
  type SaidOfNetwork,
  type ToldNetwork,
} from '../user-files/network.ts';
import { readTrajectory } from '../user-files/trajectory.ts';

/** The paths of one command. Labels or targets, the same for training examples and queries. */
export interface AttributionPaths {
  readonly params: readonly string[];
  readonly activation?: Activation | undefined;
  readonly layers?: string | undefined;
  readonly trainInputs: string;
  readonly trainLabels?: string | undefined;
  readonly trainTargets?: string | undefined;
  readonly queryInputs: string;
  readonly queryLabels?: string | undefined;
  readonly queryTargets?: string | undefined;
  readonly checkpoints?: readonly string[] | undefined;
}

/** What they hold. */
export interface AttributionInput {
  readonly models: readonly FittedModel[];
  /** What the files say of them, in the same order. */
  readonly told: readonly ToldNetwork[];
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
  const { params, checkpoints, trainInputs, trainLabels, trainTargets } = paths;
  const { queryInputs, queryLabels, queryTargets } = paths;
  const loss: Loss = trainTargets === undefined ? 'cross-entropy' : 'squared-error';
  const stored = params.map((file) => readNetwork(file, paths, loss));
  const networks = stored.map(({ network }) => network);
  const train = examples(networks, trainInputs, trainLabels, trainTargets);
  const queries = examples(networks, queryInputs, queryLabels, queryTargets);
  return {
    models: networks.map((network) => ({ ...network, loss })),
    told: stored.map(({ told }) => told),
    trajectories: checkpoints?.map((folder, i) => trajectoryIn(folder, networks[i], loss, paths)),
    train,
    queries,
  };
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
  { checkpoints, params }: Pick<AttributionPaths, 'checkpoints' | 'params'>,
): void {
  const { needsTrajectory } = METHODS[method];
  const followers = METHOD_NAMES.filter((name) => METHODS[name].needsTrajectory).join(', ');
  if (!needsTrajectory && checkpoints !== undefined)
    throw new CommandError(`--checkpoints does not apply to ${method}; it belongs to ${followers}.`);
  if (!needsTrajectory) return;
  if (checkpoints === undefined)
    throw new CommandError(
      `${method} follows training: give the folder of 'train --checkpoints' as --checkpoints.`,
    );
  if (checkpoints.length !== params.length)
    throw new CommandError(
      `${params.length} --params and ${checkpoints.length} --checkpoints: each network needs the folder of its own training.`,
    );
}

function examples(
  networks: readonly Network[],
  inputsFile: string,
  labelsFile: string | undefined,
  targetsFile: string | undefined,
): Dataset {
  const answersFile = labelsFile ?? targetsFile;
  if (answersFile === undefined) throw new CommandError('neither labels nor targets.');
  const read = labelsFile === undefined ? readRegression : readExamples;
  const data = read(inputsFile, answersFile);
  for (const network of networks) checkExamples(network, data, inputsFile, answersFile);
  return data;
}

/** The run in a folder. @throws {CommandError} it is of another network, or minimised another loss. */
function trajectoryIn(folder: string, { model }: Network, expected: Loss, said: SaidOfNetwork): Trajectory {
  const { loss, trajectory } = readTrajectory(folder, model, layerNames(said));
  if (loss !== expected)
    throw new CommandError(`${folder}: a run that minimised ${loss}; these examples need ${expected}.`);
  return trajectory;
}
