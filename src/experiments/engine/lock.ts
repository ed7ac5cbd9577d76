/** @file One run per folder: a lock file that names its process, and survives neither its death nor a reboot. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { CommandError, systemMessage, unlessRefused } from '../files/command-error.ts';
import { checkJson, clipped, JsonError, parseJson } from '../files/json.ts';
import { count, type ReadOnly } from '../files/json-schemas.ts';

/** Who holds a lock. `started` tells a process from a later one with the same number. */
const HolderSchema = v.looseObject({
  pid: v.pipe(count, v.maxValue(2 ** 31 - 1, 'the number of a process')),
  host: v.string(),
  started: v.string(),
});
type Holder = ReadOnly<Pick<v.InferOutput<typeof HolderSchema>, 'pid' | 'host' | 'started'>>;

export const LOCK_NAME = 'run.lock';
const RETRY_MS = 100;

/**
 * Takes `folder/run.lock`, waiting a little for a run that is just stopping. A lock whose process is gone is stale and
 * is taken over.
 *
 * @param patience - Milliseconds to wait for a living holder before refusing.
 * @returns a function that gives the lock back.
 * @throws {CommandError} another living process holds it, or the lock file cannot be made, read or removed.
 */
export async function acquireLock(folder: string, patience = 4000): Promise<() => void> {
  const file = path.join(folder, LOCK_NAME);
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    started: startOf(process.pid),
  } satisfies Holder);
  for (let waited = 0; ; waited += RETRY_MS) {
    let holder: Holder | undefined;
    for (let attempt = 0; attempt < 2 && holder === undefined; attempt++) {
      if (createExclusively(file, mine)) return () => release(file, mine);
      holder = takeOverIfStale(file);
    }
    if (waited >= patience) throw refusal(folder, holder);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function refusal(folder: string, holder: Holder | undefined): CommandError {
  if (holder === undefined)
    return new CommandError(
      `${path.join(folder, LOCK_NAME)} is in the way and cannot be read or removed: move it, or choose another --out.`,
    );
  return new CommandError(
    `another run (process ${holder.pid} on ${clipped(holder.host)}) is working in ${folder}: wait for it, stop it, or choose another --out.`,
  );
}

/** The lock appears with its content: a hard link from a private file is atomic, and fails if the name is taken. */
function createExclusively(file: string, text: string): boolean {
  const own = `${file}.${process.pid}`;
  try {
    writeFileSync(own, text);
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    const reason = systemMessage(error);
    if (reason === undefined) throw error;
    throw new CommandError(`cannot write ${file}: ${reason.replace(/: .*/s, '')}.`);
  } finally {
    rmSync(own, { force: true });
  }
}

/** The living holder; undefined when there was none and the lock is free to be tried again. */
function takeOverIfStale(file: string): Holder | undefined {
  const text = readText(file);
  if (text === undefined) return undefined;
  const holder = parseHolder(text);
  if (holder !== undefined && isAlive(holder)) return holder;
  const aside = `${file}.stale-${process.pid}`;
  const moved = unlessRefused(() => {
    renameSync(file, aside);
    return true;
  }, false);
  if (!moved) return undefined; // someone else was faster
  // Between reading and renaming, another process may have taken over and locked anew: give it its lock back.
  // (Where a third process holds it now, the second will fail at its next check; it has written nothing yet.)
  if (readText(aside) !== text) unlessRefused(() => linkSync(aside, file), undefined);
  rmSync(aside, { force: true });
  return undefined;
}

function release(file: string, mine: string): void {
  if (readText(file) === mine) rmSync(file, { force: true });
}

function readText(file: string): string | undefined {
  return unlessRefused(() => readFileSync(file, 'utf8'), undefined);
}

/** Undefined for text that no run wrote: nobody holds such a lock. */
function parseHolder(text: string): Holder | undefined {
  try {
    return checkJson(HolderSchema, parseJson(new TextEncoder().encode(text)));
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

function isAlive({ pid, host, started }: Holder): boolean {
  if (host !== hostname()) return true; // cannot be asked from here: believe it
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const now = startOf(pid);
  return now !== 'ended' && (started === '' || now === '' || now === started);
}

/** The start time of a process in clock ticks since boot with the boot's id, 'ended' for a zombie, '' where unknown. */
function startOf(pid: number): string {
  return unlessRefused(() => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return 'ended';
    return `${fields[19]}@${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}`;
  }, '');
}
