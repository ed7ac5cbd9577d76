/** @file Reading an input file as bytes, with refusals that name it. */
import { readFileSync, statSync } from 'node:fs';
import { EigenfluenceError } from '../../linalg/errors.ts';
import { CommandError, systemMessage } from './command-error.ts';

const LIMIT = 2 ** 31 - 1; // the most that one readFileSync returns

/** The bytes of a regular file. @throws {CommandError} missing, unreadable, a folder or device, or over 2 GiB. */
export function readInput(file: string): Uint8Array {
  try {
    const entry = statSync(file);
    if (!entry.isFile()) throw new CommandError(`cannot read ${file}: it is not a regular file.`);
    if (entry.size > LIMIT) throw new CommandError(`cannot read ${file}: larger than 2 GiB.`);
    const { buffer, byteOffset, byteLength } = readFileSync(file);
    return new Uint8Array(buffer, byteOffset, byteLength); // a Buffer's slice() would not copy
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason = systemMessage(error);
    if (reason === undefined) throw error; // a bug, not a file that cannot be read
    throw new CommandError(`cannot read ${file}: ${reason.replace(`: ${file}`, '')}.`);
  }
}

/** {@link readInput} of a file that need not be there: undefined when it is missing. */
export function readIfPresent(file: string): Uint8Array | undefined {
  return statSync(file, { throwIfNoEntry: false }) === undefined ? undefined : readInput(file);
}

/** Runs a parser on a file's bytes; what it refuses by an error of the library is told with the file's name in front. */
export function parseInput<T>(file: string, parse: (bytes: Uint8Array) => T): T {
  const bytes = readInput(file);
  try {
    return parse(bytes);
  } catch (error) {
    if (error instanceof EigenfluenceError) throw new CommandError(`${file}: ${error.message}`);
    throw error;
  }
}
