/** @file The worker threads of a study. */
import { Piscina } from 'piscina';
import { CommandError } from '../command-error.ts';
import { workerArguments } from '../run/pool.ts';
import type { StudyMessage, StudyReply } from './study-message.ts';

/** A fixed number of threads that judge variants. */
export class StudyPool {
  private readonly piscina: Piscina<StudyMessage, StudyReply>;

  constructor(size: number) {
    this.piscina = new Piscina<StudyMessage, StudyReply>({
      filename: new URL('./worker.ts', import.meta.url).href,
      minThreads: size,
      maxThreads: size,
      execArgv: workerArguments(),
    });
  }

  /** Has a worker judge and store a variant. @throws {CommandError} what it failed at. */
  async run(message: StudyMessage): Promise<void> {
    const failure = await this.piscina.run(message);
    if (failure === undefined) return;
    const error = new CommandError(failure.message);
    error.stack = failure.stack;
    throw error;
  }

  /** Ends the workers at once; what is stored stays. */
  async destroy(): Promise<void> {
    await this.piscina.destroy();
  }
}
