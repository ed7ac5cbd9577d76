/** @file A whole run: settings in, results, arrays, figures and report out; safe to interrupt and to repeat. */
import path from 'node:path';
import { checkMemory, checkRetrainings, checkTime, checkWorkers } from '../../engine/bounds.ts';
import { RESULTS, workFolders } from '../../engine/folders.ts';
import type { Progress } from '../../engine/progress.ts';
import { Store } from '../../engine/store.ts';
import { inWorkFolder } from '../../engine/work-folder.ts';
import type { Profile } from '../../protocol/profile.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { inspectResults, setDamagedResultsAside } from '../results/existing.ts';
import { type Incomplete, publish, type RunOutcome } from '../results/publish.ts';
import { measuredSpeed } from './calibrate.ts';
import { openArchive, readSetting, type SettingData } from './compute-setting.ts';
import { lackOfSpace } from './disk-space.ts';
import { otherSettings } from './merge.ts';
import { planLines } from './plan-text.ts';
import { planRun, type RunPlan, type RunSize } from './run-plan.ts';
import { staleWork } from './stale.ts';
import { workThrough } from './work-through.ts';

/** What to run, and where. */
export interface RunRequest {
  readonly profile: Profile;
  readonly settings: readonly SettingConfig[];
  readonly size: RunSize;
  readonly seed: number;
  readonly workers: number;
  readonly out: string;
  /** Seconds after which nothing more begins; none when absent. */
  readonly budget?: number;
}

/** Estimates are right within this factor. */
const ROUGHLY = 2;

/** What the request would do: nothing is written. @throws {CommandError} a results.json of another kind. */
export function planOnly(request: RunRequest, notify: (line: string) => void): RunPlan {
  inspectResults(path.join(request.out, RESULTS));
  return makePlan(request, notify);
}

/**
 * Runs or continues. @throws {CommandError} a folder that cannot be written or is in use, an interruption;
 * whatever a task throws. Finished tasks and retrainings stay stored in each case.
 */
export async function reproduce(request: RunRequest, progress: Progress): Promise<RunOutcome> {
  const { out } = request;
  const began = performance.now() / 1000;
  inspectResults(path.join(out, RESULTS)); // refuses before anything is written
  checkWorkers(request.workers);
  for (const { data } of request.settings)
    checkRetrainings(request.size.subsets, request.size.seeds, data.queries);
  return await inWorkFolder(out, progress, async ({ folders }) => {
    setDamagedResultsAside(path.join(out, RESULTS), progress.note);
    for (const line of staleWork(folders, request.settings)) progress.note(line);
    const plan = makePlan(request, progress.note);
    checkFeasible(plan, request);
    for (const line of planLines(plan)) progress.note(line);
    const warning = lackOfSpace(out, plan);
    if (warning !== undefined) progress.note(warning);
    await workThrough(
      plan,
      folders,
      progress,
      request.budget === undefined ? undefined : began + request.budget,
    );
    progress.note('evaluating');
    const { computed, incomplete } = collect(request, progress.note);
    progress.stop();
    return await publish({ out, seed: request.seed, computed, incomplete, notify: progress.note });
  });
}

/** @throws {CommandError} a curvature far larger than the memory, or a run of weeks without a time budget. */
function checkFeasible({ settings, wall }: RunPlan, { budget, workers }: RunRequest): void {
  for (const { setting, memory } of settings)
    checkMemory(memory / ROUGHLY, `a curvature of ${setting.name}`, 'choose a smaller --setting');
  if (budget === undefined)
    checkTime(wall / ROUGHLY, `this run, with ${workers} workers,`, 'give less to do, or a --time-budget');
}

function makePlan({ settings, size, workers, out }: RunRequest, notify: (line: string) => void): RunPlan {
  const folders = workFolders(out);
  return planRun({
    settings,
    size,
    workers,
    store: new Store(folders.store, notify),
    archive: (setting) => openArchive(setting, folders.retrainings, () => {}, false),
    speed: measuredSpeed(),
  });
}

/** What there is now, of this run's settings and of the others in the folder; and what this run's settings lack. */
function collect(
  { settings, size, out, profile, seed }: RunRequest,
  notify: (line: string) => void,
): { computed: SettingData[]; incomplete: Map<string, Incomplete> } {
  const folders = workFolders(out);
  const store = new Store(folders.store, notify);
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
  return { computed: inOrder([...own, ...others], profile), incomplete };
}

/** The profile's settings in its order, then the others by name: whatever the order of the runs was. */
function inOrder(all: readonly SettingData[], profile: Profile): SettingData[] {
  const place = ({ setting }: SettingData): number => {
    const index = profile.settings.indexOf(setting.name);
    return index < 0 ? profile.settings.length : index;
  };
  return all.slice().sort((a, b) => place(a) - place(b) || (a.setting.name < b.setting.name ? -1 : 1));
}
