/** @file safetensors: every type of the reference implementation, null metadata, the order of names, nesting. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../../src/linalg/errors.ts';
import {
  readSafetensors,
  readSafetensorsMetadata,
  writeSafetensors,
} from '../../../src/linalg/io/safetensors.ts';
import { ascii, concat, decode } from './fixtures.ts';

interface Known {
  readonly bytes: string;
  readonly data: (number | string)[];
}
const golden = JSON.parse(readFileSync(new URL('../../reference/dtypes.json', import.meta.url), 'utf8')) as {
  readonly floats: Record<string, Known>;
  readonly integers: Record<string, Known>;
  readonly unread: Record<string, string>;
};

function file(header: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(header.length), true);
  return concat(size, ascii(header), data);
}
const byte = (name: string, at: number, dtype = 'U8'): string =>
  `"${name}":{"dtype":"${dtype}","shape":[1],"data_offsets":[${at},${at + 1}]}`;

describe('types', () => {
  test.each([...Object.entries(golden.floats), ...Object.entries(golden.integers)])(
    '%s',
    (dtype, { bytes, data }) => {
      const found = readSafetensors(decode(bytes)).get('a');
      expect(found?.dtype).toBe(dtype);
      expect([...(found?.data ?? [])]).toEqual(data.map(Number));
    },
  );

  test.each(Object.entries(golden.unread))(
    '%s is there, and says when looked at that it is not read',
    (dtype, bytes) => {
      const found = readSafetensors(decode(bytes)).get('a');
      expect([found?.dtype, found?.shape]).toEqual([dtype, [8]]);
      expect(() => found?.data).toThrow(FormatError);
      expect(() => found?.data).toThrow(dtype);
    },
  );

  test('an integer beyond 2⁵³ and a Boolean of 2 do not block the rest of the file', () => {
    const header = `{"big":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},${byte('flag', 8, 'BOOL')},${byte('u', 9)}}`;
    const found = readSafetensors(file(header, Uint8Array.of(1, 0, 0, 0, 0, 0, 0x20, 0, 2, 7)));
    expect(found.get('u')?.data[0]).toBe(7);
    expect(() => found.get('big')?.data).toThrow('2^53');
    expect(() => found.get('flag')?.data).toThrow('not a Boolean');
  });
});

test('names and metadata keep the order of the header, also where they look like integers', () => {
  const header = `{"__metadata__":{"9":"a","1":"b"},${byte('10', 0)},${byte('b', 1)},${byte('2', 2)}}`;
  const bytes = file(header, Uint8Array.of(1, 2, 3));
  expect([...readSafetensors(bytes).keys()]).toEqual(['10', 'b', '2']);
  expect([...readSafetensorsMetadata(bytes)]).toEqual([
    ['9', 'a'],
    ['1', 'b'],
  ]);
});

test('metadata of null is none', () => {
  const bytes = file(`{${byte('a', 0)},"__metadata__":null}`, Uint8Array.of(1));
  expect(readSafetensors(bytes).size).toBe(1);
  expect(readSafetensorsMetadata(bytes).size).toBe(0);
});

test.each([
  ['a dtype', (deep: string) => `{"a":{"dtype":${deep},"shape":[1],"data_offsets":[0,1]}}`],
  ['a shape', (deep: string) => `{"a":{"dtype":"U8","shape":${deep},"data_offsets":[0,1]}}`],
  ['metadata', (deep: string) => `{"__metadata__":${deep}}`],
])('%s nested a hundred thousand deep is refused without recursion', (_, header) => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ]) {
    const deep = `${open.repeat(1e5)}1${close.repeat(1e5)}`;
    expect(() => readSafetensors(file(header(deep), Uint8Array.of(1)))).toThrow(/nested 10000\d deep/);
    expect(() =>
      readSafetensors(file(header(`${open.repeat(90)}1${close.repeat(90)}`), Uint8Array.of(1))),
    ).toThrow(FormatError);
  }
});

test('bytes may be any view of them; what is none is named', () => {
  const bytes = writeSafetensors({ w: { shape: [1], data: [7] } });
  for (const view of [bytes, Buffer.from(bytes), bytes.buffer, new DataView(bytes.buffer)])
    expect(readSafetensors(view as Uint8Array).get('w')?.data[0]).toBe(7);
  expect(() => readSafetensors('w.safetensors' as unknown as Uint8Array)).toThrow('bytes');
});
