/** @file Results of a run that take the place of those kept before: together, and only when all of them could be read. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { type FileContent, Publication } from '../src/experiments/files/publication.ts';

/**
 * Makes `files` the whole content of `folder`, and writes `pages` beside it. Every byte is on disk under a temporary name before the
 * first rename; files that are kept no longer go last. Whoever ends the program in between finds each file as it was or as it shall be.
 *
 * @param files - All below `folder`. @throws {CommandError} something cannot be written: everything is as before then.
 */
export function keepResults(
  folder: string,
  files: readonly FileContent[],
  pages: readonly FileContent[] = [],
): void {
  const publication = new Publication();
  const all = [...files, ...pages];
  for (const name of new Set(all.map(({ path: target }) => path.dirname(target)))) publication.folder(name);
  for (const { path: target, bytes } of all) publication.replace(target, bytes);
  const kept = new Set(files.map(({ path: target }) => path.resolve(target)));
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const old = path.join(folder, name);
    if (statSync(old).isFile() && !kept.has(path.resolve(old))) publication.remove(old);
  }
  publication.commit();
}
