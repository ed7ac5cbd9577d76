/** @file The records at the end of a zip archive: its directory, with or without zip64. */
import { FormatError } from '../errors.ts';
import { viewOf } from './elements.ts';
import { decodeUtf8 } from './utf8.ts';

export const LOCAL = 0x04034b50;
export const CENTRAL = 0x02014b50;
export const END = 0x06054b50;
const LOCATOR_64 = 0x07064b50;
const END_64 = 0x06064b50;
export const LIMIT_32 = 0xffffffff;
export const LIMIT_16 = 0xffff;

export interface ZipEntry {
  /** Of a directory without its last '/'. */
  readonly name: string;
  readonly directory: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  /** First byte of the directory; everything before it belongs to entries. */
  readonly start: number;
}

/**
 * The directory of an archive, in its order.
 *
 * @throws {FormatError} no end record, several disks, sizes that contradict each other, encryption, names that are not
 * plain. Nothing is allocated but for the entries that are there.
 * Reference: PKWARE, APPNOTE.TXT 6.3, §4.3.
 */
export function readZipDirectory(bytes: Uint8Array): ZipDirectory {
  const view = viewOf(bytes);
  const end = findEnd(view);
  const { total, size, start, stop } = directoryPlace(view, end);
  if (start + size !== stop) refuse('the directory does not end where the end record begins.');
  const entries: ZipEntry[] = [];
  for (let at = start; at < stop; ) {
    if (at + 46 > stop || view.getUint32(at, true) !== CENTRAL)
      refuse(`the directory is damaged at byte ${at}.`);
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > stop) refuse(`the directory is damaged at byte ${at}.`);
    entries.push(readEntry(bytes, view, at, nameEnd, extraEnd));
    at = next;
  }
  if (entries.length !== total)
    refuse(`the directory lists ${entries.length} entries, its end record ${total}.`);
  return { entries, start };
}

/** Position of the end record: its comment must reach exactly to the last byte. */
function findEnd(view: DataView): number {
  for (let at = view.byteLength - 22; at >= 0 && at >= view.byteLength - 22 - LIMIT_16; at--)
    if (view.getUint32(at, true) === END && at + 22 + view.getUint16(at + 20, true) === view.byteLength)
      return at;
  return refuse('not a zip archive, or truncated: no end record.');
}

interface Place {
  readonly total: number;
  readonly size: number;
  readonly start: number;
  /** First byte after the directory. */
  readonly stop: number;
}

function directoryPlace(view: DataView, end: number): Place {
  if (end >= 20 && view.getUint32(end - 20, true) === LOCATOR_64) return placeOf64(view, end - 20);
  const total = view.getUint16(end + 10, true);
  if (
    view.getUint16(end + 4, true) !== 0 ||
    view.getUint16(end + 6, true) !== 0 ||
    view.getUint16(end + 8, true) !== total
  )
    refuse('archives over several disks are not supported.');
  const size = view.getUint32(end + 12, true);
  const start = view.getUint32(end + 16, true);
  if (size === LIMIT_32 || start === LIMIT_32) refuse('the zip64 end record is missing.');
  return { total, size, start, stop: end };
}

/** The zip64 end record, which must stand right before its locator. */
function placeOf64(view: DataView, locator: number): Place {
  const stop = uint64(view, locator + 8);
  if (
    stop + 56 > locator ||
    view.getUint32(stop, true) !== END_64 ||
    stop + 12 + uint64(view, stop + 4) !== locator
  )
    refuse('the zip64 end record is not where its locator says.');
  const total = uint64(view, stop + 32);
  if (
    view.getUint32(locator + 4, true) !== 0 ||
    view.getUint32(locator + 16, true) > 1 ||
    view.getUint32(stop + 16, true) !== 0 ||
    view.getUint32(stop + 20, true) !== 0 ||
    uint64(view, stop + 24) !== total
  )
    refuse('archives over several disks are not supported.');
  return { total, size: uint64(view, stop + 40), start: uint64(view, stop + 48), stop };
}

function readEntry(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  nameEnd: number,
  extraEnd: number,
): ZipEntry {
  const text = decodeUtf8('zip', bytes.subarray(at + 46, nameEnd));
  const directory = text.endsWith('/');
  const name = directory ? text.slice(0, -1) : text;
  if (!isPlainName(name))
    refuse(`entry name ${JSON.stringify(text.slice(0, 80))} is not a plain relative name.`);
  if (view.getUint16(at + 8, true) & 1) refuse(`entry '${name}' is encrypted.`);
  const disk = view.getUint16(at + 34, true); // 65535: it stands in the zip64 field
  if (disk !== 0 && disk !== LIMIT_16) refuse(`entry '${name}' lies on another disk.`);
  const fields = [24, 20, 42].map((field) => view.getUint32(at + field, true)); // size, packed, offset
  const wide = fields.includes(LIMIT_32) ? zip64Extra(view, nameEnd, extraEnd) : undefined;
  const [size, packed, offset] = fields.map((value) => {
    if (value !== LIMIT_32) return value;
    if (wide === undefined || wide.at + 8 > wide.end) refuse(`entry '${name}' lacks its zip64 sizes.`);
    wide.at += 8;
    return uint64(view, wide.at - 8);
  });
  return {
    name,
    directory,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    size,
    packed,
    offset,
  };
}

/** Extra field 1 holds, eight bytes each, just those of size, packed and offset that are too large for four. */
function zip64Extra(view: DataView, start: number, stop: number): { at: number; end: number } | undefined {
  for (let at = start; at + 4 <= stop; ) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (end > stop) return undefined;
    if (view.getUint16(at, true) === 1) return { at: at + 4, end };
    at = end;
  }
  return undefined;
}

function uint64(view: DataView, at: number): number {
  const value = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  if (!Number.isSafeInteger(value)) refuse('a zip64 size is beyond 2^53.');
  return value;
}

/**
 * Names are keys here, never paths to write to; names that climb out of a folder, or start at its root, are refused all
 * the same. Colons are TensorFlow's ('dense/kernel:0').
 */
export function isPlainName(name: string): boolean {
  const segments = name.split('/');
  return !/[\\\p{Cc}]/u.test(name) && segments.every((s) => s !== '' && s !== '.' && s !== '..');
}

export function refuse(problem: string): never {
  throw new FormatError('zip', problem);
}
