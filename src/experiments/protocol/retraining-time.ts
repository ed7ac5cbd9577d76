/** @file The least that trainings take, and retrainings that would take more than a week. */
import { checkTime, leastTrainingSeconds } from '../engine/bounds.ts';
import type { AnySetting } from './any-setting.ts';
import { settingModel } from './setting-model.ts';

/** Seconds that no machine trains a network on so many examples faster in. */
export function leastSeconds(setting: AnySetting, examples: number): number {
  const { epochs, batch } = setting.training;
  const { parameterCount } = settingModel(setting);
  return leastTrainingSeconds(epochs * Math.floor(examples / batch), batch, parameterCount);
}

/**
 * Of retrainings that no time budget ends, because everything else waits for them.
 *
 * @throws {CommandError} more than a week on all workers, even at the speed of a fast machine.
 */
export function checkRetrainingTime(settings: readonly AnySetting[], count: number, workers: number): void {
  const seconds = settings.reduce(
    (sum, setting) => sum + count * leastSeconds(setting, setting.data.train * setting.subsetFraction),
    0,
  );
  checkTime(
    seconds / workers,
    `${settings.length} × ${count} retrainings, with ${workers} workers,`,
    'give fewer --subsets, or fewer of each',
  );
}
