/** @file IDX files on disk, plain or gzipped. */
import { gunzipSync } from 'node:zlib';
import { FormatError } from '../../../linalg/errors.ts';
import { parseInput } from '../../files/read-input.ts';
import { type IdxArray, readIdx } from './idx.ts';

/** The array in a file. @throws {CommandError} it cannot be read, or is damaged; the message names it. */
export function readIdxFile(file: string): IdxArray {
  return parseInput(file, (bytes) => readIdx(file.endsWith('.gz') ? unzipped(bytes) : bytes));
}

/** Not a Buffer, whose slices are views and which prints as another thing. @throws {FormatError} not gzip, or damaged. */
export function unzipped(bytes: Uint8Array): Uint8Array {
  try {
    const { buffer, byteOffset, byteLength } = gunzipSync(bytes);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^Z_|^ERR_BUFFER_TOO_LARGE$/.test(String(error.code)))
      throw new FormatError('gzip', `it cannot be unpacked: ${error.message}.`);
    throw error;
  }
}
