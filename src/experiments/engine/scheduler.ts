/** @file Which job a free worker gets next: by rank, then in the order of asking, as far as memory and time allow. */

/** Seconds of one core and bytes of memory that a unit of work is expected to take. */
export interface Expectation {
  readonly seconds: number;
  readonly memory: number;
}

/** What a scheduler needs of its workers. */
export interface Workers<Job, Reply> {
  readonly size: number;
  /** @param memory - Bytes that the job is expected to hold. */
  run(job: Job, memory?: number): Promise<Reply>;
}

/** Told when a job goes out to a worker and when its reply is in. Slots are numbered 0..size−1. */
export interface Watcher<Job> {
  started(slot: number, job: Job): void;
  ended(slot: number, job: Job): void;
}

/** What bounds the work. */
export interface SchedulerOptions<Job> {
  /** Bytes that the jobs in flight may hold together; one alone may always fly. */
  readonly memory?: number;
  /** Seconds left: nothing begins that is expected to take longer. */
  readonly secondsLeft?: () => number;
  readonly watcher?: Watcher<Job>;
  /** Jobs that are waited for when the scheduler stops: short ones, of which each is stored. */
  readonly finishes?: (job: Job) => boolean;
}

/** How one job is treated. */
export interface JobOptions {
  /** Lower ranks go first. Default 0. */
  readonly rank?: number;
  /** Asked when the job's turn comes. Default: nothing. */
  readonly expected?: () => Expectation;
  /** Begins even when the time is up. */
  readonly unbounded?: boolean;
  /** Told how many seconds the job took. */
  readonly took?: (seconds: number) => void;
}

/** Thrown to everyone whose job did not begin because the time is up. */
export class OutOfTimeError extends Error {
  override name = 'OutOfTimeError';
}

interface Entry<Job, Reply> extends JobOptions {
  readonly job: Job;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue<Job, Reply> {
  readonly rank: number;
  readonly entries: Entry<Job, Reply>[];
  next: number;
}

const NOTHING: Expectation = { seconds: 0, memory: 0 };

/** Keeps every worker busy and no worker's queue full, so that stopping loses only what is in flight. */
export class Scheduler<Job, Reply> {
  private readonly workers: Workers<Job, Reply>;
  private readonly options: SchedulerOptions<Job>;
  private readonly queues: Queue<Job, Reply>[] = [];
  /** Bytes of what is in flight, by slot. */
  private readonly flying = new Map<number, number>();
  private readonly finishing = new Set<Promise<void>>();
  private stopped: Error | undefined;

  constructor(workers: Workers<Job, Reply>, options: SchedulerOptions<Job> = {}) {
    this.workers = workers;
    this.options = options;
  }

  /** The reply to a job. Rejects when the worker fails, when the scheduler stops, or with an {@link OutOfTimeError}. */
  run(job: Job, options: JobOptions = {}): Promise<Reply> {
    if (this.stopped !== undefined) return Promise.reject(this.stopped);
    const { rank = 0 } = options;
    return new Promise((resolve, reject) => {
      let queue = this.queues.find((q) => q.rank === rank);
      if (queue === undefined) {
        queue = { rank, entries: [], next: 0 };
        this.queues.push(queue);
        this.queues.sort((a, b) => a.rank - b.rank);
      }
      queue.entries.push({ ...options, job, resolve, reject });
      queueMicrotask(() => this.fill()); // after everything that is asked for in one go
    });
  }

  /** Hands out nothing more; waiting callers get `reason`. Resolves when the jobs in flight that must finish have. */
  async stop(reason: Error): Promise<void> {
    if (this.stopped === undefined) {
      this.stopped = reason;
      for (const queue of this.queues)
        for (const entry of queue.entries.slice(queue.next)) entry.reject(reason);
      this.queues.length = 0;
    }
    await Promise.allSettled(this.finishing);
  }

  private fill(): void {
    while (this.flying.size < this.workers.size) {
      const next = this.take();
      if (next === undefined) return;
      this.send(next.entry, next.memory);
    }
  }

  private send({ job, resolve, reject, took }: Entry<Job, Reply>, memory: number): void {
    const { watcher, finishes } = this.options;
    const slot = this.freeSlot();
    const began = performance.now();
    this.flying.set(slot, memory);
    watcher?.started(slot, job);
    const flight = this.workers
      .run(job, memory)
      .then((reply) => {
        took?.((performance.now() - began) / 1000);
        resolve(reply);
      }, reject)
      .finally(() => {
        this.flying.delete(slot);
        this.finishing.delete(flight);
        watcher?.ended(slot, job);
        this.fill();
      });
    if (finishes?.(job) === true) this.finishing.add(flight);
  }

  private freeSlot(): number {
    let slot = 0;
    while (this.flying.has(slot)) slot++;
    return slot;
  }

  /** The first job that fits into memory; those that the time no longer suffices for are turned away. */
  private take(): { entry: Entry<Job, Reply>; memory: number } | undefined {
    const left = this.options.secondsLeft?.() ?? Number.POSITIVE_INFINITY;
    for (const queue of this.queues)
      while (queue.next < queue.entries.length) {
        const entry = queue.entries[queue.next];
        const { seconds, memory } = entry.expected?.() ?? NOTHING;
        if (entry.unbounded === true || (seconds <= left && left > 0)) {
          if (!this.fits(memory)) break; // another rank may hold something smaller
          advance(queue);
          return { entry, memory };
        }
        advance(queue);
        entry.reject(new OutOfTimeError('the time is up'));
      }
    return undefined;
  }

  private fits(memory: number): boolean {
    const { memory: limit = Number.POSITIVE_INFINITY } = this.options;
    let held = 0;
    for (const bytes of this.flying.values()) held += bytes;
    return this.flying.size === 0 || held + memory <= limit;
  }
}

function advance<Job, Reply>(queue: Queue<Job, Reply>): void {
  queue.next++;
  if (queue.next < queue.entries.length) return;
  queue.entries.length = 0;
  queue.next = 0;
}
