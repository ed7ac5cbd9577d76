/** @file Which message a free worker gets next: by rank, then in the order of asking, as far as memory and time allow. */

/** Seconds of one core and bytes of memory that a unit of work is expected to take. */
export interface Expectation {
  readonly seconds: number;
  readonly memory: number;
}

/** What a scheduler needs of its workers. */
export interface Workers<Message, Reply> {
  readonly size: number;
  run(message: Message): Promise<Reply>;
}

/** Told when a message goes out to a worker and when its reply is in. Slots are numbered 0..size−1. */
export interface Watcher<Message> {
  started(slot: number, message: Message): void;
  ended(slot: number, message: Message): void;
}

/** What bounds the work. */
export interface SchedulerOptions<Message> {
  /** Bytes that the messages in flight may hold together; one alone may always fly. */
  readonly memory?: number;
  /** Seconds left: nothing begins that is expected to take longer. */
  readonly secondsLeft?: () => number;
  readonly watcher?: Watcher<Message>;
  /** Messages that are waited for when the scheduler stops: short ones, of which each is stored. */
  readonly finishes?: (message: Message) => boolean;
}

/** Thrown to everyone whose message did not begin because the time is up. */
export class OutOfTimeError extends Error {
  override name = 'OutOfTimeError';
}

interface Entry<Message, Reply> {
  readonly message: Message;
  readonly expected: Expectation;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue<Message, Reply> {
  readonly rank: number;
  readonly entries: Entry<Message, Reply>[];
  next: number;
}

const NOTHING: Expectation = { seconds: 0, memory: 0 };

/** Keeps every worker busy and no worker's queue full, so that stopping loses only what is in flight. */
export class Scheduler<Message, Reply> {
  private readonly workers: Workers<Message, Reply>;
  private readonly options: SchedulerOptions<Message>;
  private readonly queues: Queue<Message, Reply>[] = [];
  private readonly flying = new Map<number, Entry<Message, Reply>>();
  private readonly finishing = new Set<Promise<void>>();
  private stopped: Error | undefined;

  constructor(workers: Workers<Message, Reply>, options: SchedulerOptions<Message> = {}) {
    this.workers = workers;
    this.options = options;
  }

  /**
   * The reply to a message. Lower ranks go first. Rejects when the worker fails, when the scheduler stops, or with an
   * {@link OutOfTimeError}.
   */
  run(message: Message, rank: number, expected: Expectation = NOTHING): Promise<Reply> {
    if (this.stopped !== undefined) return Promise.reject(this.stopped);
    return new Promise((resolve, reject) => {
      let queue = this.queues.find((q) => q.rank === rank);
      if (queue === undefined) {
        queue = { rank, entries: [], next: 0 };
        this.queues.push(queue);
        this.queues.sort((a, b) => a.rank - b.rank);
      }
      queue.entries.push({ message, expected, resolve, reject });
      queueMicrotask(() => this.fill()); // after everything that is asked for in one go
    });
  }

  /** Hands out nothing more; waiting callers get `reason`. Resolves when the messages in flight that must finish have. */
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
      const entry = this.take();
      if (entry === undefined) return;
      const slot = this.freeSlot();
      this.flying.set(slot, entry);
      this.options.watcher?.started(slot, entry.message);
      const flight = this.workers
        .run(entry.message)
        .then(entry.resolve, entry.reject)
        .finally(() => {
          this.flying.delete(slot);
          this.finishing.delete(flight);
          this.options.watcher?.ended(slot, entry.message);
          this.fill();
        });
      if (this.options.finishes?.(entry.message) === true) this.finishing.add(flight);
    }
  }

  private freeSlot(): number {
    let slot = 0;
    while (this.flying.has(slot)) slot++;
    return slot;
  }

  /** The first message that fits into memory; those that the time no longer suffices for are turned away. */
  private take(): Entry<Message, Reply> | undefined {
    const left = this.options.secondsLeft?.() ?? Number.POSITIVE_INFINITY;
    for (const queue of this.queues)
      while (queue.next < queue.entries.length) {
        const entry = queue.entries[queue.next];
        if (entry.expected.seconds <= left && left > 0) {
          if (!this.fits(entry)) break; // another rank may hold something smaller
          advance(queue);
          return entry;
        }
        advance(queue);
        entry.reject(new OutOfTimeError('the time is up'));
      }
    return undefined;
  }

  private fits({ expected }: Entry<Message, Reply>): boolean {
    const { memory = Number.POSITIVE_INFINITY } = this.options;
    let held = 0;
    for (const other of this.flying.values()) held += other.expected.memory;
    return this.flying.size === 0 || held + expected.memory <= memory;
  }
}

function advance<Message, Reply>(queue: Queue<Message, Reply>): void {
  queue.next++;
  if (queue.next < queue.entries.length) return;
  queue.entries.length = 0;
  queue.next = 0;
}
