/** @file What is refused before it begins: counts that no machine would get to the end of, and sizes that this one has no memory for. */
import { availableParallelism } from 'node:os';
import { byteCount } from '../files/byte-count.ts';
import { CommandError } from '../files/command-error.ts';
import { machineMemory, WORKER_MEMORY } from './memory-limit.ts';
import { duration } from './progress.ts';

/** Retrainings of one command, or of one setting of a command that plans its time; the largest known experiment has 10,000 of a setting. */
export const MOST_RETRAININGS = 1e6;

/** Passes over a training set. */
export const MOST_EPOCHS = 1e7;

/** Seconds of a step that has nothing to compute, and of one multiplication; both less than any machine takes. */
export const STEP_SECONDS = 5e-6;
export const OPERATION_SECONDS = 1e-11;

/** Longer than a week, at the speed of the fastest machine, is a mistake in a count. */
const LONGEST_SECONDS = 7 * 86_400;

/** Bytes of a stored retraining in memory, beside its two numbers for each query. */
const RECORD = 300;

/**
 * @param settings - So many are retrained alike, e.g. one for each seed and α. @param again - The option for retrainings of a subset.
 * @throws {CommandError} more retrainings than can be listed, or than the memory holds when they are judged.
 */
export function checkRetrainings(
  subsets: number,
  seeds: number,
  queries: number,
  settings: number = 1,
  again: string = '--seeds',
): void {
  const total = subsets * seeds * settings;
  const asked = `${subsets} × ${seeds} retrainings`;
  const of = settings === 1 ? 'one setting' : `each of ${settings} settings`;
  const advice = `give fewer --subsets or ${again}`;
  if (total > MOST_RETRAININGS)
    throw new CommandError(
      `${asked} of ${of} are more than ${MOST_RETRAININGS.toLocaleString('en-US')}: ${advice}.`,
    );
  checkMemory(total * (RECORD + 16 * queries), `${asked} of ${of}, judged together,`, advice);
}

/** Seconds that no machine trains faster in: steps of so many examples, on a network of so many parameters. */
export function leastTrainingSeconds(steps: number, batch: number, parameters: number): number {
  return steps * (STEP_SECONDS + 3 * batch * parameters * OPERATION_SECONDS);
}

/** @throws {CommandError} threads beyond the cores, for which the memory does not suffice. */
export function checkWorkers(workers: number): void {
  if (workers <= availableParallelism()) return;
  checkMemory(
    workers * WORKER_MEMORY,
    `--workers ${workers}`,
    `this machine has ${availableParallelism()} cores`,
  );
}

/**
 * @param what - What the bytes are for. @param advice - What can be done.
 * @throws {CommandError} the machine, or the container, has not so many.
 */
export function checkMemory(bytes: number, what: string, advice: string): void {
  const memory = machineMemory();
  if (bytes > memory)
    throw new CommandError(
      `${what} would need ${byteCount(bytes)} of memory, and this machine has ${byteCount(memory)}: ${advice}.`,
    );
}

/** @throws {CommandError} more than a week, even at the speed of a fast machine. */
export function checkTime(seconds: number, what: string, advice: string): void {
  if (seconds > LONGEST_SECONDS)
    throw new CommandError(`${what} would take ${duration(seconds)} or more: ${advice}.`);
}
