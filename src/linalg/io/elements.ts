/** @file Elements of binary arrays: one table of kinds, and their conversion from and to float64. */

import { allocate } from '../border/allocate.ts';
import { describe } from '../border/describe.ts';
import { DomainError, FormatError } from '../errors.ts';
import type { Vec } from '../matrix.ts';

/** Bytes per element. f = float (bf2 = bfloat16), i and u = integers, b1 = Boolean; the digit is the width. */
export const ELEMENT_BYTES = {
  f8: 8,
  f4: 4,
  f2: 2,
  bf2: 2,
  i8: 8,
  i4: 4,
  i2: 2,
  i1: 1,
  u8: 8,
  u4: 4,
  u2: 2,
  u1: 1,
  b1: 1,
} as const;

export type ElementKind = keyof typeof ELEMENT_BYTES;

/** Kinds that can be written. */
export type WritableKind = 'f8' | 'f4' | 'i8' | 'i4';

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const TWO_32 = 2 ** 32;

/** As in NumPy. */
export const MAX_DIMENSIONS = 64;

/** A view of exactly the bytes of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * `count` elements that begin at byte `start`, as float64: exact for every kind.
 *
 * @throws {FormatError} an i8 or u8 beyond ±(2⁵³ − 1), a Boolean that is neither 0 nor 1. Not checked: bounds.
 */
export function decodeElements(
  format: string,
  kind: ElementKind,
  bytes: Uint8Array,
  start: number,
  count: number,
  littleEndian = true,
): Vec {
  const out = allocate(format, count);
  const width = ELEMENT_BYTES[kind];
  if (kind === 'f8' && littleEndian && HOST_IS_LITTLE_ENDIAN) {
    new Uint8Array(out.buffer).set(bytes.subarray(start, start + 8 * count));
    return out;
  }
  const read = elementReader(format, kind, viewOf(bytes), littleEndian);
  for (let i = 0, at = start; i < count; i++, at += width) out[i] = read(at, i);
  return out;
}

/** Reads one element at a byte position; `index` is for the message only. */
type Reader = (at: number, index: number) => number;

function elementReader(format: string, kind: ElementKind, view: DataView, le: boolean): Reader {
  switch (kind) {
    case 'f8':
      return (at) => view.getFloat64(at, le);
    case 'f4':
      return (at) => view.getFloat32(at, le);
    case 'f2':
      return (at) => halfToNumber(view.getUint16(at, le));
    case 'bf2': {
      const scratch = new DataView(new ArrayBuffer(4));
      return (at) => {
        scratch.setUint32(0, view.getUint16(at, le) << 16);
        return scratch.getFloat32(0);
      };
    }
    case 'i8':
      return (at, index) =>
        safe(format, view.getInt32(le ? at + 4 : at, le), view.getUint32(le ? at : at + 4, le), index);
    case 'u8':
      return (at, index) =>
        safe(format, view.getUint32(le ? at + 4 : at, le), view.getUint32(le ? at : at + 4, le), index);
    case 'i4':
      return (at) => view.getInt32(at, le);
    case 'i2':
      return (at) => view.getInt16(at, le);
    case 'i1':
      return (at) => view.getInt8(at);
    case 'u4':
      return (at) => view.getUint32(at, le);
    case 'u2':
      return (at) => view.getUint16(at, le);
    case 'u1':
      return (at) => view.getUint8(at);
    case 'b1':
      return (at, index) => {
        const value = view.getUint8(at);
        if (value > 1) throw new FormatError(format, `element ${index} is ${value}, not a Boolean.`);
        return value;
      };
  }
}

function safe(format: string, high: number, low: number, index: number): number {
  const value = high * TWO_32 + low;
  if (!Number.isSafeInteger(value))
    throw new FormatError(
      format,
      `integer at flat index ${index} is beyond ±(2^53 − 1) and has no exact float64.`,
    );
  return value;
}

/** IEEE 754 binary16: sign 1, exponent 5 (bias 15), fraction 10 bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * Writes `data` from byte `start`, little endian; f4 rounds to nearest.
 *
 * @throws {DomainError} an integer kind, and a value that is not an integer within its range.
 */
export function encodeElements(
  where: string,
  kind: WritableKind,
  data: ArrayLike<number>,
  out: Uint8Array,
  start: number,
): void {
  if (kind === 'f8' && data instanceof Float64Array && HOST_IS_LITTLE_ENDIAN) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
    return;
  }
  const view = viewOf(out);
  const integer = kind === 'i4' || kind === 'i8';
  const limit = kind === 'i4' ? 2 ** 31 : 2 ** 53;
  for (let i = 0, at = start; i < data.length; i++, at += ELEMENT_BYTES[kind]) {
    const value = data[i];
    if (integer && !(Number.isSafeInteger(value) && value < limit && value >= -limit))
      throw new DomainError(
        where,
        `element ${i}`,
        kind === 'i4' ? 'a 32-bit integer' : 'an integer within ±(2^53 − 1)',
        value,
      );
    if (kind === 'f8') view.setFloat64(at, value, true);
    else if (kind === 'f4') view.setFloat32(at, value, true);
    else {
      view.setInt32(at, value, true); // modulo 2³²: the low word
      if (kind === 'i8') view.setInt32(at + 4, Math.floor(value / TWO_32), true);
    }
  }
}

/**
 * The product of `shape`, and `count·width` ≤ 2⁵³.
 *
 * @throws {FormatError} a dimension that is no integer ≥ 0, or more elements than can be counted, a zero dimension notwithstanding.
 */
export function countElements(format: string, shape: readonly number[], width: number): number {
  if (shape.length > MAX_DIMENSIONS)
    throw new FormatError(format, `${shape.length} dimensions, more than ${MAX_DIMENSIONS}.`);
  let bytes = width;
  for (const n of shape) {
    if (!Number.isSafeInteger(n) || n < 0)
      throw new FormatError(format, `dimension ${describe(n)} is not an integer ≥ 0.`);
    bytes *= Math.max(n, 1);
    if (bytes > Number.MAX_SAFE_INTEGER)
      throw new FormatError(format, `shape [${shape.join(', ')}] has too many elements.`);
  }
  return shape.includes(0) ? 0 : bytes / width;
}
