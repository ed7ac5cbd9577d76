/** @file What an experiment says of its jobs. */
import type { StoredTask } from './result-form.ts';
import type { LoggedSeries } from './retraining-archive.ts';
import type { Numbered } from './shard.ts';
import type { TaskVersions } from './task.ts';

/** What can be computed: plain values that threads can send each other. */
export interface Jobs<Job> {
  /** The script whose default export computes a job. */
  readonly compute: URL;
  /** Where the result of a job is stored: a job whose result is there is not computed again. Undefined: the job stores it itself. */
  readonly task: (job: Job) => StoredTask | undefined;
  /** Jobs that an interruption waits for: short ones, of which each is stored. Default: none. */
  readonly finishes?: (job: Job) => boolean;
  /** The retraining that a job is, if it is one. */
  readonly retraining?: (job: Job) => Retraining | undefined;
  /** Plain values that jobs of one unit have in common: they are done by one machine of several. Default: the task, or else the job. */
  readonly unit?: (job: Job) => unknown;
}

/** One retraining of a series, which ends up in a log. */
export interface Retraining extends Numbered {
  readonly series: LoggedSeries;
}

/** Jobs, with the experiment that they belong to. */
export interface DeclaredJobs<Job> extends Jobs<Job> {
  readonly name: string;
  /** The version of the code of each of its stored tasks: to be raised when a result changes. */
  readonly versions: TaskVersions;
}
