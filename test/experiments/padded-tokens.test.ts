/** @file Sequences of unequal length on the command line: tokens that a network takes as padding do not count, as if --token-weights said so. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import {
  embedding,
  initialise,
  linear,
  network,
  selfAttention,
  sequential,
  writeGraphNetwork,
} from '../../src/autodiff/index.ts';
import { rng } from '../../src/linalg/index.ts';
import { writeNpy, writeSafetensors } from '../../src/linalg/io/index.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);
const PAD = 0;
const model = network(
  { tokens: 4, vocabulary: 5 },
  sequential({ e: embedding(4), a: selfAttention(2, { causal: true, paddingToken: PAD }), head: linear(3) }),
);
const train = [3, 1, 4, 2, 2, 3, PAD, PAD, 1, PAD, PAD, PAD];
const queries = [2, 2, 4, PAD, 1, 3, 2, 4];
const counts = (tokens: readonly number[]): number[] => tokens.map((token) => (token === PAD ? 0 : 1));
const labels = (tokens: readonly number[]): number[] =>
  tokens.map((token, i) => (token === PAD ? -100 : i % 3));

beforeAll(() => {
  const { architecture, tensors, metadata } = writeGraphNetwork(
    model,
    initialise(model, 'torch', rng(1, 'padded')),
    { loss: 'cross-entropy', preprocessing: 'none' },
  );
  writeFileSync(file('net.json'), architecture);
  writeFileSync(file('net.safetensors'), writeSafetensors(tensors, metadata));
  for (const [name, tokens] of [
    ['train', train],
    ['query', queries],
  ] as const) {
    // biome-ignore format: pairs
    const shape = [tokens.length / 4, 4];
    writeFileSync(file(`${name}.npy`), writeNpy({ shape, dtype: 'i8', data: tokens }));
    writeFileSync(file(`${name}-labels.npy`), writeNpy({ shape, dtype: 'i8', data: labels(tokens) }));
    writeFileSync(file(`${name}-weights.npy`), writeNpy({ shape, data: counts(tokens) }));
  }
  writeFileSync(file('empty.npy'), writeNpy({ shape: [1, 4], dtype: 'i8', data: [PAD, PAD, PAD, PAD] }));
});

const net = ['--architecture', file('net.json'), '--params', file('net.safetensors')];
const bytes = async (out: string, ...options: string[]): Promise<Buffer> => {
  expect(await command(...options, '--out', file(out))).toMatchObject({ code: 0, stderr: '' });
  return readFileSync(file(out));
};

test('curvature', async () => {
  const options = [
    'curvature',
    ...net,
    '--inputs',
    file('train.npy'),
    '--labels',
    file('train-labels.npy'),
    '--method',
    'kfac',
  ];
  const without = await bytes('a.npy', ...options);
  expect(without).toEqual(await bytes('b.npy', ...options, '--token-weights', file('train-weights.npy')));
});

test('influence: queries are weighed by the mean number of tokens of a training example', async () => {
  const options = [
    'influence', ...net, '--train-inputs', file('train.npy'), '--train-labels', file('train-labels.npy'),
    '--query-inputs', file('query.npy'), '--query-labels', file('query-labels.npy'), '--method', 'ggn', '--damping', '0.1',
  ]; // biome-ignore format: options
  const weights = [
    '--token-weights',
    file('train-weights.npy'),
    '--query-token-weights',
    file('query-weights.npy'),
  ];
  const without = await bytes('c.npy', ...options);
  expect(without).toEqual(await bytes('d.npy', ...options, ...weights));
});

test('training examples that are nothing but padding are refused', async () => {
  const { code, stderr } = await command(
    'curvature',
    ...net,
    '--inputs',
    file('empty.npy'),
    '--labels',
    file('empty.npy'),
    '--method',
    'ggn',
    '--out',
    file('e.npy'),
  );
  expect(code).toBe(1);
  expect(stderr).toContain('empty.npy: every token is padding (0).');
});
