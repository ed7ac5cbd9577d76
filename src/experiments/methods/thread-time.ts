/** @file Processor time of the calling thread: what other threads and a busy machine do not change. */
import { readFileSync } from 'node:fs';

/** Linux: nanoseconds on a processor, time waiting for one, time slices. */
const SCHEDULER = '/proc/thread-self/schedstat';

let readable: boolean | undefined;

/**
 * Milliseconds that this thread has spent on a processor; elsewhere than on Linux, of the clock. Work that the engine hands to
 * threads of its own (compiling, collecting garbage) is not counted.
 */
export function threadMilliseconds(): number {
  if (readable !== false)
    try {
      const [running] = readFileSync(SCHEDULER, 'latin1').split(' ');
      readable = true;
      return Number(running) / 1e6;
    } catch {
      readable = false;
    }
  return performance.now();
}
