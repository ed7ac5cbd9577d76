/** @file Fuzzed readers of networks: .pt2 archives as a whole, their graph and their list of weights behind right checksums, architecture.json. */
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { parseDescription } from '../../src/autodiff/graph/parse-description.ts';
import { readExportedNetwork } from '../../src/autodiff/pt2/read-network.ts';
import { readZip } from '../../src/linalg/io/zip.ts';
import { writeZip } from '../../src/linalg/io/zip-writer.ts';
import type { FuzzedReader } from './readers.ts';

const inflateRaw = (bytes: Uint8Array, size: number): Uint8Array =>
  inflateRawSync(bytes, { maxOutputLength: Math.max(size, 1) });
const file = (name: string): Uint8Array =>
  Uint8Array.from(
    readFileSync(
      new URL(`../reference/${name.includes('/') ? '' : 'exported-networks/'}${name}.pt2`, import.meta.url),
    ),
  );
const members = (name: string): Map<string, Uint8Array> => readZip(file(name), inflateRaw);
const member = (name: string, end: string): [string, Uint8Array] => {
  const found = [...members(name)].find(([key]) => key.endsWith(end));
  if (found === undefined) throw new Error(`${name} has no ${end}`);
  return found;
};

const GRAPH_TOKENS = [
  ...[
    '0',
    '-1',
    '1e308',
    '9223372036854775807',
    'null',
    'true',
    '"x"',
    '[]',
    '{}',
    '"Infinity"',
    '[[[[',
    ',',
  ],
  ...[
    '"as_int"',
    '"as_ints"',
    '"as_tensor"',
    '"as_none"',
    '"as_float"',
    '"as_sym_int"',
    '"as_graph"',
    '"name"',
  ],
  ...[
    'torch.ops.aten.view.default',
    'torch.ops.aten.permute.default',
    'torch.ops.aten.select.int',
    '_operator.mul',
  ],
  ...[
    'torch.ops.aten.matmul.default',
    'torch.ops.aten.expand.default',
    'torch.ops.aten.full.default',
    '"__proto__"',
  ],
  ...[
    '"sizes"',
    '"strides"',
    '"dtype"',
    '"layout"',
    '"storage_offset"',
    '"use_pickle"',
    '"path_name"',
    '"major"',
  ],
];

/** An archive like the first, with one member replaced. */
const replaced = (name: string, end: string, bytes: Uint8Array): Uint8Array => {
  const [key] = member(name, end);
  return writeZip([...members(name)].map(([own, content]) => [own, own === key ? bytes : content] as const));
};

const inside = (name: string, end: string): FuzzedReader => ({
  name: `pt2: ${end} of ${name}`,
  files: [member(name, end)[1]],
  tokens: GRAPH_TOKENS,
  fields: [],
  read: (bytes) => readExportedNetwork(replaced(name, end, bytes)),
});

const architecture = JSON.stringify(readExportedNetwork(file('depthwise'), { inflateRaw }).description);

/** The readers, for the table of all. */
export const NETWORK_READERS: readonly FuzzedReader[] = [
  {
    name: 'pt2',
    files: [file('strided')],
    tokens: ['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', 'pt2', 'little', '"major": 8'],
    fields: [6, 8, 14, 18, 22, 26, 28, -2, -6, -10, -12, -14],
    read: (bytes) => readExportedNetwork(bytes, { inflateRaw }),
  },
  inside('strided', 'models/model.json'),
  inside('gpt-hand-fixed', 'models/model.json'),
  inside('exported-models/sinusoidal', 'models/model.json'),
  inside('exported-models/masks', 'models/model.json'),
  inside('strided', 'weights/model_weights_config.json'),
  {
    name: 'architecture.json',
    files: [new TextEncoder().encode(architecture)],
    tokens: [...GRAPH_TOKENS, '"conv2d"', '"linear"', '"inputs"', '"x"', '"kernel"', '[3,3]'],
    fields: [],
    read: (bytes) => parseDescription(new TextDecoder().decode(bytes)),
  },
];
