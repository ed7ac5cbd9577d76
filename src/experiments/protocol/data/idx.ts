/** @file IDX files of bytes, the format of MNIST and its kin. */
import { FormatError } from '../../../linalg/errors.ts';

/** An array of unsigned bytes, row-major. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads an IDX file: two zero bytes, the element type, the number of dimensions, each dimension as a big-endian uint32, then the
 * elements in row-major order and nothing behind them.
 *
 * @param bytes - Not compressed. @returns A view of the elements.
 * @throws {FormatError} another magic number, elements other than unsigned bytes, no dimensions, a file that is cut off or too long.
 * Reference: LeCun, Cortes & Burges, The MNIST database, "file formats".
 * @example readIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9)).data; // Uint8Array [7, 9]
 */
export function readIdx(bytes: Uint8Array): IdxArray {
  if (bytes.length < 4) throw new FormatError('idx', `${bytes.length} bytes are too few for a header.`);
  if (bytes[0] !== 0 || bytes[1] !== 0)
    throw new FormatError(
      'idx',
      'it does not begin with two zero bytes: not an IDX file, or still compressed.',
    );
  if (bytes[2] !== UNSIGNED_BYTE)
    throw new FormatError(
      'idx',
      `element type 0x${bytes[2].toString(16).padStart(2, '0')}; only unsigned bytes (0x08) are read.`,
    );
  const dimensions = bytes[3];
  if (dimensions === 0) throw new FormatError('idx', 'no dimensions.');
  const start = 4 + 4 * dimensions;
  if (bytes.length < start) throw new FormatError('idx', `its header of ${start} bytes is cut off.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const count = shape.reduce((product, n) => product * n, 1);
  if (bytes.length - start !== count)
    throw new FormatError(
      'idx',
      `shape [${shape.join(', ')}] needs ${count} bytes of data, there are ${bytes.length - start}.`,
    );
  return { shape, data: bytes.subarray(start) };
}
