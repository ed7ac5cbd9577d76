/** @file Processor time of the calling thread: what other threads and a busy machine do not change. */
import { readFileSync } from 'node:fs';
import { unlessRefused } from '../files/command-error.ts';

/** Linux: nanoseconds on a processor, time waiting for one, time slices. */
const SCHEDULER = '/proc/thread-self/schedstat';

/** Until the first refusal. */
let readable = true;

/**
 * Milliseconds that this thread has spent on a processor; elsewhere than on Linux, of the clock. Work that the engine hands to
 * threads of its own (compiling, collecting garbage) is not counted.
 */
export function threadMilliseconds(): number {
  if (readable) {
    const text = unlessRefused(() => readFileSync(SCHEDULER, 'latin1'), undefined);
    if (text !== undefined) return Number(text.split(' ')[0]) / 1e6;
    readable = false;
  }
  return performance.now();
}
