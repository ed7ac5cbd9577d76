/** @file `--loss` and `--example-weights` of train, curvature and influence. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import {
  binaryCrossEntropy,
  type RegressionData,
  readTorchParameters,
  torchPermutation,
} from '../../src/autodiff/index.ts';
import { CURVATURES } from '../../src/curvature/index.ts';
import { attribute } from '../../src/influence/index.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import { readNpy, readSafetensors, writeNpy } from '../../src/linalg/io/index.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);
const random = rng(7, 'loss-options');
const [N, Q] = [12, 3];
const inputs = new Matrix(N, 3, random.fillNormal(new Float64Array(3 * N)));
const targets = Matrix.of(inputs.toArray().map(([a, b]) => [a > b ? 1 : 0]));
const weights = new Matrix(
  N,
  1,
  Float64Array.from({ length: N }, (_, n) => (n === 2 ? 0 : random.uniform())),
);
const train: RegressionData = { inputs, targets, weights };
const first = (m: Matrix): Matrix => m.rowRange(0, Q);
const queries: RegressionData = { inputs: first(inputs), targets: first(targets), weights: first(weights) };
const network = file('net.safetensors');
const examples = ['--inputs', file('x.npy'), '--targets', file('t.npy'), '--example-weights', file('w.npy')];
const binary = ['--loss', 'binary-cross-entropy'];

beforeAll(async () => {
  const write = (name: string, { rows, cols, data }: Matrix): void =>
    writeFileSync(file(`${name}.npy`), writeNpy({ shape: cols === 1 ? [rows] : [rows, cols], data }));
  for (const [end, data] of [
    ['', train],
    ['q', queries],
  ] as const) {
    write(`x${end}`, data.inputs);
    write(`t${end}`, data.targets);
    write(`w${end}`, data.weights as Matrix);
  }
  write('neg', new Matrix(N, 1, new Float64Array(N).fill(-1)));
  const more = ['--width', '4', '--epochs', '5', '--out', network, '--checkpoints', file('run')];
  expect(await command('train', ...examples, ...binary, ...more)).toMatchObject({ code: 0 });
});

const stored = () => readTorchParameters(readSafetensors(readFileSync(network)));

test('train writes the loss, curvature and influence are those of the library', async () => {
  const { model, theta, loss } = stored();
  expect(loss).toBe('binary-cross-entropy');
  expect(JSON.parse(readFileSync(path.join(file('run'), 'trajectory.json'), 'utf8'))).toMatchObject({ loss });
  const problem = { model, loss: binaryCrossEntropy, theta, data: train };
  const out = file('c.npy');
  const asked = ['--params', network, ...examples, ...binary, '--method', 'hessian', '--out', out];
  expect(await command('curvature', ...asked)).toMatchObject({ code: 0 });
  const [order, h] = [torchPermutation(model), CURVATURES.hessian.matrix(problem)];
  const { data } = readNpy(readFileSync(out));
  for (let a = 0, k = 0; a < h.rows; a++)
    for (let b = 0; b < h.cols; b++, k++) expect(data[k]).toBe(h.at(order[a], order[b]));
});

const influence = [
  ...['--train-inputs', file('x.npy'), '--train-targets', file('t.npy'), '--query-inputs', file('xq.npy')],
  ...['--query-targets', file('tq.npy'), '--example-weights', file('w.npy')],
  ...['--query-example-weights', file('wq.npy'), '--out', file('s.npy'), ...binary],
];

test.each([
  ['ekfac', 'margin'],
  ['source', 'loss'],
] as const)('influence by %s under the %s', async (method, measurement) => {
  const { model, theta } = stored();
  const follows = method === 'source' ? ['--checkpoints', file('run')] : [];
  const asked = [
    '--params',
    network,
    ...influence,
    ...follows,
    '--method',
    method,
    '--measurement',
    measurement,
  ];
  expect(await command('influence', ...asked)).toMatchObject({ code: 0, stderr: '' });
  const scores = readNpy(readFileSync(file('s.npy'))).data;
  for (let q = 0; q < Q; q++) expect(scores[q * N + 2]).toBe(0);
  if (method === 'source') return;
  const models = [{ model, loss: binaryCrossEntropy, theta }];
  expect(scores).toEqual(attribute({ method, options: { measurement }, models, train, queries }).scores.data);
});

test('influence by trajectory trains with the loss and the weights', async () => {
  const own = ['--method', 'trajectory', '--models', '1', '--epochs', '2', '--lr', '0.1', '--workers', '2'];
  expect(await command('influence', ...influence, ...own)).toMatchObject({ code: 0 });
  expect(readNpy(readFileSync(file('s.npy'))).data[2]).toBe(0);
});

test('what does not fit is refused in one line', async () => {
  const refused = async (how: RegExp, ...args: string[]): Promise<void> => {
    const { code, stderr } = await command(...args);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(how);
  };
  const data = ['--inputs', file('x.npy'), '--targets', file('t.npy'), '--out', file('o.safetensors')];
  await refused(
    /--loss cross-entropy reads --labels, not --targets/,
    'train',
    ...data,
    '--loss',
    'cross-entropy',
  );
  await refused(/'huber\(0\)' is invalid/, 'train', ...data, '--loss', 'huber(0)');
  await refused(
    /12 .*weight for each example|must be \[12\]/,
    'train',
    ...data,
    '--example-weights',
    file('wq.npy'),
  );
  await refused(/weight 0 is -/, 'train', ...data, '--example-weights', file('neg.npy'));
  const asked = [
    '--params',
    network,
    '--inputs',
    file('x.npy'),
    '--targets',
    file('t.npy'),
    '--method',
    'ggn',
  ];
  await refused(/trained with the loss binary-cross-entropy, but huber\(1\)/, 'curvature', ...asked, '--loss', 'huber', '--out', file('c.npy')); // biome-ignore format: one line
});
