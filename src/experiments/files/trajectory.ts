/**
 * @file Folders with the checkpoints of a training run: checkpoint-<step>.safetensors, and trajectory.json, written last, which
 * lists them with their digests. docs/checkpoints.md describes the format for those who bring checkpoints of their own.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  ACTIVATIONS,
  type Activation,
  type Checkpoint,
  checkTrajectory,
  type Loss,
  type Mlp,
  readTorchParameters,
  type TrainingConfig,
  type Trajectory,
} from '../../autodiff/index.ts';
import { EigenfluenceError } from '../../linalg/errors.ts';
import { readSafetensors } from '../../linalg/io/index.ts';
import { CommandError } from '../command-error.ts';
import { digestBytes, type Json } from '../store/digest.ts';
import { checkFolder } from './make-folder.ts';
import { readIfPresent, readInput } from './read-input.ts';
import { sameFile } from './targets.ts';

/** The `format` of trajectory.json. */
export const TRAJECTORY_FORMAT = 'eigenfluence trajectory 1';
/** The list of a folder. */
export const TRAJECTORY_FILE = 'trajectory.json';

const LOSSES: readonly Loss[] = ['cross-entropy', 'squared-error'];

/** A run with the network it trained. */
export interface StoredTrajectory {
  readonly model: Mlp;
  readonly loss: Loss;
  readonly trajectory: Trajectory;
}

/** What else is written down, for people; nothing reads it. */
export interface TrainingRecord extends TrainingConfig {
  readonly seed: number;
}

/**
 * What is wrong with a folder of checkpoints.
 *
 * - `missing`: no folder, no trajectory.json (training did not get to its end), or a checkpoint that it lists is not there.
 * - `damaged`: not what trajectory.json says: another digest, unreadable, a field that makes no sense.
 * - `foreign`: in order, but something else: another format, or parameters of another network.
 */
export class TrajectoryFileError extends CommandError {
  override name = 'TrajectoryFileError';
  readonly kind: 'missing' | 'damaged' | 'foreign';
  readonly file: string;
  constructor(kind: 'missing' | 'damaged' | 'foreign', file: string, what: string) {
    super(`${file}: ${what}`);
    this.kind = kind;
    this.file = file;
  }
}

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
  let format: unknown;
  try {
    format = record(JSON.parse(new TextDecoder().decode(bytes)))?.['format'];
  } catch {
    return; // damaged: it is written anew
  }
  if (format !== TRAJECTORY_FORMAT)
    throw new TrajectoryFileError('foreign', file, `${notOurs(format)}: move it, or choose another folder.`);
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
 * @param expected - The network that the run should have trained; absent: whatever the files hold.
 * @throws {TrajectoryFileError} naming the file and what is wrong; see there.
 */
export function readTrajectory(folder: string, expected?: Mlp): StoredTrajectory {
  const file = path.join(folder, TRAJECTORY_FILE);
  const fields = readList(folder, file);
  const damaged = (what: string): TrajectoryFileError => new TrajectoryFileError('damaged', file, what);
  const number = (name: string, value: Json | undefined = fields[name]): number => {
    if (typeof value !== 'number') throw damaged(`${name} must be a number.`);
    return value;
  };
  const word = <T extends string>(name: string, words: readonly T[]): T => {
    const found = words.find((known) => known === fields[name]);
    if (found === undefined) throw damaged(`${name} must be one of ${words.join(', ')}.`);
    return found;
  };
  const activation = word<Activation>('activation', ACTIVATIONS);
  const loss = word<Loss>('loss', LOSSES);
  const listed = fields['checkpoints'];
  if (!Array.isArray(listed) || listed.length === 0)
    throw damaged('checkpoints must be a list with at least one entry.');
  const networks = listed.map((entry: Json) => {
    const { step, file: name, sha256 } = record(entry) ?? {};
    if (typeof name !== 'string' || name === '' || path.basename(name) !== name)
      throw damaged('the file of a checkpoint must be a name without folders.');
    if (sha256 !== undefined && typeof sha256 !== 'string') throw damaged('sha256 must be a string.');
    const network = readCheckpoint(path.join(folder, name), activation, sha256);
    return { step: number(`step of ${name}`, step ?? null), name, ...network };
  });
  const [{ model }] = networks;
  for (const { name, model: own } of networks)
    checkSame(path.join(folder, name), own, model, networks[0].name);
  if (expected !== undefined) checkSame(file, model, expected, 'the network given');
  const steps = number('steps');
  const stepsPerEpoch = number('stepsPerEpoch');
  const trajectory: Trajectory = {
    checkpoints: networks.map(({ step, theta }): Checkpoint => ({ step, theta })),
    steps,
    learningRates: rates(fields['learningRates'], Math.ceil(steps / stepsPerEpoch), damaged),
    stepsPerEpoch,
    momentum: number('momentum'),
    weightDecay: number('weightDecay'),
    batch: number('batch'),
  };
  try {
    checkTrajectory(TRAJECTORY_FILE, model, trajectory);
  } catch (error) {
    if (error instanceof EigenfluenceError) throw damaged(error.message.replace(`${TRAJECTORY_FILE}: `, ''));
    throw error;
  }
  return { model, loss, trajectory };
}

type Fields = { readonly [name: string]: Json };

/** The fields of trajectory.json, when it is one. */
function readList(folder: string, file: string): Fields {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new TrajectoryFileError('missing', folder, 'there is no such folder of checkpoints.');
  if (!existsSync(file)) {
    const started = readdirSync(folder).some((name) => /^checkpoint-\d+\.safetensors$/.test(name));
    const reason = started
      ? 'the training whose checkpoints are there did not get to its end'
      : 'not a folder of checkpoints';
    throw new TrajectoryFileError('missing', file, `there is no such file: ${reason}.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(readInput(file)));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new TrajectoryFileError('damaged', file, 'it is not JSON.');
  }
  const fields = record(value);
  if (fields?.['format'] !== TRAJECTORY_FORMAT)
    throw new TrajectoryFileError('foreign', file, `${notOurs(fields?.['format'])}.`);
  return fields;
}

/** One checkpoint; its digest is looked at before anything else. */
function readCheckpoint(
  file: string,
  activation: Activation,
  sha256: string | undefined,
): ReturnType<typeof readTorchParameters> {
  if (!existsSync(file))
    throw new TrajectoryFileError('missing', file, `there is no such file, but ${TRAJECTORY_FILE} lists it.`);
  const bytes = readInput(file);
  if (sha256 !== undefined && digestBytes(bytes) !== sha256)
    throw new TrajectoryFileError('damaged', file, `its SHA-256 is not the one in ${TRAJECTORY_FILE}.`);
  try {
    return readTorchParameters(readSafetensors(bytes), activation);
  } catch (error) {
    if (error instanceof EigenfluenceError) throw new TrajectoryFileError('damaged', file, error.message);
    throw error;
  }
}

/** η per epoch; one number stands for all of them. */
function rates(value: Json | undefined, epochs: number, damaged: (what: string) => Error): Float64Array {
  if (typeof value === 'number' && Number.isSafeInteger(epochs) && epochs >= 0 && epochs < 2 ** 31)
    return new Float64Array(epochs).fill(value);
  if (!Array.isArray(value) || !value.every((rate: Json) => typeof rate === 'number'))
    throw damaged('learningRates must be a number, or a list of numbers, one per epoch.');
  return Float64Array.from(value);
}

function checkSame(file: string, model: Mlp, other: Mlp, otherName: string): void {
  if (model.activation === other.activation && model.sizes.join() === other.sizes.join()) return;
  const [ours, theirs] = [model, other].map(({ sizes, activation }) => `${sizes.join('-')} ${activation}`);
  throw new TrajectoryFileError('foreign', file, `a network ${ours}, but ${otherName} is ${theirs}.`);
}

function notOurs(format: unknown): string {
  return typeof format === 'string'
    ? `of the format ${JSON.stringify(format)}, expected ${JSON.stringify(TRAJECTORY_FORMAT)}`
    : `not a list of checkpoints: it has no "format": ${JSON.stringify(TRAJECTORY_FORMAT)}`;
}

function record(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
