/** @file `--class-weights` of train, curvature, influence and retrain: the same numbers as examples that carry their class's weight themselves. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Matrix, rng } from '../../src/linalg/index.ts';
import { readNpy, writeNpy } from '../../src/linalg/io/index.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const N = 15;
const C = [0.5, 2, 4];
const random = rng(5, 'class weights');
const inputs = new Matrix(N, 3, random.fillNormal(new Float64Array(3 * N)));
const labels = Int32Array.from({ length: N }, (_, n) => n % 3);
const own = Float64Array.from({ length: N }, () => random.uniform());
const soft = Float64Array.from({ length: N }, () => random.uniform());
const [classes, ownFile, both, binary] = [C.join(','), at('own.npy'), at('both.npy'), 'binary-cross-entropy'];

beforeAll(() => {
  const write = (name: string, data: Float64Array | Int32Array): void =>
    writeFileSync(at(name), writeNpy({ shape: [N], ...(data instanceof Int32Array ? { dtype: 'i4' } : {}), data })); // biome-ignore format: one line
  writeFileSync(at('x.npy'), writeNpy(inputs));
  write('y.npy', labels);
  write('t.npy', soft);
  write('own.npy', own);
  write('both.npy', own.map((w, n) => w * C[labels[n]])); // biome-ignore format: one line
});

const train = (out: string, ...more: readonly string[]): Promise<{ code: number; stderr: string }> =>
  command('train', '--inputs', at('x.npy'), '--width', '3', '--epochs', '6', '--batch', '5', ...more, '--out', at(out)); // biome-ignore format: one line
const byLabels = ['--labels', at('y.npy')];

/** Largest difference, relative to the largest number. */
function difference(a: string, b: string): number {
  const [p, q] = [a, b].map((name) => readNpy(readFileSync(at(name))).data as Float64Array);
  const most = p.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  return p.reduce((m, x, k) => Math.max(m, Math.abs(x - q[k])), 0) / most;
}

test('train, curvature, influence', async () => {
  const given = { counted: ['--example-weights', ownFile, '--class-weights', classes], written: ['--example-weights', both] }; // biome-ignore format: one line
  for (const [name, weights] of Object.entries(given)) {
    expect(await train(`${name}.safetensors`, ...byLabels, ...weights)).toMatchObject({ code: 0 });
    const network = ['--params', at('counted.safetensors'), ...weights];
    const examples = ['--inputs', at('x.npy'), ...byLabels];
    const matrix = await command('curvature', ...network, ...examples, '--method', 'hessian', '--out', at(`${name}-c.npy`)); // biome-ignore format: one line
    expect(matrix).toMatchObject({ code: 0 });
    const sets = ['train', 'query'].flatMap((set) => [`--${set}-inputs`, at('x.npy'), `--${set}-labels`, at('y.npy')]); // biome-ignore format: one line
    const scores = await command('influence', ...network, ...sets, '--method', 'ggn', '--damping', '0.1', '--out', at(`${name}-s.npy`)); // biome-ignore format: one line
    expect(scores).toMatchObject({ code: 0 });
  }
  expect(readFileSync(at('counted.safetensors'))).toEqual(readFileSync(at('written.safetensors')));
  expect(difference('counted-c.npy', 'written-c.npy')).toBeLessThan(1e-14);
  expect(difference('counted-s.npy', 'written-s.npy')).toBeLessThan(1e-13);
});

test('pos_weight of the binary cross-entropy', async () => {
  const loss = ['--loss', binary];
  expect(await train('b.safetensors', '--targets', at('t.npy'), ...loss)).toMatchObject({ code: 0 });
  const given = ['curvature', '--params', at('b.safetensors'), '--inputs', at('x.npy'), '--targets', at('t.npy'), ...loss, '--method', 'ggn']; // biome-ignore format: one line
  const curvature = (out: string, weights: string): Promise<unknown> =>
    command(...given, '--class-weights', weights, '--out', at(out));
  for (const [out, weights] of [
    ['c1.npy', '1,3'],
    ['c2.npy', '1,0'],
    ['c3.npy', '0,1'],
  ])
    expect(await curvature(out, weights)).toMatchObject({ code: 0 });
  const [weighted, without, only] = ['c1.npy', 'c2.npy', 'c3.npy'].map((name) => readNpy(readFileSync(at(name))).data); // biome-ignore format: one line
  for (const [k, c] of weighted.entries()) expect(c).toBeCloseTo(without[k] + 3 * only[k], 13); // p σ(1 − σ) t + σ(1 − σ)(1 − t) is linear in p
});

test.each([
  [
    'a class without a weight',
    [...byLabels, '--class-weights', '1,2'],
    /2 numbers, classes 0\.\.1; label 2 is 2/,
  ],
  ['one number', [...byLabels, '--class-weights', '1'], /a number for each class/],
  ['a negative one', [...byLabels, '--class-weights', '1,-2,3'], /a number ≥ 0/],
  ['regression', ['--targets', at('x.npy'), '--class-weights', '1,2,3'], /targets that are probabilities/],
  ['another number of classes', ['--targets', at('t.npy'), '--loss', binary, '--class-weights', '1,2,3'], /targets have 1 number/], // biome-ignore format: one line
])('refused: %s', async (_, more, how) => {
  const { code, stderr } = await train('never.safetensors', ...more);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(how);
  expect(existsSync(at('never.safetensors'))).toBe(false);
});

test('Digits has weights of its own classes only', async () => {
  const { code, stderr } = await command(
    'train',
    '--class-weights',
    classes,
    '--out',
    at('never.safetensors'),
  );
  expect([code === 0, stderr]).toEqual([false, expect.stringMatching(/--class-weights go with --inputs/)]);
});
