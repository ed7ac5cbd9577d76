/** @file What is stored of a comparison: each result is read and checked once, and its big arrays are let go. */
import type { StoredTask } from '../engine/result-form.ts';
import type { Store } from '../engine/store.ts';
import { type TaskResult, taskKey } from '../engine/task.ts';

/** A result without its arrays. */
export type Summary = Pick<TaskResult, 'value' | 'seconds'>;

/** Looks at a store through a memory. */
export class StoredWork {
  private readonly store: Store;
  private readonly seen = new Map<string, Summary>();

  constructor(store: Store) {
    this.store = store;
  }

  /** Value and seconds of a stored result, or undefined. What was not there is looked for again. */
  summary(task: StoredTask): Summary | undefined {
    const key = taskKey(task);
    const known = this.seen.get(key);
    if (known !== undefined) return known;
    const result = this.store.read(task);
    if (result === undefined) return undefined;
    const summary = { value: result.value, seconds: result.seconds };
    this.seen.set(key, summary);
    return summary;
  }

  /** The whole result. @throws {CommandError} it is not there. */
  result(task: StoredTask): TaskResult {
    return this.store.get(task);
  }
}
