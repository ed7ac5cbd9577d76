/** @file .npz and the zip archive under it: files of NumPy and zipfile, round trips, hostile archives. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainError, FormatError } from '../../../src/linalg/errors.ts';
import { crc32 } from '../../../src/linalg/io/crc32.ts';
import { writeNpy } from '../../../src/linalg/io/npy.ts';
import { readNpz, writeNpz } from '../../../src/linalg/io/npz.ts';
import { readZip } from '../../../src/linalg/io/zip.ts';
import { writeZip } from '../../../src/linalg/io/zip-writer.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { ascii, concat, decode, FORMATS } from './fixtures.ts';

const inflateRaw = (bytes: Uint8Array, size: number): Uint8Array =>
  inflateRawSync(bytes, { maxOutputLength: Math.max(size, 1) });
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

test('crc32: the check value of the standard, and nothing at all', () => {
  expect(crc32(ascii('123456789'))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

describe('readNpz: what NumPy wrote', () => {
  const expectArrays = (
    found: ReturnType<typeof readNpz>,
    arrays: (typeof FORMATS)['npzStored']['arrays'],
  ): void => {
    expect([...found.keys()]).toEqual(Object.keys(arrays));
    for (const [name, { shape, data }] of Object.entries(arrays)) {
      expect(found.get(name)?.shape, name).toEqual(shape);
      expect(found.get(name)?.data, name).toEqual(Float64Array.from(data));
    }
  };

  test('numpy.savez', () => expectArrays(readNpz(decode(FORMATS.npzStored.bytes)), FORMATS.npzStored.arrays));

  test('numpy.savez_compressed, given an inflater', () =>
    expectArrays(readNpz(decode(FORMATS.npzCompressed.bytes), { inflateRaw }), FORMATS.npzCompressed.arrays));

  test('without an inflater the message names the option', () => {
    expect(() => readNpz(decode(FORMATS.npzCompressed.bytes))).toThrow(
      /'w\.npy' is compressed: pass the option inflateRaw/,
    );
  });
});

describe('writeNpz', () => {
  const arrays = { a: Float64Array.of(0, 1, 2), é: Matrix.of([[1, 2]]) };

  test("the bytes of Python's zipfile around the bytes of NumPy", () => {
    expect(base64(writeNpz(arrays))).toBe(FORMATS.npzPlain.bytes);
    expect(base64(writeNpz(new Map(Object.entries(arrays))))).toBe(FORMATS.npzPlain.bytes);
  });

  test('round trip, order kept', () => {
    const name = fc.string({ minLength: 1, maxLength: 8 }).filter((s) => !/[\\/]/.test(s)); // printable ASCII
    const vector = fc.array(fc.double(), { maxLength: 5 }).map((v) => Float64Array.from(v));
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, vector), { selector: ([key]) => key, maxLength: 5 }),
        (pairs) => {
          const found = readNpz(writeNpz(pairs));
          expect([...found].map(([key, { data }]) => [key, data])).toEqual(pairs);
        },
      ),
    );
  });

  test('the length in the example of the docstring: 144 for the array, 108 around it', () => {
    expect(writeNpz({ w: Float64Array.of(1, 2) }).length).toBe(252);
  });

  test('refuses names that are not plain, or occur twice', () => {
    const v = Float64Array.of(1);
    for (const name of ['', '../a', '/a', 'a\\b', 'a\0', 'a//b', './a'])
      expect(() => writeNpz({ [name]: v }), name).toThrow(DomainError);
    expect(() =>
      writeNpz([
        ['a', v],
        ['a', v],
      ]),
    ).toThrow(DomainError);
  });
});

describe('readZip: hostile archives', () => {
  const content = writeNpy(Float64Array.of(1, 2));
  const good = writeZip([
    ['a.npy', content],
    ['b.npy', content],
  ]);
  const view = new DataView(good.buffer);
  const end = good.length - 22;
  const directory = view.getUint32(end + 16, true);
  const second = directory + 46 + 5; // directory entry of b.npy
  const secondLocal = view.getUint32(second + 42, true);

  /** A copy of `good` with bytes overwritten: [position, little-endian value, width]. */
  const edited = (...edits: [at: number, value: number, width: 1 | 2 | 4][]): Uint8Array => {
    const bytes = good.slice();
    const target = new DataView(bytes.buffer);
    for (const [at, value, width] of edits)
      if (width === 1) target.setUint8(at, value);
      else if (width === 2) target.setUint16(at, value, true);
      else target.setUint32(at, value, true);
    return bytes;
  };
  /** good with b.npy renamed in both headers. */
  const renamed = (name: string): Uint8Array => {
    const bytes = good.slice();
    bytes.set(ascii(name), secondLocal + 30);
    bytes.set(ascii(name), second + 46);
    return bytes;
  };
  const letters = 'a.npy'.charCodeAt(0);

  const hostile: [name: string, bytes: Uint8Array, message: RegExp][] = [
    ['empty', new Uint8Array(0), /not a zip archive/],
    ['text', ascii('not a zip archive, but long enough to be one'), /not a zip archive/],
    ['bytes after the end', concat(good, ascii('x')), /not a zip archive/],
    ['bytes before the beginning', concat(ascii('MZ'), good), /directory does not end/],
    ['65535 entries promised', edited([end + 8, 0xffff, 2], [end + 10, 0xffff, 2]), /its end record 65535/],
    ['zip64 directory', edited([end + 16, 0xffffffff, 4]), /zip64/],
    ['zip64 sizes', edited([second + 24, 0xffffffff, 4]), /zip64 sizes/],
    ['several disks', edited([end + 4, 1, 2]), /several disks/],
    ['a member on another disk', edited([second + 34, 1, 2]), /another disk/],
    ['more entries promised', edited([end + 8, 3, 2], [end + 10, 3, 2]), /lists 2 entries, its end record 3/],
    [
      'fewer entries promised',
      edited([end + 8, 1, 2], [end + 10, 1, 2]),
      /lists 2 entries, its end record 1/,
    ],
    ['damaged directory', edited([second, 0, 4]), /directory is damaged/],
    ['name beyond the directory', edited([second + 28, 60_000, 2]), /directory is damaged/],
    ['encrypted', edited([second + 8, 1, 2]), /encrypted/],
    ['another method', edited([second + 10, 14, 2], [secondLocal + 8, 14, 2]), /method 14/],
    ['method differs', edited([second + 10, 8, 2]), /differs between directory and local header/],
    ['local header elsewhere', edited([second + 42, 7, 4]), /no local header/],
    ['local header beyond the file', edited([second + 42, 0x7fffffff, 4]), /no local header/],
    ['data beyond the directory', edited([second + 20, 10_000, 4]), /'b\.npy' is truncated/],
    ['local extra field beyond the directory', edited([secondLocal + 28, 0xffff, 2]), /truncated/],
    ['size differs', edited([second + 24, 5, 4]), /the directory says 5/],
    ['wrong checksum', edited([second + 16, 1, 4]), /wrong checksum/],
    ['damaged data', edited([secondLocal + 30 + 5 + 140, 0x41, 1]), /wrong checksum/],
    ['two names for one entry', edited([second + 42, 0, 4], [second + 46, letters, 1]), /occurs twice/],
    ['overlap', edited([second + 42, 0, 4]), /differs between/],
    ['duplicate', renamed('a.npy'), /'a\.npy' occurs twice/],
    ['absolute name', renamed('/.npy'), /not a plain relative name/],
    ['climbing name', renamed('../ab'), /not a plain relative name/],
    ['backslash', renamed('..\\ab'), /not a plain relative name/],
    ['NUL in a name', renamed('a\0npy'), /not a plain relative name/],
    ['name that is not UTF-8', renamed('\xff.npy'), /not valid UTF-8/],
  ];
  for (const [name, bytes, message] of hostile)
    test(name, () => {
      expect(() => readZip(bytes, inflateRaw)).toThrow(FormatError);
      expect(() => readZip(bytes, inflateRaw)).toThrow(message);
      expect(() => readZip(bytes, inflateRaw)).toThrow(/^zip: .*$/);
    });

  test('nested entries: the second inside the data of the first', () => {
    const inner = writeZip([['b.npy', content]]);
    const outer = writeZip([
      ['a.npy', inner],
      ['b.npy', content],
    ]);
    const outerView = new DataView(outer.buffer);
    const entry = outerView.getUint32(outer.length - 22 + 16, true) + 46 + 5;
    outerView.setUint32(entry + 42, 30 + 5, true); // b.npy → the local header stored inside a.npy
    expect(() => readZip(outer)).toThrow(/'b\.npy' overlaps another/);
  });

  test('a deflated entry that inflates to more than it says, or is no DEFLATE stream', () => {
    const packed = deflateRawSync(Buffer.alloc(1000));
    const deflated = (size: number, data: Uint8Array): Uint8Array => {
      const bytes = writeZip([['a.npy', data]]);
      const target = new DataView(bytes.buffer);
      const at = target.getUint32(bytes.length - 6, true);
      target.setUint16(8, 8, true);
      target.setUint16(at + 10, 8, true);
      target.setUint32(at + 24, size, true);
      target.setUint32(at + 16, crc32(Buffer.alloc(1000)), true);
      return bytes;
    };
    expect(readZip(deflated(1000, packed), inflateRaw).get('a.npy')?.length).toBe(1000);
    expect(() => readZip(deflated(999, packed), inflateRaw)).toThrow(/cannot be inflated/);
    expect(() => readZip(deflated(1001, packed), inflateRaw)).toThrow(
      /has 1000 bytes, the directory says 1001/,
    );
    expect(() => readZip(deflated(1000, ascii('\xff\xff\xff')), inflateRaw)).toThrow(/cannot be inflated/);
  });

  test('every truncation is refused', () => {
    for (let n = 0; n < good.length; n++)
      expect(() => readZip(good.subarray(0, n)), `${n} bytes`).toThrow(FormatError);
  });

  test('one changed byte never ends in anything but entries or a FormatError', () => {
    fc.assert(
      fc.property(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
        try {
          readZip(edited([at, value, 1]), inflateRaw);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('an archive comment is allowed', () => {
    const comment = ascii('a comment');
    const bytes = concat(good, comment);
    bytes[end + 20] = comment.length;
    expect([...readZip(bytes).keys()]).toEqual(['a.npy', 'b.npy']);
  });
});
