/** @file Whether the disk has room for what a plan will write. */
import { statfsSync } from 'node:fs';
import { byteCount } from '../../files/byte-count.ts';
import { unlessRefused } from '../../files/command-error.ts';
import type { RunPlan } from './run-plan.ts';

/** A warning in one line, or undefined when there is room or the system does not say. */
export function lackOfSpace(folder: string, { disk }: RunPlan): string | undefined {
  const system = unlessRefused(() => statfsSync(folder), undefined);
  if (system === undefined) return undefined;
  const free = system.bavail * system.bsize;
  if (free >= disk.toDo) return undefined;
  return (
    `the disk of ${folder} has ${byteCount(free)} left and this run will write ${byteCount(disk.toDo)}: ` +
    'it will stop where the disk is full, keep what is stored, and continue when there is room.'
  );
}
