/** @file What a study needs before it can judge: trained base models, and retrainings. */

import type { Work } from '../../engine/experiment.ts';
import type { Laboratory } from '../../engine/laboratory.ts';
import { openArchive, storedSize } from '../../protocol/retrainings.ts';
import { firstModels, type RunSize } from '../../protocol/run-size.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { baseTraining, missingOf } from '../../protocol/shared-jobs.ts';
import type { StudyJob } from './compute.ts';

/** One setting to study. */
export interface StudyCase {
  readonly setting: SettingConfig;
  /** `stored`: what the folder holds, at most this many. `retrained`: exactly this many; missing ones are trained. */
  readonly retrainings: 'stored' | 'retrained';
  readonly subsets: number;
  readonly seeds: number;
}

/** How many retrainings a case will be judged with. @throws {CommandError} fewer than two subsets are stored. */
export function caseSize(
  { setting, retrainings, subsets, seeds }: StudyCase,
  { folders, progress }: Work,
): RunSize {
  const size = { subsets, seeds };
  if (retrainings === 'retrained') return size;
  return storedSize(setting, size, openArchive(setting, folders.retrainings, progress.note, true));
}

/** Trains what is missing of a case. @param rank - Its place among the cases. */
export async function prepareCase(
  { setting, retrainings, ...size }: StudyCase,
  rank: number,
  laboratory: Laboratory<StudyJob, undefined>,
): Promise<void> {
  const bases = laboratory.finish(
    { name: `${setting.name} base models` },
    firstModels(setting.baseModels).map((model) => ({ ...baseTraining(setting, model), rank })),
  );
  const retrained = async (): Promise<void> => {
    if (retrainings === 'stored') return;
    const missing = missingOf(setting, size, laboratory);
    await laboratory.finish(
      { name: `${setting.name} retrainings`, stored: size.subsets * size.seeds - missing.length },
      missing.map((job) => ({ job, rank })),
    );
  };
  await Promise.all([bases, retrained()]);
}
