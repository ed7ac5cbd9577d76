/** @file The folder that a command works in: made, locked and rid of unfinished files; given back whatever happens. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { sweepTemporary } from '../files/atomic-write.ts';
import { CommandError } from '../files/command-error.ts';
import { checkFolder, makeFolder, removeEmpty } from '../files/make-folder.ts';
import { sweepDead } from '../files/publication.ts';
import type { Folders } from './folders.ts';
import { ARRAYS, FIGURES, TABLES, workFolders } from './folders.ts';
import { foldersIn, removeHollow } from './hollow-folders.ts';
import { onSignalBetween } from './interrupt.ts';
import { acquireLock } from './lock.ts';
import type { Progress } from './progress.ts';
import { Store } from './store.ts';

/** Where work is stored, while the folder is held. */
export interface WorkFolder {
  readonly folders: Folders;
  readonly store: Store;
}

/**
 * Holds `out` while `body` runs. When it fails or is interrupted, what is stored stays; the lock goes, and so do folders that were made
 * for work of which nothing is stored.
 *
 * @param progress - Told of damaged results; stopped at the end.
 * @throws {CommandError} another run holds the folder, or it cannot be written; whatever `body` throws.
 */
export async function inWorkFolder<T>(
  out: string,
  progress: Progress,
  body: (work: WorkFolder) => Promise<T>,
): Promise<T> {
  const folders = workFolders(out);
  for (const folder of [out, folders.store, folders.retrainings]) checkFolder(folder);
  for (const folder of [out, path.join(out, FIGURES), path.join(out, TABLES)]) checkPublished(folder);
  const before = new Set(foldersIn(folders));
  const made: string[] = [];
  let release = (): void => {};
  const drawn = [FIGURES, TABLES, ARRAYS].map((name) => path.join(out, name));
  const sweep = (): void => sweepTemporary([folders.store, folders.retrainings, ...drawn]);
  let held = false;
  let done = false;
  const leave = (): void => {
    if (held && !done) sweep(); // threads may have died in the middle of a write
    release();
    if (done) return;
    removeHollow(foldersIn(folders).filter((name) => !before.has(name)));
    removeEmpty(made);
  };
  const unhear = onSignalBetween(leave);
  try {
    made.push(...makeFolder(out));
    release = await acquireLock(out);
    held = true;
    for (const folder of [folders.store, folders.retrainings]) made.push(...makeFolder(folder));
    sweepDead(out);
    sweep();
    const result = await body({ folders, store: new Store(folders.store, progress.note) });
    done = true;
    return result;
  } finally {
    unhear();
    progress.stop();
    leave();
  }
}

/** What is published last would fail last, after hours: where one of our files is to be, no folder may stand. */
function checkPublished(folder: string): void {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory() && /\.(json|html|md|csv|svg)$/.test(entry.name))
      throw new CommandError(
        `cannot write ${path.join(folder, entry.name)}: it exists and is not a regular file.`,
      );
}
