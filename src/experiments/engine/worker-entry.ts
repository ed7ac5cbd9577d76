/** @file Where every worker thread begins: it loads the script, so that what goes wrong there is told in its own words. */
import { createRequire } from 'node:module';
import { workerData } from 'node:worker_threads';
import { failureOf } from './failure.ts';

/** What a thread is started with. */
export interface WorkerStart {
  /** Path of the script; its default export answers a message. */
  readonly script: string;
}

let work: ((message: unknown) => unknown) | undefined;

/** Piscina calls this once per message; a script that cannot be loaded is a failure of the message. */
export default function answer(message: unknown): unknown {
  try {
    work ??= load(workerData as WorkerStart);
  } catch (error) {
    return failureOf(error);
  }
  return work(message);
}

function load({ script }: WorkerStart): (message: unknown) => unknown {
  const loaded = createRequire(import.meta.url)(script) as {
    readonly default: (message: unknown) => unknown;
  };
  return loaded.default;
}
