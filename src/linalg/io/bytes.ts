/** @file What a reader takes as the bytes of a file, and what a file that is another says it is. */
import { isArray } from '../border/describe.ts';
import { checkAttached } from '../border/vector.ts';
import { DomainError } from '../errors.ts';

/** The bytes of a file: a Uint8Array (a Buffer of Node is one), any other view of bytes, or a whole buffer. */
export type Bytes = Uint8Array | ArrayBufferLike | DataView | Int8Array | Uint8ClampedArray;

/**
 * `value` as a Uint8Array that shares its memory.
 *
 * @throws {DomainError} it is not bytes; the message says what it is and what to do: await a promise, read a path first.
 */
export function asBytes(where: string, value: unknown): Uint8Array {
  const kind = kindOf(value);
  if (ArrayBuffer.isView(value)) checkAttached(where, 'bytes', value);
  if (kind === 'ArrayBuffer' || kind === 'SharedArrayBuffer') return new Uint8Array(value as ArrayBuffer);
  if (kind === 'Uint8Array') return value as Uint8Array;
  if (kind === 'DataView' || kind === 'Int8Array' || kind === 'Uint8ClampedArray') {
    const { buffer, byteOffset, byteLength } = value as DataView;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
  throw new DomainError(where, 'bytes', 'a Uint8Array or an ArrayBuffer', described(kind, value));
}

function kindOf(value: unknown): string {
  try {
    return Object.prototype.toString.call(value).slice(8, -1); // also of another realm's objects
  } catch {
    return 'that cannot be read'; // a revoked proxy
  }
}

function described(kind: string, value: unknown): string {
  if (typeof value === 'string') return 'a string: read the file first, as bytes';
  if (kind === 'Promise') return 'a Promise: await it';
  if (kind === 'Response' || kind === 'Blob' || kind === 'File')
    return `a ${kind}: pass what its arrayBuffer() resolves to`;
  if (isArray(value)) return 'an array: pass Uint8Array.from(it)';
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? `an object of type ${kind}` : `a ${typeof value}`;
}

/** First bytes of files that are often taken for others. */
const SIGNATURES: readonly (readonly [number[], string])[] = [
  [[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], 'a .npy file'],
  [[0x50, 0x4b, 3, 4], 'a zip archive, as .npz files are'],
  [[0x50, 0x4b, 5, 6], 'an empty zip archive'],
  [[0x1f, 0x8b], 'compressed with gzip: expand it first'],
  [[0x89, 0x48, 0x44, 0x46], 'an HDF5 file'],
  [[0x80, 2], 'a Python pickle'],
  [[0x80, 3], 'a Python pickle'],
  [[0x80, 4], 'a Python pickle'],
  [[0x80, 5], 'a Python pickle'],
];

/** ' It is a zip archive, as .npz files are.' — or nothing, when the first bytes tell nothing. */
export function whatItIs(bytes: Uint8Array): string {
  if (bytes.length === 0) return ' It is empty.';
  const found = SIGNATURES.find(([first]) => first.every((byte, i) => bytes[i] === byte));
  if (found !== undefined) return ` It is ${found[1]}.`;
  const head = bytes.subarray(0, 64);
  return head.every((byte) => (byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13))
    ? ' It looks like text.'
    : '';
}
