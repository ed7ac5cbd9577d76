/** @file What an experiment is, and how any of them is run: jobs are computed and stored, results assembled, pages written. */
import { checkWorkers } from './bounds.ts';
import { interruptible } from './interrupt.ts';
import { type Jobs, Laboratory, type Work } from './laboratory.ts';
import type { Progress } from './progress.ts';
import { staleTasks } from './stale-tasks.ts';
import type { TaskVersions } from './task.ts';
import { inWorkFolder } from './work-folder.ts';

export type { Work } from './laboratory.ts';

/** What every request says, beside what its experiment asks for. */
export interface Request {
  readonly out: string;
  readonly workers: number;
  /** Seconds after which nothing more begins. */
  readonly budget?: number | undefined;
}

/** An experiment. */
export interface Experiment<Asked extends Request, Job, Reply, Plan, Results> extends Jobs<Job> {
  readonly name: string;
  /** The version of the code of each of its stored tasks: to be raised when a result changes. */
  readonly versions: TaskVersions;
  /** The share of a time budget that is kept for results and pages. Default 0. */
  readonly evaluationShare?: number;
  /** Another folder whose retrainings are used; it is only read. */
  readonly retrainings?: (request: Asked) => string | undefined;
  /** Refuses what cannot be done, before anything is written. */
  readonly check?: (request: Asked) => void;
  /** Has everything computed that is missing. @returns what the results are made from. */
  readonly plan: (request: Asked, laboratory: Laboratory<Job, Reply>) => Promise<Plan>;
  /** Results from what is stored; damage is told of by the progress. */
  readonly assemble: (plan: Plan, work: Work, request: Asked) => Results;
  /** Writes the files, all or none. */
  readonly pages: (results: Results, request: Asked) => Promise<void>;
}

/**
 * Runs an experiment, or continues it.
 *
 * @throws {CommandError} a folder in use, what a worker failed at, an interruption once the jobs that finish are stored. What is stored
 * stays in each case.
 */
export async function runExperiment<Asked extends Request, Job, Reply, Plan, Results>(
  experiment: Experiment<Asked, Job, Reply, Plan, Results>,
  request: Asked,
  progress: Progress,
): Promise<Results> {
  const { out, workers, budget = Number.POSITIVE_INFINITY } = request;
  const { evaluationShare = 0 } = experiment;
  const began = performance.now() / 1000;
  checkWorkers(workers);
  experiment.check?.(request);
  return await inWorkFolder(out, progress, async ({ folders: own, store }) => {
    for (const line of staleTasks(own.store, experiment.versions)) progress.note(line);
    const folders = { ...own, retrainings: experiment.retrainings?.(request) ?? own.retrainings };
    const end = began + budget * (1 - evaluationShare);
    const laboratory = new Laboratory<Job, Reply>(experiment, { folders, store, progress }, workers, end);
    const plan = await inLaboratory(laboratory, () => experiment.plan(request, laboratory));
    progress.note('evaluating');
    const results = experiment.assemble(plan, laboratory, request);
    await experiment.pages(results, request);
    return results;
  });
}

/** Interruptible work; the threads end with it. */
async function inLaboratory<Job, Reply, T>(
  laboratory: Laboratory<Job, Reply>,
  body: () => Promise<T>,
): Promise<T> {
  const stop = (reason: Error): Promise<void> => laboratory.stop(reason);
  try {
    return await interruptible(body(), stop);
  } catch (error) {
    await stop(error instanceof Error ? error : new Error(String(error)));
    throw error;
  } finally {
    await laboratory.close();
  }
}
