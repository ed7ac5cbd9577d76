/** @file Making a folder with its parents. */
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { CommandError, systemMessage } from '../command-error.ts';

/**
 * Makes `folder` and what is missing above it. (`mkdirSync(…, { recursive: true })` of Node 20 never returns where the
 * file system answers "no such folder" to the making of a folder, as /proc does.)
 *
 * @throws {CommandError} it cannot be made, or something else has its name.
 */
export function makeFolder(folder: string): void {
  try {
    make(path.resolve(folder));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`cannot make the folder ${folder}: ${systemMessage(error) ?? String(error)}.`);
  }
}

function make(folder: string): void {
  const existing = statSync(folder, { throwIfNoEntry: false });
  if (existing?.isDirectory() === true) return;
  if (existing !== undefined) throw new CommandError(`${folder} is not a folder.`);
  const parent = path.dirname(folder);
  if (parent !== folder) make(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error; // else another was faster
  }
}
