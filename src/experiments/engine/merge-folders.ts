/** @file Work folders of shards as one: every record verified, and nothing taken that contradicts or does not belong. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { writeFile, writeFiles } from '../files/atomic-write.ts';
import { CommandError } from '../files/command-error.ts';
import { canonicalJson } from '../files/digest.ts';
import { makeFolder } from '../files/make-folder.ts';
import { readIfPresent, readInput } from '../files/read-input.ts';
import { type Folders, workFolders } from './folders.ts';
import {
  decodeLog,
  encodeHeader,
  encodeRecord,
  identityOfLog,
  type LogIdentity,
  type RetrainingRecord,
} from './retraining-log.ts';
import { listIfPresent } from './stale-tasks.ts';
import { decodeRecord } from './store.ts';
import { type TaskResult, type TaskVersions, taskKey } from './task.ts';

/** What was put together. */
export interface Merged {
  readonly results: number;
  readonly retrainings: number;
  /** Damaged and torn records that were left out: the command that finishes computes them. */
  readonly damaged: readonly string[];
}

const DESCRIPTION = 'setting.json';

/**
 * Writes the results and retrainings of several work folders into `out`, which may hold some of them already. Of equal records one is
 * kept; equal are those whose numbers have the same bits, however long they took.
 *
 * @param versions - Of the tasks that belong. @throws {CommandError} a record of another task or version; two of one task that differ.
 */
export function mergeFolders(folders: readonly string[], out: string, versions: TaskVersions): Merged {
  const into = workFolders(out);
  const from = [...new Set([out, ...folders].map((folder) => path.resolve(folder)))].map(workFolders);
  for (const folder of [into.store, into.retrainings]) makeFolder(folder);
  const damaged: string[] = [];
  const results = mergeStores(from, into, versions, damaged);
  const retrainings = mergeArchives(from, into, damaged);
  return { results, retrainings, damaged };
}

function mergeStores(
  from: readonly Folders[],
  into: Folders,
  versions: TaskVersions,
  damaged: string[],
): number {
  const kept = new Map<string, string>();
  for (const { store } of from)
    for (const name of listIfPresent(store))
      for (const entry of listIfPresent(path.join(store, name)).filter((file) => file.endsWith('.task'))) {
        const file = path.join(store, name, entry);
        const bytes = readInput(file);
        const result = checkedResult(file, bytes, name, versions);
        if (typeof result === 'string') {
          damaged.push(`${file}: ${result}`);
          continue;
        }
        const place = path.join(into.store, name, entry);
        const other = kept.get(place);
        if (other === undefined) {
          makeFolder(path.dirname(place));
          if (file !== path.resolve(place)) writeFile(place, bytes);
          kept.set(place, file);
        } else checkEqual(other, file, result, versions, name);
      }
  return kept.size;
}

/** The result of a file, or how it is damaged. @throws {CommandError} it is sound, and does not belong. */
function checkedResult(
  file: string,
  bytes: Uint8Array,
  folder: string,
  versions: TaskVersions,
): TaskResult | string {
  const record = decodeRecord(bytes);
  if (typeof record === 'string') return record;
  const { task, result } = record;
  if (!Object.hasOwn(versions, task.name))
    throw new CommandError(`${file} is not of this experiment: its task is ${task.name}.`);
  const expected = versions[task.name];
  if (task.version !== expected)
    throw new CommandError(
      `${file} was made by version ${task.version} of ${task.name}, this is version ${expected}.`,
    );
  if (task.name !== folder || `${taskKey(task)}.task` !== path.basename(file))
    throw new CommandError(`${file} is the result of another task than its name says.`);
  return result;
}

/** @throws {CommandError} two results of one task have other numbers. */
function checkEqual(
  first: string,
  second: string,
  result: TaskResult,
  versions: TaskVersions,
  name: string,
): void {
  const before = checkedResult(first, readInput(first), name, versions);
  if (typeof before === 'string' || !sameResult(before, result))
    throw new CommandError(`${second} contradicts ${first}: one task, and other numbers.`);
}

function sameResult(a: TaskResult, b: TaskResult): boolean {
  const names = Object.keys(a.arrays);
  return (
    canonicalJson(a.value) === canonicalJson(b.value) &&
    names.length === Object.keys(b.arrays).length &&
    names.every(
      (name) =>
        Object.hasOwn(b.arrays, name) &&
        canonicalJson(a.arrays[name].shape) === canonicalJson(b.arrays[name].shape) &&
        sameBits(a.arrays[name].data, b.arrays[name].data),
    )
  );
}

function sameBits(a: Float64Array, b: Float64Array): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: Float64Array): Buffer =>
    Buffer.from(buffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
}

/** The retrainings of a series, from all folders. */
interface Gathered {
  readonly identity: LogIdentity;
  readonly records: Map<string, { readonly record: RetrainingRecord; readonly file: string }>;
  readonly description: Uint8Array | undefined;
}

function mergeArchives(from: readonly Folders[], into: Folders, damaged: string[]): number {
  const archives = new Map<string, Gathered>();
  for (const { retrainings } of from)
    for (const name of listIfPresent(retrainings)) gather(path.join(retrainings, name), archives, damaged);
  let total = 0;
  for (const [name, { identity, records, description }] of archives) {
    const sorted = [...records.values()]
      .map(({ record }) => record)
      .sort((a, b) => a.subset - b.subset || a.seed - b.seed);
    total += sorted.length;
    const folder = path.join(into.retrainings, name);
    makeFolder(folder);
    const log = Buffer.concat([
      encodeHeader(identity),
      ...sorted.map((record) => encodeRecord(identity, record)),
    ]);
    writeFiles([
      { path: path.join(folder, 'worker-0.log'), bytes: log },
      ...(description === undefined ? [] : [{ path: path.join(folder, DESCRIPTION), bytes: description }]),
    ]);
  }
  return total;
}

/** Takes in the logs of one folder. @throws {CommandError} one of another series; two records that contradict each other. */
function gather(folder: string, archives: Map<string, Gathered>, damaged: string[]): void {
  const name = path.basename(folder);
  for (const entry of existsSync(folder) ? readdirSync(folder).sort() : []) {
    if (!/^worker-\d+\.log$/.test(entry)) continue;
    const file = path.join(folder, entry);
    const bytes = readInput(file);
    const identity = identityOfLog(bytes);
    if (identity === undefined) {
      damaged.push(`${file}: its header is damaged`);
      continue;
    }
    if (!name.endsWith(`-${identity.key.slice(0, 12)}`))
      throw new CommandError(`${file} holds retrainings of another setting than its folder says.`);
    const archive = archives.get(name) ?? {
      identity,
      records: new Map(),
      description: readIfPresent(path.join(folder, DESCRIPTION)),
    };
    archives.set(name, archive);
    if (identity.key !== archive.identity.key || identity.queries !== archive.identity.queries)
      throw new CommandError(`${file} holds retrainings of another setting than the other folders.`);
    const content = decodeLog(identity, bytes);
    if (content.damaged > 0 || content.tornBytes > 0)
      damaged.push(
        `${file}: ${content.damaged} damaged records and ${content.tornBytes} bytes of a torn one`,
      );
    for (const record of content.records) take(archive, record, file);
  }
}

function take({ records }: Gathered, record: RetrainingRecord, file: string): void {
  const key = `${record.subset},${record.seed}`;
  const before = records.get(key);
  if (before === undefined) records.set(key, { record, file });
  else if (
    !Object.keys(record.values).every((name) => sameBits(record.values[name], before.record.values[name]))
  )
    throw new CommandError(
      `${file} contradicts ${before.file}: retraining ${record.seed} of subset ${record.subset} has other numbers.`,
    );
}
