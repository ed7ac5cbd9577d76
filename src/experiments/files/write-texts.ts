/** @file Text files of one folder, each written whole or not at all. */
import path from 'node:path';
import { writeFiles } from './atomic-write.ts';
import { makeFolder } from './make-folder.ts';

/** Writes `files`, name → text, into a folder that is made if need be. */
export function writeTexts(folder: string, files: ReadonlyMap<string, string>): void {
  makeFolder(folder);
  const encoder = new TextEncoder();
  writeFiles(
    [...files].map(([name, text]) => ({ path: path.join(folder, name), bytes: encoder.encode(text) })),
  );
}
