/** @file Zip archives of stored entries, as .npz files need them. */
import { DomainError, UnsupportedError } from '../errors.ts';
import { crc32 } from './crc32.ts';
import { viewOf } from './elements.ts';
import { encodeUtf8 } from './utf8.ts';
import { CENTRAL, END, isPlainName, LIMIT_16, LIMIT_32, LOCAL } from './zip-records.ts';

const UTF8_FLAG = 0x800;

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
