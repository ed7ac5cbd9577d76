/** @file Where an experiment has its jobs computed: one folder, one queue, one set of threads. */
import { CommandError } from '../files/command-error.ts';
import type { Folders } from './folders.ts';
import { memoryLimit } from './memory-limit.ts';
import type { Progress } from './progress.ts';
import type { StoredTask } from './result-form.ts';
import { type JobOptions, OutOfTimeError, Scheduler, type Watcher } from './scheduler.ts';
import type { Store } from './store.ts';
import { taskKey } from './task.ts';
import { Threads } from './threads.ts';
import type { WorkFolder } from './work-folder.ts';

/** What an experiment says of its jobs: plain values that threads can send each other. */
export interface Jobs<Job> {
  /** The script whose default export computes a job. */
  readonly compute: URL;
  /** Where the result of a job is stored: a job whose result is there is not computed again. Undefined: the job stores it itself. */
  readonly task: (job: Job) => StoredTask | undefined;
  /** Jobs that an interruption waits for: short ones, of which each is stored. Default: none. */
  readonly finishes?: (job: Job) => boolean;
}

/** Where stored work lies, and who is told. */
export interface Work extends WorkFolder {
  readonly progress: Progress;
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
  /** Jobs done before, beside those of the list whose results are stored. */
  readonly stored?: number;
  readonly uneven?: 'uneven';
}

/** Threads start when there is something to do. */
export class Laboratory<Job, Reply> implements Work {
  readonly folders: Folders;
  readonly store: Store;
  readonly progress: Progress;
  readonly workers: number;
  /** Seconds of `performance.now()` after which no bounded job begins. */
  end: number;
  /** Told of every job. */
  watcher: Watcher<Job> | undefined;
  private readonly scheduler: Scheduler<Job, Reply>;
  private readonly task: (job: Job) => StoredTask | undefined;
  /** Keys of results that were there. */
  private readonly found = new Set<string>();
  private readonly paces = new Map<string, number>();
  private threads: Threads<Job, Reply> | undefined;

  /** @param end - Seconds of `performance.now()` after which no bounded job begins. */
  constructor(
    { compute, task, finishes = () => false }: Jobs<Job>,
    { folders, store, progress }: Work,
    workers: number,
    end: number = Number.POSITIVE_INFINITY,
  ) {
    this.folders = folders;
    this.store = store;
    this.progress = progress;
    this.workers = workers;
    this.task = task;
    this.end = end;
    const threads = {
      size: workers,
      run: (job: Job): Promise<Reply> => {
        this.threads ??= new Threads<Job, Reply>(compute, workers, folders);
        return this.threads.run(job);
      },
    };
    this.scheduler = new Scheduler<Job, Reply>(threads, {
      memory: memoryLimit(),
      secondsLeft: () => this.secondsLeft(),
      finishes,
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

  /** Whether a result is there and can be trusted: it is read once. */
  isStored(task: StoredTask): boolean {
    const key = taskKey(task);
    if (!this.found.has(key) && this.store.read(task) !== undefined) this.found.add(key);
    return this.found.has(key);
  }

  /** Whether a job's result is. */
  private isDone(job: Job): boolean {
    const task = this.task(job);
    return task !== undefined && this.isStored(task);
  }

  /** Has a job done that is not stored, if there is time for it. @returns whether it is done. @throws {CommandError} as {@link run}. */
  async attempt(listed: ListedJob<Job, Reply>): Promise<boolean> {
    return this.isDone(listed.job) || (await this.begin(listed));
  }

  /** {@link attempt} of a job that is known to be missing: nothing is read a second time. */
  private async begin({ job, pace, done, ...options }: ListedJob<Job, Reply>): Promise<boolean> {
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

  /** Has those of a list of jobs done that are not stored, with a bar, if there are any. @returns how many of them had no time. */
  async list({ name, stored = 0, uneven }: Bar, jobs: readonly ListedJob<Job, Reply>[]): Promise<number> {
    const missing = jobs.filter(({ job }) => !this.isDone(job));
    if (missing.length === 0) return 0;
    const total = stored + jobs.length;
    const track = this.progress.track(name, total, total - missing.length, uneven);
    let left = 0;
    await Promise.all(
      missing.map(async (one) => {
        if (!(await this.begin(one))) {
          left++;
          return;
        }
        if (one.label !== undefined) track.label(one.label);
        track.advance();
      }),
    );
    return left;
  }

  /** {@link list} of jobs that all else waits for. @throws {CommandError} the time is up before the last of them is done. */
  async finish(bar: Bar, jobs: readonly ListedJob<Job, Reply>[]): Promise<void> {
    const left = await this.list(bar, jobs);
    if (left > 0)
      throw new CommandError(
        `the time is up, and ${left} of ${jobs.length} are missing of ${bar.name}: the same command continues.`,
      );
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
