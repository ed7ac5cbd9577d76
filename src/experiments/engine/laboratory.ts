/** @file Where an experiment has its jobs computed: one folder, one queue, one set of threads. */
import type { Folders } from './folders.ts';
import { memoryLimit } from './memory-limit.ts';
import type { Progress } from './progress.ts';
import { type JobOptions, OutOfTimeError, Scheduler, type Watcher } from './scheduler.ts';
import type { Store } from './store.ts';
import { Threads } from './threads.ts';

/** What a laboratory is made of. */
export interface LaboratoryOptions<Job> {
  readonly folders: Folders;
  readonly store: Store;
  readonly progress: Progress;
  readonly workers: number;
  /** The script whose default export computes a job. */
  readonly compute: URL;
  /** Jobs that an interruption waits for: short ones, of which each is stored. */
  readonly finishes?: (job: Job) => boolean;
  /** Seconds of `performance.now()` after which no bounded job begins. */
  readonly end?: number;
}

/** A job of a list. */
export interface ListedJob<Job, Reply> extends JobOptions {
  readonly job: Job;
  /** Shown when it is done. */
  readonly label?: string;
  /** Jobs of one pace take about as long as the last one of them did; there must be time for that. */
  readonly pace?: string;
  readonly done?: (reply: Reply) => void;
}

/** A bar over a list of jobs. */
export interface Bar {
  readonly name: string;
  /** Jobs done before, beside those of the list. */
  readonly stored?: number;
  readonly uneven?: 'uneven';
}

/** Threads start when there is something to do. */
export class Laboratory<Job, Reply> {
  readonly folders: Folders;
  readonly store: Store;
  readonly progress: Progress;
  readonly workers: number;
  /** Seconds of `performance.now()` after which no bounded job begins. */
  end: number;
  /** Told of every job. */
  watcher: Watcher<Job> | undefined;
  private readonly compute: URL;
  private readonly scheduler: Scheduler<Job, Reply>;
  private readonly paces = new Map<string, number>();
  private threads: Threads<Job, Reply> | undefined;

  constructor(options: LaboratoryOptions<Job>) {
    const { folders, store, progress, workers, compute, finishes, end = Number.POSITIVE_INFINITY } = options;
    this.folders = folders;
    this.store = store;
    this.progress = progress;
    this.workers = workers;
    this.compute = compute;
    this.end = end;
    const threads = {
      size: workers,
      run: (job: Job): Promise<Reply> => {
        this.threads ??= new Threads<Job, Reply>(this.compute, workers, folders);
        return this.threads.run(job);
      },
    };
    this.scheduler = new Scheduler<Job, Reply>(threads, {
      memory: memoryLimit(),
      secondsLeft: () => this.secondsLeft(),
      ...(finishes === undefined ? {} : { finishes }),
      watcher: {
        started: (slot, job) => this.watcher?.started(slot, job),
        ended: (slot, job) => this.watcher?.ended(slot, job),
      },
    });
  }

  /** Until nothing bounded begins any more. */
  secondsLeft(): number {
    return this.end - performance.now() / 1000;
  }

  /** The reply to a job. @throws {CommandError} what the worker failed at, an interruption. @throws {OutOfTimeError} */
  run(job: Job, options: JobOptions = {}): Promise<Reply> {
    return this.scheduler.run(job, options);
  }

  /** Has a job done, if there is time for it. @returns whether there was. @throws {CommandError} as {@link run}. */
  async attempt({ job, pace, done, ...options }: ListedJob<Job, Reply>): Promise<boolean> {
    const { paces } = this;
    const paced: JobOptions =
      pace === undefined
        ? options
        : {
            expected: () => ({ seconds: paces.get(pace) ?? 0, memory: 0 }),
            ...options,
            took: (seconds) => void paces.set(pace, seconds),
          };
    try {
      const reply = await this.scheduler.run(job, paced);
      done?.(reply);
      return true;
    } catch (error) {
      if (error instanceof OutOfTimeError) return false;
      throw error;
    }
  }

  /** Has a list of jobs done, with a bar; nothing is shown of an empty one. @returns how many of them had no time. */
  async list({ name, stored = 0, uneven }: Bar, jobs: readonly ListedJob<Job, Reply>[]): Promise<number> {
    if (jobs.length === 0) return 0;
    const track = this.progress.track(name, stored + jobs.length, stored, uneven);
    let left = 0;
    await Promise.all(
      jobs.map(async (one) => {
        if (!(await this.attempt(one))) {
          left++;
          return;
        }
        if (one.label !== undefined) track.label(one.label);
        track.advance();
      }),
    );
    return left;
  }

  /** Hands out nothing more. Resolves when what must finish has. */
  async stop(reason: Error): Promise<void> {
    await this.scheduler.stop(reason);
  }

  /** Ends the threads at once; what is stored stays. */
  async close(): Promise<void> {
    await this.threads?.destroy();
  }
}
