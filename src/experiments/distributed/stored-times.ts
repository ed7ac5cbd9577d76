/** @file The jobs of a work folder as a graph: what each took, and what it had to wait for. */
import path from 'node:path';
import { workFolders } from '../engine/folders.ts';
import { decodeLog, identityOfLog } from '../engine/retraining-log.ts';
import { listIfPresent } from '../engine/stale-tasks.ts';
import { decodeRecord } from '../engine/store.ts';
import { taskKey } from '../engine/task.ts';
import { readInput } from '../files/read-input.ts';

/** A job that was done. */
export interface TimedJob {
  readonly name: string;
  /** Of one core. */
  readonly seconds: number;
  /** Places of the jobs whose results it reads. */
  readonly after: readonly number[];
  /** The key of its task; the places of a retraining. */
  readonly id: string | { readonly subset: number; readonly seed: number };
}

/** K × R retrainings in place of the stored ones; each takes what a stored one took. */
export interface OtherSize {
  readonly subsets?: number | undefined;
  readonly seeds?: number | undefined;
}

interface Archive {
  /** The first digits of its key. */
  readonly prefix: string;
  readonly places: readonly number[];
}

/** Every stored job of a folder; inputs before what reads them. */
export function storedJobs(folder: string, size: OtherSize = {}): TimedJob[] {
  const { store, retrainings } = workFolders(folder);
  const jobs: TimedJob[] = [];
  const archives = listIfPresent(retrainings).map((name) =>
    addArchive(path.join(retrainings, name), size, jobs),
  );
  const found = listIfPresent(store).flatMap((name) =>
    listIfPresent(path.join(store, name)).flatMap((file) => {
      const record = file.endsWith('.task') ? decodeRecord(readInput(path.join(store, name, file))) : '';
      if (typeof record === 'string') return [];
      const seconds = Object.values(record.result.seconds).reduce((a, b) => a + b, 0);
      return [{ name, key: taskKey(record.task), seconds, inputs: Object.values(record.task.inputs) }];
    }),
  );
  const place = new Map<string, number>();
  const byKey = new Map(found.map((one) => [one.key, one]));
  const add = (one: (typeof found)[number]): number => {
    const before = place.get(one.key);
    if (before !== undefined) return before;
    const after = one.inputs.flatMap((input) => {
      const task = byKey.get(input);
      if (task !== undefined) return [add(task)];
      return archives.find(({ prefix }) => input.startsWith(prefix))?.places ?? [];
    });
    place.set(one.key, jobs.length);
    return jobs.push({ name: one.name, seconds: one.seconds, after, id: one.key }) - 1;
  };
  for (const one of found) add(one);
  return jobs;
}

function addArchive(folder: string, { subsets, seeds }: OtherSize, jobs: TimedJob[]): Archive {
  const records = listIfPresent(folder)
    .filter((name) => /^worker-\d+\.log$/.test(name))
    .flatMap((name) => {
      const bytes = readInput(path.join(folder, name));
      const identity = identityOfLog(bytes);
      return identity === undefined ? [] : decodeLog(identity, bytes).records;
    });
  const wide = 1 + Math.max(-1, ...records.map(({ subset }) => subset));
  const deep = 1 + Math.max(-1, ...records.map(({ seed }) => seed));
  const places: number[] = [];
  for (let subset = 0; records.length > 0 && subset < (subsets ?? wide); subset++)
    for (let seed = 0; seed < (seeds ?? deep); seed++) {
      const { seconds } = records[places.length % records.length];
      places.push(jobs.push({ name: 'retraining', seconds, after: [], id: { subset, seed } }) - 1);
    }
  return { prefix: path.basename(folder).slice(-12), places };
}
