/** @file `influence --save-fit`, `--fit`, `--modules` and `--damping-per`, against the library. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Mlp, readTorchParameters } from '../../src/autodiff/index.ts';
import { CURVATURE_KINDS } from '../../src/curvature/index.ts';
import { attribute, type MethodName, type MethodOptions } from '../../src/influence/index.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import { readNpy, readSafetensors, writeNpy } from '../../src/linalg/io/index.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const random = rng(11, 'stored fits');
const points = (n: number): Matrix => new Matrix(n, 3, random.fillNormal(new Float64Array(3 * n)));
const classes = ({ rows }: Matrix): Int32Array => Int32Array.from({ length: rows }, (_, n) => n % 2);
const [x, xq, xOther] = [points(14), points(4), points(14)];
const network = at('n.safetensors');
const train = ['--train-inputs', at('x.npy'), '--train-labels', at('y.npy')];
const queries = ['--query-inputs', at('xq.npy'), '--query-labels', at('yq.npy')];
const explained = ['influence', '--params', network, ...train, ...queries];

beforeAll(async () => {
  for (const [name, inputs] of Object.entries({ '': x, q: xq, other: xOther })) {
    writeFileSync(at(`x${name}.npy`), writeNpy(inputs));
    writeFileSync(at(`y${name}.npy`), writeNpy({ shape: [inputs.rows], dtype: 'i4', data: classes(inputs) }));
  }
  const fitted = await command(
    'train',
    '--inputs',
    at('x.npy'),
    '--labels',
    at('y.npy'),
    '--depth',
    '2',
    '--width',
    '4',
    '--epochs',
    '8',
    '--batch',
    '7',
    '--out',
    network, // biome-ignore format: one line
  );
  expect(fitted).toMatchObject({ code: 0 });
});

const scores = (name: string): Float64Array => readNpy(readFileSync(at(name))).data as Float64Array;

/** What the library says. */
function expected(method: MethodName, options: MethodOptions): Float64Array {
  const { theta } = readTorchParameters(readSafetensors(readFileSync(network)));
  const model = new Mlp([3, 4, 4, 2], 'tanh');
  return attribute({
    method,
    options,
    models: [{ model, loss: 'cross-entropy', theta }],
    train: { inputs: x, labels: classes(x) },
    queries: { inputs: xq, labels: classes(xq) },
  }).scores.data;
}

test.each([...CURVATURE_KINDS, 'trak', 'logra', 'arnoldi'] as const)(
  '%s: a fit in a file scores as a direct run does',
  async (method) => {
    const direct = await command(...explained, '--method', method, '--out', at('direct.npy'));
    expect(direct).toMatchObject({ code: 0 });
    const fit = at(`${method}.fit`);
    expect(
      await command(...explained, '--method', method, '--save-fit', fit, '--out', at('saved.npy')),
    ).toMatchObject({ code: 0 });
    expect(await command(...explained, '--fit', fit, '--out', at('later.npy'))).toMatchObject({ code: 0 });
    expect(scores('direct.npy')).toEqual(expected(method, {}));
    expect(scores('saved.npy')).toEqual(scores('direct.npy'));
    expect(scores('later.npy')).toEqual(scores('direct.npy'));
  },
);

test('a fit keeps its options, and takes no others', async () => {
  const fit = at('kept.fit');
  const options = ['--damping-per', 'module', '--modules', 'last'];
  const saved = await command(...explained, '--method', 'ekfac', ...options, '--save-fit', fit, '--out', at('a.npy')); // biome-ignore format: one line
  expect(saved).toMatchObject({ code: 0 });
  expect(await command(...explained, '--fit', fit, '--out', at('b.npy'))).toMatchObject({ code: 0 });
  expect(scores('b.npy')).toEqual(scores('a.npy'));
  expect(scores('a.npy')).toEqual(expected('ekfac', { dampingPer: 'module', modules: 'last' }));
});

test.each([
  ['last module', 'ggn', ['--modules', 'last'], { modules: 'last' }],
  ['modules by name', 'block-ggn', ['--modules', '2,4'], { modules: [1, 2] }],
  ['damping per module', 'block-ggn', ['--damping-per', 'module'], { dampingPer: 'module' }],
  ['damping of factors', 'kfac', ['--damping-per', 'pi', '--damping', '0.02'], { dampingPer: 'pi', damping: 0.02 }], // biome-ignore format: one line
] as const)('%s', async (_, method, flags, options) => {
  const { code, stderr } = await command(...explained, '--method', method, ...flags, '--out', at('o.npy'));
  expect([code, stderr.includes('error')]).toEqual([0, false]);
  expect(scores('o.npy')).toEqual(expected(method, options as MethodOptions));
});

test('source: a fit in a file scores as a direct run does, and belongs to its run', async () => {
  const runs = { plain: [], adamw: ['--optimiser', 'adamw', '--lr', '0.01'] };
  for (const [name, more] of Object.entries(runs)) {
    const data = ['--inputs', at('x.npy'), '--labels', at('y.npy'), '--depth', '2', '--width', '4'];
    const out = ['--out', at(`${name}.safetensors`), '--checkpoints', at(name)];
    expect(await command('train', ...data, '--epochs', '6', '--batch', '7', ...more, ...out)).toMatchObject({ code: 0 }); // biome-ignore format: one line
    const own = ['influence', '--params', at(`${name}.safetensors`), ...train, ...queries, '--checkpoints', at(name)]; // biome-ignore format: one line
    const fit = at(`${name}.fit`);
    const runOf = (...flags: string[]) => command(...own, ...flags);
    for (const [flags, file] of [
      [['--method', 'source'], 'direct'],
      [['--method', 'source', '--save-fit', fit], 'saved'],
      [['--fit', fit], 'later'],
    ] as const)
      expect(await runOf(...flags, '--out', at(`${name}-${file}.npy`))).toMatchObject({ code: 0 });
    for (const file of ['saved', 'later'])
      expect(scores(`${name}-${file}.npy`)).toEqual(scores(`${name}-direct.npy`));
  }
  const mixed = await command('influence', '--params', at('plain.safetensors'), ...train, ...queries, '--fit', at('plain.fit'), '--out', at('z.npy')); // biome-ignore format: one line
  expect(mixed.code).not.toBe(0);
  expect(mixed.stderr).toMatch(/checkpoints/);
});

const FIT = at('refused.fit');
test.each([
  ['another training set', ['--fit', FIT, '--train-inputs', at('xother.npy')], /train must be the training set that was fitted/], // biome-ignore format: one line
  ['another method', ['--fit', FIT, '--method', 'kfac'], /--method kfac: .*refused\.fit is a fit of ekfac/],
  ['options of the method', ['--fit', FIT, '--damping', '0.1'], /--damping .*has no effect with --fit/],
  ['both', ['--fit', FIT, '--save-fit', at('again.fit')], /give one of them/],
  ['nothing to fit', ['--method', 'grad-dot', '--save-fit', at('again.fit')], /--save-fit does not apply to grad-dot: grad-dot has nothing to fit/], // biome-ignore format: one line
  ['a fit that is not kept', ['--method', 'astra', '--save-fit', at('again.fit')], /--save-fit does not apply to astra: the fit of astra is not kept/], // biome-ignore format: one line
  ['a module that is not there', ['--method', 'ggn', '--modules', '1'], /no module '1'; it has 0, 2, 4;/],
])('refused: %s', async (_, more, how) => {
  if (!existsSync(FIT))
    await command(...explained, '--method', 'ekfac', '--save-fit', FIT, '--out', at('c.npy'));
  const base = explained.slice(1);
  const kept = base.filter((_, i) => !(more as string[]).includes(base[i - (i % 2)] as string));
  const { code, stderr } = await command('influence', ...kept, ...more, '--out', at('never.npy'));
  expect(code).not.toBe(0);
  expect(stderr).toMatch(how);
  expect(existsSync(at('never.npy')) || existsSync(at('again.fit'))).toBe(false);
});
