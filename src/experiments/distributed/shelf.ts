/** @file Where a coordinator puts what has been accepted: results into the store, retrainings into a log of its own. */
import path from 'node:path';
import type { Folders } from '../engine/folders.ts';
import { archiveFolder, type LoggedSeries, logFile } from '../engine/retraining-archive.ts';
import { decodeLogRecord, RetrainingLogWriter } from '../engine/retraining-log.ts';
import { writeFile } from '../files/atomic-write.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { Accepted } from './received.ts';

/** The log of the main thread, which no worker thread writes to. */
const OWN_LOG = 0;

/** The folders of a study, as a coordinator writes to them. */
export class Shelf {
  private readonly folders: Folders;
  private readonly logs = new Map<string, RetrainingLogWriter>();

  constructor(folders: Folders) {
    this.folders = folders;
  }

  /** Stores what a job has yielded. @throws {CommandError} it cannot be written. */
  store({ results, retraining }: Accepted): void {
    for (const { name, key, bytes } of results) {
      const folder = path.join(this.folders.store, name);
      makeFolder(folder);
      writeFile(path.join(folder, `${key}.task`), bytes);
    }
    if (retraining === undefined) return;
    const { series } = retraining.of;
    const record = decodeLogRecord(series, Uint8Array.from(retraining.bytes));
    if (record === undefined) throw new Error('a retraining that was accepted is none.');
    this.logOf(series).append(record);
  }

  private logOf(series: LoggedSeries): RetrainingLogWriter {
    const folder = archiveFolder(this.folders.retrainings, series.name, series.key);
    let log = this.logs.get(folder);
    if (log === undefined) {
      makeFolder(folder);
      log = new RetrainingLogWriter(logFile(folder, OWN_LOG), series);
      this.logs.set(folder, log);
    }
    return log;
  }

  close(): void {
    for (const log of this.logs.values()) log.close();
    this.logs.clear();
  }
}
