/** @file Zip archives as far as .npz needs them: strict reading, stored writing. */
import { DomainError, FormatError, UnsupportedError } from '../errors.ts';
import { crc32 } from './crc32.ts';
import { viewOf } from './elements.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** Expands a raw DEFLATE stream to exactly `size` bytes; may throw. Node: `(b, size) => inflateRawSync(b, { maxOutputLength: size })`. */
export type InflateRaw = (compressed: Uint8Array, size: number) => Uint8Array;

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LIMIT_32 = 0xffffffff;
const LIMIT_16 = 0xffff;
const UTF8_FLAG = 0x800;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * The entries of a zip archive, in the order of its directory.
 *
 * @param bytes - The whole archive. Stored entries are returned as views into it.
 * @param inflateRaw - Expands deflated entries; without it they are refused.
 * @throws {FormatError} no or several directories' worth of bytes, encryption, zip64 sizes (4 GiB and more), other methods,
 * a wrong checksum, overlapping or duplicate entries, names that climb out of a folder.
 * Reference: PKWARE, APPNOTE.TXT 6.3, §4.3.
 */
export function readZip(bytes: Uint8Array, inflateRaw?: InflateRaw): Map<string, Uint8Array> {
  const view = viewOf(bytes);
  const end = findEnd(view);
  const total = view.getUint16(end + 10, true);
  const directorySize = view.getUint32(end + 12, true);
  const directoryAt = view.getUint32(end + 16, true);
  if (total === LIMIT_16 || directorySize === LIMIT_32 || directoryAt === LIMIT_32)
    refuse('zip64 archives are not supported.');
  if (
    view.getUint16(end + 4, true) !== 0 ||
    view.getUint16(end + 6, true) !== 0 ||
    view.getUint16(end + 8, true) !== total
  )
    refuse('archives over several disks are not supported.');
  if (directoryAt + directorySize !== end) refuse('the directory does not end where the end record begins.');

  const entries = readDirectory(bytes, view, directoryAt, end, total);
  const out = new Map<string, Uint8Array>();
  for (const entry of entries) {
    if (out.has(entry.name)) refuse(`entry '${entry.name}' occurs twice.`);
    out.set(entry.name, new Uint8Array(0));
  }
  let free = 0; // every byte belongs to one entry at most: no quine, no overlapping bomb
  for (const entry of [...entries].sort((a, b) => a.offset - b.offset)) {
    const start = dataStart(bytes, view, entry, directoryAt);
    if (entry.offset < free) refuse(`entry '${entry.name}' overlaps another.`);
    free = start + entry.packed;
    if (free > directoryAt) refuse(`entry '${entry.name}' is truncated.`);
    out.set(entry.name, unpack(bytes.subarray(start, free), entry, inflateRaw));
  }
  return out;
}

/** Position of the end record: its comment must reach exactly to the last byte. */
function findEnd(view: DataView): number {
  for (let at = view.byteLength - 22; at >= 0 && at >= view.byteLength - 22 - LIMIT_16; at--)
    if (view.getUint32(at, true) === END && at + 22 + view.getUint16(at + 20, true) === view.byteLength)
      return at;
  return refuse('not a zip archive, or truncated: no end record.');
}

function readDirectory(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  total: number,
): Entry[] {
  const entries: Entry[] = [];
  let at = start;
  while (at < end) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL)
      refuse(`the directory is damaged at byte ${at}.`);
    const nameLength = view.getUint16(at + 28, true);
    const next = at + 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) refuse(`the directory is damaged at byte ${at}.`);
    const name = decodeUtf8('zip', bytes.subarray(at + 46, at + 46 + nameLength));
    if (!isPlainName(name))
      refuse(`entry name ${JSON.stringify(name.slice(0, 80))} is not a plain relative name.`);
    const entry: Entry = {
      name,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    if (view.getUint16(at + 8, true) & 1) refuse(`entry '${name}' is encrypted.`);
    if (entry.packed === LIMIT_32 || entry.size === LIMIT_32 || entry.offset === LIMIT_32)
      refuse(`entry '${name}' has zip64 sizes (4 GiB or more), which are not supported.`);
    entries.push(entry);
    at = next;
  }
  if (entries.length !== total)
    refuse(`the directory lists ${entries.length} entries, its end record ${total}.`);
  return entries;
}

/** Names are keys here, never paths to write to; names that try to be more are refused all the same. */
function isPlainName(name: string): boolean {
  const segments = name.split('/');
  return !/[\\:\p{Cc}]/u.test(name) && segments.every((s) => s !== '' && s !== '.' && s !== '..');
}

/** First byte after the local header, which must name the same entry. Its sizes are ignored: the directory rules. */
function dataStart(bytes: Uint8Array, view: DataView, entry: Entry, limit: number): number {
  const { offset, name } = entry;
  if (offset + 30 > limit || view.getUint32(offset, true) !== LOCAL)
    refuse(`entry '${name}' has no local header.`);
  const nameEnd = offset + 30 + view.getUint16(offset + 26, true);
  const start = nameEnd + view.getUint16(offset + 28, true);
  if (start > limit) refuse(`entry '${name}' is truncated.`);
  if (
    decodeUtf8('zip', bytes.subarray(offset + 30, nameEnd)) !== name ||
    view.getUint16(offset + 8, true) !== entry.method
  )
    refuse(`entry '${name}' differs between directory and local header.`);
  return start;
}

function unpack(packed: Uint8Array, entry: Entry, inflateRaw: InflateRaw | undefined): Uint8Array {
  const { name, method, size } = entry;
  let content = packed;
  if (method === 8) {
    if (inflateRaw === undefined)
      refuse(
        `entry '${name}' is compressed: pass the option inflateRaw, or save with numpy.savez instead of savez_compressed.`,
      );
    try {
      content = inflateRaw(packed, size);
    } catch (error) {
      refuse(`entry '${name}' cannot be inflated: ${error instanceof Error ? error.message : String(error)}`);
    }
  } else if (method !== 0)
    refuse(`entry '${name}' uses compression method ${method}; only stored and deflated are supported.`);
  if (content.length !== size)
    refuse(`entry '${name}' has ${content.length} bytes, the directory says ${size}.`);
  if (crc32(content) !== entry.crc) refuse(`entry '${name}' has a wrong checksum: the file is damaged.`);
  return content;
}

/**
 * A zip archive of stored (uncompressed) entries, in the given order, all dated 1980-01-01: the same content gives the
 * same bytes, which are those of Python's `zipfile` with `ZipInfo(name)`.
 *
 * @throws {DomainError} a name twice, or not plain and relative. @throws {UnsupportedError} 4 GiB or 65,535 entries.
 */
export function writeZip(entries: Iterable<readonly [name: string, content: Uint8Array]>): Uint8Array {
  const files: { name: Uint8Array; content: Uint8Array; crc: number; flags: number; offset: number }[] = [];
  const seen = new Set<string>();
  let offset = 0;
  let directorySize = 0;
  for (const [text, content] of entries) {
    if (!isPlainName(text))
      throw new DomainError('writeZip', 'name', 'plain and relative', JSON.stringify(text));
    if (seen.has(text)) throw new DomainError('writeZip', 'name', 'unique', text);
    seen.add(text);
    const name = encodeUtf8('writeZip', text);
    files.push({
      name,
      content,
      crc: crc32(content),
      flags: name.length === text.length ? 0 : UTF8_FLAG,
      offset,
    });
    offset += 30 + name.length + content.length;
    directorySize += 46 + name.length;
  }
  const size = offset + directorySize + 22;
  if (size >= LIMIT_32 || files.length >= LIMIT_16)
    throw new UnsupportedError(
      'writeZip: archives of 4 GiB or 65,535 entries need zip64, which is not written. Write separate .npy files.',
    );

  const bytes = new Uint8Array(size);
  const view = viewOf(bytes);
  let at = offset;
  for (const file of files) {
    view.setUint32(file.offset, LOCAL, true);
    common(view, file.offset + 4, file);
    bytes.set(file.name, file.offset + 30);
    bytes.set(file.content, file.offset + 30 + file.name.length);
    view.setUint32(at, CENTRAL, true);
    view.setUint16(at + 4, (3 << 8) | 20, true); // made on Unix, version 2.0
    common(view, at + 6, file);
    view.setUint32(at + 38, (0o600 << 16) >>> 0, true); // rw-------
    view.setUint32(at + 42, file.offset, true);
    bytes.set(file.name, at + 46);
    at += 46 + file.name.length;
  }
  view.setUint32(at, END, true);
  view.setUint16(at + 8, files.length, true);
  view.setUint16(at + 10, files.length, true);
  view.setUint32(at + 12, directorySize, true);
  view.setUint32(at + 16, offset, true);
  return bytes;
}

/** The fields that local and central headers share: version needed 2.0, flags, method 0, date, checksum, sizes, name length. */
function common(
  view: DataView,
  at: number,
  file: { name: Uint8Array; content: Uint8Array; crc: number; flags: number },
): void {
  view.setUint16(at, 20, true);
  view.setUint16(at + 2, file.flags, true);
  view.setUint16(at + 8, (1 << 5) | 1, true); // 1980-01-01
  view.setUint32(at + 10, file.crc, true);
  view.setUint32(at + 14, file.content.length, true);
  view.setUint32(at + 18, file.content.length, true);
  view.setUint16(at + 22, file.name.length, true);
}

function refuse(problem: string): never {
  throw new FormatError('zip', problem);
}
