/** @file Files that appear whole or not at all: temporary file in the same folder, fsync, rename. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { CommandError, systemMessage } from '../command-error.ts';

/** What to write where. */
export interface FileContent {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const CHUNK = 1 << 28;
let counter = 0;

const TEMPORARY_ENDING = '.eigenfluence-tmp';

/**
 * Writes several files so that either all appear or none: every byte is on disk under temporary names in the same
 * folders before the first rename. On failure the temporary files are removed and nothing else has changed.
 *
 * @throws {CommandError} a target that is a folder or a device, or that cannot be written; the message names it.
 */
export function writeFiles(files: readonly FileContent[]): void {
  const targets = new Set(files.map((file) => path.resolve(file.path)));
  if (targets.size !== files.length) throw new CommandError('two outputs have the same path.');
  for (const file of files) checkTarget(file.path);
  const temporary: string[] = [];
  let current = '';
  try {
    for (const file of files) {
      current = file.path;
      const name = temporaryName(file.path);
      temporary.push(name);
      writeDurably(name, file.bytes);
    }
    for (const [i, file] of files.entries()) {
      current = file.path;
      renameSync(temporary[i], file.path);
    }
  } catch (error) {
    for (const name of temporary) rmSync(name, { force: true });
    throw namedFailure(error, current);
  }
  for (const folder of new Set(files.map((file) => path.dirname(path.resolve(file.path)))))
    syncFolder(folder);
}

/** {@link writeFiles} for a single file. */
export function writeFile(target: string, bytes: Uint8Array | string): void {
  writeFiles([{ path: target, bytes: typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes }]);
}

/** Removes the temporary files that killed runs left below a folder. Only while holding the folder's lock. */
export function sweepTemporary(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith(TEMPORARY_ENDING)) rmSync(path.join(folder, name), { force: true });
}

/**
 * Fails early, before hours of computing: the folder must exist, and the target must be absent or a regular file
 * (a rename onto /dev/full would replace the device).
 */
export function checkTarget(target: string): void {
  const folder = path.dirname(path.resolve(target));
  if (path.basename(path.resolve(target)) === '' || target.endsWith(path.sep))
    throw new CommandError(`cannot write ${target}: it names a folder.`);
  if (!existsSync(folder))
    throw new CommandError(`cannot write ${target}: the folder ${folder} does not exist.`);
  if (!statSync(folder).isDirectory())
    throw new CommandError(`cannot write ${target}: ${folder} is not a folder.`);
  const existing = statSync(target, { throwIfNoEntry: false });
  if (existing !== undefined && !existing.isFile())
    throw new CommandError(`cannot write ${target}: it exists and is not a regular file.`);
}

/** Writes all bytes and forces them to the disk. */
function writeDurably(target: string, bytes: Uint8Array): void {
  const file = openSync(target, 'wx');
  try {
    for (let start = 0; start < bytes.length; )
      start += writeSync(file, bytes, start, Math.min(CHUNK, bytes.length - start));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function temporaryName(target: string): string {
  const { dir, base } = path.parse(path.resolve(target));
  counter++;
  return path.join(
    dir,
    `.${base.slice(0, 80)}.${process.pid}-${counter}-${Date.now().toString(36)}${TEMPORARY_ENDING}`,
  );
}

/** Makes the renames themselves durable, where the platform can. */
function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Windows cannot open folders, and some file systems refuse fsync on them: the rename itself still holds.
  }
}

function namedFailure(error: unknown, target: string): unknown {
  const reason = systemMessage(error);
  if (reason === undefined) return error;
  return new CommandError(`cannot write ${target}: ${reason.replace(/: .*/s, '')}.`);
}
