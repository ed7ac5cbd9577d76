/** @file What is stored of a setting, and how long it took: read with every check, changed in nothing. */

import type { RetrainingArchive } from '../../engine/retraining-archive.ts';
import type { Store } from '../../engine/store.ts';
import { median } from '../../judging/judge.ts';
import type { RunSize } from '../../protocol/run-size.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { jobName, type NetworkJob, networkJobTask, settingJobs } from './network-job.ts';

/** Jobs and retrainings of a setting that are done. */
export interface Inventory {
  /** Every job, with the seconds it took when it is stored. */
  readonly jobs: readonly { readonly job: NetworkJob; readonly seconds: number | undefined }[];
  /** Of the retrainings asked for: how many there are. */
  readonly retrainings: number;
  /** Seconds of one retraining, the median of the latest stored ones, or undefined when too few are. */
  readonly retrainingSeconds: number | undefined;
}

/** So many retrainings tell how long one takes. */
const ENOUGH = 5;

/** Takes stock. @param archive - The setting's retrainings. @param size - What is asked for. */
export function takeStock(
  setting: SettingConfig,
  size: RunSize,
  store: Store,
  archive: RetrainingArchive,
): Inventory {
  const jobs = settingJobs(setting.baseModels).map((job) => {
    const stored = store.read(networkJobTask(setting, job));
    const seconds =
      stored === undefined ? undefined : Object.values(stored.seconds).reduce((a, b) => a + b, 0);
    return { job, seconds };
  });
  // by what is stored, not by what is asked for, which may be millions
  const times = archive.within(size).map(({ seconds }) => seconds);
  return {
    jobs,
    retrainings: times.length,
    retrainingSeconds: times.length < ENOUGH ? undefined : median(times),
  };
}

/** Seconds that a job took at other base models, the median; undefined when none is stored. */
export function siblingSeconds({ jobs }: Inventory, job: NetworkJob): number | undefined {
  const times = jobs.flatMap(({ job: other, seconds }) =>
    seconds !== undefined && jobName(other) === jobName(job) ? [seconds] : [],
  );
  return times.length === 0 ? undefined : median(times);
}
