/** @file Inputs of jobs as bytes: how a coordinator finds them in its folders, and a worker puts them into its own. */
import path from 'node:path';
import type { Folders } from '../engine/folders.ts';
import type { Input } from '../engine/missing-input.ts';
import { archiveFolder } from '../engine/retraining-archive.ts';
import {
  decodeLog,
  encodeHeader,
  encodeRecord,
  identityOfLog,
  type LogIdentity,
} from '../engine/retraining-log.ts';
import { listIfPresent } from '../engine/stale-tasks.ts';
import { decodeRecord } from '../engine/store.ts';
import { taskKey } from '../engine/task.ts';
import { writeFile } from '../files/atomic-write.ts';
import { makeFolder } from '../files/make-folder.ts';
import { readIfPresent, readInput } from '../files/read-input.ts';

/** The log that a worker keeps what it was given in: no thread has such a number. */
const GIVEN_LOG = 'worker-999999999.log';

/** Whether names can only be those of files in their folder. */
function isPlain({ name, key }: Input): boolean {
  return /^[\w][\w.-]*$/.test(name) && /^[0-9a-f]{64}$/.test(key);
}

/** An input as bytes, or undefined where there is none of it. */
export function readStoredInput(input: Input, { store, retrainings }: Folders): Uint8Array | undefined {
  if (!isPlain(input)) return undefined;
  const { kind, name, key } = input;
  if (kind === 'result') return readIfPresent(path.join(store, name, `${key}.task`));
  const folder = archiveFolder(retrainings, name, key);
  let identity: LogIdentity | undefined;
  const records = new Map<string, Uint8Array>();
  for (const entry of listIfPresent(folder).filter((file) => /^worker-\d+\.log$/.test(file))) {
    const bytes = readInput(path.join(folder, entry));
    const found = identityOfLog(bytes);
    if (found?.key !== key) continue;
    identity = found;
    for (const record of decodeLog(found, bytes).records)
      records.set(`${record.subset},${record.seed}`, encodeRecord(found, record));
  }
  return identity === undefined
    ? undefined
    : new Uint8Array(Buffer.concat([encodeHeader(identity), ...records.values()]));
}

/** Puts an input where jobs look for it. @returns whether the bytes are that input. */
export function storeInput(input: Input, bytes: Uint8Array, { store, retrainings }: Folders): boolean {
  if (!isPlain(input)) return false;
  const { kind, name, key } = input;
  if (kind === 'result') {
    const record = decodeRecord(bytes);
    if (typeof record === 'string' || record.task.name !== name || taskKey(record.task) !== key) return false;
    makeFolder(path.join(store, name));
    writeFile(path.join(store, name, `${key}.task`), bytes);
    return true;
  }
  if (identityOfLog(bytes)?.key !== key) return false;
  const folder = archiveFolder(retrainings, name, key);
  makeFolder(folder);
  writeFile(path.join(folder, GIVEN_LOG), bytes);
  return true;
}
