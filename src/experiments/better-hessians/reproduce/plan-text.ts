/** @file A plan as lines for people, and as figures for programs. */

import { duration } from '../../engine/progress.ts';
import { byteCount } from '../../files/byte-count.ts';
import type { Json } from '../../files/digest.ts';
import { align } from '../../judging/table.ts';
import type { RunPlan, SettingPlan } from './run-plan.ts';

/** A table with a line for each setting, then the sums. */
export function planLines(plan: RunPlan): string[] {
  const { settings, workers, wall, disk, memory } = plan;
  const [{ size, setting }] = settings;
  const header = [
    'setting',
    'parameters',
    'curvature jobs',
    'retrainings',
    'time to do',
    'told by',
    'disk to do',
  ];
  const toDo = settings.some((one) => !isDone(one));
  return [
    `plan: ${settings.length} ${settings.length === 1 ? 'setting' : 'settings'}, ${size.subsets} subsets × ${size.seeds} seeds, ` +
      `${setting.baseModels} base ${setting.baseModels === 1 ? 'model' : 'models'}`,
    ...align([header, ...settings.map(planRow)]),
    toDo
      ? `in all about ${duration(wall)} with ${workers} ${workers === 1 ? 'worker' : 'workers'}, ${byteCount(disk.toDo)} more on disk ` +
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

function planRow(plan: SettingPlan): string[] {
  const { setting, parameters, jobs, retrainings, seconds, basis, disk } = plan;
  const done = isDone(plan);
  return [
    setting.name,
    String(parameters),
    progress(jobs),
    progress(retrainings),
    done ? '' : `${duration(seconds)} of one core`,
    done ? '' : basis === 'stored' ? 'stored times' : 'an estimate',
    done ? '' : byteCount(disk.toDo),
  ];
}

function progress({ total, stored }: { readonly total: number; readonly stored: number }): string {
  return stored === total ? `${total} stored` : `${stored} of ${total} stored`;
}
