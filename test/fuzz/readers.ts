/** @file The readers that are fuzzed: valid files of each format, its tokens and fields, and what reads it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Mlp } from '../../src/autodiff/index.ts';
import { decodeLog, encodeHeader, encodeRecord } from '../../src/experiments/engine/retraining-log.ts';
import { readIdx } from '../../src/experiments/protocol/data/idx.ts';
import { readTrajectory } from '../../src/experiments/user-files/trajectory.ts';
import { crc32 } from '../../src/linalg/io/crc32.ts';
import { type CsvOptions, readCsv } from '../../src/linalg/io/csv.ts';
import { readNpy, writeNpy } from '../../src/linalg/io/npy.ts';
import { readNpz } from '../../src/linalg/io/npz.ts';
import { readSafetensors, writeSafetensors } from '../../src/linalg/io/safetensors.ts';
import { readZip } from '../../src/linalg/io/zip.ts';
import { writeZip } from '../../src/linalg/io/zip-writer.ts';
import { decode, FORMATS } from '../linalg/io/fixtures.ts';
import { NETWORK_READERS } from './exported.ts';
import type { Seeds } from './mutate.ts';
import { STORED_FIT } from './stored-fit.ts';

export interface FuzzedReader extends Seeds {
  readonly name: string;
  /** Reads a mutant; `index` chooses among options. */
  read(bytes: Uint8Array, index: number): unknown;
}

const golden = (name: string, key: string): Uint8Array[] => {
  const file = JSON.parse(readFileSync(new URL(`../reference/${name}`, import.meta.url), 'utf8')) as Record<
    string,
    { bytes: string }[]
  >;
  return file[key].map(({ bytes }) => decode(bytes));
};
const inflateRaw = (bytes: Uint8Array, size: number): Uint8Array =>
  inflateRawSync(bytes, { maxOutputLength: Math.max(size, 1) });
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const NPY_TOKENS = [
  ...[
    "'<f8'",
    "'>f8'",
    "'<i8'",
    "'|O'",
    "'<U5'",
    "'|S3'",
    "'?'",
    "'d'",
    "'=f4'",
    "[('x', '<f8')]",
    "'descr'",
    "'shape'",
  ],
  ...[
    "'fortran_order'",
    'True',
    'False',
    '(2,)',
    '(3, 4)',
    '(2L,)',
    '()',
    '(0,)',
    '(4294967296,)',
    '(9007199254740991,)',
  ],
  ...['(1, 1, 1, 1, 1, 1, 1, 1)', '(-1,)', '(', ')', ',', '{', '}', '\t', '#', '\n', "u'", '0x', '\x93NUMPY'],
];
const npy = golden('npy-headers.json', 'cases')
  .slice(0, 260)
  .concat(FORMATS.npy.map(({ bytes }) => decode(bytes)));
const zips = golden('archives.json', 'archives').concat(decode(FORMATS.npzStored.bytes));
const ZIP_FIELDS = [
  6, 8, 14, 18, 22, 26, 28, -2, -6, -10, -12, -14, -18, -22, -42, -38, -34, -26, -98, -66, -58, -50,
];

const TRAJECTORY = 'trajectory.json';

/** The readers, with a folder for the one that reads folders. */
export function fuzzedReaders(): { readers: FuzzedReader[]; close(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'eigenfluence-fuzz-'));
  const run = path.join(folder, 'run');
  mkdirSync(run);
  const theta = new Float64Array(new Mlp([2, 2], 'tanh').parameterCount).fill(0.5);
  const checkpoint = writeSafetensors({
    '0.weight': { shape: [2, 2], dtype: 'F64', data: theta.subarray(0, 4) },
    '0.bias': { shape: [2], dtype: 'F64', data: theta.subarray(4) },
  });
  for (const step of [0, 4]) writeFileSync(path.join(run, `checkpoint-${step}.safetensors`), checkpoint);
  const trajectory = utf8(
    JSON.stringify({
      format: 'eigenfluence trajectory 1',
      activation: 'tanh',
      loss: 'cross-entropy',
      steps: 4,
      stepsPerEpoch: 2,
      learningRates: [0.1, 0.1],
      momentum: 0.9,
      weightDecay: 0,
      batch: 2,
      checkpoints: [
        { step: 0, file: 'checkpoint-0.safetensors' },
        { step: 4, file: 'checkpoint-4.safetensors' },
      ],
    }),
  );

  const identity = { key: 'a'.repeat(64), queries: 2, measurements: ['loss', 'margin'] };
  const log = Buffer.concat([
    encodeHeader(identity),
    ...[0, 1].map((seed) =>
      encodeRecord(identity, {
        subset: 3,
        seed,
        seconds: 0.5,
        values: { loss: Float64Array.of(1, 2), margin: Float64Array.of(3, 4) },
      }),
    ),
  ]);

  const NUMBER_TOKENS = [
    '0',
    '-1',
    '1e308',
    '1e999',
    '0.5',
    '9007199254740993',
    'null',
    'true',
    '"x"',
    '[]',
    '{}',
  ];
  const readers: FuzzedReader[] = [
    {
      name: 'npy',
      files: npy,
      tokens: NPY_TOKENS,
      fields: [6, 8, 9],
      read: (bytes, index) => readNpy(bytes, { trailing: index % 2 === 0 ? 'refuse' : 'ignore' }),
    },
    {
      name: 'zip',
      files: zips,
      tokens: ['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', 'PK\x06\x06', 'PK\x06\x07', '/', '..'],
      fields: ZIP_FIELDS,
      read: (bytes) => readZip(bytes, inflateRaw),
    },
    {
      name: 'npz',
      files: zips,
      tokens: [...NPY_TOKENS, '.npy', 'PK\x01\x02', 'PK\x03\x04'],
      fields: ZIP_FIELDS,
      read: (bytes) => readNpz(bytes, { inflateRaw, maxBytes: 2 ** 20 }),
    },
    {
      name: 'npz members', // the checksums are right: damage reaches what is inside
      files: npy,
      tokens: NPY_TOKENS,
      fields: [6, 8, 9],
      read: (bytes) =>
        readNpz(
          writeZip([
            ['a.npy', bytes],
            ['b.npy', writeNpy([1, 2])],
          ]),
        ),
    },
    {
      name: 'deflated members',
      files: npy.map((bytes) => deflateRawSync(bytes)),
      tokens: [],
      fields: [],
      read: (bytes) => readNpz(asDeflated(bytes), { inflateRaw }),
    },
    {
      name: 'CSV',
      files: [
        '1,2\n3,4\n',
        'a,b\r\n1.5,-2e-3\r\n',
        '"x ""y""","z\n"\n0x1,nan\n',
        '1;2,5\n',
        ' 1  2 # c\n\n3 4\n',
        '\ufeff1,\n,2\n',
        '1\t2\r3\t4\r',
      ].map(utf8),
      tokens: [
        ...NUMBER_TOKENS,
        ',',
        ';',
        '\t',
        '\n',
        '\r\n',
        '\r',
        '"',
        '""',
        '#',
        'nan',
        'inf',
        '0x',
        '\ufeff',
        ' ',
      ],
      fields: [],
      read: (bytes, index) => readCsv(bytes, csvOptions(index)),
    },
    {
      name: 'safetensors',
      files: FORMATS.safetensors.map(({ bytes }) => decode(bytes)).concat(checkpoint),
      tokens: [
        ...NUMBER_TOKENS,
        '"F64"',
        '"F32"',
        '"BF16"',
        '"I64"',
        '"BOOL"',
        '"F8_E4M3"',
        '"dtype"',
        '"shape"',
        '"data_offsets"',
        '"__metadata__"',
        '[0,8]',
        '[[[[[[[[',
        '{"a":',
        '}}',
        '[4294967296]',
        '[9007199254740991,0]',
        ' ',
      ],
      fields: [0, 4],
      read: (bytes) => readSafetensors(bytes),
    },
    {
      name: 'idx',
      files: [
        Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9),
        Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4),
      ],
      tokens: ['\0\0\x08\x01', '\0\0\x08\x03', '\xff\xff\xff\xff'],
      fields: [2, 3, 4, 8, 12],
      read: (bytes) => readIdx(bytes),
    },
    {
      name: 'trajectory.json',
      files: [trajectory],
      tokens: [
        ...NUMBER_TOKENS,
        '"steps"',
        '"stepsPerEpoch"',
        '"learningRates"',
        '"momentum"',
        '"weightDecay"',
        '"batch"',
        '"checkpoints"',
        '"sha256":"00"',
        '"step"',
        '"file"',
        '"tanh"',
        '"relu"',
        '"squared-error"',
        '"../x"',
        '[0.1,0.1]',
        '0.1',
        '4',
        '2',
        '"checkpoint-0.safetensors"',
      ],
      fields: [],
      read: (bytes) => {
        writeFileSync(path.join(run, TRAJECTORY), bytes);
        return readTrajectory(run);
      },
    },
    {
      name: 'retraining log',
      files: [Uint8Array.from(log)],
      tokens: [],
      fields: [0, 64, 68, 72],
      read: (bytes) => decodeLog(identity, bytes),
    },
    STORED_FIT,
    ...NETWORK_READERS,
  ];
  return { readers, close: () => rmSync(folder, { recursive: true, force: true }) };
}

function csvOptions(index: number): CsvOptions {
  const bit = (k: number): boolean => ((index >> k) & 1) === 1;
  return {
    header: bit(0) ? 'auto' : bit(1),
    trim: bit(2),
    ...(bit(3) ? { comment: '#' } : {}),
    ...(bit(4) ? { missing: Number.NaN } : {}),
    separator: [',', ';', 'blanks', '\t'][(index >> 5) & 3],
    emptyLines: bit(7) ? 'skip' : 'refuse',
    trailingSeparator: bit(8) ? 'ignore' : 'field',
    loneReturn: bit(9),
    nonFinite: bit(10),
    hexadecimal: bit(11),
  };
}

/** An archive whose only entry has these compressed bytes; size and checksum are right if they can be expanded. */
function asDeflated(packed: Uint8Array): Uint8Array {
  let content: Uint8Array = new Uint8Array(packed.length);
  try {
    content = inflateRaw(packed, 2 ** 16);
  } catch {} // no DEFLATE stream any more: the reader must find out
  const bytes = writeZip([['a.npy', packed]]);
  const view = new DataView(bytes.buffer);
  const at = view.getUint32(bytes.length - 6, true);
  view.setUint16(8, 8, true);
  view.setUint16(at + 10, 8, true);
  view.setUint32(at + 16, crc32(content), true);
  view.setUint32(at + 24, content.length, true);
  return bytes;
}
