/** @file Where outputs go: links followed, and everything refused early that would fail late. */
import { accessSync, constants, existsSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { CommandError, systemMessage, unlessRefused } from './command-error.ts';

/** A path that somebody named, and by which option. */
export interface NamedPath {
  readonly option: string;
  readonly path: string;
}

/** Those of the flags that are paths, by the option that names them: `{ trainInputs: 'x.npy' }` → --train-inputs. */
export function namedPaths(flags: {
  readonly [flag: string]: string | readonly string[] | undefined;
}): NamedPath[] {
  return Object.entries(flags).flatMap(([flag, value]) =>
    (value === undefined ? [] : [value].flat()).map((one) => ({
      option: `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      path: one,
    })),
  );
}

/** As many links follow one another at most, as on Linux. */
const MOST_LINKS = 40;

/**
 * The path that is written when `target` is: the end of the chain of symbolic links, there or not, in its real folder.
 *
 * @throws {CommandError} links in a circle, a folder that is not there, a device behind a link.
 */
export function finalTarget(target: string): string {
  let current = path.resolve(target);
  for (let hop = 0; hop <= MOST_LINKS; hop++) {
    const folder = realFolder(target, path.dirname(current));
    if (/^\/(proc|dev)(\/|$)/.test(folder) && hop > 0)
      throw new CommandError(`cannot write ${target}: it exists and is not a regular file.`);
    current = path.join(folder, path.basename(current));
    if (entry(target, current)?.isSymbolicLink() !== true) return current;
    current = path.resolve(folder, readlinkSync(current));
  }
  throw new CommandError(`cannot write ${target}: its symbolic links lead in a circle.`);
}

/**
 * Fails early, before hours of computing: the folder must exist and take files, and the target must be absent or a regular file
 * that may be written (a rename onto /dev/full would replace the device).
 */
export function checkTarget(target: string): void {
  if (target === '') throw new CommandError('cannot write a file without a name.');
  if (path.basename(path.resolve(target)) === '' || /[/\\]$/.test(target) || /(^|[/\\])\.\.?$/.test(target))
    throw new CommandError(`cannot write ${target}: it names a folder.`);
  const final = finalTarget(target);
  const existing = entry(target, final);
  if (existing !== undefined && !existing.isFile())
    throw new CommandError(`cannot write ${target}: it exists and is not a regular file.`);
  allowed(target, path.dirname(final), constants.W_OK | constants.X_OK);
  if (existing !== undefined) allowed(target, final, constants.W_OK);
}

/**
 * {@link checkTarget} of every output; besides, no two outputs may be one file, and none may be an input.
 *
 * @throws {CommandError} naming the options.
 */
export function checkOutputs(outputs: readonly NamedPath[], inputs: readonly NamedPath[] = []): void {
  for (const { option, path: name } of outputs) {
    if (name === '') throw new CommandError(`${option} names no file.`);
    checkTarget(name);
  }
  const known = new Map<string, NamedPath>();
  for (const input of inputs) for (const key of identities(input.path)) known.set(key, input);
  for (const output of outputs) {
    const keys = identities(output.path);
    for (const key of keys) {
      const other = known.get(key);
      if (other !== undefined && inputs.includes(other))
        throw new CommandError(
          `${output.option} would overwrite the input ${other.path} of ${other.option}: choose another name.`,
        );
      if (other !== undefined)
        throw new CommandError(
          `${other.option} and ${output.option}: two outputs have the same path, ${output.path}.`,
        );
    }
    for (const key of keys) known.set(key, output);
  }
}

/** Whether two names are of one file, through links, other spellings and folders that ignore case. */
export function sameFile(a: string, b: string): boolean {
  const keys = identities(a);
  return identities(b).some((key) => keys.includes(key));
}

/** What two names of one file have in common: the final path, in lower case where case is ignored; the file itself when it is there. */
function identities(name: string): string[] {
  const final = followed(name);
  const there = statOrNothing(final);
  return [
    ignoresCase(path.dirname(final)) ? final.toLowerCase() : final,
    ...(there === undefined ? [] : [`${there.dev}:${there.ino}`]),
  ];
}

function followed(name: string): string {
  try {
    return finalTarget(name);
  } catch (error) {
    if (!(error instanceof CommandError) && systemMessage(error) === undefined) throw error;
    return path.resolve(name);
  }
}

/** Whether a folder is found under a name of the other case. */
function ignoresCase(folder: string): boolean {
  const name = path.basename(folder);
  const other = path.join(
    path.dirname(folder),
    name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase(),
  );
  const [a, b] = [folder, other].map((one) => statOrNothing(one));
  return other !== folder && a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

function statOrNothing(name: string): ReturnType<typeof statSync> {
  return unlessRefused(() => statSync(name, { throwIfNoEntry: false }), undefined);
}

function realFolder(target: string, folder: string): string {
  if (!existsSync(folder))
    throw new CommandError(`cannot write ${target}: the folder ${folder} does not exist.`);
  if (!statSync(folder).isDirectory())
    throw new CommandError(`cannot write ${target}: ${folder} is not a folder.`);
  return realpathSync(folder);
}

/** What is at a path, links not followed; undefined when nothing is. */
function entry(target: string, name: string): ReturnType<typeof lstatSync> {
  try {
    return lstatSync(name, { throwIfNoEntry: false });
  } catch (error) {
    throw refusal(target, error);
  }
}

function allowed(target: string, name: string, mode: number): void {
  try {
    accessSync(name, mode);
  } catch (error) {
    throw refusal(target, error);
  }
}

/** "cannot write F: permission denied."; an error that is not the system's stays as it is. */
export function refusal(target: string, error: unknown): unknown {
  const reason = systemMessage(error);
  if (reason === undefined) return error;
  return new CommandError(`cannot write ${target}: ${reason.replace(/: .*/s, '')}.`);
}
