/** @file Writing a folder of checkpoints so that it is complete at every moment, with the old run or with the new one. */
import path from 'node:path';
import { functionName } from '../../autodiff/functions.ts';
import { Mlp } from '../../autodiff/index.ts';
import { digestBytes } from '../files/digest.ts';
import { Publication } from '../files/publication.ts';
import { readIfPresent } from '../files/read-input.ts';
import { savedNetwork } from './any-network.ts';
import {
  checkTrajectoryFolder,
  type StoredTrajectory,
  TRAJECTORY_FILE,
  type TrainingRecord,
} from './trajectory.ts';
import { listDigest, TRAJECTORY_FORMAT } from './trajectory-list.ts';

/** A checkpoint and the name that stands in the list. */
interface Listed {
  readonly step: number;
  readonly file: string;
  readonly sha256: string;
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
  const checkpoints = trajectory.checkpoints.map(({ step, theta }) => {
    const bytes = savedNetwork(model, theta, facts);
    const file = `checkpoint-${step}.safetensors`;
    const sha256 = digestBytes(bytes);
    const before = readIfPresent(at(file));
    const taken = before !== undefined && digestBytes(before) !== sha256;
    const beside = taken ? `checkpoint-${step}.${sha256.slice(0, 8)}.safetensors` : undefined;
    return { step, file, sha256, bytes, beside };
  });
  for (const { file, beside, bytes } of checkpoints) publication.replace(at(beside ?? file), bytes);
  const list = (names: readonly Listed[]): Uint8Array =>
    new TextEncoder().encode(`${JSON.stringify(content(stored, names, training), undefined, 2)}\n`);
  const moving = checkpoints.filter(({ beside }) => beside !== undefined);
  if (moving.length > 0)
    publication.replace(
      at(TRAJECTORY_FILE),
      list(checkpoints.map(({ step, file, sha256, beside }) => ({ step, file: beside ?? file, sha256 }))),
    );
  for (const { file, bytes } of moving) publication.replace(at(file), bytes);
  publication.replace(
    at(TRAJECTORY_FILE),
    list(checkpoints.map(({ step, file, sha256 }) => ({ step, file, sha256 }))),
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
  checkpoints: readonly Listed[],
  training: TrainingRecord | undefined,
): object {
  const { checkpoints: _checkpoints, learningRates, ...run } = trajectory;
  const list = {
    format: TRAJECTORY_FORMAT,
    ...(model instanceof Mlp ? { activation: model.activation } : {}),
    loss: functionName(loss),
    ...run,
    learningRates: Array.from(learningRates),
    checkpoints,
    ...(training === undefined ? {} : { training }),
  };
  return { ...list, digest: listDigest(list) };
}
