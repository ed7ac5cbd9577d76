/** @file The retrainings of a setting. */
import type { RetrainingBank } from '../../influence/index.ts';
import type { Bench } from '../engine/bench.ts';
import type { RetrainingArchive } from '../engine/retraining-archive.ts';
import { taskKey } from '../engine/task.ts';
import { CommandError } from '../files/command-error.ts';
import { type AnySetting, retrainedName } from './any-setting.ts';
import { openSeries, type RetrainingSeries, seriesBank } from './retraining-series.ts';
import type { RunSize } from './run-size.ts';
import { retrainingTask } from './tasks.ts';

/** The retrainings that settings of one training share. */
export function retrainingSeries(setting: AnySetting): RetrainingSeries {
  const { data, loss, subsetFraction, seed } = setting;
  return {
    name: retrainedName(setting),
    task: retrainingTask(setting),
    examples: data.train,
    subsetFraction,
    seed,
    queries: data.queries,
    measurements: loss === 'squared-error' ? ['loss'] : ['loss', 'margin'],
  };
}

/** The archive of a setting's retrainings, as far as it goes; see {@link openSeries}. Absent: it is only read. */
export function openArchive(
  setting: AnySetting,
  folder: string,
  notify: (line: string) => void = () => {}, // the main thread has already told of damage
  repair = false,
): RetrainingArchive {
  return openSeries(retrainingSeries(setting), folder, notify, repair);
}

/** The outcomes of K × R retrainings in the layout of the influence layer. */
export function retrainingBank(
  setting: AnySetting,
  size: RunSize,
  archive: RetrainingArchive,
): RetrainingBank {
  return seriesBank(retrainingSeries(setting), size, archive);
}

/** The same of stored retrainings, read once by each thread. */
export function bankAtHand(setting: AnySetting, size: RunSize, bench: Bench): RetrainingBank {
  const key = `${taskKey(retrainingTask(setting))} ${size.subsets} ${size.seeds}`;
  return bench.keep('bank', key, () =>
    retrainingBank(setting, size, openArchive(setting, bench.folders.retrainings)),
  );
}

/**
 * The largest part of `size` that is stored completely.
 *
 * @param advice - What to do when that is too little; see the text.
 * @throws {CommandError} fewer than two subsets are.
 */
export function storedSize(
  setting: AnySetting,
  size: RunSize,
  archive: RetrainingArchive,
  advice = `run reproduce --setting ${setting.name} with this --out first`,
): RunSize {
  const stored = archive.largestRectangle();
  const used = {
    subsets: Math.min(size.subsets, stored.subsets),
    seeds: Math.min(size.seeds, stored.seeds),
  };
  if (used.subsets < 2 || used.seeds < 1)
    throw new CommandError(
      `no retrainings of ${setting.name} are stored (${stored.subsets} subsets × ${stored.seeds} seeds): ${advice}.`,
    );
  return used;
}
