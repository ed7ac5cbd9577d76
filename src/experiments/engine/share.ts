/** @file What one shard does of a list of jobs, and what it leaves to the others. */
import type { DeclaredJobs } from './jobs.ts';
import type { Input } from './missing-input.ts';
import { retrainingIsOf, type Shard, unitIsOf } from './shard.ts';
import { taskIdentity, taskKey } from './task.ts';

/** Thrown where a plan comes to what a shard cannot do without the others. */
export class ShareEnd extends Error {
  override name = 'ShareEnd';
}

/** The share of one shard. */
export class Share<Job> {
  readonly shard: Shard;
  /** Jobs that were computed here. */
  computed = 0;
  /** Jobs that wait for what other shards do. */
  waiting = 0;
  private readonly jobs: DeclaredJobs<Job>;
  /** Jobs of others with a stored result, by its key. */
  private readonly others = new Map<string, Job>();
  private readonly brought = new Map<string, Promise<boolean>>();

  constructor(jobs: DeclaredJobs<Job>, shard: Shard) {
    this.jobs = jobs;
    this.shard = shard;
  }

  /** Whether a job is this shard's. Those of others are remembered. */
  takes(job: Job): boolean {
    const { jobs, shard } = this;
    const retraining = jobs.retraining?.(job);
    if (retraining !== undefined) return retrainingIsOf(shard, retraining);
    const task = jobs.task(job);
    const ours = unitIsOf(shard, jobs.unit?.(job) ?? (task === undefined ? job : taskIdentity(task)));
    if (!ours && task !== undefined) this.others.set(taskKey(task), job);
    return ours;
  }

  /**
   * Has another shard's job done here, because one of ours reads its result; once.
   *
   * @returns whether the input is there now. Retrainings, and what rests on them, come by merging.
   */
  async bring({ kind, key }: Input, compute: (job: Job) => Promise<boolean>): Promise<boolean> {
    const job = this.others.get(key);
    if (kind === 'retrainings' || job === undefined) {
      this.waiting++;
      return false;
    }
    let promise = this.brought.get(key);
    if (promise === undefined) {
      promise = compute(job);
      this.brought.set(key, promise);
    }
    return promise;
  }
}
