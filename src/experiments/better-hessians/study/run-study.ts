/** @file A whole study: settings in; study.json, tables and figures out. Safe to interrupt and to repeat. */

import { CLASS_MEASUREMENTS, type ClassMeasurement, noiseCeiling } from '../../../influence/index.ts';
import { interruptible } from '../../engine/interrupt.ts';
import type { Progress } from '../../engine/progress.ts';
import { Scheduler, type Workers } from '../../engine/scheduler.ts';
import { Threads } from '../../engine/threads.ts';
import { inWorkFolder } from '../../engine/work-folder.ts';
import { digest, type Json } from '../../files/digest.ts';
import { finiteOrNull, numberOrNaN } from '../../files/json-number.ts';
import { making } from '../../judging/versions.ts';
import { publishSupplement } from '../../pages/publish.ts';
import { settingModel } from '../../protocol/base-network.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { baseTrainingTask } from '../../protocol/tasks.ts';
import { openArchive, type RunContext, type RunSize } from '../reproduce/compute-setting.ts';
import type { Message, Reply } from '../reproduce/message.ts';
import { WorkerPool } from '../reproduce/pool.ts';
import { retrainingBank } from '../results/assemble.ts';
import { conventionResults, rounded, studyEntries } from './assemble-study.ts';
import type { JudgedVariant } from './choice.ts';
import { prepareCase, type StudyCase, storedSize } from './prepare-study.ts';
import { type SettingStudy, STUDY, STUDY_FORMAT, type Study } from './study.ts';
import { studyFigures } from './study-figures.ts';
import type { StudyMessage, StudyReply } from './study-message.ts';
import { studyCsv, studyMarkdown } from './study-table.ts';
import { decodeJudged, studyTask, variantRules } from './study-task.ts';
import { studyVariants, trainingTime, type Variant } from './variant.ts';

/** What to study, and where. */
export interface StudyRequest {
  readonly cases: readonly StudyCase[];
  readonly workers: number;
  readonly out: string;
}

/** A case with everything it needs at hand. */
interface ReadyCase {
  readonly setting: SettingConfig;
  readonly size: RunSize;
  readonly variants: readonly Variant[];
}

/**
 * Runs or continues: networks, retrainings of training variants, one stored task per curvature variant, then the files.
 *
 * @throws {CommandError} a folder in use, retrainings that are missing, an interruption. What is stored stays.
 */
export async function runStudy({ cases, workers, out }: StudyRequest, progress: Progress): Promise<Study> {
  return await inWorkFolder(out, progress, async (work) => {
    const context = { ...work, progress };
    // before anything is trained
    for (const study of cases) if (study.retrainings === 'stored') storedSize(study, context);
    const ready = await prepare(cases, workers, context);
    await judge(ready, workers, context);
    progress.note('evaluating');
    const study = assemble(ready, context);
    await publishSupplement(out, {
      figures: studyFigures(study),
      tables: new Map([
        ['study.csv', studyCsv(study)],
        ['study.md', studyMarkdown(study)],
      ]),
      file: STUDY,
      value: study,
    });
    return study;
  });
}

type Context = Omit<RunContext, 'scheduler'>;

async function prepare(cases: readonly StudyCase[], workers: number, context: Context): Promise<ReadyCase[]> {
  let pool: WorkerPool | undefined; // threads only when something is missing
  const lazy: Workers<Message, Reply> = {
    size: workers,
    run: (message) => {
      pool ??= new WorkerPool(workers);
      return pool.run(message);
    },
  };
  const scheduler = new Scheduler(lazy, { finishes: ({ kind }) => kind === 'retraining' });
  try {
    const sizes = await interruptible(
      Promise.all(cases.map((study, order) => prepareCase(study, order, { ...context, scheduler }))),
      (reason) => scheduler.stop(reason),
    );
    return cases.map(({ setting, retrainings }, k) => ({
      setting,
      size: sizes[k],
      // other networks are enough of a change: labels and blocks stay at their default there
      variants: retrainings === 'stored' ? studyVariants() : studyVariants(['type-2'], ['layer']),
    }));
  } catch (error) {
    await scheduler.stop(error instanceof Error ? error : new Error(String(error)));
    throw error;
  } finally {
    await pool?.destroy();
  }
}

async function judge(cases: readonly ReadyCase[], workers: number, context: Context): Promise<void> {
  const { folders, store, progress } = context;
  const work = cases.map(({ setting, size, variants }) => {
    const missing = variants.filter((variant) => store.read(studyTask(setting, variant, size)) === undefined);
    const track = progress.track(
      `${setting.name} study`,
      variants.length,
      variants.length - missing.length,
      'uneven',
    );
    return { missing: missing.map((variant) => ({ folders, setting, variant, size })), track };
  });
  if (work.every(({ missing }) => missing.length === 0)) return;
  const pool = new Threads<StudyMessage, StudyReply>(new URL('./compute.ts', import.meta.url), workers);
  try {
    const all = work.flatMap(({ missing, track }) =>
      missing.map((message) => pool.run(message).then(() => track.advance())),
    );
    await interruptible(Promise.all(all));
  } finally {
    await pool.destroy();
  }
}

function assemble(cases: readonly ReadyCase[], context: Context): Study {
  const settings = cases.map((ready) => settingStudy(ready, context));
  return {
    format: STUDY_FORMAT,
    ...making('subsets'),
    digest: digest(settings as unknown as Json),
    settings,
  };
}

function settingStudy({ setting, size, variants }: ReadyCase, { folders, store }: Context): SettingStudy {
  const judged = variants.map((variant): JudgedVariant => {
    const stored = store.read(studyTask(setting, variant, size));
    if (stored === undefined) throw new Error(`the study of ${setting.name} vanished from ${store.folder}.`);
    return { variant, rules: variantRules(setting, variant), judged: decodeJudged(stored) };
  });
  const bank = retrainingBank(
    setting,
    size,
    openArchive(setting, folders.retrainings, () => {}, false),
  );
  const ceiling = (measurement: ClassMeasurement): number | null =>
    size.seeds < 2 ? null : rounded(noiseCeiling(bank, { measurement, seed: setting.seed }).perfect.mean);
  const accuracies = Array.from({ length: setting.baseModels }, (_, model) =>
    numberOrNaN(store.read(baseTrainingTask(setting, model))?.value['queryAccuracy']),
  );
  return {
    setting: setting.name,
    parameters: settingModel(setting).parameterCount,
    models: setting.baseModels,
    ...size,
    time: trainingTime(setting),
    queryAccuracy: finiteOrNull(accuracies.reduce((a, b) => a + b, 0) / accuracies.length),
    ceiling: Object.fromEntries(CLASS_MEASUREMENTS.map((m) => [m, ceiling(m)])) as Record<
      ClassMeasurement,
      number | null
    >,
    conventions: conventionResults(judged),
    entries: studyEntries(judged),
  };
}
