/** @file Loose, old and hostile .npy headers against what NumPy reads in them (test/reference/npy-headers.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DomainError, FormatError, ShapeError } from '../../../src/linalg/errors.ts';
import { readNpy, writeNpy } from '../../../src/linalg/io/npy.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { ascii, concat, decode } from './fixtures.ts';

interface HeaderCase {
  readonly header: string;
  readonly version: number;
  readonly bytes: string;
  /** Without `data`: a type that is no number, or has no float64. */
  readonly numpy: { readonly dtype: string; readonly shape: number[]; readonly data?: number[] } | null;
}
const { cases } = JSON.parse(
  readFileSync(new URL('../../reference/npy-headers.json', import.meta.url), 'utf8'),
) as { cases: HeaderCase[] };

/** Read here and not by the NumPy that wrote the golden file, each with its reason. */
const READ_HERE_ONLY: readonly string[] = ['float_']; // NumPy 1 reads it
/** Read by NumPy and refused here: what is left unread might be what was meant. */
const TRAILING = /trailing bytes: .*\{ trailing: 'ignore' \}/;

describe('headers as NumPy reads them', () => {
  test('the golden file has both kinds', () => {
    expect(cases.filter(({ numpy }) => numpy === null).length).toBeGreaterThan(60);
    expect(cases.filter(({ numpy }) => numpy?.data !== undefined).length).toBeGreaterThan(130);
  });

  for (const [i, { header, version, bytes, numpy }] of cases.entries())
    test(`${i}, version ${version}: ${JSON.stringify(header)}`, () => {
      const file = decode(bytes);
      if (numpy === null || numpy.data === undefined) {
        if (numpy === null && READ_HERE_ONLY.some((part) => header.includes(part))) return;
        expect(() => readNpy(file)).toThrow(FormatError);
        expect(() => readNpy(file)).toThrow(/^npy: .*$/);
        return;
      }
      const trailing = file.length - 10 - header.length - 2 * Number(version > 1) - numpy.data.length * 8;
      if (numpy.dtype === '<f8' && trailing > 0) expect(() => readNpy(file)).toThrow(TRAILING);
      const array = readNpy(file, { trailing: numpy.dtype === '<f8' && trailing > 0 ? 'ignore' : 'refuse' });
      expect(array.shape).toEqual(numpy.shape);
      expect(array.dtype).toBe(numpy.dtype.slice(1));
      expect(Array.from(array.data)).toEqual(numpy.data);
    });
});

describe('what counts as bytes', () => {
  const good = writeNpy(Float64Array.of(1, -2));
  const inside = concat(ascii('abc'), good, ascii('xyz')).subarray(3, 3 + good.length);
  const pooled = Buffer.from(good); // at an offset of Node's pool
  const shared = new Uint8Array(new SharedArrayBuffer(good.length));
  shared.set(good);
  const forms: [name: string, bytes: Parameters<typeof readNpy>[0]][] = [
    ['Uint8Array', good],
    ['a view at an offset', inside],
    ['Buffer', pooled],
    ['ArrayBuffer', good.slice().buffer],
    ['SharedArrayBuffer', shared.buffer],
    ['a view of shared memory', shared],
    ['DataView', new DataView(inside.buffer, inside.byteOffset, inside.byteLength)],
    ['Int8Array', new Int8Array(inside.buffer, inside.byteOffset, inside.byteLength)],
    ['Uint8ClampedArray', Uint8ClampedArray.from(good)],
    ['a structured clone', structuredClone(good)],
  ];
  for (const [name, bytes] of forms)
    test(name, () =>
      expect(readNpy(bytes)).toEqual({ shape: [2], dtype: 'f8', data: Float64Array.of(1, -2) }),
    );

  const wrong: [name: string, value: unknown, message: RegExp][] = [
    ['nothing', undefined, /bytes must be a Uint8Array or an ArrayBuffer, got undefined/],
    ['null', null, /got null/],
    ['a path', 'X.npy', /got a string: read the file first/],
    ['a promise', Promise.resolve(good), /got a Promise: await it/],
    ['a plain array', Array.from(good), /Uint8Array\.from/],
    ['a blob', new Blob([]), /arrayBuffer\(\)/],
    ['wider elements', Float64Array.of(1), /type Float64Array/],
    ['a number', 3, /got a number/],
    ['a function', () => good, /got a function/],
    ['an object', { length: 3 }, /type Object/],
  ];
  for (const [name, value, message] of wrong)
    test(`refused: ${name}`, () => {
      expect(() => readNpy(value as Uint8Array)).toThrow(DomainError);
      expect(() => readNpy(value as Uint8Array)).toThrow(message);
    });

  test('a file of another kind is called by its name', () => {
    expect(() => readNpy(ascii('1.0,2.0\n3.0,4.0\n'))).toThrow(/It looks like text/);
    expect(() => readNpy(ascii('PK\x03\x04..............'))).toThrow(/zip archive, as \.npz files/);
    expect(() => readNpy(ascii('\x1f\x8b.............'))).toThrow(/gzip/);
    expect(() => readNpy(new Uint8Array(0))).toThrow(/It is empty/);
  });

  test('a misspelt option or value is refused', () => {
    for (const options of [
      { trialing: 'ignore' },
      { trailing: 'Ignore' },
      { trailing: true },
      null,
      'ignore',
      [],
    ])
      expect(() => readNpy(good, options as object)).toThrow(DomainError);
    expect(readNpy(good, { trailing: undefined } as object).shape).toEqual([2]);
  });
});

describe('what writeNpy takes', () => {
  const numbers = [1, 2, 250];
  const cases: [
    name: string,
    input: Parameters<typeof writeNpy>[0],
    dtype: string,
    shape: number[],
    data: number[],
  ][] = [
    ['a list', numbers, 'f8', [3], numbers],
    [
      'rows',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      'f8',
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ],
    ['rows as typed arrays', [Float64Array.of(1, 2), Float64Array.of(3, 4)], 'f8', [2, 2], [1, 2, 3, 4]],
    ['three levels', [[[1], [2]]], 'f8', [1, 2, 1], [1, 2]],
    ['nothing', [], 'f8', [0], []],
    ['rows of nothing', [[], []], 'f8', [2, 0], []],
    ['Float32Array', Float32Array.from(numbers), 'f4', [3], numbers],
    ['Uint8Array', Uint8Array.from(numbers), 'i4', [3], numbers],
    ['Int16Array', Int16Array.from(numbers), 'i4', [3], numbers],
    ['Uint32Array', Uint32Array.of(4294967295), 'i8', [1], [4294967295]],
    ['a clone of a matrix', structuredClone(Matrix.of([[1, 2]])), 'f8', [1, 2], [1, 2]],
    ['rows, cols and a plain array', { rows: 2, cols: 1, data: [5, 6] }, 'f8', [2, 1], [5, 6]],
  ];
  for (const [name, input, dtype, shape, data] of cases)
    test(name, () => {
      const array = readNpy(writeNpy(input));
      expect([array.dtype, array.shape, Array.from(array.data)]).toEqual([dtype, shape, data]);
    });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  const refused: [name: string, input: unknown, error: typeof DomainError | typeof ShapeError][] = [
    ['undefined', undefined, DomainError],
    ['a string', 'abc', DomainError],
    ['a number', 3, DomainError],
    ['strings', ['1', '2'], DomainError],
    ['a hole', [1, undefined], DomainError],
    ['a bigint', [1n], DomainError],
    ['BigInt64Array', BigInt64Array.of(1n), DomainError],
    ['ragged rows', [[1, 2], [3]], ShapeError],
    ['a number beside rows', [[1], 2], ShapeError],
    ['a row beside numbers', [1, [2]], ShapeError],
    ['itself', cycle, ShapeError],
    ['no shape', { data: [1] }, DomainError],
    ['shape a number', { shape: 1, data: [1] }, DomainError],
    ['data missing', { shape: [1] }, DomainError],
    ['data of text', { shape: [1], data: ['1'] }, DomainError],
    ['another dtype', { shape: [1], dtype: 'f16', data: [1] }, DomainError],
    ['a clone with too few data', { rows: 2, cols: 2, data: Float64Array.of(1) }, ShapeError],
  ];
  for (const [name, input, error] of refused)
    test(`refused: ${name}`, () => expect(() => writeNpy(input as number[])).toThrow(error));
});
