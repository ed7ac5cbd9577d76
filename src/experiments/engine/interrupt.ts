/** @file Ctrl-C: the first asks a run to stop, the second ends it at once. */
import { readFileSync } from 'node:fs';
import { CommandError, unlessRefused } from '../files/command-error.ts';

/** Exit code of a command that was interrupted, as shells have it for SIGINT. */
export const INTERRUPTED = 130;

const PARENT_CHECK_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Parts of the program that would stop by themselves. */
let stoppable = 0;

/**
 * Calls `stop` on the first SIGINT, SIGTERM or SIGHUP, and when npm, which started us, has been killed: nobody would
 * see the output, and the folder would stay locked. A second signal exits at once.
 *
 * @returns a function that removes the handlers.
 */
export function onInterrupt(stop: (reason: CommandError) => void): () => void {
  let asked = false;
  stoppable++;
  const ask = (why: string): void => {
    if (asked) process.exit(INTERRUPTED);
    asked = true;
    stop(stopped(why));
  };
  for (const signal of SIGNALS) process.on(signal, ask);
  const npmLives = npmWatch();
  const watch = setInterval(() => {
    if (!npmLives() && !asked) ask('the end of npm');
  }, PARENT_CHECK_MS);
  watch.unref();
  return () => {
    clearInterval(watch);
    stoppable--;
    for (const signal of SIGNALS) process.off(signal, ask);
  };
}

/**
 * For the time between {@link onInterrupt} and the next: a signal ends the program, after `leave`, as soon as the event loop turns.
 *
 * @returns a function that removes the handlers.
 */
export function onSignalBetween(leave: () => void): () => void {
  const end = (signal: string): void => {
    if (stoppable > 0) return;
    leave();
    process.stderr.write(`eigenfluence: ${stopped(signal).message}\n`);
    process.exit(INTERRUPTED);
  };
  for (const signal of SIGNALS) process.on(signal, end);
  return () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
}

function stopped(why: string): CommandError {
  return new CommandError(
    `stopped by ${why}: what is stored stays; the same command continues.`,
    INTERRUPTED,
  );
}

/** `work`, or the interruption that came before it was done, once `stop` has settled what is in flight. */
export async function interruptible<T>(
  work: Promise<T>,
  stop: (reason: Error) => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  let dispose = (): void => {};
  const happened = new Promise<never>((_, reject) => {
    dispose = onInterrupt((reason) => void stop(reason).then(() => reject(reason)));
  });
  try {
    return await Promise.race([work, happened]);
  } finally {
    dispose();
  }
}

/** Tells whether the npm that started us, itself or through a shell, still lives; always true where there is none. */
function npmWatch(): () => boolean {
  const parent = process.ppid;
  if (isNpm(parent)) return () => process.ppid === parent;
  const grandparent = parentOf(parent);
  if (grandparent !== undefined && isNpm(grandparent)) return () => parentOf(parent) === grandparent;
  return () => true;
}

/** npm shows itself as "npm run …". */
function isNpm(pid: number): boolean {
  // refused when it is gone, or on a system without /proc
  return unlessRefused(() => /^npm\b/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1')), false);
}

/** The parent changes when it dies. */
function parentOf(pid: number): number | undefined {
  const stat = unlessRefused(() => readFileSync(`/proc/${pid}/stat`, 'latin1'), undefined);
  return stat === undefined ? undefined : Number(stat.replace(/^.*\) /s, '').split(' ')[1]);
}
