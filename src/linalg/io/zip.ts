/** @file Reading zip archives as far as .npz needs it: strictly, and never beyond what the caller allows. */
import { asBytes } from './bytes.ts';
import { crc32 } from './crc32.ts';
import { viewOf } from './elements.ts';
import { decodeUtf8 } from './utf8.ts';
import { LOCAL, readZipDirectory, refuse, type ZipEntry } from './zip-records.ts';

/** Expands a raw DEFLATE stream to exactly `size` bytes; may throw. Node: `(b, size) => inflateRawSync(b, { maxOutputLength: size })`. */
export type InflateRaw = (compressed: Uint8Array, size: number) => Uint8Array;

/** What the compressed entries of an archive may expand to together: 1 GiB. */
export const DEFAULT_MAX_BYTES: number = 2 ** 30;

/** A DEFLATE stream yields at most 258 bytes for two bits. */
const MAX_RATIO = 1032;

/**
 * The entries of a zip archive, in the order of its directory; folders are left out.
 *
 * @param bytes - The whole archive. Stored entries are returned as views into it.
 * @param inflateRaw - Expands deflated entries; without it they are refused.
 * @param maxBytes - Refuses archives whose deflated entries expand to more, before any is expanded.
 * @throws {FormatError} an archive that {@link readZipDirectory} refuses, other methods than stored and deflated, a wrong
 * checksum, sizes that no DEFLATE stream reaches, overlapping or duplicate entries.
 * Reference: PKWARE, APPNOTE.TXT 6.3, §4.3.
 */
export function readZip(
  bytes: Uint8Array,
  inflateRaw?: InflateRaw,
  maxBytes: number = DEFAULT_MAX_BYTES,
): Map<string, Uint8Array> {
  const view = viewOf(bytes);
  const { entries, start: directoryAt } = readZipDirectory(bytes);
  const out = new Map<string, Uint8Array>();
  for (const { name, directory } of entries) {
    if (out.has(name)) refuse(`entry '${name}' occurs twice.`);
    if (!directory) out.set(name, new Uint8Array(0));
  }
  checkExpansion(entries, maxBytes);
  let free = 0; // every byte belongs to one entry at most: no quine, no overlapping bomb
  for (const entry of [...entries].sort((a, b) => a.offset - b.offset)) {
    const start = dataStart(bytes, view, entry, directoryAt);
    if (entry.offset < free) refuse(`entry '${entry.name}' overlaps another.`);
    free = start + entry.packed;
    if (free > directoryAt) refuse(`entry '${entry.name}' is truncated.`);
    const content = unpack(bytes.subarray(start, free), entry, inflateRaw);
    if (!entry.directory) out.set(entry.name, content);
    else if (content.length > 0) refuse(`folder '${entry.name}' has ${content.length} bytes of content.`);
  }
  return out;
}

/** Before anything is expanded: sizes that cannot be true, or are too much together. */
function checkExpansion(entries: readonly ZipEntry[], maxBytes: number): void {
  let sum = 0;
  for (const { name, method, size, packed } of entries) {
    if (method !== 8) continue;
    if (size > packed * MAX_RATIO)
      refuse(`entry '${name}' claims ${size} bytes, more than ${packed} compressed bytes can hold.`);
    sum += size;
  }
  if (sum > maxBytes)
    refuse(
      `the archive expands to ${sum} bytes, more than the ${maxBytes} allowed: pass a larger maxBytes if you trust it.`,
    );
}

/** First byte after the local header, which must name the same entry. Its sizes are ignored: the directory rules. */
function dataStart(bytes: Uint8Array, view: DataView, entry: ZipEntry, limit: number): number {
  const { offset } = entry;
  const name = entry.directory ? `${entry.name}/` : entry.name;
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

function unpack(packed: Uint8Array, entry: ZipEntry, inflateRaw: InflateRaw | undefined): Uint8Array {
  const { name, method, size } = entry;
  let content = packed;
  if (method === 8) {
    if (inflateRaw === undefined)
      refuse(
        `entry '${name}' is compressed: pass the option inflateRaw, or save with numpy.savez instead of savez_compressed.`,
      );
    try {
      content = asBytes('inflateRaw', inflateRaw(packed, size));
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
