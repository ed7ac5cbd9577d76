/**
 * @file Folders with the checkpoints of a training run: checkpoint-<step>.safetensors, and trajectory.json, written last, which
 * lists them with their digests. docs/checkpoints.md describes the format for those who bring checkpoints of their own.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import {
  type AnyTrainingConfig,
  type Checkpoint,
  checkTrajectory,
  GraphNetwork,
  type Loss,
  lossNamed,
  type Mlp,
  parseDescription,
  readTorchParameters,
  type Trajectory,
} from '../../autodiff/index.ts';
import { EigenfluenceError } from '../../linalg/errors.ts';
import type { Vec } from '../../linalg/index.ts';
import { readSafetensors } from '../../linalg/io/index.ts';
import { digest } from '../files/digest.ts';
import { checkJson, clipped, JsonError, parseJson } from '../files/json.ts';
import { checkFolder } from '../files/make-folder.ts';
import { readIfPresent, readInput } from '../files/read-input.ts';
import { sameFile } from '../files/targets.ts';
import {
  damagedUnlessRead,
  type ListedFile,
  readListed,
  TRAJECTORY_FILE,
  TrajectoryFileError,
} from './checkpoint-file.ts';
import { graphStates, layerStates } from './checkpoint-states.ts';
import { readGraphParameters } from './graph-file.ts';
import { optimiserOf } from './plain-optimiser.ts';
import {
  listDigest,
  TRAJECTORY_FORMAT,
  type TrajectoryList,
  TrajectoryListSchema,
} from './trajectory-list.ts';

/** One learning rate may stand for so many epochs; more would be memory for nothing. */
const MOST_EPOCHS = 2 ** 24;

/** A run with the network it trained. */
export interface StoredTrajectory {
  readonly model: Mlp | GraphNetwork;
  readonly loss: Loss;
  readonly trajectory: Trajectory;
  /** What was done to the inputs before training; written into the checkpoints. */
  readonly preprocessing?: string;
}

/** What else is written down, for people; nothing reads it. */
export type TrainingRecord = AnyTrainingConfig & { readonly seed: number };

/**
 * Refuses a folder before hours of training where it would be refused after them. Nothing is made.
 *
 * @throws {CommandError} it cannot be made or written. @throws {TrajectoryFileError} its trajectory.json is something else.
 */
export function checkTrajectoryFolder(folder: string): void {
  checkFolder(folder);
  const file = path.join(folder, TRAJECTORY_FILE);
  const bytes = readIfPresent(file);
  if (bytes === undefined) return;
  try {
    checkFormat(file, parseJson(bytes), ': move it, or choose another folder');
  } catch (error) {
    if (error instanceof JsonError) return; // damaged: it is written anew
    throw error;
  }
}

/** Whether a file is, or could be, one of the run in a folder of checkpoints. */
export function isCheckpointFile(folder: string, file: string): boolean {
  const name = path.basename(file);
  return (
    (name === TRAJECTORY_FILE || /^checkpoint-.*\.safetensors$/i.test(name)) &&
    sameFile(path.dirname(path.resolve(file)), folder)
  );
}

/**
 * Reads a folder back, with every check that can be made: format, fields, digests where given, all checkpoints of one network.
 *
 * @param expected - The network that the run should have trained; absent: whatever the files hold, which must be linear layers.
 * @param layers - Names of the linear modules in their order, where the files do not tell it.
 * @throws {TrajectoryFileError} naming the file and what is wrong; see there.
 */
export function readTrajectory(
  folder: string,
  expected?: Mlp | GraphNetwork,
  layers?: readonly string[],
): StoredTrajectory {
  const file = path.join(folder, TRAJECTORY_FILE);
  const list = readList(folder, file);
  const { loss, steps, stepsPerEpoch, momentum, weightDecay, batch, optimiser } = list;
  const damaged = (what: string): TrajectoryFileError => new TrajectoryFileError('damaged', file, what);
  const adaptive =
    optimiser === undefined ? {} : { optimiser: damagedUnlessRead(file, () => optimiserOf(optimiser)) };
  checkStates(list, damaged);
  const { model, networks } =
    expected instanceof GraphNetwork
      ? { model: expected, networks: ofGraph(folder, list, expected) }
      : ofLayers(folder, list, expected, layers);
  const trajectory: Trajectory = {
    checkpoints: networks,
    steps,
    learningRates: rates(list.learningRates, Math.ceil(steps / stepsPerEpoch)),
    stepsPerEpoch,
    momentum,
    weightDecay,
    batch,
    ...adaptive,
  };
  try {
    checkTrajectory(TRAJECTORY_FILE, model, trajectory);
  } catch (error) {
    if (error instanceof EigenfluenceError) throw damaged(error.message.replace(`${TRAJECTORY_FILE}: `, ''));
    throw error;
  }
  if (list.digest !== undefined && list.digest !== listDigest(list))
    throw damaged(
      'it was changed after it was written: restore it, or, where the change is meant, remove its field digest.',
    );
  return { model, loss: lossNamed(loss), trajectory };
}

/** AdamW has states at every checkpoint after the start, SGD none. */
function checkStates(
  { optimiser, checkpoints }: TrajectoryList,
  damaged: (what: string) => TrajectoryFileError,
): void {
  for (const [k, { step, states }] of checkpoints.entries()) {
    if (optimiser === undefined && states !== undefined)
      throw damaged(`field checkpoints[${k}].states: there is no field optimiser, and SGD has none.`);
    if (optimiser !== undefined && states === undefined && step > 0)
      throw damaged(
        `field checkpoints[${k}].states is missing: a run of ${optimiser.name} has exp_avg and exp_avg_sq at every checkpoint after the start.`,
      );
  }
}

/** Checkpoints of linear layers, all of one network. */
function ofLayers(
  folder: string,
  { activation, loss, checkpoints }: TrajectoryList,
  expected: Mlp | undefined,
  layers: readonly string[] | undefined,
): { model: Mlp; networks: readonly Checkpoint[] } {
  const file = path.join(folder, TRAJECTORY_FILE);
  if (activation === undefined)
    throw new TrajectoryFileError(
      'damaged',
      file,
      'field activation: missing; only a run of --model or --architecture has none.',
    );
  const read = (bytes: Uint8Array) => {
    const tensors = readSafetensors(bytes);
    const options = { loss: lossNamed(loss), ...(layers === undefined ? {} : { layers }) };
    return { tensors, network: readTorchParameters(tensors, activation, options) };
  };
  const networks = checkpoints.map(({ step, file: name, sha256, states }) => {
    const { tensors, network } = readListed(folder, { file: name, sha256 }, read);
    const { model, theta } = network;
    const kept = statesOf(folder, states, (bytes) => layerStates(bytes, tensors, network));
    return { step, name, model, theta, ...kept };
  });
  const [{ model }] = networks;
  for (const { name, model: own } of networks)
    checkSame(path.join(folder, name), own, model, networks[0].name);
  if (expected !== undefined) checkSame(file, model, expected, 'the network given');
  return { model, networks: networks.map(({ name: _name, model: _model, ...checkpoint }) => checkpoint) };
}

/** Checkpoints of a network that is given: tensors by its names. Where they say their architecture, it is that of the network. */
function ofGraph(folder: string, { loss, checkpoints }: TrajectoryList, model: GraphNetwork): Checkpoint[] {
  const bare = ({ loss: _loss, ...rest }: GraphNetwork['description']): string => digest(rest);
  return checkpoints.map(({ states, ...listed }) => {
    const file = path.join(folder, listed.file);
    const { theta, metadata } = readListed(folder, listed, (bytes) => {
      const read = readGraphParameters(model, bytes);
      const { architecture, loss: own } = read;
      if (architecture !== undefined && bare(parseDescription(architecture)) !== bare(model.description))
        throw new TrajectoryFileError('foreign', file, 'of another network than the one given.');
      if (own !== undefined && own !== loss)
        throw new TrajectoryFileError('damaged', file, `it says the loss ${clipped(own)}, ${TRAJECTORY_FILE} says ${loss}.`); // biome-ignore format: one line
      return read;
    });
    const kept = statesOf(folder, states, (bytes) => graphStates(bytes, metadata, model));
    return { step: listed.step, theta, ...kept };
  });
}

/** What the optimiser kept at a checkpoint; nothing of SGD, or of the start. */
function statesOf(
  folder: string,
  listed: ListedFile | undefined,
  read: (bytes: Uint8Array) => readonly Vec[],
): Pick<Checkpoint, 'states'> {
  return listed === undefined ? {} : { states: readListed(folder, listed, read) };
}

/** trajectory.json, when it is one. */
function readList(folder: string, file: string): TrajectoryList {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new TrajectoryFileError('missing', folder, 'there is no such folder of checkpoints.');
  if (!existsSync(file)) {
    const started = readdirSync(folder).some((name) => /^checkpoint-\d+\.safetensors$/.test(name));
    const reason = started
      ? 'the training whose checkpoints are there did not get to its end'
      : 'not a folder of checkpoints';
    throw new TrajectoryFileError('missing', file, `there is no such file: ${reason}.`);
  }
  const bytes = readInput(file);
  try {
    const value = parseJson(bytes);
    checkFormat(file, value, '');
    return checkJson(TrajectoryListSchema, value);
  } catch (error) {
    if (error instanceof JsonError) throw new TrajectoryFileError('damaged', file, error.message);
    throw error;
  }
}

/** @throws {TrajectoryFileError} the value says that it is something else. */
function checkFormat(file: string, value: unknown, advice: string): void {
  const format = v.is(v.looseObject({ format: v.unknown() }), value) ? value.format : undefined;
  if (format !== TRAJECTORY_FORMAT)
    throw new TrajectoryFileError('foreign', file, `${notOurs(format)}${advice}.`);
}

/** η per epoch; one number stands for all of them. Whether there are enough is checked with the rest. */
function rates(value: number | readonly number[], epochs: number): Float64Array {
  if (typeof value !== 'number') return Float64Array.from(value);
  return new Float64Array(Math.min(epochs, MOST_EPOCHS)).fill(value);
}

function checkSame(file: string, model: Mlp, other: Mlp, otherName: string): void {
  const [ours, theirs] = [model, other].map(inWords);
  if (ours === theirs) return;
  throw new TrajectoryFileError('foreign', file, `a network ${ours}, but ${otherName} is ${theirs}.`);
}

/** Everything that two networks can differ in; of one layer the activation is not there. */
function inWords({ sizes, activation, options: { bias, ties } }: Mlp): string {
  const bare = bias.flatMap((has, l) => (has ? [] : [l]));
  return [
    sizes.join('-'),
    ...(sizes.length > 2 ? [activation] : []),
    ...(bare.length > 0 ? [`without bias in layer ${bare.join(', ')}`] : []),
    ...ties.map(({ layer, source, shares }) => `with the ${shares} of layer ${layer} tied to ${source}`),
  ].join(' ');
}

function notOurs(format: unknown): string {
  return typeof format === 'string'
    ? `of the format ${JSON.stringify(clipped(format))}, expected ${JSON.stringify(TRAJECTORY_FORMAT)}`
    : `not a list of checkpoints: it has no "format": ${JSON.stringify(TRAJECTORY_FORMAT)}`;
}
