/** @file A plan as lines for people, and as figures for programs. */

import { duration } from '../../engine/progress.ts';
import { byteCount } from '../../files/byte-count.ts';
import type { Json } from '../../files/digest.ts';
import { counted } from '../../judging/table.ts';
import { aligned, type Columns } from '../../pages/table.ts';
import type { RunPlan, SettingPlan } from './run-plan.ts';

/** A table with a line for each setting, then the sums. */
export function planLines(plan: RunPlan): string[] {
  const { settings, workers, wall, disk, memory } = plan;
  const [{ size, setting }] = settings;
  const toDo = settings.some((one) => !isDone(one));
  return [
    `plan: ${counted(settings.length, 'setting')}, ${size.subsets} subsets × ${size.seeds} seeds, ` +
      `${counted(setting.baseModels, 'base model')}`,
    ...aligned(PLAN_COLUMNS, settings),
    toDo
      ? `in all about ${duration(wall)} with ${counted(workers, 'worker')}, ${byteCount(disk.toDo)} more on disk ` +
        `(${byteCount(disk.whole)} in the end), up to ${byteCount(memory)} of memory`
      : `everything is stored; tables and figures take about ${duration(wall)}`,
  ];
}

/** The same as JSON. */
export function planFigures({ settings, workers, work, evaluation, wall, disk, memory }: RunPlan): {
  [name: string]: Json;
} {
  return {
    workers,
    seconds: { work, evaluation, wall },
    disk,
    memory,
    settings: Object.fromEntries(
      settings.map(({ setting, size, parameters, jobs, retrainings, seconds, basis, disk, memory }) => [
        setting.name,
        { parameters, ...size, models: setting.baseModels, jobs, retrainings, seconds, basis, disk, memory },
      ]),
    ),
  };
}

function isDone({ jobs, retrainings }: SettingPlan): boolean {
  return jobs.stored === jobs.total && retrainings.stored === retrainings.total;
}

const PLAN_COLUMNS: Columns<SettingPlan> = {
  setting: ({ setting }) => setting.name,
  parameters: ({ parameters }) => parameters,
  'curvature jobs': ({ jobs }) => progress(jobs),
  retrainings: ({ retrainings }) => progress(retrainings),
  'time to do': (plan) => (isDone(plan) ? '' : `${duration(plan.seconds)} of one core`),
  'told by': (plan) => (isDone(plan) ? '' : plan.basis === 'stored' ? 'stored times' : 'an estimate'),
  'disk to do': (plan) => (isDone(plan) ? '' : byteCount(plan.disk.toDo)),
};

function progress({ total, stored }: { readonly total: number; readonly stored: number }): string {
  return stored === total ? `${total} stored` : `${stored} of ${total} stored`;
}
