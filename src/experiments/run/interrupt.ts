/** @file Ctrl-C: the first asks a run to stop, the second ends it at once. */
import { readFileSync } from 'node:fs';
import { CommandError } from '../command-error.ts';

/** Exit code of a command that was interrupted, as shells have it for SIGINT. */
export const INTERRUPTED = 130;

const PARENT_CHECK_MS = 500;

/**
 * Calls `stop` on the first SIGINT, SIGTERM or SIGHUP, and when npm, which started us, has been killed: nobody would
 * see the output, and the folder would stay locked. A second signal exits at once.
 *
 * @returns a function that removes the handlers.
 */
export function onInterrupt(stop: (reason: CommandError) => void): () => void {
  let asked = false;
  const ask = (why: string): void => {
    if (asked) process.exit(INTERRUPTED);
    asked = true;
    stop(
      new CommandError(`stopped by ${why}: what is stored stays; the same command continues.`, INTERRUPTED),
    );
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, ask);
  const callers = callingProcesses();
  const watch = setInterval(() => {
    if (process.env['npm_lifecycle_event'] !== undefined && callingProcesses() !== callers && !asked)
      ask('the end of npm');
  }, PARENT_CHECK_MS);
  watch.unref();
  return () => {
    clearInterval(watch);
    for (const signal of signals) process.off(signal, ask);
  };
}

/** Our parent, which may be a shell of npm's, and its parent where the system tells. A killed one leaves another number. */
function callingProcesses(): string {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'latin1');
    return `${process.ppid} ${stat.replace(/^.*\) /s, '').split(' ')[1]}`;
  } catch {
    return String(process.ppid);
  }
}
