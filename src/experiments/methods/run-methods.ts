/** @file The whole comparison: base models, scores, judgements, then methods.json, tables, figures and a page. Safe to interrupt. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type MethodName, retrainingJobs } from '../../influence/index.ts';
import { openArchive, type RunSize } from '../better-hessians/reproduce/compute-setting.ts';
import type { Folders } from '../engine/folders.ts';
import { RETRAININGS } from '../engine/folders.ts';
import { interruptible } from '../engine/interrupt.ts';
import type { Progress } from '../engine/progress.ts';
import { inWorkFolder } from '../engine/work-folder.ts';
import { CommandError } from '../files/command-error.ts';
import { publishSupplement } from '../pages/publish.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import { assembleMethods, judgedVariants } from './assemble-methods.ts';
import { METHODS_FILE, type MethodsResults } from './methods.ts';
import { methodsFigures } from './methods-figure.ts';
import { methodsPage } from './methods-page.ts';
import { MethodsPool, type WorkItem } from './methods-pool.ts';
import { methodsCsv } from './methods-table.ts';
import {
  computeAllScores,
  go,
  judgeVariants,
  type MethodsCase,
  type MethodsContext,
  trainNetworks,
} from './methods-work.ts';
import { StoredWork } from './stored-work.ts';

/** What to compare, and where. */
export interface MethodsRequest {
  /** With as many base models as are wanted of each. */
  readonly settings: readonly SettingConfig[];
  /** Retrainings: at most so many of stored ones, exactly so many otherwise. */
  readonly size: RunSize;
  readonly methods: readonly MethodName[];
  readonly slowModels: number;
  readonly slowGrid: boolean;
  readonly workers: number;
  readonly out: string;
  /** The folder of a run whose retrainings are used; it is only read. Absent: retrainings are made in `out`. */
  readonly retrainings?: string;
  /** Seconds after which no more scores begin. */
  readonly budget?: number;
  /** The command line, for the page. */
  readonly command: string;
}

/** Judging and drawing get at most this share of a time budget. */
const EVALUATION_SHARE = 0.15;

/**
 * Runs or continues.
 *
 * @throws {CommandError} a folder in use, retrainings that are missing, an interruption. What is stored stays.
 */
export async function runMethods(request: MethodsRequest, progress: Progress): Promise<MethodsResults> {
  const { out, workers, budget } = request;
  const began = performance.now() / 1000;
  return await inWorkFolder(out, progress, async ({ folders, store }) => {
    const end = budget === undefined ? Number.POSITIVE_INFINITY : began + budget * (1 - EVALUATION_SHARE);
    const pool = new MethodsPool(workers, () => end - performance.now() / 1000);
    try {
      const work = new StoredWork(store);
      const source =
        request.retrainings === undefined
          ? folders
          : { ...folders, retrainings: archivesOf(request.retrainings) };
      const context: MethodsContext = { ...request, cases: [], pool, work, progress };
      const stop = async (reason: Error): Promise<void> => pool.stop(reason);
      const cases = await interruptible(prepare(request, source, context), stop);
      const compute = async (): Promise<void> => {
        await trainNetworks({ ...context, cases });
        await computeAllScores({ ...context, cases });
        await judgeVariants(judgedVariants(cases, request.methods, work), { ...context, cases });
      };
      await interruptible(compute(), stop);
      progress.note('evaluating');
      const { results, claims } = assembleMethods(cases, request.methods, work, progress.note);
      await publishSupplement(out, {
        figures: methodsFigures(results),
        tables: new Map([
          ['methods.csv', methodsCsv(results)],
          ['methods.md', methodsPage(results, claims, request.command)],
        ]),
        file: METHODS_FILE,
        value: results,
      });
      return results;
    } finally {
      await pool.destroy();
    }
  });
}

/** The archives of a run: its own folder, or one that holds nothing else. */
function archivesOf(folder: string): string {
  const inside = path.join(folder, RETRAININGS);
  return existsSync(inside) ? inside : folder;
}

async function prepare(
  { settings, size, retrainings }: MethodsRequest,
  folders: Folders,
  context: MethodsContext,
): Promise<MethodsCase[]> {
  if (retrainings !== undefined)
    return settings.map((setting) => ({
      setting,
      folders,
      size: storedSize(setting, size, folders, retrainings, context.progress),
    }));
  const items = settings.flatMap((setting): Omit<WorkItem, 'done'>[] => {
    const archive = openArchive(setting, folders.retrainings, context.progress.note, true);
    return retrainingJobs(size.subsets, size.seeds)
      .filter(({ subset, seed }) => archive.get(subset, seed) === undefined)
      .map(({ subset, seed }) => ({
        message: { kind: 'retraining', setting, folders, subset, seed },
        name: `${setting.name} retraining`,
      }));
  });
  await go(items, 'retrainings', context.pool, context.progress, false);
  return settings.map((setting) => ({ setting, folders, size }));
}

function storedSize(
  setting: SettingConfig,
  size: RunSize,
  folders: Folders,
  named: string,
  progress: Progress,
): RunSize {
  const used = openArchive(setting, folders.retrainings, progress.note, false).largestRectangle(size);
  if (used.subsets < 2 || used.seeds < 1)
    throw new CommandError(
      `--retrainings: ${named} holds no retrainings of ${setting.name} (${used.subsets} subsets × ${used.seeds} seeds).`,
    );
  return used;
}
