/** @file The whole experiment: networks, sampling, retrainings, times, results. Safe to interrupt and to repeat. */
import { retrainingJobs } from '../../influence/index.ts';
import { openArchive } from '../better-hessians/reproduce/compute-setting.ts';
import { WorkerPool } from '../better-hessians/reproduce/pool.ts';
import { interruptible } from '../engine/interrupt.ts';
import type { Progress } from '../engine/progress.ts';
import { OutOfTimeError, Scheduler } from '../engine/scheduler.ts';
import type { Store } from '../engine/store.ts';
import { inWorkFolder } from '../engine/work-folder.ts';
import { CommandError } from '../files/command-error.ts';
import { publishSupplement } from '../pages/publish.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import { baseTrainingTask } from '../protocol/tasks.ts';
import { assembleBif, type BifContext, distinct, storedBank } from './assemble-bif.ts';
import { bifDocument } from './bif-document.ts';
import { bifFigures } from './bif-figures.ts';
import type { Baseline } from './bif-method.ts';
import {
  chooseTuned,
  commonBaselines,
  gridFraction,
  gridLength,
  mainLength,
  seedSetting,
  type Tuned,
} from './bif-plan.ts';
import { BifPool } from './bif-pool.ts';
import { type BifProfile, bifSetting, DEFAULT_SAMPLER, type SamplerVariant } from './bif-profile.ts';
import { BIF_RESULTS, type BifResults } from './bif-results.ts';
import { bifCsv, bifMarkdown } from './bif-tables.ts';
import { baselineTask, type SamplingLength, samplingTask, timingTask } from './bif-task.ts';
import { timeMethods } from './bif-timing.ts';

/** What to run, and where. */
export interface BifRequest {
  readonly name: string;
  readonly profile: BifProfile;
  readonly workers: number;
  readonly out: string;
  /** Seconds after which no further retraining begins; none when absent. */
  readonly budget?: number;
}

interface RunContext extends BifContext {
  readonly workers: number;
  readonly progress: Progress;
  /** In seconds of `performance.now()`. */
  readonly end: number | undefined;
}

const now = (): number => performance.now() / 1000;

/** Retrainings of a cell that go out before the next cell's turn. */
const ROUND = 20;

/** A bit more than a retraining takes: what must be left of the budget for one to begin. */
const RETRAINING_SECONDS = 2;

/**
 * Runs or continues. First networks, the retrainings that the grid is judged by, all sampling and the other methods, times; then the
 * retrainings of all seeds and α in rounds, so that a run that stops early has some of each.
 *
 * @throws {CommandError} a folder in use, an interruption, whatever a worker fails at. What is stored stays.
 */
export async function runBif(request: BifRequest, progress: Progress): Promise<BifResults> {
  const { name, profile, workers, out, budget } = request;
  const began = now();
  return await inWorkFolder(out, progress, async (work) => {
    const end = budget === undefined ? undefined : began + budget;
    const context: RunContext = { ...work, name, profile, workers, progress, end };
    const seeds = Array.from({ length: profile.seeds }, (_, seed) => seed);
    await train(context, seeds, [[0, gridFraction(profile)]], undefined);
    await sampleGrid(context);
    const bank = storedBank(context, 0, gridFraction(profile));
    if (bank === undefined) throw new CommandError('the retrainings that the grid is judged by are missing.');
    const tuned = chooseTuned(profile, bank, work.store);
    await sampleAll(context, seeds, tuned);
    takeTimes(context);
    const pairs = profile.fractions.flatMap((fraction) => seeds.map((seed) => [seed, fraction] as const));
    await train(context, seeds, pairs, end);
    const judging = progress.track('judging', seeds.length * profile.fractions.length, 0);
    const results = assembleBif(context, tuned, () => judging.advance());
    await publishSupplement(out, {
      figures: bifFigures(results),
      tables: new Map([
        ['bif.md', bifMarkdown(results)],
        ['bif.csv', bifCsv(results)],
        ['bayesian.md', bifDocument(results)],
      ]),
      file: BIF_RESULTS,
      value: results,
    });
    return results;
  });
}

/** Base networks of the seeds, and the retrainings of (seed, α) pairs in rounds. */
async function train(
  { profile, folders, store, workers, progress }: RunContext,
  seeds: readonly number[],
  pairs: readonly (readonly [seed: number, fraction: number])[],
  end: number | undefined,
): Promise<void> {
  const bases = seeds
    .map((seed) => seedSetting(profile, seed))
    .filter((setting) => store.read(baseTrainingTask(setting, 0)) === undefined);
  const jobs = retrainingJobs(profile.subsets, profile.repeats);
  const cells = pairs.map(([seed, fraction]) => {
    const setting = bifSetting(profile, seed, fraction);
    const archive = openArchive(setting, folders.retrainings, progress.note, true);
    return {
      setting,
      seed,
      fraction,
      missing: jobs.filter((job) => archive.get(job.subset, job.seed) === undefined),
    };
  });
  const left = cells.reduce((sum, { missing }) => sum + missing.length, 0);
  if (bases.length + left === 0) return;
  const pool = new WorkerPool(workers);
  const scheduler = new Scheduler(pool, {
    finishes: ({ kind }) => kind === 'retraining',
    ...(end === undefined ? {} : { secondsLeft: () => end - now() }),
  });
  const track = progress.track('retrainings', pairs.length * jobs.length, pairs.length * jobs.length - left);
  const networks = bases.map((setting) =>
    scheduler.run({ kind: 'job', folders, setting, job: { kind: 'base-training', model: 0 } }, 0),
  );
  const expected = { seconds: end === undefined ? 0 : RETRAINING_SECONDS, memory: 0 };
  const retrainings = cells.flatMap(({ setting, missing }, c) =>
    missing.map(async ({ subset, seed }) => {
      const rank =
        1 + (seed * Math.ceil(profile.subsets / ROUND) + Math.floor(subset / ROUND)) * cells.length + c;
      try {
        await scheduler.run({ kind: 'retraining', folders, setting, subset, seed }, rank, expected);
        track.advance();
      } catch (error) {
        if (!(error instanceof OutOfTimeError)) throw error;
      }
    }),
  );
  try {
    await interruptible(Promise.all([...networks, ...retrainings]), (reason) => scheduler.stop(reason));
  } catch (error) {
    await scheduler.stop(error instanceof Error ? error : new Error(String(error)));
    throw error;
  } finally {
    await pool.destroy();
  }
}

/** One piece of work of the sampling threads. */
interface Piece {
  readonly setting: SettingConfig;
  readonly work:
    | { readonly variant: SamplerVariant; readonly length: SamplingLength }
    | { readonly baseline: Baseline };
}

/** The samplers and the dampings that are chosen from, at seed 0. */
async function sampleGrid(context: RunContext): Promise<void> {
  const { profile } = context;
  const setting = seedSetting(profile, 0);
  const length = gridLength(profile);
  await compute(context, 'grid', [
    ...distinct([DEFAULT_SAMPLER, ...profile.grid]).map((variant) => ({
      setting,
      work: { variant, length },
    })),
    ...profile.dampings.map((lambda) => ({
      setting,
      work: { baseline: { kind: 'ekfac', lambda } as const },
    })),
  ]);
}

/** Every method at every seed. */
async function sampleAll(context: RunContext, seeds: readonly number[], tuned: Tuned): Promise<void> {
  const { profile } = context;
  const length = mainLength(profile);
  await compute(
    context,
    'scores',
    seeds.flatMap((seed): Piece[] => {
      const setting = seedSetting(profile, seed);
      return [
        ...distinct([DEFAULT_SAMPLER, tuned.sampler]).map((variant) => ({
          setting,
          work: { variant, length },
        })),
        ...commonBaselines(profile, seed).map((baseline) => ({ setting, work: { baseline } })),
        { setting, work: { baseline: { kind: 'ekfac', lambda: tuned.lambda } as const } },
      ];
    }),
  );
}

/** Has the pieces computed that are not stored, some at a time: what is sampled lies in memory until it is merged. */
async function compute(context: RunContext, name: string, pieces: readonly Piece[]): Promise<void> {
  const { store, workers, progress, end } = context;
  const taskOf = ({ setting, work }: Piece): Parameters<Store['read']>[0] =>
    'variant' in work
      ? samplingTask(setting, work.variant, work.length)
      : baselineTask(setting, work.baseline);
  const missing = pieces.filter((piece) => store.read(taskOf(piece)) === undefined);
  if (missing.length === 0) return;
  const track = progress.track(name, pieces.length, pieces.length - missing.length, 'uneven');
  const pool = new BifPool(workers);
  const lane = async (queue: Iterator<Piece>): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      if (end !== undefined && now() > end)
        throw new CommandError('the time is up before all scores are computed: the same command continues.');
      const { setting, work } = next.value;
      if ('variant' in work) await pool.sample(context, setting, work.variant, work.length);
      else await pool.baseline(context, setting, work.baseline);
      track.advance();
    }
  };
  const queue = missing[Symbol.iterator]();
  try {
    await interruptible(Promise.all(Array.from({ length: workers }, () => lane(queue))));
  } finally {
    await pool.destroy();
  }
}

/** In this thread, while no other works. */
function takeTimes({ profile, store, progress }: RunContext): void {
  const setting = seedSetting(profile, 0);
  const track = progress.track('times', profile.widths.length, 0, 'uneven');
  for (const width of profile.widths) {
    const task = timingTask(setting, width, profile.timedDraws);
    if (store.read(task) === undefined) store.write(task, timeMethods(setting, width, profile.timedDraws));
    track.advance();
  }
}
