/** @file The worker threads of `reproduce`. */
import type { Message, Reply } from './message.ts';
import { Threads } from './threads.ts';

/** Threads that compute jobs and retrainings. */
export class WorkerPool extends Threads<Message, Reply> {
  constructor(size: number) {
    super(new URL('./worker.ts', import.meta.url), size);
  }
}
