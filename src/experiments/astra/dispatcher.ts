/** @file Hands jobs to worker threads in order, until they are done, the time is up, or someone says stop. */
import { interruptible } from '../engine/interrupt.ts';
import { Threads } from '../engine/threads.ts';
import type { AstraMessage, AstraReply } from './message.ts';

/** One job in the queue. */
export interface Errand {
  readonly message: AstraMessage;
  /** Whether it can begin: what it depends on is stored. Absent: at once. */
  readonly ready?: () => boolean;
  readonly done: (reply: AstraReply) => void;
}

/**
 * Runs errands on `workers` threads: each free thread takes the first errand that is ready. An errand that is never ready is left out.
 *
 * @param end - In seconds of `performance.now()`: nothing begins after it.
 * @throws {CommandError} what a worker failed at; an interruption, once retrainings in flight are stored. What is stored stays.
 */
export async function runErrands(errands: readonly Errand[], workers: number, end?: number): Promise<void> {
  if (errands.length === 0) return;
  const threads = new Threads<AstraMessage, AstraReply>(new URL('./compute.ts', import.meta.url), workers);
  const queue = new Queue(errands, (message) => threads.run(message), end);
  try {
    await interruptible(queue.run(workers), () => queue.stop());
  } finally {
    await threads.destroy();
  }
}

/** The waiting errands; threads wait when none is ready, and are woken when one is done. */
class Queue {
  private readonly waiting: (Errand | undefined)[];
  private readonly send: (message: AstraMessage) => Promise<AstraReply>;
  private readonly end: number;
  private first = 0;
  private stopped = false;
  private sleepers: (() => void)[] = [];
  private flying = 0;
  private readonly retrainings = new Set<Promise<unknown>>();

  constructor(
    errands: readonly Errand[],
    send: (message: AstraMessage) => Promise<AstraReply>,
    end?: number,
  ) {
    this.waiting = [...errands];
    this.send = send;
    this.end = end ?? Number.POSITIVE_INFINITY;
  }

  async run(workers: number): Promise<void> {
    await Promise.all(Array.from({ length: workers }, () => this.thread()));
  }

  /** Nothing begins any more; resolves when the retrainings in flight are stored. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await Promise.allSettled(this.retrainings);
  }

  private async thread(): Promise<void> {
    while (!this.stopped && performance.now() / 1000 < this.end) {
      const errand = this.take();
      if (errand === undefined) {
        if (this.flying === 0) return;
        await new Promise<void>((resolve) => this.sleepers.push(resolve));
        continue;
      }
      this.flying++;
      try {
        const reply = this.send(errand.message);
        if (errand.message.job.kind === 'retraining') {
          this.retrainings.add(reply);
          void reply.finally(() => this.retrainings.delete(reply)).catch(() => {});
        }
        errand.done(await reply);
      } catch (error) {
        this.stopped = true;
        throw error;
      } finally {
        this.flying--;
        this.wake();
      }
    }
  }

  private take(): Errand | undefined {
    while (this.first < this.waiting.length && this.waiting[this.first] === undefined) this.first++;
    for (let i = this.first; i < this.waiting.length; i++) {
      const errand = this.waiting[i];
      if (errand === undefined || errand.ready?.() === false) continue;
      this.waiting[i] = undefined;
      return errand;
    }
    return undefined;
  }

  private wake(): void {
    for (const resolve of this.sleepers.splice(0)) resolve();
  }
}
