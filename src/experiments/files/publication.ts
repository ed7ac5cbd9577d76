/** @file Several files and folders that appear together or not at all: everything on disk under other names, then renamed, and undone if that fails. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { unlessRefused } from './command-error.ts';
import { makeFolder, removeEmpty } from './make-folder.ts';
import { checkTarget, finalTarget, refusal } from './targets.ts';
import { uninterrupted } from './uninterrupted.ts';

/** What to write where. */
export interface FileContent {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const CHUNK = 1 << 28;
/** Bytes that wait in memory; beyond, they go to the disk under their temporary names. */
const WAITING = 1 << 28;

export const TEMPORARY_ENDING = '.eigenfluence-tmp';

/** One change: new bytes for a file, or its end. */
interface Step {
  readonly target: string;
  readonly final: string;
  /** Given up once they are on disk; absent from the start where the file goes. */
  bytes: Uint8Array | undefined;
  temporary?: string;
  backup?: string;
  state: 'waiting' | 'done';
}

/**
 * Changes of files that belong together. Each is checked when it is announced; nothing shows before {@link commit}.
 *
 * @example
 * const publication = new Publication();
 * publication.replace('scores.npy', scores);
 * publication.replace('bounds.npy', bounds);
 * publication.commit(); // both, or neither
 */
export class Publication {
  private readonly steps: Step[] = [];
  private readonly made: string[] = [];
  private waiting = 0;
  /** Temporary names of bytes that are on disk. */
  private readonly written = new WeakMap<Uint8Array, string>();

  /** How many changes there are. */
  get size(): number {
    return this.steps.length;
  }

  /** The folder is there from now on; without a commit it goes again. @throws {CommandError} it cannot be made. */
  folder(name: string): void {
    this.guarded(name, () => this.made.push(...makeFolder(name)));
  }

  /**
   * A file with these bytes, through symbolic links. The same `bytes` for several files are written once.
   *
   * @throws {CommandError} a target that is a folder or a device, or that cannot be written; the message names it.
   */
  replace(target: string, bytes: Uint8Array): void {
    this.guarded(target, () => {
      checkTarget(target);
      this.steps.push({ target, final: finalTarget(target), bytes, state: 'waiting' });
      this.waiting += bytes.length;
      if (this.waiting > WAITING) this.stage();
    });
  }

  /** The end of a file that is there by then. */
  remove(target: string): void {
    this.steps.push({ target, final: finalTarget(target), bytes: undefined, state: 'waiting' });
  }

  /**
   * All changes, in the order of their announcement: every byte is on disk before the first rename. When a rename fails, those before
   * it are undone. Signals wait until it is over.
   *
   * @throws {CommandError} something cannot be written. Everything is as before then.
   */
  commit(): void {
    uninterrupted(() => {
      this.stage();
      let current = '';
      try {
        for (const [i, step] of this.steps.entries()) {
          current = step.target;
          this.perform(step, i === this.steps.length - 1);
        }
      } catch (error) {
        this.undo();
        this.discard();
        throw refusal(current, error);
      }
      for (const { backup } of this.steps) if (backup !== undefined) rmSync(backup, { force: true });
      for (const folder of new Set(this.steps.map(({ final }) => path.dirname(final)))) syncFolder(folder);
    });
  }

  /** Nothing is changed after all. */
  discard(): void {
    for (const { temporary, backup } of this.steps)
      for (const name of [temporary, backup]) if (name !== undefined) rmSync(name, { force: true });
    removeEmpty(this.made);
    this.steps.length = this.made.length = this.waiting = 0;
  }

  /** Every byte on disk under temporary names, in the folders of the targets. */
  private stage(): void {
    for (const step of this.steps) {
      const { bytes } = step;
      if (bytes === undefined) continue;
      const temporary = temporaryName(step.final);
      step.temporary = temporary;
      this.guarded(step.target, () => {
        const twin = this.written.get(bytes);
        if (twin === undefined || !linked(twin, temporary)) writeDurably(temporary, bytes);
        this.written.set(bytes, temporary);
      });
      step.bytes = undefined;
    }
    this.waiting = 0;
  }

  private perform(step: Step, last: boolean): void {
    const { final, temporary } = step;
    if ((!last || temporary === undefined) && existsSync(final)) {
      step.backup = temporaryName(final);
      if (temporary === undefined || !linked(final, step.backup)) renameSync(final, step.backup);
    }
    if (temporary !== undefined) renameSync(temporary, final);
    step.state = 'done';
  }

  private undo(): void {
    // where the system refuses, the others are put back all the same
    for (const { final, temporary, backup, state } of this.steps.slice().reverse())
      unlessRefused(() => {
        if (backup !== undefined && (state === 'done' || !existsSync(final))) renameSync(backup, final);
        else if (state === 'done' && temporary !== undefined) rmSync(final, { force: true });
      }, undefined);
  }

  /** Runs `body`; on failure nothing is left of this publication, and the message names the target. */
  private guarded(target: string, body: () => void): void {
    try {
      body();
    } catch (error) {
      this.discard();
      throw refusal(target, error);
    }
  }
}

/** Removes the temporary files that processes of this machine, dead by now, left in a folder. */
export function sweepDead(folder: string): void {
  const own = new RegExp(`\\.${host()}-(\\d+)-\\d+-[0-9a-z]+\\${TEMPORARY_ENDING}$`);
  for (const name of readdirSync(folder)) {
    const pid = own.exec(name)?.[1];
    if (pid !== undefined && !lives(Number(pid))) rmSync(path.join(folder, name), { force: true });
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Writes all bytes and forces them to the disk. */
function writeDurably(target: string, bytes: Uint8Array): void {
  const file = openSync(target, 'wx');
  try {
    for (let start = 0; start < bytes.length; )
      start += writeSync(file, bytes, start, Math.min(CHUNK, bytes.length - start));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A second name for a file; false where the file system has none. */
function linked(file: string, name: string): boolean {
  return unlessRefused(() => {
    linkSync(file, name);
    return true;
  }, false);
}

let counter = 0;

/** So much of the target's name is shown in that of its temporary file; 4 bytes a letter at most. */
const SHOWN = 30;

function temporaryName(target: string): string {
  const { dir, base } = path.parse(target);
  counter++;
  const maker = `${host()}-${process.pid}-${counter}-${Date.now().toString(36)}`;
  return path.join(dir, `.${base.slice(0, SHOWN)}.${maker}${TEMPORARY_ENDING}`);
}

/** A process id means something on its own machine only. */
function host(): string {
  return hostname()
    .replace(/[^0-9A-Za-z]/g, '')
    .slice(0, 20);
}

/** Makes the renames themselves durable, where the platform can. */
function syncFolder(folder: string): void {
  // Windows cannot open folders, and some file systems refuse fsync on them: the rename itself still holds.
  unlessRefused(() => {
    const handle = openSync(folder, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  }, undefined);
}
