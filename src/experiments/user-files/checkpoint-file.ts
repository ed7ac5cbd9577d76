/** @file What can be wrong with a folder of checkpoints, and the files that its list names. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { EigenfluenceError } from '../../linalg/errors.ts';
import { CommandError } from '../files/command-error.ts';
import { digestBytes } from '../files/digest.ts';
import { readInput } from '../files/read-input.ts';

/** The list of a folder. */
export const TRAJECTORY_FILE = 'trajectory.json';

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

/** A file that a list names. */
export interface ListedFile {
  readonly file: string;
  /** SHA-256; absent in lists that others write. */
  readonly sha256?: string | undefined;
}

/**
 * What a file that the list of a folder names holds; its digest is looked at before anything else.
 *
 * @throws {TrajectoryFileError} it is not there, has another digest, or cannot be read.
 */
export function readListed<T>(
  folder: string,
  { file: name, sha256 }: ListedFile,
  read: (bytes: Uint8Array) => T,
): T {
  const file = path.join(folder, name);
  if (!existsSync(file))
    throw new TrajectoryFileError('missing', file, `there is no such file, but ${TRAJECTORY_FILE} lists it.`);
  const bytes = readInput(file);
  if (sha256 !== undefined && digestBytes(bytes) !== sha256)
    throw new TrajectoryFileError('damaged', file, `its SHA-256 is not the one in ${TRAJECTORY_FILE}.`);
  return damagedUnlessRead(file, () => read(bytes));
}

/** What a reader gives; an error of it names the file. */
export function damagedUnlessRead<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof EigenfluenceError) throw new TrajectoryFileError('damaged', file, error.message);
    throw error;
  }
}
