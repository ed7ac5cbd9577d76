/** @file Worker threads that compute jobs; what fails in one is an error here. */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Piscina } from 'piscina';
import { CommandError } from '../files/command-error.ts';
import { errorOf, type Failure } from './failure.ts';
import { type Folders, NOWHERE } from './folders.ts';
import type { Success, WorkerStart } from './worker.ts';

/** A job that waits for a thread. */
interface Waiting<Job, Reply> {
  readonly job: Job;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A fixed number of threads, each busy with at most one job. A thread that dies, at its start or later, takes the others along in
 * good order: what they are computing is waited for, what waits is rejected, and nothing begins any more. So every job is
 * answered or rejected: a dead thread ends the command, and nobody waits for it.
 */
export class Threads<Job, Reply> {
  readonly size: number;
  private readonly piscina: Piscina<Job, Success<Reply> | Failure>;
  private readonly waiting: Waiting<Job, Reply>[] = [];
  private flying = 0;
  private dead: CommandError | undefined;
  private ending = false;

  /** @param script - Of the worker; its default export is a {@link Compute}. @param folders - Of its results. @throws {CommandError} no thread can be started. */
  constructor(script: URL, size: number, folders: Folders = NOWHERE) {
    this.size = size;
    try {
      this.piscina = new Piscina<Job, Success<Reply> | Failure>({
        filename: new URL('./worker-entry.ts', import.meta.url).href,
        workerData: { script: fileURLToPath(script), folders } satisfies WorkerStart,
        minThreads: size,
        maxThreads: size,
        execArgv: workerArguments(),
      });
    } catch (error) {
      throw deathOf(error);
    }
    this.piscina.on('error', (error) => this.died(error)); // of a thread without a job
    this.piscina.on('workerDestroy', () => setImmediate(() => this.died(undefined))); // its own words come first
  }

  /** Has a thread compute a job. @throws {CommandError} what the worker failed at, or how a thread died. */
  run(job: Job): Promise<Reply> {
    if (this.dead !== undefined) return Promise.reject(this.dead);
    return new Promise((resolve, reject) => {
      this.waiting.push({ job, resolve, reject });
      this.fill();
    });
  }

  /** Ends the threads at once; what they were computing is lost. */
  async destroy(): Promise<void> {
    this.ending = true;
    await this.piscina.destroy();
  }

  /** A job for every thread that has none: the pool's own queue would wait for threads that never come. */
  private fill(): void {
    while (this.dead === undefined && this.flying < this.size) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      this.flying++;
      void this.send(next.job)
        .then(next.resolve, next.reject)
        .finally(() => {
          this.flying--;
          this.fill();
        });
    }
  }

  private async send(job: Job): Promise<Reply> {
    let answer: Success<Reply> | Failure;
    try {
      answer = await this.piscina.run(job);
    } catch (error) {
      throw this.died(error);
    }
    if (answer.kind === 'success') return answer.reply;
    throw errorOf(answer);
  }

  /** Nothing begins any more. @returns why: the first death counts, those that we order do not. */
  private died(error: unknown): CommandError {
    if (this.ending)
      return this.dead ?? new CommandError('the threads were ended before their work was done.');
    this.dead ??= deathOf(error);
    for (const { reject } of this.waiting.splice(0)) reject(this.dead);
    return this.dead;
  }
}

/** How a thread died, in one line. */
function deathOf(error: unknown): CommandError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const words = error instanceof Error ? error.message.replace(/\s+/g, ' ') : 'it ended by itself';
  const death = new CommandError(
    code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? 'a worker ran out of memory: use fewer --workers.'
      : `a worker thread died: ${words}; what is stored stays.`,
  );
  if (error instanceof Error && error.stack !== undefined) death.stack = error.stack;
  return death;
}

/** Workers read TypeScript as the main thread does; a main thread without a loader (a test's) names tsx, wherever it was started. A bundle needs none. */
function workerArguments(): string[] {
  const loads = process.execArgv.some((argument) => /\btsx\b/.test(argument));
  if (loads || !import.meta.url.endsWith('.ts')) return process.execArgv;
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
}
