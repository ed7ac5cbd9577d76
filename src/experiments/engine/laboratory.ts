/** @file Where an experiment has its jobs computed: one folder, one queue, one set of threads. */
import { CommandError } from '../files/command-error.ts';
import type { Folders } from './folders.ts';
import type { DeclaredJobs } from './jobs.ts';
import { memoryLimit } from './memory-limit.ts';
import { MissingInputError } from './missing-input.ts';
import type { Progress } from './progress.ts';
import type { StoredTask } from './result-form.ts';
import { type JobOptions, OutOfTimeError, Scheduler, type Watcher, type Workers } from './scheduler.ts';
import type { Shard } from './shard.ts';
import { Share } from './share.ts';
import type { Store } from './store.ts';
import { taskKey } from './task.ts';
import { Threads } from './threads.ts';
import type { WorkFolder } from './work-folder.ts';

/** Where stored work lies, and who is told. */
export interface Work extends WorkFolder {
  readonly progress: Progress;
}

/** What computes jobs. */
export interface Engine<Job, Reply> extends Workers<Job, Reply> {
  /** Ends it at once; what is stored stays. */
  destroy(): Promise<void>;
}

/** Takes up an engine that is elsewhere. */
export type Connect = <Job, Reply>(jobs: DeclaredJobs<Job>, work: Work) => Promise<Engine<Job, Reply>>;

/** Who computes: threads of this machine, unless `connect` says otherwise. */
export interface Place {
  readonly workers: number;
  /** Seconds of `performance.now()` after which no bounded job begins. Default: never. */
  readonly end?: number;
  readonly connect?: Connect | undefined;
  /** Only this share of the jobs is done, with what they rest on. */
  readonly shard?: Shard | undefined;
}

/** A job of a list. */
export interface ListedJob<Job, Reply> extends JobOptions {
  readonly job: Job;
  /** Shown when it is done. */
  readonly label?: string;
  /** Each shard does it for itself: what is asked for next follows from it. */
  readonly everywhere?: boolean;
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

/** A job that waits for what other shards do. */
const LEFT = Symbol('left');

/** So many jobs are given away at once: enough for a thousand machines, and few enough that their order stays that of the ranks. */
const REMOTE_JOBS = 4096;

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
  private engine: Promise<Engine<Job, Reply>> | undefined;
  /** Where this is one shard of several: what is whose. */
  readonly share: Share<Job> | undefined;
  /** Whether jobs are computed elsewhere: no slot is a thread of ours. */
  readonly remote: boolean;

  constructor(
    jobs: DeclaredJobs<Job>,
    { folders, store, progress }: Work,
    { workers, end = Number.POSITIVE_INFINITY, connect, shard }: Place,
  ) {
    this.folders = folders;
    this.store = store;
    this.progress = progress;
    this.workers = workers;
    this.task = jobs.task;
    this.end = end;
    this.remote = connect !== undefined;
    this.share = shard === undefined ? undefined : new Share(jobs, shard);
    const start = async (): Promise<Engine<Job, Reply>> =>
      connect === undefined
        ? new Threads<Job, Reply>(jobs.compute, workers, folders)
        : connect<Job, Reply>(jobs, { folders, store, progress });
    const engine: Workers<Job, Reply> = {
      size: this.remote ? REMOTE_JOBS : workers,
      run: async (job, memory) => {
        this.engine ??= start();
        return (await this.engine).run(job, memory);
      },
    };
    this.scheduler = new Scheduler<Job, Reply>(engine, {
      memory: this.remote ? Number.POSITIVE_INFINITY : memoryLimit(), // each machine minds its own
      secondsLeft: () => this.secondsLeft(),
      finishes: this.remote ? () => false : (jobs.finishes ?? (() => false)),
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

  /** Has a job done that is not stored, if there is time for it, or leaves it to another shard. @returns whether it is done. @throws {CommandError} as {@link run}. */
  async attempt(listed: ListedJob<Job, Reply>): Promise<boolean> {
    return this.isElsewhere(listed) || this.isDone(listed.job) || (await this.begin(listed));
  }

  /** Whether another shard does a job. */
  isElsewhere({ job, everywhere = false }: ListedJob<Job, Reply>): boolean {
    return this.share !== undefined && !everywhere && !this.share.takes(job);
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
    const run = (): Promise<Reply> => this.scheduler.run(job, paced);
    try {
      const reply = this.share === undefined ? await run() : await this.withInputs(this.share, run);
      if (reply === LEFT) return true;
      done?.(reply as Reply);
      return true;
    } catch (error) {
      if (error instanceof OutOfTimeError) return false;
      throw error;
    }
  }

  /** In a shard: what a job lacks and another shard would compute is computed here too; what nobody can bring leaves the job for later. */
  private async withInputs(share: Share<Job>, run: () => Promise<Reply>): Promise<Reply | typeof LEFT> {
    const brought = new Set<string>();
    for (;;)
      try {
        const reply = await run();
        share.computed++;
        return reply;
      } catch (error) {
        if (!(error instanceof MissingInputError) || brought.has(error.input.key)) throw error;
        brought.add(error.input.key);
        if (!(await share.bring(error.input, (job) => this.begin({ job })))) return LEFT;
      }
  }

  /** Has those of a list of jobs done that are not stored, with a bar, if there are any. @returns how many of them had no time. */
  async list({ name, stored = 0, uneven }: Bar, jobs: readonly ListedJob<Job, Reply>[]): Promise<number> {
    const ours = jobs.filter((one) => !this.isElsewhere(one));
    const missing = ours.filter(({ job }) => !this.isDone(job));
    if (missing.length === 0) return 0;
    const total = stored + ours.length;
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
    await (await this.engine)?.destroy();
  }
}
