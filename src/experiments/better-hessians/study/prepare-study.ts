/** @file What a study needs before it can judge: trained base models, and retrainings. */
import { retrainingJobs } from '../../../influence/index.ts';
import { CommandError } from '../../files/command-error.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { baseTrainingTask } from '../../protocol/tasks.ts';
import { openArchive, type RunContext, type RunSize } from '../reproduce/compute-setting.ts';

/** One setting to study. */
export interface StudyCase {
  readonly setting: SettingConfig;
  /** `stored`: what the folder holds, at most this many. `retrained`: exactly this many; missing ones are trained. */
  readonly retrainings: 'stored' | 'retrained';
  readonly subsets: number;
  readonly seeds: number;
}

/** Trains what is missing of a case, and says how many retrainings it can be judged with. */
export async function prepareCase(study: StudyCase, order: number, context: RunContext): Promise<RunSize> {
  const [size] = await Promise.all([
    study.retrainings === 'stored' ? storedSize(study, context) : retrain(study, order, context),
    trainBases(study.setting, order, context),
  ]);
  return size;
}

/** What can be used of the stored retrainings. @throws {CommandError} fewer than two subsets are stored. */
export function storedSize(
  { setting, subsets, seeds }: StudyCase,
  { folders, progress }: Pick<RunContext, 'folders' | 'progress'>,
): RunSize {
  const archive = openArchive(setting, folders.retrainings, progress.note, true);
  const stored = archive.largestRectangle();
  const size = { subsets: Math.min(subsets, stored.subsets), seeds: Math.min(seeds, stored.seeds) };
  if (size.subsets < 2 || size.seeds < 1)
    throw new CommandError(
      `no retrainings of ${setting.name} are stored (${stored.subsets} subsets × ${stored.seeds} seeds): run reproduce --setting ${setting.name} with this --out first.`,
    );
  return size;
}

async function trainBases(setting: SettingConfig, rank: number, context: RunContext): Promise<void> {
  const { folders, store, scheduler } = context;
  const models = Array.from({ length: setting.baseModels }, (_, model) => model);
  await Promise.all(
    models
      .filter((model) => store.read(baseTrainingTask(setting, model)) === undefined)
      .map((model) =>
        scheduler.run({ kind: 'job', folders, setting, job: { kind: 'base-training', model } }, rank),
      ),
  );
}

async function retrain(study: StudyCase, rank: number, context: RunContext): Promise<RunSize> {
  const { setting, subsets, seeds } = study;
  const { folders, scheduler, progress } = context;
  const archive = openArchive(setting, folders.retrainings, progress.note, true);
  const jobs = retrainingJobs(subsets, seeds);
  const missing = jobs.filter(({ subset, seed }) => archive.get(subset, seed) === undefined);
  const track = progress.track(`${setting.name} retrainings`, jobs.length, jobs.length - missing.length);
  await Promise.all(
    missing.map(async ({ subset, seed }) => {
      await scheduler.run({ kind: 'retraining', folders, setting, subset, seed }, rank);
      track.advance();
    }),
  );
  return { subsets, seeds };
}
