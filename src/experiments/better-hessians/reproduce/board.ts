/** @file What every worker is doing, and when all will be done: the live part of the display. */

import { duration, type Progress } from '../../engine/progress.ts';
import type { Watcher } from '../../engine/scheduler.ts';
import { jobName, type ReproduceJob } from './network-job.ts';
import type { Outlook } from './outlook.ts';

const REFRESH_MS = 1000;

/** The kind of work that a message is: its units take about equally long. */
export function workGroup(work: Work): string {
  return `${work.setting.name} ${work.kind === 'network' ? jobName(work.job) : 'retraining'}`;
}

/** As much of a message as tells what kind of work it is. */
export type Work =
  | Pick<Extract<ReproduceJob, { kind: 'network' }>, 'kind' | 'setting' | 'job'>
  | Pick<Extract<ReproduceJob, { kind: 'retraining' }>, 'kind' | 'setting'>;

/** Tells a display about the workers. */
export class Board implements Watcher<ReproduceJob> {
  private readonly outlook: Outlook;
  private readonly progress: Progress;
  private readonly messages: (ReproduceJob | undefined)[];
  private readonly timer: NodeJS.Timeout;

  constructor(outlook: Outlook, progress: Progress, workers: number) {
    this.outlook = outlook;
    this.progress = progress;
    this.messages = new Array<ReproduceJob | undefined>(workers).fill(undefined);
    this.timer = setInterval(() => this.show(), REFRESH_MS);
    this.timer.unref();
  }

  started(slot: number, message: ReproduceJob): void {
    this.messages[slot] = message;
    this.outlook.start(slot, workGroup(message));
    if (message.kind === 'network') this.show();
  }

  ended(slot: number): void {
    this.messages[slot] = undefined;
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
      ...this.messages.map((message, slot) => `worker ${slot + 1}: ${this.describe(message, slot)}`),
    ];
  }

  private show(): void {
    this.progress.status(this.lines());
  }

  private describe(message: ReproduceJob | undefined, slot: number): string {
    if (message === undefined) return 'waiting';
    const { name } = message.setting;
    const each = this.outlook.each(workGroup(message));
    if (message.kind === 'retraining')
      return `${name}, subset ${message.subset}, seed ${message.seed}, ${each.toPrecision(2)} s each`;
    const elapsed = Math.floor(this.outlook.elapsed(slot) ?? 0);
    return `${name}, ${jobName(message.job)} of model ${message.job.model}, ${elapsed} s of about ${duration(each)}`;
  }
}
