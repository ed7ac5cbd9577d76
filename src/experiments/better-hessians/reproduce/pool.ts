/** @file The worker threads of `reproduce`. */

import { Threads } from '../../engine/threads.ts';
import type { Message, Reply } from './message.ts';

/** Threads that compute jobs and retrainings. */
export class WorkerPool extends Threads<Message, Reply> {
  constructor(size: number) {
    super(new URL('./worker.ts', import.meta.url), size);
  }
}
