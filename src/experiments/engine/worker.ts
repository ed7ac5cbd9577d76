/** @file What a worker thread does: it has its script compute one job at a time; what goes wrong is answered in its own words. */
import { pathToFileURL } from 'node:url';
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

/** Called once per job; a script that cannot be loaded is a failure of the job. */
export async function answer(job: unknown): Promise<Success<unknown> | Failure> {
  try {
    compute ??= await load(script);
    return { kind: 'success', reply: await compute(job, bench) };
  } catch (error) {
    return failureOf(error);
  }
}

async function load(path: string): Promise<Compute<unknown, unknown>> {
  const loaded = (await import(pathToFileURL(path).href)) as { readonly default: Compute<unknown, unknown> };
  return loaded.default;
}
