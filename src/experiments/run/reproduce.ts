/** @file A whole run: settings in, results, arrays, figures and report out; safe to interrupt and to repeat. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { kernelTier } from '../../linalg/index.ts';
import { CommandError } from '../command-error.ts';
import type { SettingConfig } from '../config/setting.ts';
import type { Figure } from '../figures/render.ts';
import { sweepTemporary, writeFile, writeFiles } from '../files/atomic-write.ts';
import { makeFolder } from '../files/make-folder.ts';
import { renderReport } from '../report/report.ts';
import { settingView } from '../report/view.ts';
import { assembleSetting } from '../results/assemble.ts';
import { inspectResults, setDamagedResultsAside } from '../results/existing.ts';
import { exportData, exportSetting } from '../results/export-arrays.ts';
import {
  RESULTS_FORMAT,
  type ResultsHead,
  resultsDigest,
  resultsFile,
  type SettingResults,
} from '../results/results.ts';
import { versions } from '../results/versions.ts';
import { acquireLock } from '../store/lock.ts';
import { Store } from '../store/store.ts';
import { computeSetting, type RunContext, type RunSize, type SettingData } from './compute-setting.ts';
import { FIGURES, REPORT, RESULTS, workFolders } from './folders.ts';
import { onInterrupt } from './interrupt.ts';
import { WorkerPool } from './pool.ts';
import type { Progress } from './progress.ts';
import { Scheduler } from './scheduler.ts';

/** What to run, and where. */
export interface RunRequest {
  readonly settings: readonly SettingConfig[];
  readonly size: RunSize;
  readonly seed: number;
  readonly workers: number;
  readonly out: string;
}

/** What a run leaves behind. */
export interface RunOutcome {
  readonly results: ReadonlyMap<string, SettingResults>;
  readonly digest: string;
  readonly resultsFile: string;
  readonly reportFile: string;
}

/**
 * Runs or continues. @throws {CommandError} a folder that cannot be written or is in use, an interruption;
 * whatever a task throws. Finished tasks and retrainings stay stored in each case.
 */
export async function reproduce(request: RunRequest, progress: Progress): Promise<RunOutcome> {
  const { out } = request;
  inspectResults(path.join(out, RESULTS)); // refuses before anything is written
  prepareFolder(out);
  const release = await acquireLock(out);
  try {
    sweepTemporary(out);
    setDamagedResultsAside(path.join(out, RESULTS), progress.note);
    const computed = await compute(request, progress);
    progress.stop();
    return await publish(request, computed, progress);
  } finally {
    progress.stop();
    release();
  }
}

/** The folder exists and can be written to, before any work is done. */
function prepareFolder(out: string): void {
  try {
    makeFolder(workFolders(out).store);
    makeFolder(workFolders(out).retrainings);
    accessSync(out, constants.W_OK);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CommandError(`cannot write to the folder ${out} (${reason}): choose another --out.`);
  }
}

/** All settings at once, sharing the workers: while the last task of one runs, the next one begins. */
async function compute(request: RunRequest, progress: Progress): Promise<SettingData[]> {
  const { settings, size, workers, out } = request;
  const folders = workFolders(out);
  const store = new Store(folders.store, progress.note);
  const pool = new WorkerPool(workers);
  const scheduler = new Scheduler(pool);
  const context: RunContext = { folders, store, scheduler, progress };
  const interruption = interrupted(scheduler);
  try {
    const all = Promise.all(settings.map((setting, order) => computeSetting(setting, size, order, context)));
    return await Promise.race([all, interruption.happened]);
  } catch (error) {
    await scheduler.stop(error instanceof Error ? error : new Error(String(error)));
    throw error;
  } finally {
    await pool.destroy();
    interruption.dispose();
  }
}

/** A promise that rejects once Ctrl-C was pressed and the retrainings in flight are stored. */
function interrupted(scheduler: Scheduler): { happened: Promise<never>; dispose: () => void } {
  let dispose = (): void => {};
  const happened = new Promise<never>((_, reject) => {
    dispose = onInterrupt((reason) => void scheduler.stop(reason).then(() => reject(reason)));
  });
  return { happened, dispose };
}

/** Writes results.json last: when it is there, everything it speaks of is. */
async function publish(
  { out, seed, settings }: RunRequest,
  computed: readonly SettingData[],
  progress: Progress,
): Promise<RunOutcome> {
  progress.note('evaluating');
  const assembled = computed.map(assembleSetting);
  const results = new Map(computed.map(({ setting }, k) => [setting.name, assembled[k]]));
  const table = Object.fromEntries(results);
  const head: ResultsHead = { format: RESULTS_FORMAT, versions: versions(), seed, kernelTier: kernelTier() };
  exportData(out, settings[0].data);
  for (const data of computed) exportSetting(out, data);
  const report = path.join(out, REPORT);
  const digest = resultsDigest(seed, table);
  const views = computed.map((data, k) => settingView(data, assembled[k]));
  const rendered = await renderReport({ head, digest, settings: views });
  writeFigures(path.join(out, FIGURES), rendered.figures);
  writeFile(report, rendered.html);
  const file = path.join(out, RESULTS);
  writeFile(file, `${JSON.stringify(resultsFile(head, table), null, 2)}\n`);
  return { results, digest, resultsFile: file, reportFile: report };
}

function writeFigures(folder: string, figures: readonly Figure[]): void {
  makeFolder(folder);
  const encoder = new TextEncoder();
  writeFiles(
    figures.map(({ name, svg }) => ({ path: path.join(folder, `${name}.svg`), bytes: encoder.encode(svg) })),
  );
}
