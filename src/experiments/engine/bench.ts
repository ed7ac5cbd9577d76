/** @file What a worker thread has at hand while it computes: the store, and what earlier jobs left for later ones. */

import type { Folders } from './folders.ts';
import type { StoredTask } from './result-form.ts';
import { Store } from './store.ts';
import type { TaskResult } from './task.ts';

/** Computes a job in a worker thread: stores a result, appends to a log, or answers; a promise is waited for. A thrown error ends the run. */
export type Compute<Job, Reply = undefined> = (job: Job, bench: Bench) => Reply;

/**
 * Stores each result under the task of its job.
 *
 * @param task - As the experiment declares it. @param compute - A result, of a job with a task; the reply, of one without.
 */
export function storing<Job, Reply = undefined>(
  task: (job: Job) => StoredTask | undefined,
  compute: (job: Job, bench: Bench) => TaskResult | Reply,
): Compute<Job, Reply | undefined> {
  return (job, bench) => {
    const under = task(job);
    const answer = compute(job, bench);
    if (under === undefined) return answer as Reply;
    bench.store.write(under, answer as TaskResult); // which checks it
    return undefined;
  };
}

interface Kept {
  readonly key: string;
  readonly value: unknown;
  readonly end: () => void;
}

/** What a job has stored: a result file, or one record of a log. */
export interface Written {
  readonly kind: 'result' | 'retraining';
  readonly bytes: Uint8Array;
}

/** The working place of one thread. */
export class Bench {
  readonly folders: Folders;
  /** Damage in it has been told of by the main thread. */
  readonly store: Store;
  /** Given whatever a job stores. */
  readonly written: (what: Written) => void;
  private readonly kept = new Map<string, Kept>();

  constructor(folders: Folders, written: (what: Written) => void = () => {}) {
    this.folders = folders;
    this.written = written;
    this.store = new Store(
      folders.store,
      () => {},
      (bytes) => written({ kind: 'result', bytes }),
    );
  }

  /**
   * What `make` makes, kept for the next job that asks for the same key. What another key left in the place goes first: two of them
   * need not fit into memory.
   *
   * @param end - Called with the value when it goes.
   */
  keep<T>(place: string, key: string, make: () => T, end: (value: T) => void = () => {}): T {
    const found = this.kept.get(place);
    if (found?.key === key) return found.value as T;
    this.drop(place);
    const value = make();
    this.kept.set(place, { key, value, end: () => end(value) });
    return value;
  }

  /** Lets go of what is kept in a place. */
  drop(place: string): void {
    const found = this.kept.get(place);
    this.kept.delete(place);
    found?.end();
  }
}
