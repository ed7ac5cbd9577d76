/** @file Stored results of another code version that lie where a run looks: refused by name. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import type { TaskVersions } from './task.ts';

/** So many files are named of each task and version; the others are counted. */
const NAMED = 3;

/**
 * One line for each stored result of another version of its task. None of them is read, moved or removed: the program that made them may
 * come back.
 */
export function staleTasks(store: string, versions: TaskVersions): string[] {
  return Object.entries(versions).flatMap(([name, expected]) => {
    const folder = path.join(store, name);
    const byVersion = new Map<number, string[]>();
    for (const entry of listIfPresent(folder).filter((file) => file.endsWith('.task'))) {
      const found = storedVersion(path.join(folder, entry), name);
      if (found === undefined || found === expected) continue;
      byVersion.set(found, [...(byVersion.get(found) ?? []), path.join(folder, entry)]);
    }
    return [...byVersion].flatMap(([found, files]) => [
      ...files
        .slice(0, NAMED)
        .map(
          (file) =>
            `${file} is not used: it was made by version ${found} of ${name}, this is version ${expected}.`,
        ),
      ...(files.length > NAMED
        ? [`${files.length - NAMED} more files of version ${found} in ${folder} are not used.`]
        : []),
    ]);
  });
}

/** The version in a result file's header; undefined when there is none to be read, which `Store` tells of. */
function storedVersion(file: string, name: string): number | undefined {
  const bytes = Buffer.alloc(4096);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(handle);
  }
  const match = new RegExp(`"name":"${name}","version":(\\d+)`).exec(bytes.toString('latin1'));
  return match === null ? undefined : Number(match[1]);
}

/** The entries of a folder in order; none where it is not there. */
export function listIfPresent(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
