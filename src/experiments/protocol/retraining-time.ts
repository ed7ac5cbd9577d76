/** @file Retrainings that would take more than a week. */
import { checkTime, leastTrainingSeconds } from '../engine/bounds.ts';
import type { SettingConfig } from './setting.ts';
import { settingModel } from './setting-model.ts';

/**
 * Of retrainings that no time budget ends, because everything else waits for them.
 *
 * @throws {CommandError} more than a week on all workers, even at the speed of a fast machine.
 */
export function checkRetrainingTime(
  settings: readonly SettingConfig[],
  count: number,
  workers: number,
): void {
  const seconds = settings.reduce((sum, setting) => {
    const { epochs, batch } = setting.training;
    const steps = epochs * Math.floor((setting.data.train * setting.subsetFraction) / batch);
    const { parameterCount } = settingModel(setting);
    return sum + count * leastTrainingSeconds(steps, batch, parameterCount);
  }, 0);
  checkTime(
    seconds / workers,
    `${settings.length} × ${count} retrainings, with ${workers} workers,`,
    'give fewer --subsets, or fewer of each',
  );
}
