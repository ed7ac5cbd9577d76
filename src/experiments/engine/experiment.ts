/** @file What an experiment is, and how any of them is run: jobs are computed and stored, results assembled, pages written. */
import { checkWorkers } from './bounds.ts';
import { interruptible } from './interrupt.ts';
import type { DeclaredJobs } from './jobs.ts';
import { type Connect, Laboratory, type Place, type Work } from './laboratory.ts';
import { MissingInputError } from './missing-input.ts';
import type { Progress } from './progress.ts';
import type { Shard } from './shard.ts';
import { ShareEnd } from './share.ts';
import { staleTasks } from './stale-tasks.ts';
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
export interface Experiment<Asked extends Request, Job, Reply, Plan, Results> extends DeclaredJobs<Job> {
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
 * @param connect - Takes up an engine elsewhere; threads of this machine when absent.
 * @throws {CommandError} a folder in use, what a worker failed at, an interruption once the jobs that finish are stored. What is stored
 * stays in each case.
 */
export async function runExperiment<Asked extends Request, Job, Reply, Plan, Results>(
  experiment: Experiment<Asked, Job, Reply, Plan, Results>,
  request: Asked,
  progress: Progress,
  connect?: Connect,
): Promise<Results> {
  return await inFolderOf(experiment, request, progress, { connect }, async (laboratory) => {
    const plan = await inLaboratory(laboratory, () => experiment.plan(request, laboratory));
    progress.note('evaluating');
    const results = experiment.assemble(plan, laboratory, request);
    await experiment.pages(results, request);
    return results;
  });
}

/** What a shard did. */
export interface ShareDone {
  /** Jobs that were computed. */
  readonly computed: number;
  /** Jobs of its own that wait for what other shards do. */
  readonly waiting: number;
}

/**
 * Does one shard's share of an experiment, as far as that is possible without the others: no results, no pages.
 *
 * @param begun - Called when the folder is held. @throws {CommandError} as {@link runExperiment}.
 */
export async function runShare<Asked extends Request, Job, Reply, Plan, Results>(
  experiment: Experiment<Asked, Job, Reply, Plan, Results>,
  request: Asked,
  progress: Progress,
  shard: Shard,
  begun: () => void,
): Promise<ShareDone> {
  return await inFolderOf(experiment, request, progress, { shard }, async (laboratory) => {
    begun();
    await inLaboratory(laboratory, async () => {
      try {
        await experiment.plan(request, laboratory);
      } catch (error) {
        if (!(error instanceof MissingInputError || error instanceof ShareEnd)) throw error; // what follows needs the other shards
      }
    });
    const { computed = 0, waiting = 0 } = laboratory.share ?? {};
    return { computed, waiting };
  });
}

/** Checks a request, holds its folder and has it worked on there. */
async function inFolderOf<Asked extends Request, Job, Reply, Plan, Results, T>(
  experiment: Experiment<Asked, Job, Reply, Plan, Results>,
  request: Asked,
  progress: Progress,
  place: Pick<Place, 'connect' | 'shard'>,
  body: (laboratory: Laboratory<Job, Reply>) => Promise<T>,
): Promise<T> {
  const { out, workers, budget = Number.POSITIVE_INFINITY } = request;
  const { evaluationShare = 0 } = experiment;
  const began = performance.now() / 1000;
  checkWorkers(workers);
  experiment.check?.(request);
  return await inWorkFolder(out, progress, async ({ folders: own, store }) => {
    for (const line of staleTasks(own.store, experiment.versions)) progress.note(line);
    const folders = { ...own, retrainings: experiment.retrainings?.(request) ?? own.retrainings };
    const end = began + budget * (1 - evaluationShare);
    return await body(
      new Laboratory<Job, Reply>(experiment, { folders, store, progress }, { workers, end, ...place }),
    );
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
