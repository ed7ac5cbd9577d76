/** @file Work of another code version or configuration that lies where this run looks: refused by name. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import type { Folders } from '../../engine/folders.ts';
import { archiveFolder } from '../../engine/retraining-archive.ts';
import { type Task, taskKey } from '../../engine/task.ts';
import { checkJson, clipped, JsonError, parseJson } from '../../files/json.ts';
import { readIfPresent } from '../../files/read-input.ts';
import { type SettingConfig, trainingName } from '../../protocol/setting.ts';
import { retrainingTask } from '../../protocol/tasks.ts';
import { REPRODUCE_VERSIONS } from './reproduce-tasks.ts';

/**
 * One line for each stored result of another version, and for each folder of retrainings that has a setting's name but
 * another key. None of them is read, moved or removed: the program that made them may come back.
 */
export function staleWork({ store, retrainings }: Folders, settings: readonly SettingConfig[]): string[] {
  return [...staleTasks(store), ...staleArchives(retrainings, settings)];
}

/** So many files are named of each task and version; the others are counted. */
const NAMED = 3;

function staleTasks(store: string): string[] {
  return Object.entries(REPRODUCE_VERSIONS).flatMap(([name, expected]) => {
    const folder = path.join(store, name);
    const byVersion = new Map<number, string[]>();
    for (const entry of list(folder).filter((file) => file.endsWith('.task'))) {
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

/** The part of {@link staleWork} that is about retrainings. */
export function staleArchives(retrainings: string, settings: readonly SettingConfig[]): string[] {
  const expected = new Map(settings.map((setting) => [trainingName(setting), retrainingTask(setting)]));
  return list(retrainings).flatMap((folder) => {
    const match = /^(.*)-([0-9a-f]{12})$/.exec(folder);
    const task = match === null ? undefined : expected.get(match[1]);
    if (match === null || task === undefined) return [];
    const place = path.join(retrainings, folder);
    if (place === archiveFolder(retrainings, match[1], taskKey(task))) return [];
    return [`${place} is not used: ${difference(describedTask(place), task)}.`];
  });
}

/** What setting.json in a folder of retrainings says of them, as far as it can be read. */
const DescriptionSchema = v.looseObject({
  version: v.number(),
  config: v.looseObject({}),
  inputs: v.record(v.string(), v.string()),
});
type Description = v.InferOutput<typeof DescriptionSchema>;

function describedTask(folder: string): Description | undefined {
  const bytes = readIfPresent(path.join(folder, 'setting.json'));
  if (bytes === undefined) return undefined;
  try {
    return checkJson(DescriptionSchema, parseJson(bytes));
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** So many differences are told. */
const DIFFERENCES = 6;

/** Where two tasks differ: "training.momentum is 0, expected 0.9". */
function difference(found: Description | undefined, expected: Task): string {
  if (found === undefined) return 'nothing tells what it was made by';
  const [a, b] = [found, expected].map(({ version, config, inputs }) =>
    flatten({ version, ...asObject(config), ...inputs }),
  );
  const names = [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
  if (names.length === 0) return 'its key is another';
  const shown = (leaves: Map<string, string>, name: string): string => clipped(leaves.get(name) ?? 'absent');
  const parts = names
    .slice(0, DIFFERENCES)
    .map((name) => `its ${clipped(name)} is ${shown(a, name)}, expected ${shown(b, name)}`);
  return [...parts, ...(names.length > DIFFERENCES ? [`and ${names.length - DIFFERENCES} more`] : [])].join(
    ', ',
  );
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

/** Leaves by their path, as text. */
function flatten(tree: object, above = ''): Map<string, string> {
  return new Map(
    Object.entries(tree).flatMap(([name, value]): [string, string][] =>
      typeof value === 'object' && value !== null
        ? [...flatten(value, `${above}${name}.`)]
        : [[`${above}${name}`, String(value)]],
    ),
  );
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
