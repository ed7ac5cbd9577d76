/** @file Files that appear whole or not at all. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CommandError } from './command-error.ts';
import { type FileContent, Publication, TEMPORARY_ENDING } from './publication.ts';
import { finalTarget } from './targets.ts';

export type { FileContent } from './publication.ts';
export { checkTarget } from './targets.ts';

/**
 * Writes several files so that either all appear or none, whatever fails; see {@link Publication}.
 *
 * @param folders - `make`: the folders of the files are made where they are missing, and go again on failure.
 * @throws {CommandError} a target that is a folder or a device, or that cannot be written; the message names it.
 */
export function writeFiles(files: readonly FileContent[], folders: 'exist' | 'make' = 'exist'): void {
  const publication = new Publication();
  const finals = new Set<string>();
  for (const { path: target, bytes } of files) {
    if (folders === 'make') publication.folder(path.dirname(target));
    publication.replace(target, bytes);
    finals.add(finalTarget(target));
    if (finals.size < publication.size) {
      publication.discard();
      throw new CommandError(`two outputs have the same path, ${target}.`);
    }
  }
  publication.commit();
}

/** {@link writeFiles} for a single file. */
export function writeFile(target: string, bytes: Uint8Array | string): void {
  writeFiles([{ path: target, bytes: typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes }]);
}

/** Removes the temporary files that killed runs left in folders and below. Only while holding the lock. */
export function sweepTemporary(folders: readonly string[]): void {
  for (const folder of folders) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
      if (name.endsWith(TEMPORARY_ENDING)) rmSync(path.join(folder, name), { force: true });
  }
}
