/** @file Moments in which a signal must wait. */
import { isMainThread } from 'node:worker_threads';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let held = 0;

const wait = (): void => {};

/**
 * Runs `body` to its end even when the process is asked to stop: with nobody listening, a signal would end it between two renames.
 * What came meanwhile has come too late; other listeners hear it as ever.
 */
export function uninterrupted<T>(body: () => T): T {
  if (!isMainThread) return body(); // only the main thread hears signals
  if (held++ === 0) for (const signal of SIGNALS) process.on(signal, wait);
  try {
    return body();
  } finally {
    // a signal is delivered by the event loop: not before this turn is over
    setImmediate(() => {
      if (--held === 0) for (const signal of SIGNALS) process.off(signal, wait);
    });
  }
}
