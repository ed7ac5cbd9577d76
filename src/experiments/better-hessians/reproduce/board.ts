/** @file What every worker is doing, and when all will be done: the live part of the display. */

import { duration, type Progress } from '../../engine/progress.ts';
import type { Watcher } from '../../engine/scheduler.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { jobName, type ReproduceJob } from './network-job.ts';
import type { Outlook } from './outlook.ts';

const REFRESH_MS = 1000;

/** The kind of work that a job is: its units take about equally long. */
export function workGroup({ name }: SettingConfig, job: Parameters<typeof jobName>[0]): string {
  return `${name} ${jobName(job)}`;
}

/** Tells a display about the workers. */
export class Board implements Watcher<ReproduceJob> {
  private readonly outlook: Outlook;
  private readonly progress: Progress;
  private readonly jobs: (ReproduceJob | undefined)[];
  private readonly timer: NodeJS.Timeout;

  constructor(outlook: Outlook, progress: Progress, workers: number) {
    this.outlook = outlook;
    this.progress = progress;
    this.jobs = new Array<ReproduceJob | undefined>(workers).fill(undefined);
    this.timer = setInterval(() => this.show(), REFRESH_MS);
    this.timer.unref();
  }

  started(slot: number, job: ReproduceJob): void {
    this.jobs[slot] = job;
    this.outlook.start(slot, workGroup(job.setting, job));
    if (job.kind !== 'retraining') this.show();
  }

  ended(slot: number): void {
    this.jobs[slot] = undefined;
    this.outlook.end(slot);
  }

  /** Ends the display's movement. */
  stop(): void {
    clearInterval(this.timer);
  }

  /** One line with the time left, then one for each worker. */
  lines(): string[] {
    return [
      `about ${duration(this.outlook.secondsLeft())} left`,
      ...this.jobs.map((job, slot) => `worker ${slot + 1}: ${this.describe(job, slot)}`),
    ];
  }

  private show(): void {
    this.progress.status(this.lines());
  }

  private describe(job: ReproduceJob | undefined, slot: number): string {
    if (job === undefined) return 'waiting';
    const { name } = job.setting;
    const each = this.outlook.each(workGroup(job.setting, job));
    if (job.kind === 'retraining')
      return `${name}, subset ${job.subset}, seed ${job.seed}, ${each.toPrecision(2)} s each`;
    const elapsed = Math.floor(this.outlook.elapsed(slot) ?? 0);
    return `${name}, ${jobName(job)} of model ${job.model}, ${elapsed} s of about ${duration(each)}`;
  }
}
