/** @file A whole run: settings in, results, arrays, figures and report out; safe to interrupt and to repeat. */
import path from 'node:path';
import { checkMemory, checkRetrainings, checkTime } from '../../engine/bounds.ts';
import type { Experiment, Request } from '../../engine/experiment.ts';
import { RESULTS, workFolders } from '../../engine/folders.ts';
import { Store } from '../../engine/store.ts';
import type { Profile } from '../../protocol/profile.ts';
import { openArchive } from '../../protocol/retrainings.ts';
import type { RunSize } from '../../protocol/run-size.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { isRetraining, retrainingOf } from '../../protocol/shared-jobs.ts';
import { inspectResults, setDamagedResultsAside } from '../results/existing.ts';
import { readKept } from '../results/kept.ts';
import {
  assembleRun,
  type Incomplete,
  type Publication,
  publish,
  type RunOutcome,
} from '../results/publish.ts';
import { readSetting } from './compute-setting.ts';
import { lackOfSpace } from './disk-space.ts';
import { otherSettings } from './merge.ts';
import { type ReproduceJob, storedUnder } from './network-job.ts';
import { planLines } from './plan-text.ts';
import { REPRODUCE_VERSIONS } from './reproduce-tasks.ts';
import { planRun, type RunPlan } from './run-plan.ts';
import { staleArchives } from './stale.ts';
import { workThrough } from './work-through.ts';

/** What to run, and where. */
export interface RunRequest extends Request {
  readonly profile: Profile;
  readonly settings: readonly SettingConfig[];
  readonly size: RunSize;
  readonly seed: number;
  /** A results.json whose other settings are kept. */
  readonly keep?: string | undefined;
}

/** Estimates are right within this factor. */
const ROUGHLY = 2;

/** What the request would do: nothing is written. @throws {CommandError} a results.json of another kind. */
export function planOnly(
  { out, settings, size, workers }: RunRequest,
  notify: (line: string) => void,
): RunPlan {
  inspectResults(path.join(out, RESULTS));
  const folders = workFolders(out);
  return planRun(settings, size, workers, { folders, store: new Store(folders.store, notify) });
}

export const REPRODUCE: Experiment<RunRequest, ReproduceJob, undefined, undefined, RunOutcome> = {
  name: 'reproduce',
  versions: REPRODUCE_VERSIONS,
  compute: new URL('./compute.ts', import.meta.url),
  task: storedUnder,
  finishes: isRetraining,
  retraining: retrainingOf,
  check({ out, size, settings, keep, seed }) {
    if (keep !== undefined) readKept(keep, seed);
    inspectResults(path.join(out, RESULTS)); // refuses before anything is written
    for (const { data } of settings) checkRetrainings(size.subsets, size.seeds, data.queries);
  },
  async plan(request, laboratory) {
    const { out, settings, size, workers } = request;
    const { folders, progress } = laboratory;
    setDamagedResultsAside(path.join(out, RESULTS), progress.note);
    for (const line of staleArchives(folders.retrainings, settings)) progress.note(line);
    const plan = planRun(settings, size, workers, laboratory);
    if (!laboratory.remote && laboratory.share === undefined) checkFeasible(plan, request);
    for (const line of planLines(plan)) progress.note(line);
    const warning = lackOfSpace(out, plan);
    if (warning !== undefined) progress.note(warning);
    await workThrough(plan, laboratory);
  },
  assemble(_plan, { store, progress }, request) {
    const { out, seed, keep, profile } = request;
    const kept = keep === undefined ? undefined : readKept(keep, seed); // before the file is written anew: it may be the same
    const order = profile.settings;
    const collected = collect(request, store, progress.note);
    progress.stop();
    return assembleRun({ out, seed, ...collected, kept, order, notify: progress.note });
  },
  pages: publish,
};

/** @throws {CommandError} a curvature far larger than the memory, or a run of weeks without a time budget. */
function checkFeasible({ settings, wall }: RunPlan, { budget, workers }: RunRequest): void {
  for (const { setting, memory } of settings)
    checkMemory(memory / ROUGHLY, `a curvature of ${setting.name}`, 'choose a smaller --setting');
  if (budget === undefined)
    checkTime(wall / ROUGHLY, `this run, with ${workers} workers,`, 'give less to do, or a --time-budget');
}

/** What there is now, of this run's settings and of the others in the folder; and what this run's settings lack. */
function collect(
  { settings, size, out, profile, seed }: RunRequest,
  store: Store,
  notify: (line: string) => void,
): Pick<Publication, 'computed' | 'incomplete'> {
  const folders = workFolders(out);
  const incomplete = new Map<string, Incomplete>();
  const own = settings.flatMap((setting) => {
    const lacking: string[] = [];
    const archive = openArchive(setting, folders.retrainings, notify, true);
    const data = readSetting(setting, size, store, archive, (what) => lacking.push(what));
    if (lacking.length > 0)
      incomplete.set(setting.name, {
        asked: { ...size, models: setting.baseModels },
        used: data === undefined ? null : { ...data.size, models: data.networks.length },
        missing: lacking,
      });
    return data === undefined ? [] : [data];
  });
  const names = new Set(settings.map(({ name }) => name));
  const others = otherSettings({ out, profile, seed, names }, store, notify);
  return { computed: [...own, ...others], incomplete };
}
