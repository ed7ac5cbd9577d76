/** @file All retrainings of one setting: a folder of logs, one per worker, read together and repaired. */
import { readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { writeFile } from '../files/atomic-write.ts';
import { makeFolder } from '../files/make-folder.ts';
import { readInput } from '../files/read-input.ts';
import {
  decodeLog,
  encodeHeader,
  encodeRecord,
  type LogContent,
  type LogIdentity,
  type RetrainingRecord,
} from './retraining-log.ts';

const LOG_NAME = /^worker-\d+\.log$/;

/** What the logs of a series are told by. */
export interface LoggedSeries extends LogIdentity {
  /** Of its folder. */
  readonly name: string;
}

const UNBOUNDED = { subsets: Number.POSITIVE_INFINITY, seeds: Number.POSITIVE_INFINITY };

/** The folder of a retraining task: `folder/<setting>-<first 12 digits of the key>`. */
export function archiveFolder(folder: string, setting: string, key: string): string {
  return path.join(folder, `${setting}-${key.slice(0, 12)}`);
}

/** The log that worker `index` appends to. */
export function logFile(archive: string, index: number): string {
  return path.join(archive, `worker-${index}.log`);
}

/**
 * The stored retrainings of one setting. The order in which records were written does not matter, nor which worker
 * wrote them; of two records of the same subset and seed the first is used (they are equal, bit for bit).
 */
export class RetrainingArchive {
  readonly folder: string;
  readonly identity: LogIdentity;
  private readonly records = new Map<string, RetrainingRecord>();

  /**
   * Reads every log in the folder.
   *
   * @param notify - Told in one line about each log that is torn, damaged or foreign.
   * @param repair - Cut torn and damaged records out of the files, and move foreign files aside. Only with the lock.
   */
  constructor(folder: string, identity: LogIdentity, notify: (line: string) => void, repair: boolean) {
    this.folder = folder;
    this.identity = identity;
    if (repair) makeFolder(folder);
    for (const name of listLogs(folder)) this.load(path.join(folder, name), notify, repair);
  }

  /** The record of one retraining, or undefined. */
  get(subset: number, seed: number): RetrainingRecord | undefined {
    return this.records.get(`${subset},${seed}`);
  }

  /** Takes in a record that a worker has stored. */
  add(record: RetrainingRecord): void {
    const name = `${record.subset},${record.seed}`;
    if (!this.records.has(name)) this.records.set(name, record);
  }

  /** The records of subsets < K and seeds < R that are stored. */
  within({ subsets, seeds }: { readonly subsets: number; readonly seeds: number }): RetrainingRecord[] {
    return [...this.records.values()].filter(({ subset, seed }) => subset < subsets && seed < seeds);
  }

  /** Number of different retrainings stored. */
  get size(): number {
    return this.records.size;
  }

  /** Whether every subset < K with every seed < R is stored. */
  isComplete({ subsets, seeds }: { readonly subsets: number; readonly seeds: number }): boolean {
    for (let k = 0; k < subsets; k++)
      for (let r = 0; r < seeds; r++) if (this.get(k, r) === undefined) return false;
    return true;
  }

  /**
   * The largest K × R with every subset < K and seed < R present: K subsets of R seeds, most models first.
   *
   * @param within - Bounds of K and R; none when absent.
   */
  largestRectangle(within: { readonly subsets: number; readonly seeds: number } = UNBOUNDED): {
    subsets: number;
    seeds: number;
  } {
    const depth: number[] = []; // seeds 0.. present for subset k without a gap
    for (let k = 0; k < within.subsets && this.get(k, 0) !== undefined; k++) {
      let r = 1;
      while (r < within.seeds && this.get(k, r) !== undefined) r++;
      depth.push(r);
    }
    let best = { subsets: 0, seeds: 0 };
    let seeds = Number.POSITIVE_INFINITY;
    for (const [k, r] of depth.entries()) {
      seeds = Math.min(seeds, r);
      if ((k + 1) * seeds >= best.subsets * best.seeds) best = { subsets: k + 1, seeds };
    }
    return best;
  }

  private load(file: string, notify: (line: string) => void, repair: boolean): void {
    const content = decodeLog(this.identity, readInput(file));
    if (content.foreign) {
      const aside = `${file}.refused`;
      notify(
        `${file} is not a log of this setting and is not used${repair ? `; it is now ${path.basename(aside)}` : ''}.`,
      );
      if (repair) renameSync(file, aside);
      return;
    }
    for (const record of content.records) this.add(record);
    if (content.damaged === 0 && content.tornBytes === 0) return;
    notify(`${file}: ${losses(content)}, not trusted${repair ? ' and computed again' : ' and left out'}.`);
    if (repair) writeFile(file, concatenate(this.identity, content.records));
  }
}

function listLogs(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => LOG_NAME.test(name))
      .sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** What a log has lost; an incomplete end is what a kill in the middle of a write leaves. */
function losses({ damaged, tornBytes }: LogContent): string {
  const parts = [
    ...(damaged > 0 ? [`${damaged} damaged ${damaged === 1 ? 'retraining' : 'retrainings'}`] : []),
    ...(tornBytes > 0 ? ['an incomplete end'] : []),
  ];
  return parts.join(' and ');
}

function concatenate(identity: LogIdentity, records: readonly RetrainingRecord[]): Uint8Array {
  return Buffer.concat([encodeHeader(identity), ...records.map((record) => encodeRecord(identity, record))]);
}
