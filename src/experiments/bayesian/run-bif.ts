/** @file The experiment of Kreer et al. on Digits or emoji: networks, sampling, retrainings, times, then results. */

import type { RetrainingBank } from '../../influence/index.ts';
import type { Experiment, Request } from '../engine/experiment.ts';
import type { Laboratory, ListedJob } from '../engine/laboratory.ts';
import type { StoredTask } from '../engine/result-form.ts';
import { ShareEnd } from '../engine/share.ts';
import { taskIdentity } from '../engine/task.ts';
import { CommandError } from '../files/command-error.ts';
import { publishSupplement } from '../pages/publish.ts';
import { loggedSeries, missingRetrainings } from '../protocol/retraining-series.ts';
import { DEFAULT_SAMPLER, type SamplerVariant, type SamplingLength } from '../protocol/sampler-variant.ts';
import { assembleBif, distinct, storedBank } from './assemble-bif.ts';
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
  timedLength,
} from './bif-plan.ts';
import { type BifProfile, bifSetting } from './bif-profile.ts';
import { BIF_RESULTS, type BifResults } from './bif-results.ts';
import { type BifSetting, bifArchive, bifSeries, leastSeconds } from './bif-setting.ts';
import { bifCsv, bifMarkdown } from './bif-tables.ts';
import { BIF_VERSIONS, baselineTask, samplingTask, timingTask } from './bif-task.ts';
import { timeMethods } from './bif-timing.ts';
import { type BifJob, type BifReply, chainsTask, storedUnder } from './jobs.ts';
import { mergedChains } from './merge-chains.ts';

/** What to run, and where. */
export interface BifRequest extends Request {
  readonly name: string;
  readonly profile: BifProfile;
}

/** Retrainings of a cell that go out before the next cell's turn. */
const ROUND = 20;

/** A bit more than a retraining takes: what must be left of the budget for one to begin. */
const RETRAINING = { seconds: 2, memory: 0 };

type BifLaboratory = Laboratory<BifJob, BifReply>;
type Pair = readonly [seed: number, fraction: number];

/**
 * First networks, the retrainings that the grid is judged by, all sampling and the other methods; then the retrainings of all
 * seeds and α in rounds, so that a run that stops early has some of each, and times.
 */
export const BIF_EXPERIMENT: Experiment<BifRequest, BifJob, BifReply, Tuned, BifResults> = {
  name: 'bif',
  versions: BIF_VERSIONS,
  compute: new URL('./compute.ts', import.meta.url),
  task: storedUnder,
  finishes: ({ kind }) => kind === 'retraining',
  retraining: (job) =>
    job.kind === 'retraining'
      ? { series: loggedSeries(bifSeries(job.setting)), subset: job.subset, seed: job.seed }
      : undefined,
  unit: (job) => (job.kind === 'chain' ? taskIdentity(chainsTask(job)) : undefined),
  async plan({ profile }, laboratory) {
    const { store, folders } = laboratory;
    const seeds = Array.from({ length: profile.seeds }, (_, seed) => seed);
    const bases = seeds.map((seed) => {
      const setting = seedSetting(profile, seed);
      const seconds = leastSeconds(setting);
      return { job: { kind: 'base-training', setting } as const, expected: () => ({ seconds, memory: 0 }) };
    });
    await laboratory.finish({ name: 'base networks' }, bases);
    await retrain(profile, [[0, gridFraction(profile)]], laboratory, { unbounded: true });
    await compute('grid', gridPieces(profile), laboratory);
    const pairs = profile.fractions.flatMap((fraction) => seeds.map((seed): Pair => [seed, fraction]));
    if (laboratory.share !== undefined) {
      // what the grid says is known when all is together, and these do not need it
      await compute('scores', scorePieces(profile, seeds, undefined), laboratory);
      await retrain(profile, pairs, laboratory, { expected: () => RETRAINING });
      throw new ShareEnd();
    }
    const bank: RetrainingBank | undefined = storedBank({ profile, folders }, 0, gridFraction(profile));
    if (bank === undefined) throw new CommandError('the retrainings that the grid is judged by are missing.');
    const tuned = chooseTuned(profile, bank, store);
    await compute('scores', scorePieces(profile, seeds, tuned), laboratory);
    await retrain(profile, pairs, laboratory, { expected: () => RETRAINING });
    takeTimes(profile, laboratory);
    return tuned;
  },
  assemble(tuned, { folders, store, progress }, { name, profile }) {
    const judging = progress.track('judging', profile.seeds * profile.fractions.length, 0);
    return assembleBif({ folders, store, name, profile }, tuned, () => judging.advance());
  },
  pages: (results, { out }) =>
    publishSupplement(out, {
      figures: bifFigures(results),
      tables: new Map([
        ['bif.md', bifMarkdown(results)],
        ['bif.csv', bifCsv(results)],
        ['bayesian.md', bifDocument(results)],
      ]),
      file: BIF_RESULTS,
      value: results,
    }),
};

/** The retrainings of (seed, α) pairs, in rounds. */
async function retrain(
  profile: BifProfile,
  pairs: readonly Pair[],
  laboratory: BifLaboratory,
  options: Pick<ListedJob<BifJob, BifReply>, 'expected' | 'unbounded'>,
): Promise<void> {
  const size = { subsets: profile.subsets, seeds: profile.repeats };
  const rounds = Math.ceil(profile.subsets / ROUND);
  const jobs = pairs.flatMap(([seed, fraction], cell) => {
    const setting = bifSetting(profile, seed, fraction);
    const archive = bifArchive(setting, laboratory.folders.retrainings, laboratory.progress.note);
    return missingRetrainings(archive, size).map((one) => ({
      ...options,
      job: { kind: 'retraining', setting, ...one } as const,
      rank: (one.seed * rounds + Math.floor(one.subset / ROUND)) * pairs.length + cell,
    }));
  });
  const total = pairs.length * size.subsets * size.seeds;
  await laboratory.list({ name: 'retrainings', stored: total - jobs.length }, jobs);
}

/** Scores of one method: sampled by several chains, or computed. */
interface Piece {
  readonly setting: BifSetting;
  readonly work:
    | { readonly variant: SamplerVariant; readonly length: SamplingLength }
    | { readonly baseline: Baseline };
}

/** The samplers and the dampings that are chosen from, at seed 0. */
function gridPieces(profile: BifProfile): Piece[] {
  const setting = seedSetting(profile, 0);
  const length = gridLength(profile);
  return [
    ...distinct([DEFAULT_SAMPLER, ...profile.grid]).map((variant) => ({
      setting,
      work: { variant, length },
    })),
    ...profile.dampings.map((lambda) => ({
      setting,
      work: { baseline: { kind: 'ekfac', lambda } as const },
    })),
  ];
}

/** Every method at every seed. @param tuned - Undefined: only what does not depend on the choice. */
function scorePieces(profile: BifProfile, seeds: readonly number[], tuned: Tuned | undefined): Piece[] {
  const length = mainLength(profile);
  return seeds.flatMap((seed): Piece[] => {
    const setting = seedSetting(profile, seed);
    return [
      ...distinct([DEFAULT_SAMPLER, ...(tuned === undefined ? [] : [tuned.sampler])]).map((variant) => ({
        setting,
        work: { variant, length },
      })),
      ...commonBaselines(profile, seed).map((baseline) => ({ setting, work: { baseline } })),
      ...(tuned === undefined
        ? []
        : [{ setting, work: { baseline: { kind: 'ekfac', lambda: tuned.lambda } as const } }]),
    ];
  });
}

/** Has the pieces computed that are not stored, in their order: what is sampled lies in memory until its last chain is done. */
async function compute(name: string, pieces: readonly Piece[], laboratory: BifLaboratory): Promise<void> {
  const missing = pieces.filter((piece) => !laboratory.isStored(taskOf(piece)));
  if (missing.length === 0) return;
  const track = laboratory.progress.track(name, pieces.length, pieces.length - missing.length, 'uneven');
  const done = await Promise.all(
    missing.map(async (piece) => {
      const computed = await computePiece(piece, laboratory);
      if (computed) track.advance();
      return computed;
    }),
  );
  if (done.includes(false))
    throw new CommandError('the time is up before all scores are computed: the same command continues.');
}

function taskOf({ setting, work }: Piece): StoredTask {
  return 'variant' in work
    ? samplingTask(setting, work.variant, work.length)
    : baselineTask(setting, work.baseline);
}

/** @returns whether there was time for it. */
async function computePiece(piece: Piece, laboratory: BifLaboratory): Promise<boolean> {
  const { setting, work } = piece;
  if ('baseline' in work) return laboratory.attempt({ job: { kind: 'baseline', setting, ...work } });
  const chains = Array.from({ length: work.length.chains }, (_, chain) => ({
    job: { kind: 'chain', setting, ...work, chain } as const,
  }));
  if (chains.some((one) => laboratory.isElsewhere(one))) return true;
  const replies = new Array<BifReply>(chains.length).fill(undefined);
  const done = await Promise.all(
    chains.map((one, chain) =>
      laboratory.attempt({
        ...one,
        done: (reply) => {
          replies[chain] = reply;
        },
      }),
    ),
  );
  if (done.includes(false)) return false;
  laboratory.store.write(taskOf(piece), mergedChains(replies, setting, laboratory.store));
  return true;
}

/** In this thread, while no other works. */
function takeTimes(profile: BifProfile, { store, progress }: BifLaboratory): void {
  const setting = seedSetting(profile, 0);
  const track = progress.track('times', profile.widths.length, 0, 'uneven');
  const length = timedLength(profile);
  for (const width of profile.widths) {
    const task = timingTask(setting, width, length);
    if (store.read(task) === undefined) store.write(task, timeMethods(setting, width, length));
    track.advance();
  }
}
