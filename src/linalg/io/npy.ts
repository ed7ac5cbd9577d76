/** @file NumPy's .npy format: bytes ↔ arrays of float64. */
import { allocate } from '../border/allocate.ts';
import { FormatError, ShapeError } from '../errors.ts';
import type { Vec } from '../matrix.ts';
import { asBytes, type Bytes } from './bytes.ts';
import { countElements, decodeElements, ELEMENT_BYTES, encodeElements, viewOf } from './elements.ts';
import { type NpyDtype, parseDescr } from './npy-dtype.ts';
import { NPY_MAGIC, readNpyHeader } from './npy-header.ts';
import { describeInput, type NpyInput } from './npy-input.ts';
import { checkOptions } from './options.ts';

export type { NpyDtype } from './npy-dtype.ts';
export type { NpyInput } from './npy-input.ts';

/** An n-dimensional array: `data` in C order, whatever the file's order; every value exact in float64. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** The type in the file. `data` is float64 all the same. */
  readonly dtype: NpyDtype;
  readonly data: Vec;
}

/** NumPy keeps room to grow the first axis in place. */
const GROWTH_DIGITS = 21;

export interface NpyOptions {
  /**
   * Bytes after the array. NumPy ignores them, because several arrays may stand in one file; here they are refused
   * unless this is 'ignore', because what is left unread may be what was meant. Default 'refuse'.
   */
  readonly trailing?: 'refuse' | 'ignore';
}

/**
 * Reads one .npy file, versions 1.0, 2.0 and 3.0; types f8 f4 f2 i8 i4 i2 i1 u8 u4 u2 u1 b1 in every spelling that NumPy
 * reads ('<f8', 'f8', '=f8', 'd', 'float64', …), either byte order; headers of Python 2.
 *
 * @param bytes - The whole file. Not modified; the result shares no memory with it.
 * @returns shape, dtype of the file, and the elements as float64 in C order (Fortran order is converted).
 * @throws {FormatError} bad magic or header, text, complex, object or structured types, truncated or trailing data, a
 * 64-bit integer beyond 2⁵³, a Boolean that is neither 0 nor 1. Not checked: finiteness.
 * @throws {DomainError} `bytes` is not bytes. Cost: one copy. No allocation exceeds what the length of `bytes` justifies.
 * Reference: NumPy Enhancement Proposal 1 (Kern, 2007) and `numpy.lib.format`.
 * @example readNpy(writeNpy(Matrix.of([[1, 2]]))).shape; // [1, 2]
 */
export function readNpy(bytes: Bytes, options: NpyOptions = {}): NpyArray {
  checkOptions('readNpy', options, { trailing: ['refuse', 'ignore'] });
  return parseNpy(asBytes('readNpy', bytes), options.trailing === 'ignore');
}

function parseNpy(bytes: Uint8Array, ignoreTrailing: boolean): NpyArray {
  const { descr, fortranOrder, shape, dataAt } = readNpyHeader(bytes);
  const { dtype, littleEndian } = parseDescr(descr);
  const count = countElements('npy', shape, ELEMENT_BYTES[dtype]);
  const expected = count * ELEMENT_BYTES[dtype];
  const present = bytes.length - dataAt;
  if (present < expected || (present > expected && !ignoreTrailing))
    throw new FormatError(
      'npy',
      `${present < expected ? 'truncated' : 'trailing bytes'}: shape [${shape.join(', ')}] of ${dtype} needs ${expected} bytes, ${present} are there.${
        present < expected
          ? ''
          : " NumPy reads the first array and ignores the rest; { trailing: 'ignore' } does too."
      }`,
    );
  const data = decodeElements('npy', dtype, bytes, dataAt, count, littleEndian);
  return { shape, dtype, data: fortranOrder ? toCOrder(data, shape) : data };
}

/** Column-major → row-major, any number of dimensions. */
function toCOrder(data: Vec, shape: readonly number[]): Vec {
  const out = allocate('npy', data.length);
  const index = new Array<number>(shape.length).fill(0);
  const strides: number[] = [];
  for (let d = 0, stride = 1; d < shape.length; stride *= shape[d++]) strides.push(stride);
  for (let k = 0, from = 0; k < out.length; k++) {
    out[k] = data[from];
    for (let d = shape.length - 1; d >= 0; d--) {
      from += strides[d];
      if (++index[d] < shape[d]) break;
      from -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return out;
}

/**
 * Writes one .npy file, version 1.0, little endian, C order: byte for byte what NumPy 2 writes for the same array.
 *
 * @param array - A Matrix → f8 [rows, cols]; Float64Array → f8 [n]; Float32Array → f4; integer arrays → i4 (Uint32Array
 * → i8); nested arrays of numbers → f8; or an object with shape, data and dtype f8 (default), f4, i8 or i4. Not modified.
 * @throws {ShapeError} data.length ≠ product of shape, rows of unequal length. @throws {DomainError} anything else than the
 * above, an element that is not a number, or not an integer for i4 and i8.
 * @example writeNpy({ shape: [2], dtype: 'i8', data: [3, 4] }).length; // 144
 */
export function writeNpy(array: NpyInput): Uint8Array {
  const { shape, dtype, data } = describeInput('writeNpy', array);
  const width = ELEMENT_BYTES[dtype];
  const count = countElements('writeNpy', shape, width);
  if (data.length !== count)
    throw new ShapeError(
      'writeNpy',
      'data',
      `of length ${count} for shape [${shape.join(', ')}]`,
      `length ${data.length}`,
    );
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  let header = `{'descr': '<${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  if (shape.length > 0) header += ' '.repeat(GROWTH_DIGITS - String(shape[0]).length);
  header += `${' '.repeat(64 - ((10 + header.length + 1) % 64))}\n`;

  const bytes = new Uint8Array(10 + header.length + count * width);
  bytes.set(NPY_MAGIC);
  bytes[6] = 1;
  viewOf(bytes).setUint16(8, header.length, true);
  for (let i = 0; i < header.length; i++) bytes[10 + i] = header.charCodeAt(i);
  encodeElements('writeNpy', dtype, data, bytes, 10 + header.length);
  return bytes;
}
