/** @file The bytes of a file, unpacked. */
import { gunzipSync } from 'node:zlib';
import { CommandError } from '../../files/command-error.ts';
import { readInput } from '../../files/read-input.ts';

/** Bytes that a packed file may unpack to. */
const LARGEST = 2 ** 30;

/**
 * The bytes of a file, unpacked where they are gzip: by its first bytes, not by its name.
 *
 * @throws {CommandError} it cannot be read, is damaged, or holds more than 1 GiB.
 */
export function unpackedBytes(file: string): Uint8Array {
  const bytes = readInput(file);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST });
  } catch (error) {
    const reason =
      error instanceof RangeError ? 'it unpacks to more than 1 GiB' : 'it is damaged or no gzip file';
    throw new CommandError(`cannot read ${file}: ${reason}.`);
  }
}
