/** @file Making a folder with its parents, and unmaking what was made. */
import { accessSync, constants, mkdirSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { CommandError, systemMessage, unlessRefused } from './command-error.ts';

/**
 * Makes `folder` and what is missing above it. (`mkdirSync(…, { recursive: true })` of Node 20 never returns where the
 * file system answers "no such folder" to the making of a folder, as /proc does.)
 *
 * @returns the folders that were not there before, the outermost first.
 * @throws {CommandError} it cannot be made, or something else has its name. Nothing is left then.
 */
export function makeFolder(folder: string): string[] {
  const made: string[] = [];
  try {
    make(path.resolve(folder), made);
    return made;
  } catch (error) {
    removeEmpty(made);
    throw inWords(folder, error);
  }
}

/**
 * Whether {@link makeFolder} can be expected to succeed: the nearest folder that exists takes new ones.
 *
 * @throws {CommandError} it cannot. Nothing is made.
 */
export function checkFolder(folder: string): void {
  try {
    let nearest = path.resolve(folder);
    while (statSync(nearest, { throwIfNoEntry: false }) === undefined && path.dirname(nearest) !== nearest)
      nearest = path.dirname(nearest);
    if (!statSync(nearest).isDirectory()) throw new CommandError(`${nearest} is not a folder.`);
    accessSync(nearest, constants.W_OK | constants.X_OK);
    if (nearest !== path.resolve(folder) && /^\/(proc|sys)(\/|$)/.test(nearest))
      // the superuser is told that all may be written
      throw new CommandError(`cannot make the folder ${folder}: ${nearest} takes none.`);
  } catch (error) {
    throw inWords(folder, error);
  }
}

/** Removes those of the folders that are empty, the last first. */
export function removeEmpty(folders: readonly string[]): void {
  // refused where something is in it by now, or another process was faster
  for (const folder of folders.slice().reverse()) unlessRefused(() => rmdirSync(folder), undefined);
}

function make(folder: string, made: string[]): void {
  const existing = statSync(folder, { throwIfNoEntry: false });
  if (existing?.isDirectory() === true) return;
  if (existing !== undefined) throw new CommandError(`${folder} is not a folder.`);
  const parent = path.dirname(folder);
  if (parent !== folder) make(parent, made);
  try {
    mkdirSync(folder);
    made.push(folder);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error; // else another was faster
  }
}

function inWords(folder: string, error: unknown): unknown {
  if (error instanceof CommandError) return error;
  const reason = systemMessage(error);
  if (reason === undefined) return error; // a bug
  return new CommandError(`cannot make the folder ${folder}: ${reason}.`);
}
