/** @file Which message a free worker gets next: by rank, then in the order of asking. */
import type { Message, Reply } from './message.ts';

/** What a scheduler needs of its workers. */
export interface Workers {
  readonly size: number;
  run(message: Message): Promise<Reply>;
}

/** Thrown to everyone who still waits when a scheduler stops. */
export class StoppedError extends Error {
  override name = 'StoppedError';
}

interface Entry {
  readonly message: Message;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/** Keeps every worker busy and no worker's queue full, so that stopping loses only what is in flight. */
export class Scheduler {
  private readonly workers: Workers;
  private readonly queues: { rank: number; entries: Entry[]; next: number }[] = [];
  private readonly flying = new Set<Promise<void>>();
  private readonly flyingRetrainings = new Set<Promise<void>>();
  private stopped: Error | undefined;

  constructor(workers: Workers) {
    this.workers = workers;
  }

  /** The reply to a message. Lower ranks go first. Rejects when the worker fails, or when the scheduler stops. */
  run(message: Message, rank: number): Promise<Reply> {
    if (this.stopped !== undefined) return Promise.reject(this.stopped);
    return new Promise((resolve, reject) => {
      let queue = this.queues.find((q) => q.rank === rank);
      if (queue === undefined) {
        queue = { rank, entries: [], next: 0 };
        this.queues.push(queue);
        this.queues.sort((a, b) => a.rank - b.rank);
      }
      queue.entries.push({ message, resolve, reject });
      queueMicrotask(() => this.fill()); // after everything that is asked for in one go
    });
  }

  /** Hands out nothing more; waiting callers get `reason`. Resolves when the retrainings in flight are stored. */
  async stop(reason: Error): Promise<void> {
    if (this.stopped === undefined) {
      this.stopped = reason;
      for (const queue of this.queues)
        for (const entry of queue.entries.slice(queue.next)) entry.reject(reason);
      this.queues.length = 0;
    }
    await Promise.allSettled(this.flyingRetrainings);
  }

  private fill(): void {
    while (this.flying.size < this.workers.size) {
      const entry = this.take();
      if (entry === undefined) return;
      const flight = this.workers
        .run(entry.message)
        .then(entry.resolve, entry.reject)
        .finally(() => {
          this.flying.delete(flight);
          this.flyingRetrainings.delete(flight);
          this.fill();
        });
      this.flying.add(flight);
      if (entry.message.kind === 'retraining') this.flyingRetrainings.add(flight);
    }
  }

  private take(): Entry | undefined {
    const queue = this.queues.find((q) => q.next < q.entries.length);
    if (queue === undefined) return undefined;
    const entry = queue.entries[queue.next++];
    if (queue.next === queue.entries.length) {
      queue.entries.length = 0;
      queue.next = 0;
    }
    return entry;
  }
}
