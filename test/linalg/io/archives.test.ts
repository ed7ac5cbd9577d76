/** @file .npz files of many makers (test/reference/archives.py): what is numeric is read, the rest is named; caps. */
import { readFileSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DomainError, FormatError } from '../../../src/linalg/errors.ts';
import { crc32 } from '../../../src/linalg/io/crc32.ts';
import { writeNpy } from '../../../src/linalg/io/npy.ts';
import { NpzArrays, readNpz, writeNpz } from '../../../src/linalg/io/npz.ts';
import { readZip } from '../../../src/linalg/io/zip.ts';
import { writeZip } from '../../../src/linalg/io/zip-writer.ts';
import { ascii, decode } from './fixtures.ts';

interface ArchiveCase {
  readonly name: string;
  readonly bytes: string;
  readonly arrays: Record<
    string,
    { readonly dtype: string; readonly shape: number[]; readonly data: number[] }
  >;
  readonly skipped: string[];
}
const { archives } = JSON.parse(
  readFileSync(new URL('../../reference/archives.json', import.meta.url), 'utf8'),
) as { archives: ArchiveCase[] };
const inflateRaw = (bytes: Uint8Array, size: number): Uint8Array =>
  inflateRawSync(bytes, { maxOutputLength: Math.max(size, 1) });

describe('archives of NumPy, SciPy and zipfile', () => {
  for (const { name, bytes, arrays, skipped } of archives)
    test(name, () => {
      const found = readNpz(decode(bytes), { inflateRaw });
      expect([...found.keys()]).toEqual(Object.keys(arrays));
      for (const [key, { dtype, shape, data }] of Object.entries(arrays)) {
        expect(found.get(key), key).toEqual({ dtype: dtype.slice(1), shape, data: Float64Array.from(data) });
        expect(found.array(key)).toBe(found.get(key));
      }
      expect(found.skipped.map((member) => member.name)).toEqual(skipped);
      for (const { name, reason } of found.skipped) {
        expect(reason).toMatch(/^[^\n]+\.$/);
        expect(() => found.array(name)).toThrow(`npz: member '${name}': ${reason}`);
      }
    });

  const reasons: [archive: string, reason: RegExp][] = [
    ['one string', /^"relu" is text, not numbers\.$/],
    ['one strings', /'<U2' is not supported: it is text/],
    ['one complex', /'<c16' is not supported: it is complex/],
    ['one object', /pickled Python objects, which are never read/],
    ['one structured', /structured dtypes are not supported/],
    ['one date', /a date or a span of time/],
    ['one void', /raw memory, as which NumPy also stores bfloat16/],
    ['one long_double', /long double/],
    ['a text file beside', /^it is not a \.npy file\.$/],
    [
      'scipy.sparse csr, stored',
      /^"csr" is text, not numbers: the file is a scipy\.sparse matrix in the form csr\.$/,
    ],
    ['scipy.sparse dia, compressed', /scipy\.sparse matrix in the form dia/],
  ];
  for (const [name, reason] of reasons)
    test(`the reason: ${name}`, () => {
      const { bytes } = archives.find((archive) => archive.name === name) as ArchiveCase;
      expect(readNpz(decode(bytes), { inflateRaw }).skipped[0].reason).toMatch(reason);
    });
});

describe('members that are no numeric arrays', () => {
  const x = writeNpy(Float64Array.of(1, 2));
  const big = writeNpy({ shape: [1], dtype: 'i8', data: [0] });
  big[big.length - 1] = 0x70;

  test('an integer beyond 2^53, a truncated array and an empty member leave the others readable', () => {
    const found = readNpz(
      writeZip([
        ['big.npy', big],
        ['x.npy', x],
        ['short.npy', x.subarray(0, x.length - 1)],
        ['empty.npy', new Uint8Array(0)],
      ]),
    );
    expect([...found]).toEqual([['x', { dtype: 'f8', shape: [2], data: Float64Array.of(1, 2) }]]);
    expect(found.skipped.map(({ name }) => name)).toEqual(['big.npy', 'short.npy', 'empty.npy']);
    expect(() => found.array('big')).toThrow(/beyond ±\(2\^53 − 1\)/);
    expect(() => found.array('nosuch')).toThrow("npz: no array 'nosuch'; there are 'x'.");
    expect(found.array('x.npy')).toBe(found.get('x'));
  });

  test('with no numeric array at all the file is refused, and every member named', () => {
    expect(() => readNpz(writeZip([['readme.txt', ascii('hello')]]))).toThrow(
      "npz: no numeric array: member 'readme.txt': it is not a .npy file.",
    );
    expect(() => readNpz(writeZip([['a.npy', ascii('hello')]]))).toThrow(
      /member 'a\.npy': it is not a \.npy file/,
    );
    expect(readNpz(writeNpz({})).size).toBe(0);
  });

  test('one name twice is refused, whichever way', () => {
    expect(() =>
      readNpz(
        writeZip([
          ['a', x],
          ['a.npy', x],
        ]),
      ),
    ).toThrow(/two members have the name 'a'/);
    expect(
      readNpz(
        writeZip([
          ['a', ascii('text')],
          ['a.npy', x],
        ]),
      ).skipped,
    ).toHaveLength(1);
  });

  test("a name that ends in .npy is its own; NumPy reads 'a' for it where both are there", () => {
    const found = readNpz(writeNpz({ 'a.npy': [9], a: [10] }));
    expect([...found].map(([name, { data }]) => [name, data[0]])).toEqual([
      ['a.npy', 9],
      ['a', 10],
    ]);
    expect(found.array('a.npy').data[0]).toBe(9);
  });

  test('the result is a Map; a copy of it is one too', () => {
    const found = readNpz(writeNpz({ x: [1, 2] }));
    expect(found).toBeInstanceOf(Map);
    expect(found).toBeInstanceOf(NpzArrays);
    expect([...new Map(found).keys()]).toEqual(['x']);
    expect([...structuredClone(found).keys()]).toEqual(['x']);
  });
});

/** One deflated entry whose sizes say what they like. */
function deflated(name: string, content: Uint8Array, claims: number, checksum = crc32(content)): Uint8Array {
  const bytes = writeZip([[name, deflateRawSync(content)]]);
  const view = new DataView(bytes.buffer);
  const at = view.getUint32(bytes.length - 6, true);
  view.setUint16(8, 8, true);
  view.setUint16(at + 10, 8, true);
  view.setUint32(at + 16, checksum, true);
  view.setUint32(at + 24, claims, true);
  return bytes;
}

describe('what an archive may expand to', () => {
  const million = writeNpy(new Float64Array(125_000));
  const never = (): never => {
    throw new Error('asked to inflate');
  };

  test('2^30 bytes by default, and no byte is inflated to find out', () => {
    const bomb = deflated('bomb.npy', new Uint8Array(2 ** 21), 2 ** 21);
    const view = new DataView(bomb.buffer);
    expect(readNpz(deflated('x.npy', million, million.length), { inflateRaw }).get('x')?.data.length).toBe(
      125_000,
    );
    view.setUint32(view.getUint32(bomb.length - 6, true) + 24, 2 ** 30 + 1, true);
    expect(() => readZip(bomb, never)).toThrow(
      /claims 1073741825 bytes, more than \d+ compressed bytes can hold/,
    );
  });

  test('many small bombs count together; the message names the option', () => {
    const bytes = deflated('x.npy', million, million.length);
    expect(() => readNpz(bytes, { inflateRaw: never, maxBytes: million.length - 1 })).toThrow(
      `zip: the archive expands to ${million.length} bytes, more than the ${million.length - 1} allowed: pass a larger maxBytes if you trust it.`,
    );
    expect(readNpz(bytes, { inflateRaw, maxBytes: million.length }).size).toBe(1);
    expect(readNpz(writeNpz({ x: [1, 2] }), { maxBytes: 0 }).size).toBe(1); // stored: nothing expands
  });

  test('a stream that is longer than it claims stops there', () => {
    let asked = 0;
    const honest = (packed: Uint8Array, size: number): Uint8Array => {
      asked = size;
      return inflateRaw(packed, size);
    };
    expect(() => readNpz(deflated('x.npy', million, 500), { inflateRaw: honest })).toThrow(
      /cannot be inflated/,
    );
    expect(asked).toBe(500);
    const careless = (packed: Uint8Array): Uint8Array => inflateRawSync(packed);
    expect(() => readNpz(deflated('x.npy', million, 500), { inflateRaw: careless })).toThrow(
      /the directory says 500/,
    );
  });

  test('an inflater that returns something else', () => {
    const bytes = deflated('x.npy', million, million.length);
    for (const wrong of [undefined, null, 'text', Promise.resolve(million), Array.from(million)])
      expect(() => readNpz(bytes, { inflateRaw: () => wrong as unknown as Uint8Array })).toThrow(FormatError);
  });
});

describe('arguments', () => {
  const good = writeNpz({ x: [1, 2] });
  test('what is not bytes, and options that are not', () => {
    for (const wrong of [undefined, null, 'x.npz', Promise.resolve(good), 3, {}, [80, 75]])
      expect(() => readNpz(wrong as Uint8Array)).toThrow(DomainError);
    for (const options of [
      null,
      { inflate: inflateRaw },
      { inflateRaw: 'zlib' },
      { maxBytes: -1 },
      { maxBytes: NaN },
      { maxBytes: '1' },
      inflateRaw,
    ])
      expect(() => readNpz(good, options as object)).toThrow(DomainError);
    expect(readNpz(good.buffer as ArrayBuffer).size).toBe(1);
    expect(readNpz(Buffer.from(good)).size).toBe(1);
  });
  test('what writeNpz refuses', () => {
    for (const wrong of [
      undefined,
      null,
      'x',
      3,
      Float64Array.of(1),
      [[1, 2]],
      [['x']],
      [3],
      { x: 'text' },
      { x: null },
      [[3, [1]]],
    ])
      expect(() => writeNpz(wrong as unknown as Record<string, number[]>)).toThrow(DomainError);
    expect(readNpz(writeNpz({ 'dense/kernel:0': [[1, 2]] })).get('dense/kernel:0')?.shape).toEqual([1, 2]);
  });
});
