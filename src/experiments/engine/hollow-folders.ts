/** @file Folders of work that never began: made, described, and without one stored result. */
import { readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { unlessRefused } from '../files/command-error.ts';
import type { Folders } from './folders.ts';
import { HEADER_BYTES } from './retraining-log.ts';

/** The folders of tasks and of retrainings that are there. */
export function foldersIn({ store, retrainings }: Folders): string[] {
  return [store, retrainings].flatMap((folder) =>
    entries(folder)
      .map((name) => path.join(folder, name))
      .filter((name) => statSync(name, { throwIfNoEntry: false })?.isDirectory()),
  );
}

/** Removes those that hold nothing but a description and logs without a record. */
export function removeHollow(folders: readonly string[]): void {
  for (const folder of folders) {
    const files = entries(folder).map((name) => path.join(folder, name));
    if (!files.every(isEmpty)) continue;
    for (const file of files) rmSync(file, { force: true });
    unlessRefused(() => rmdirSync(folder), undefined); // somebody else may have put something there
  }
}

function isEmpty(file: string): boolean {
  const name = path.basename(file);
  if (name === 'setting.json') return true;
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return /^worker-\d+\.log$/.test(name) && size <= HEADER_BYTES;
}

function entries(folder: string): string[] {
  return unlessRefused(() => readdirSync(folder), []); // not there
}
