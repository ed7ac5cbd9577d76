/** @file Where every worker thread begins: it loads the script and has it compute one job at a time; what goes wrong is answered in its own words. */
import { createRequire } from 'node:module';
import { workerData } from 'node:worker_threads';
import { Bench, type Compute } from './bench.ts';
import { type Failure, failureOf } from './failure.ts';
import type { Folders } from './folders.ts';

/** What a thread is started with. */
export interface WorkerStart {
  /** Path of the script; its default export computes a job. */
  readonly script: string;
  /** Where results are stored. */
  readonly folders: Folders;
}

/** The answer of a job that was computed. */
export interface Success<Reply> {
  readonly kind: 'success';
  readonly reply: Reply;
}

const { script, folders } = workerData as WorkerStart;
const bench = new Bench(folders);
let compute: Compute<unknown, unknown> | undefined;

/** Piscina calls this once per job; a script that cannot be loaded is a failure of the job. */
export default async function answer(job: unknown): Promise<Success<unknown> | Failure> {
  try {
    compute ??= load(script);
    return { kind: 'success', reply: await compute(job, bench) };
  } catch (error) {
    return failureOf(error);
  }
}

function load(path: string): Compute<unknown, unknown> {
  const loaded = createRequire(import.meta.url)(path) as { readonly default: Compute<unknown, unknown> };
  return loaded.default;
}
