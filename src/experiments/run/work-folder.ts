/** @file The folder that a command works in: made, locked and rid of unfinished files; given back whatever happens. */
import { sweepTemporary } from '../files/atomic-write.ts';
import { makeFolder } from '../files/make-folder.ts';
import { acquireLock } from '../store/lock.ts';
import { Store } from '../store/store.ts';
import { workFolders } from './folders.ts';
import type { Folders } from './message.ts';
import type { Progress } from './progress.ts';

/** Where work is stored, while the folder is held. */
export interface WorkFolder {
  readonly folders: Folders;
  readonly store: Store;
}

/**
 * Holds `out` while `body` runs.
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
  makeFolder(folders.store);
  makeFolder(folders.retrainings);
  const release = await acquireLock(out);
  try {
    sweepTemporary(out);
    return await body({ folders, store: new Store(folders.store, progress.note) });
  } finally {
    progress.stop();
    release();
  }
}
