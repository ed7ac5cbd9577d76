/** @file The worker threads. */
import { Piscina } from 'piscina';
import { CommandError } from '../command-error.ts';
import type { Message, Reply } from './message.ts';

/** A fixed number of worker threads, each busy with at most one message. */
export class WorkerPool {
  readonly size: number;
  private readonly piscina: Piscina<Message, Reply>;

  constructor(size: number) {
    this.size = size;
    this.piscina = new Piscina<Message, Reply>({
      filename: new URL('./worker.ts', import.meta.url).href,
      minThreads: size,
      maxThreads: size,
      execArgv: workerArguments(),
    });
  }

  /** Has a worker compute a message. @throws {CommandError} what the worker failed at, or that it ran out of memory. */
  async run(message: Message): Promise<Reply> {
    const reply = await this.send(message);
    if (reply.kind !== 'failure') return reply;
    const error = new CommandError(reply.message);
    error.stack = reply.stack;
    throw error;
  }

  private async send(message: Message): Promise<Reply> {
    try {
      return await this.piscina.run(message);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY')
        throw new CommandError('a worker ran out of memory: use fewer --workers.');
      throw error;
    }
  }

  /** Ends the workers at once; what they were computing is lost. */
  async destroy(): Promise<void> {
    await this.piscina.destroy();
  }
}

/** Workers read TypeScript as the main thread does; a main thread without a loader (a test's) names tsx. */
export function workerArguments(): string[] {
  const loads = process.execArgv.some((argument) => /\btsx\b/.test(argument));
  return loads ? process.execArgv : ['--import', 'tsx'];
}
