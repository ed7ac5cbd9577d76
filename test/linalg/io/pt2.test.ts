/** @file .pt2 archives: strides, types, versions, and that every damage ends in one line. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FormatError, UnsupportedError } from '../../../src/linalg/errors.ts';
import { readPt2 } from '../../../src/linalg/io/pt2.ts';
import { writeSafetensors } from '../../../src/linalg/io/safetensors.ts';
import { readZip } from '../../../src/linalg/io/zip.ts';
import { writeZip } from '../../../src/linalg/io/zip-writer.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
const integers = (values: readonly number[]) => values.map((value) => ({ as_int: value }));

interface Stored {
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
  readonly dtype?: number;
  readonly changes?: object;
  readonly meta?: object;
}
const entry = ({ sizes, strides, offset = 0, dtype = 8, changes = {}, meta = {} }: Stored) => ({
  path_name: 'weight_0',
  is_param: true,
  use_pickle: false,
  tensor_meta: {
    dtype,
    sizes: integers(sizes),
    requires_grad: true,
    device: { type: 'cpu', index: null },
    strides: integers(strides),
    storage_offset: { as_int: offset },
    layout: 7,
    ...meta,
  },
  ...changes,
});

const storage = new Uint8Array(Float64Array.from({ length: 12 }, (_, i) => i).buffer);
/** The members of an archive with one tensor over 0, 1, …, 11. */
const members = (weights: object, changes: Readonly<Record<string, Uint8Array | undefined>> = {}) => {
  const all: Record<string, Uint8Array | undefined> = {
    archive_format: utf8('pt2'),
    byteorder: utf8('little'),
    'models/net.json': json({ schema_version: { major: 8, minor: 20 } }),
    'data/weights/net_weights_config.json': json({ config: weights }),
    'data/constants/net_constants_config.json': json({ config: {} }),
    'data/weights/weight_0': storage,
    ...changes,
  };
  return Object.entries(all).flatMap(([name, content]) =>
    content === undefined ? [] : [[`root/${name}`, content] as const],
  );
};
const archive = (...given: Parameters<typeof members>): Uint8Array => writeZip(members(...given));
const tensor = (stored: Stored) => {
  const found = readPt2(archive({ w: entry(stored) })).weights.get('w');
  if (found === undefined) throw new Error('no tensor');
  return found;
};

describe('tensors over a storage', () => {
  test.each<readonly [string, Stored, readonly number[]]>([
    ['in order', { sizes: [2, 3], strides: [3, 1], offset: 2 }, [2, 3, 4, 5, 6, 7]],
    ['a transpose', { sizes: [3, 4], strides: [1, 3] }, [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]],
    ['every other', { sizes: [2], strides: [2], offset: 3 }, [3, 5]],
    ['a number', { sizes: [], strides: [], offset: 7 }, [7]],
    ['axes of size 1 with any stride', { sizes: [1, 2, 1], strides: [99, 1, 77] }, [0, 1]],
    ['nothing', { sizes: [0, 5], strides: [5, 1] }, []],
    ['repeated rows', { sizes: [3, 2], strides: [0, 1] }, [0, 1, 0, 1, 0, 1]],
  ])('%s', (_, stored, want) => {
    const { shape, data, dtype, parameter } = tensor(stored);
    expect([shape, [...data], dtype, parameter]).toEqual([stored.sizes, want, 'F64', true]);
  });

  test('types: each value exact', () => {
    const floats = new Uint8Array(Float32Array.of(0.1, -2).buffer);
    const f4 = readPt2(
      archive({ w: entry({ sizes: [2], strides: [1], dtype: 7 }) }, { 'data/weights/weight_0': floats }),
    );
    expect([...(f4.weights.get('w')?.data ?? [])]).toEqual([Math.fround(0.1), -2]);
    const i8 = readPt2(
      archive(
        { w: entry({ sizes: [1], strides: [1], dtype: 5 }) },
        { 'data/weights/weight_0': Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255) },
      ),
    );
    expect([...(i8.weights.get('w')?.data ?? [])]).toEqual([-1]);
  });

  test('two names of one place say so', () => {
    const { weights } = readPt2(
      archive({
        a: entry({ sizes: [2], strides: [1] }),
        b: entry({ sizes: [2], strides: [1] }),
        c: entry({ sizes: [2], strides: [2] }),
      }),
    );
    const [a, b, c] = [...weights.values()].map(({ place }) => place);
    expect([a === b, a === c]).toEqual([true, false]);
  });
});

test('what PyTorch writes is read as it is, and newer minor versions are', () => {
  const file = readFileSync(new URL('../../reference/exported-networks/strided.pt2', import.meta.url));
  expect([...readPt2(file).weights.keys()]).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
  const newer = archive({}, { 'models/net.json': json({ schema_version: { major: 8, minor: 99 } }) });
  expect(readPt2(newer).weights.size).toBe(0);
});

describe('what is refused', () => {
  const model = (value: unknown) => ({ 'models/net.json': json(value) });
  const cases: readonly (readonly [string, () => unknown, RegExp, typeof FormatError | typeof UnsupportedError])[] = [
    ['text', () => readPt2(utf8('hello there')), /^pt2: not a zip archive\. It looks like text/, FormatError],
    ['a safetensors file', () => readPt2(writeSafetensors({ w: { shape: [1], data: [1] } })), /^pt2: not a zip archive/, FormatError],
    ['an .npz file', () => readPt2(writeZip([['w.npy', utf8('x')]])), /not an archive of torch\.export\.save/, FormatError],
    ['torch.save', () => readPt2(writeZip([['m/data.pkl', utf8('x')], ['m/version', utf8('3')]])), /torch\.save or TorchScript, with pickles/, FormatError],
    ['an older torch.export', () => readPt2(writeZip([['serialized_exported_program.json', utf8('{}')]])), /older PyTorch/, UnsupportedError],
    ['half an archive', () => readPt2(archive({}).subarray(0, 200)), /^zip: /, FormatError],
    ['no model', () => readPt2(archive({}, { 'models/net.json': undefined })), /holds no exported program/, FormatError],
    ['two models', () => readPt2(archive({}, { 'models/other.json': json({}) })), /holds 2 models/, UnsupportedError],
    ['no weights', () => readPt2(archive({}, { 'data/weights/net_weights_config.json': undefined })), /net_weights_config\.json is missing/, FormatError],
    ['major 9', () => readPt2(archive({}, model({ schema_version: { major: 9, minor: 0 } }))), /major version 9; 8 is supported/, UnsupportedError],
    ['no version', () => readPt2(archive({}, model({}))), /no schema_version/, FormatError],
    ['no JSON', () => readPt2(archive({}, { 'models/net.json': utf8('{') })), /the program is not JSON/, FormatError],
    ['a list', () => readPt2(archive({}, model([]))), /the program is not a JSON object/, FormatError],
    ['a deep text', () => readPt2(archive({}, { 'models/net.json': utf8('['.repeat(1e5)) })), /nested 100000 deep/, FormatError],
    ['a key twice', () => readPt2(archive({}, { 'models/net.json': utf8('{"a":1,"a":2}') })), /the key "a" twice/, FormatError],
    ['big endian', () => readPt2(archive({}, { byteorder: utf8('big') })), /byte order "big"/, UnsupportedError],
    ['a pickled tensor', () => tensor({ sizes: [1], strides: [1], changes: { use_pickle: true } }), /tensor "w" is pickled/, UnsupportedError],
    ['a complex tensor', () => tensor({ sizes: [1], strides: [1], dtype: 11 }), /tensor "w" has ScalarType 11; supported are 1 \(U8\)/, UnsupportedError],
    ['a sparse tensor', () => tensor({ sizes: [1], strides: [1], meta: { layout: 1 } }), /tensor "w" has layout 1/, UnsupportedError],
    ['a storage that is not there', () => tensor({ sizes: [1], strides: [1], changes: { path_name: 'weight_9' } }), /lies in "weight_9", which is not in the archive/, FormatError],
    ['a storage elsewhere', () => tensor({ sizes: [1], strides: [1], changes: { path_name: '../weight_0' } }), /names no storage/, FormatError],
    ['beyond the end', () => tensor({ sizes: [13], strides: [1] }), /does not lie within its storage of 12 elements/, FormatError],
    ['beyond the end by its offset', () => tensor({ sizes: [2], strides: [1], offset: 11 }), /does not lie within/, FormatError],
    ['much of little', () => tensor({ sizes: [1e6], strides: [0] }), /does not lie within/, FormatError],
    ['sizes whose product is no number', () => tensor({ sizes: [2 ** 53 - 1, 2 ** 53 - 1], strides: [0, 0] }), /does not lie within/, FormatError],
    ['sizes and strides of different lengths', () => tensor({ sizes: [2], strides: [1, 1] }), /1 sizes and 2 strides/, FormatError],
    ['a negative stride', () => tensor({ sizes: [2], strides: [-1], offset: 3 }), /strides that are not integers ≥ 0/, FormatError],
    ['a symbolic size', () => tensor({ sizes: [1], strides: [1], meta: { sizes: [{ as_expr: {} }] } }), /sizes that are not integers/, FormatError],
  ]; // biome-ignore format: a table
  test.each(cases)('%s', (_, read, line, kind) => {
    expect(read).toThrow(line);
    expect(read).toThrow(kind);
  });

  test('a compressed archive without an inflater says what to pass', () => {
    const lenet = readFileSync(new URL('../../reference/exported-networks/lenet.pt2', import.meta.url));
    expect(() => readPt2(lenet)).toThrow(/is compressed: pass the option inflateRaw/);
    expect(() => readPt2(lenet, { inflateRaw: (bytes) => bytes, maxBytes: 100 })).toThrow(
      /more than the 100 allowed/,
    );
    expect(readZip(archive({})).size).toBe(6);
  });
});
