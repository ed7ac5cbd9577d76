/** @file Worker threads that answer messages; what fails in one is an error here. */
import { Piscina } from 'piscina';
import { CommandError, oneLine } from '../command-error.ts';

/** What a worker answers when it failed. */
export interface Failure {
  readonly kind: 'failure';
  readonly message: string;
  readonly stack: string;
}

/** The answer of a worker that caught an error: errors themselves would lose their class and cause on the way. */
export function failureOf(error: unknown): Failure {
  return {
    kind: 'failure',
    message: oneLine(error),
    stack: error instanceof Error ? String(error.stack) : '',
  };
}

/** A fixed number of threads, each busy with at most one message. */
export class Threads<Message, Reply extends { readonly kind: string }> {
  readonly size: number;
  private readonly piscina: Piscina<Message, Reply | Failure>;

  /** @param script - Of the worker; its default export answers a message. */
  constructor(script: URL, size: number) {
    this.size = size;
    this.piscina = new Piscina<Message, Reply | Failure>({
      filename: script.href,
      minThreads: size,
      maxThreads: size,
      execArgv: workerArguments(),
    });
  }

  /** Has a thread answer a message. @throws {CommandError} what the worker failed at, or that it ran out of memory. */
  async run(message: Message): Promise<Reply> {
    const reply = await this.send(message);
    if (!isFailure(reply)) return reply;
    const error = new CommandError(reply.message);
    error.stack = reply.stack;
    throw error;
  }

  /** Ends the threads at once; what they were computing is lost. */
  async destroy(): Promise<void> {
    await this.piscina.destroy();
  }

  private async send(message: Message): Promise<Reply | Failure> {
    try {
      return await this.piscina.run(message);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY')
        throw new CommandError('a worker ran out of memory: use fewer --workers.');
      throw error;
    }
  }
}

function isFailure(reply: { readonly kind: string }): reply is Failure {
  return reply.kind === 'failure';
}

/** Workers read TypeScript as the main thread does; a main thread without a loader (a test's) names tsx. */
function workerArguments(): string[] {
  const loads = process.execArgv.some((argument) => /\btsx\b/.test(argument));
  return loads ? process.execArgv : ['--import', 'tsx'];
}
