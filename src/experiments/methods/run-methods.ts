/** @file The comparison as an experiment: base models, scores, judgements, then methods.json, tables, figures and a page. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { MethodName } from '../../influence/index.ts';
import type { Experiment, Request } from '../engine/experiment.ts';
import { RETRAININGS } from '../engine/folders.ts';
import type { Laboratory } from '../engine/laboratory.ts';
import { CommandError } from '../files/command-error.ts';
import { publishSupplement } from '../pages/publish.ts';
import { openArchive } from '../protocol/retrainings.ts';
import type { RunSize } from '../protocol/run-size.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import { isRetraining, missingOf, retrainingOf } from '../protocol/shared-jobs.ts';
import { assembleMethods, judgedVariants } from './assemble-methods.ts';
import { type MethodsJob, storedUnder, unitOf } from './jobs.ts';
import { METHODS_FILE } from './methods.ts';
import { methodsFigures } from './methods-figure.ts';
import { methodsPage } from './methods-page.ts';
import { methodsCsv } from './methods-table.ts';
import {
  computeAllScores,
  judgeVariants,
  type MethodsCase,
  type MethodsContext,
  trainNetworks,
} from './methods-work.ts';
import { StoredWork } from './stored-work.ts';
import { METHODS_VERSIONS } from './tasks.ts';

/** What to compare, and where. */
export interface MethodsRequest extends Request {
  /** With as many base models as are wanted of each. */
  readonly settings: readonly SettingConfig[];
  /** Retrainings: at most so many of stored ones, exactly so many otherwise. */
  readonly size: RunSize;
  readonly methods: readonly MethodName[];
  readonly slowModels: number;
  readonly slowGrid: boolean;
  /** The folder of a run whose retrainings are used; it is only read. Absent: retrainings are made in `out`. */
  readonly retrainings?: string;
  /** The command line, for the page. */
  readonly command: string;
}

/** Judging and drawing get at most this share of a time budget. */
const EVALUATION_SHARE = 0.15;

export const METHODS_EXPERIMENT: Experiment<
  MethodsRequest,
  MethodsJob,
  undefined,
  MethodsContext,
  ReturnType<typeof assembleMethods>
> = {
  name: 'methods',
  versions: METHODS_VERSIONS,
  compute: new URL('./compute.ts', import.meta.url),
  task: storedUnder,
  unit: unitOf,
  finishes: isRetraining,
  retraining: retrainingOf,
  evaluationShare: EVALUATION_SHARE,
  retrainings: ({ retrainings }) => (retrainings === undefined ? undefined : archivesOf(retrainings)),
  async plan(request, laboratory) {
    const cases = await prepare(request, laboratory);
    const work = new StoredWork(laboratory.store);
    const context: MethodsContext = { ...request, cases, laboratory, work };
    await trainNetworks(context);
    await computeAllScores(context);
    if (laboratory.share === undefined)
      // of a shard's own scores nothing can be judged
      await judgeVariants(judgedVariants(cases, request.methods, work), context);
    return context;
  },
  assemble: ({ cases, methods, work }, { folders, progress }) =>
    assembleMethods(cases, methods, work, folders.retrainings, progress.note),
  pages: ({ results, claims }, { out, command }) =>
    publishSupplement(out, {
      figures: methodsFigures(results),
      tables: new Map([
        ['methods.csv', methodsCsv(results)],
        ['methods.md', methodsPage(results, claims, command)],
      ]),
      file: METHODS_FILE,
      value: results,
    }),
};

/** The archives of a run: its own folder, or one that holds nothing else. */
function archivesOf(folder: string): string {
  const inside = path.join(folder, RETRAININGS);
  return existsSync(inside) ? inside : folder;
}

/** Retrains, or finds out how much of another run can be used. @throws {CommandError} too little of it is stored. */
async function prepare(
  { settings, size, retrainings }: MethodsRequest,
  laboratory: Laboratory<MethodsJob, undefined>,
): Promise<MethodsCase[]> {
  const { folders, progress } = laboratory;
  if (retrainings !== undefined)
    return settings.map((setting) => {
      const archive = openArchive(setting, folders.retrainings, progress.note, false);
      const used = archive.largestRectangle(size);
      if (used.subsets < 2 || used.seeds < 1)
        throw new CommandError(
          `--retrainings: ${retrainings} holds no retrainings of ${setting.name} (${used.subsets} subsets × ${used.seeds} seeds).`,
        );
      return { setting, size: used };
    });
  const jobs = settings.flatMap((setting) =>
    missingOf(setting, size, laboratory).map((job) => ({
      job,
      label: `${setting.name} retraining`,
      unbounded: true,
    })),
  );
  await laboratory.list({ name: 'retrainings', uneven: 'uneven' }, jobs);
  return settings.map((setting) => ({ setting, size }));
}
