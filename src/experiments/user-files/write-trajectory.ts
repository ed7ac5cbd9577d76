/** @file Writing a folder of checkpoints so that it is complete at every moment, with the old run or with the new one. */
import path from 'node:path';
import { functionName } from '../../autodiff/functions.ts';
import { Mlp } from '../../autodiff/index.ts';
import { digestBytes } from '../files/digest.ts';
import { Publication } from '../files/publication.ts';
import { readIfPresent } from '../files/read-input.ts';
import { savedNetwork } from './any-network.ts';
import { TRAJECTORY_FILE } from './checkpoint-file.ts';
import { statesBytes } from './checkpoint-states.ts';
import { plainConfig, plainOptimiser } from './plain-optimiser.ts';
import { checkTrajectoryFolder, type StoredTrajectory, type TrainingRecord } from './trajectory.ts';
import { listDigest, TRAJECTORY_FORMAT } from './trajectory-list.ts';

/** A file to be written. */
interface Written {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
  /** The name that it first appears under, where its own is taken. */
  readonly beside: string | undefined;
}

/** A file as it stands in the list. */
type Listed = Pick<Written, 'file' | 'sha256'>;

/** A checkpoint as it stands in the list. */
interface ListedCheckpoint extends Listed {
  readonly step: number;
  readonly states?: Listed;
}

/**
 * Announces a run: the checkpoints, then trajectory.json, which makes them valid. Where a checkpoint of another run has a name that is
 * needed, the new one first appears beside it under a name with its digest, and so in the list; then it takes the name over, and the
 * list follows. So a kill between any two steps leaves the old run or the new one, whole. Files of other names are left alone.
 *
 * @throws {CommandError} a file cannot be written. @throws {TrajectoryFileError} trajectory.json is something else.
 */
export function publishTrajectory(
  publication: Publication,
  folder: string,
  stored: StoredTrajectory,
  training?: TrainingRecord,
): void {
  const { model, loss, trajectory, preprocessing } = stored;
  const facts = { loss, ...(preprocessing === undefined ? {} : { preprocessing }) };
  checkTrajectoryFolder(folder);
  publication.folder(folder);
  const at = (name: string): string => path.join(folder, name);
  const written = (stem: string, bytes: Uint8Array): Written => {
    const file = `${stem}.safetensors`;
    const sha256 = digestBytes(bytes);
    const before = readIfPresent(at(file));
    const taken = before !== undefined && digestBytes(before) !== sha256;
    return { file, sha256, bytes, beside: taken ? `${stem}.${sha256.slice(0, 8)}.safetensors` : undefined };
  };
  const checkpoints = trajectory.checkpoints.map(({ step, theta, states }) => ({
    step,
    own: written(`checkpoint-${step}`, savedNetwork(model, theta, facts)),
    states: states && written(`checkpoint-${step}.states`, statesBytes(model, states)),
  }));
  const files = checkpoints.flatMap(({ own, states }) => (states === undefined ? [own] : [own, states]));
  const list = (named: (file: Written) => Listed): Uint8Array => {
    const listed = checkpoints.map(({ step, own, states }) => ({
      step,
      ...named(own),
      ...(states === undefined ? {} : { states: named(states) }),
    }));
    return new TextEncoder().encode(`${JSON.stringify(content(stored, listed, training), undefined, 2)}\n`);
  };
  for (const { file, beside, bytes } of files) publication.replace(at(beside ?? file), bytes);
  const moving = files.filter(({ beside }) => beside !== undefined);
  if (moving.length > 0)
    publication.replace(
      at(TRAJECTORY_FILE),
      list(({ file, sha256, beside }) => ({ file: beside ?? file, sha256 })),
    );
  for (const { file, bytes } of moving) publication.replace(at(file), bytes);
  publication.replace(
    at(TRAJECTORY_FILE),
    list(({ file, sha256 }) => ({ file, sha256 })),
  );
  for (const { beside } of moving) if (beside !== undefined) publication.remove(at(beside));
}

/** {@link publishTrajectory}, committed. On failure the folder is as it was. */
export function writeTrajectory(folder: string, stored: StoredTrajectory, training?: TrainingRecord): void {
  const publication = new Publication();
  publishTrajectory(publication, folder, stored, training);
  publication.commit();
}

function content(
  { model, loss, trajectory }: StoredTrajectory,
  checkpoints: readonly ListedCheckpoint[],
  training: TrainingRecord | undefined,
): object {
  const { checkpoints: _checkpoints, learningRates, optimiser, ...run } = trajectory;
  const list = {
    format: TRAJECTORY_FORMAT,
    ...(model instanceof Mlp ? { activation: model.activation } : {}),
    loss: functionName(loss),
    ...run,
    ...(optimiser === undefined ? {} : { optimiser: plainOptimiser(optimiser) }),
    learningRates: Array.from(learningRates),
    checkpoints,
    ...(training === undefined ? {} : { training: plainConfig(training) }),
  };
  return { ...list, digest: listDigest(list) };
}
