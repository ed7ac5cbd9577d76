/** @file safetensors: files of the reference package, byte equality, round trips, hostile headers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainError, FormatError, ShapeError } from '../../../src/linalg/errors.ts';
import {
  readSafetensors,
  readSafetensorsMetadata,
  writeSafetensors,
} from '../../../src/linalg/io/safetensors.ts';
import { ascii, concat, decode, FORMATS } from './fixtures.ts';

/** A file with any header text. */
function file(header: string, data: Uint8Array = new Uint8Array(0), length = header.length): Uint8Array {
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(length), true);
  return concat(size, ascii(header), data);
}
const zeros = (n: number): Uint8Array => new Uint8Array(n);
const entry = (dtype: string, shape: string, offsets: string): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

describe('readSafetensors: what the reference package wrote', () => {
  for (const { name, tensors, metadata, bytes } of FORMATS.safetensors)
    test(name, () => {
      const found = readSafetensors(decode(bytes));
      expect([...found.keys()].sort()).toEqual(Object.keys(tensors).sort());
      for (const [key, { shape, data }] of Object.entries(tensors)) {
        expect(found.get(key)?.shape, key).toEqual(shape);
        expect(found.get(key)?.data, key).toEqual(Float64Array.from(data));
      }
      expect(Object.fromEntries(readSafetensorsMetadata(decode(bytes)))).toEqual(metadata);
    });

  test('headers of other writers: blanks in the JSON, no padding, tensors not in the order of their data', () => {
    const header = `{ "b": ${entry('F64', '[1]', '[8, 16]')},\n "a": ${entry('F64', '[]', '[0, 8]')} }`;
    const found = readSafetensors(file(header, new Uint8Array(Float64Array.of(1, 2).buffer)));
    expect([...found].map(([key, { shape, data }]) => [key, shape, data[0]])).toEqual([
      ['b', [1], 2],
      ['a', [], 1],
    ]);
  });
});

describe('writeSafetensors', () => {
  for (const { name, tensors, metadata, bytes } of FORMATS.safetensors.filter((c) => c.same))
    test(`${name}: the bytes of the reference package`, () => {
      expect(Buffer.from(writeSafetensors(tensors, metadata)).toString('base64')).toBe(bytes);
    });

  test('round trip of names, shapes, types, metadata and values', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((s) => s !== '__metadata__');
    const tensor = fc.oneof(
      fc
        .array(fc.double(), { maxLength: 6 })
        .map((v) => ({ shape: [v.length, 1], dtype: 'F64' as const, data: Float64Array.from(v) })),
      fc
        .array(fc.float(), { maxLength: 6 })
        .map((v) => ({ shape: [1, v.length], dtype: 'F32' as const, data: Float64Array.from(v) })),
      fc
        .array(fc.integer(), { maxLength: 6 })
        .map((v) => ({ shape: [v.length], dtype: 'I32' as const, data: Float64Array.from(v) })),
      fc.maxSafeInteger().map((v) => ({ shape: [], dtype: 'I64' as const, data: Float64Array.of(v) })),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 5 }),
        fc.dictionary(name, fc.string({ unit: 'grapheme' }), { noNullPrototype: true }),
        (pairs, metadata) => {
          const bytes = writeSafetensors(pairs, metadata);
          expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
          expect([...readSafetensors(bytes)]).toEqual(pairs);
          expect(readSafetensorsMetadata(bytes)).toEqual(new Map(Object.entries(metadata)));
        },
      ),
    );
  });

  test('names that JavaScript treats specially are only names', () => {
    const pairs = ['__proto__', 'constructor', 'toString'].map(
      (key) => [key, { shape: [1], data: [7] }] as const,
    );
    expect([...readSafetensors(writeSafetensors(pairs)).keys()]).toEqual([
      '__proto__',
      'constructor',
      'toString',
    ]);
  });

  test('refuses a wrong length, a name twice, the name of the metadata, and integers that are none', () => {
    const one = { shape: [1], data: [1] };
    expect(() => writeSafetensors({ w: { shape: [2, 2], data: [1, 2, 3] } })).toThrow(ShapeError);
    expect(() =>
      writeSafetensors([
        ['w', one],
        ['w', one],
      ]),
    ).toThrow(DomainError);
    expect(() => writeSafetensors({ __metadata__: one })).toThrow(DomainError);
    expect(() => writeSafetensors({ w: { shape: [1], dtype: 'I64', data: [0.5] } })).toThrow(DomainError);
    expect(() => writeSafetensors({ '\ud800': one })).toThrow(DomainError);
  });
});

describe('readSafetensors: hostile files end in one clear line', () => {
  const a = (shape: string, offsets: string): string => `{"a":${entry('F64', shape, offsets)}}`;
  const two = (first: string, second: string): string =>
    `{"a":${entry('F64', '[1]', first)},"b":${entry('F64', '[1]', second)}}`;
  const hostile: [name: string, bytes: Uint8Array, message: RegExp][] = [
    ['empty', zeros(0), /fewer than 8 bytes/],
    ['a .npy file', decode(FORMATS.npy[0].bytes), /more than 100000000/],
    ['header of 2⁶⁴ − 1 bytes', concat(new Uint8Array(8).fill(255), zeros(8)), /more than 100000000/],
    ['header longer than the file', file('{}', zeros(0), 3), /header of 3 bytes, 2 left/],
    ['header of no bytes', zeros(8), /does not begin with '\{'/],
    ['header that begins with a blank', file(' {}'), /does not begin with '\{'/],
    ['header an array', file('[]'), /does not begin with '\{'/],
    ['not JSON', file("{'a': 1}"), /not valid JSON/],
    ['text after the JSON', file('{} x'), /not valid JSON/],
    ['nested a million deep', file(`{"a":${'['.repeat(1e6)}`), /not valid JSON/],
    ['not UTF-8', file('{"\xff":1}'), /not valid UTF-8/],
    ['overlong UTF-8', file('{"\xc0\xaf":1}'), /not valid UTF-8/],
    ['a surrogate in UTF-8', file('{"\xed\xa0\x80":1}'), /not valid UTF-8/],
    ['UTF-8 cut short', file('{"\xe2\x82'), /not valid UTF-8/],
    [
      'a tensor twice',
      file(`{"a":${entry('F64', '[1]', '[0,8]')},"\\u0061":${entry('F64', '[1]', '[8,16]')}}`, zeros(16)),
      /key "a" occurs twice/,
    ],
    [
      'a field twice',
      file('{"a":{"dtype":"F64","dtype":"F64","shape":[1],"data_offsets":[0,8]}}', zeros(8)),
      /key "dtype" occurs twice/,
    ],
    [
      'an unknown field',
      file('{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8],"x":1}}', zeros(8)),
      /unknown key "x"/,
    ],
    ['a tensor that is a number', file('{"a":1}'), /"a" is not a JSON object/],
    ['a tensor that is null', file('{"a":null}'), /"a" is not a JSON object/],
    ['no dtype', file('{"a":{"shape":[1],"data_offsets":[0,8]}}', zeros(8)), /has dtype "missing"/],
    [
      'unsupported dtype',
      file(`{"a":${entry('F8_E4M2', '[8]', '[0,8]')}}`, zeros(8)),
      /has dtype "F8_E4M2"; supported are F64, F32/,
    ],
    [
      'a name of Object.prototype as dtype',
      file(`{"a":${entry('constructor', '[1]', '[0,8]')}}`, zeros(8)),
      /supported are/,
    ],
    [
      'an object as dtype',
      file('{"a":{"dtype":{"toString":1},"shape":[1],"data_offsets":[0,8]}}', zeros(8)),
      /supported are/,
    ],
    ['negative dimension', file(a('[-1]', '[0,8]'), zeros(8)), /no list of integers/],
    ['fractional dimension', file(a('[1.5]', '[0,8]'), zeros(8)), /no list of integers/],
    ['shape a number', file(a('1', '[0,8]'), zeros(8)), /no list of integers/],
    ['product overflows', file(a('[4294967296,4294967296]', '[0,8]'), zeros(8)), /too many elements/],
    ['product overflows beside a zero', file(a('[0,4294967296,4294967296]', '[0,0]')), /too many elements/],
    ['65 dimensions', file(a(`[${Array(65).fill(1)}]`, '[0,8]'), zeros(8)), /65 dimensions/],
    ['three offsets', file(a('[1]', '[0,8,16]'), zeros(8)), /needs data_offsets/],
    ['offsets reversed', file(a('[1]', '[8,0]'), zeros(8)), /needs data_offsets/],
    ['negative offset', file(a('[1]', '[-8,0]'), zeros(8)), /needs data_offsets/],
    [
      'offsets do not match the shape',
      file(a('[2]', '[0,8]'), zeros(8)),
      /has 8 bytes, shape \[2\] of F64 needs 16/,
    ],
    [
      'a gap at the beginning',
      file(a('[1]', '[8,16]'), zeros(16)),
      /expected 0: tensors must neither overlap nor leave gaps/,
    ],
    ['a gap between', file(two('[0,8]', '[16,24]'), zeros(24)), /"b" begins at byte 16 .* expected 8/],
    ['overlap', file(two('[0,8]', '[4,12]'), zeros(12)), /"b" begins at byte 4 .* expected 8/],
    ['the same bytes twice', file(two('[0,8]', '[0,8]'), zeros(8)), /begins at byte 0 .* expected 8/],
    [
      'truncated data',
      file(a('[1]', '[0,8]'), zeros(7)),
      /truncated: the header describes 8 bytes of data, 7/,
    ],
    [
      'trailing bytes',
      file(a('[1]', '[0,8]'), zeros(9)),
      /trailing bytes: the header describes 8 bytes of data, 9/,
    ],
    ['metadata not an object', file('{"__metadata__":[]}'), /__metadata__ is not a JSON object/],
    ['metadata not of strings', file('{"__metadata__":{"n":1}}'), /map strings to strings/],
    ['metadata twice', file('{"__metadata__":{},"__metadata__":{}}'), /"__metadata__" occurs twice/],
    ['a lone surrogate as name', file('{"\\ud800":1}'), /not well-formed Unicode/],
    ['a name of many lines', file('{"\\n\\u001b[31m":1}'), /"\\n\\u001b\[31m" is not a JSON object/],
  ];
  for (const [name, bytes, message] of hostile)
    test(name, () => {
      expect(() => readSafetensors(bytes)).toThrow(FormatError);
      expect(() => readSafetensors(bytes)).toThrow(message);
      expect(() => readSafetensors(bytes)).toThrow(/^safetensors: .*$/);
    });

  test('the same key in different objects, or inside a string, is no duplicate', () => {
    const header =
      '{"__metadata__":{"dtype":"\\"dtype\\":1,\\"dtype\\":2","a":"{"},"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}';
    expect(readSafetensors(file(header, zeros(8))).size).toBe(1);
  });

  test('every truncation is refused', () => {
    const bytes = writeSafetensors({ a: { shape: [2], data: [1, 2] }, b: { shape: [], data: [3] } });
    for (let n = 0; n < bytes.length; n++)
      expect(() => readSafetensors(bytes.subarray(0, n)), `${n} bytes`).toThrow(FormatError);
  });

  test('one changed byte never ends in anything but tensors or a FormatError', () => {
    const bytes = writeSafetensors(
      { a: { shape: [2], data: [1, 2] }, b: { shape: [], data: [3] } },
      { note: 'x' },
    );
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
        const damaged = bytes.slice();
        damaged[at] = value;
        try {
          readSafetensors(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
