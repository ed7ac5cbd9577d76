/** @file Whether the disk has room for what a plan will write. */
import { statfsSync } from 'node:fs';
import { byteCount } from './plan-text.ts';
import type { RunPlan } from './run-plan.ts';

/** A warning in one line, or undefined when there is room or the system does not say. */
export function lackOfSpace(folder: string, { disk }: RunPlan): string | undefined {
  let free: number;
  try {
    const { bavail, bsize } = statfsSync(folder);
    free = bavail * bsize;
  } catch {
    return undefined;
  }
  if (free >= disk.toDo) return undefined;
  return (
    `the disk of ${folder} has ${byteCount(free)} left and this run will write ${byteCount(disk.toDo)}: ` +
    'it will stop where the disk is full, keep what is stored, and continue when there is room.'
  );
}
