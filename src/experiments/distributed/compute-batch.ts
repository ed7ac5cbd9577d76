/** @file Computes a batch in a thread of a worker: each job by the script of its experiment, with all that it stores. */
import { pathToFileURL } from 'node:url';
import { Bench, type Compute, type Written } from '../engine/bench.ts';
import { type Input, MissingInputError } from '../engine/missing-input.ts';
import type { Outcome } from './messages.ts';

/** Some jobs of an experiment. */
export interface ScriptJobs {
  /** Path of the script of the experiment. */
  readonly script: string;
  readonly jobs: readonly unknown[];
}

/** Outcomes of the first jobs; of all, unless one lacked something. */
export interface ScriptOutcomes {
  readonly outcomes: readonly Outcome[];
  readonly missing: Input | undefined;
}

/** The place of an experiment in this thread. */
interface Script {
  readonly compute: Compute<unknown, unknown>;
  readonly bench: Bench;
  written: Written[];
}

const scripts = new Map<string, Promise<Script>>();

async function load(path: string, { folders }: Bench): Promise<Script> {
  const loaded = (await import(pathToFileURL(path).href)) as { readonly default: Compute<unknown, unknown> };
  const script: Script = {
    compute: loaded.default,
    bench: new Bench(folders, (what) => script.written.push(what)),
    written: [],
  };
  return script;
}

export default async function computeBatch(
  { script: path, jobs }: ScriptJobs,
  bench: Bench,
): Promise<ScriptOutcomes> {
  const script = scripts.get(path) ?? load(path, bench);
  scripts.set(path, script);
  const place = await script;
  const outcomes: Outcome[] = [];
  for (const job of jobs) {
    place.written = [];
    const start = performance.now();
    try {
      const reply = await place.compute(job, place.bench);
      outcomes.push({ reply, written: place.written, seconds: (performance.now() - start) / 1000 });
    } catch (error) {
      if (!(error instanceof MissingInputError)) throw error;
      return { outcomes, missing: error.input };
    }
  }
  return { outcomes, missing: undefined };
}
