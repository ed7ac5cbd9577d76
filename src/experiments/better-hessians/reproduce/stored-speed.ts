/** @file The speed of this machine as its stored work shows it: a busy moment does not bend the plan. */

import { median } from '../../judging/judge.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import type { Speed } from './calibrate.ts';
import { jobCost } from './cost.ts';
import type { Inventory } from './inventory.ts';

/** A setting with what is stored of it. */
export interface Stocked {
  readonly setting: SettingConfig;
  readonly stock: Inventory;
}

/** Stored trainings are compared with the measurements of so many settings. */
const REFERENCES = 2;

/**
 * Corrects measurements by what is stored of any setting: operations per second are those of the stored
 * eigendecompositions; an epoch takes what it takes in a setting with the same network; and if there is none, it takes as much longer or shorter than its measurement as stored epochs of other
 * settings take than theirs, which are measured now too. Without stored work the measurements stand.
 */
export function storedSpeed(measured: Speed, stocked: readonly Stocked[]): Speed {
  let factor: number | undefined;
  const corrected = (setting: SettingConfig): number => {
    factor ??= epochFactor(measured, stocked);
    return factor * measured.epoch(setting);
  };
  return {
    operations: () => storedOperations(stocked) ?? measured.operations(),
    epoch: (setting) => storedEpoch(setting, stocked) ?? corrected(setting),
  };
}

/** Seconds of an epoch of the same network in a setting with other epochs; of the longest one. */
function storedEpoch({ model }: SettingConfig, stocked: readonly Stocked[]): number | undefined {
  const [longest] = stocked
    .filter(
      ({ setting, stock }) =>
        stock.retrainingSeconds !== undefined &&
        setting.model.depth === model.depth &&
        setting.model.width === model.width,
    )
    .sort((a, b) => b.setting.training.epochs - a.setting.training.epochs);
  return longest === undefined
    ? undefined
    : (longest.stock.retrainingSeconds as number) / longest.setting.training.epochs;
}

/** Operations per second of stored Hessian and GGN jobs, the median. */
function storedOperations(stocked: readonly Stocked[]): number | undefined {
  const rates = stocked.flatMap(({ setting, stock }) =>
    stock.jobs.flatMap(({ job, seconds }) =>
      seconds !== undefined &&
      seconds > 0.1 &&
      job.kind === 'attribution' &&
      (job.method === 'hessian' || job.method === 'ggn')
        ? [jobCost(setting, job).operations / seconds]
        : [],
    ),
  );
  return rates.length === 0 ? undefined : median(rates);
}

function epochFactor(measured: Speed, stocked: readonly Stocked[]): number {
  const factors = stocked
    .filter(({ stock }) => stock.retrainingSeconds !== undefined)
    .slice(0, REFERENCES)
    .map(
      ({ setting, stock }) =>
        (stock.retrainingSeconds as number) / setting.training.epochs / measured.epoch(setting),
    );
  return factors.length === 0 ? 1 : median(factors);
}
