/** @file `influence --method trajectory`: its own runs on arrays, the same bits by any number of workers, what it refuses. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { adamW, type Dataset, Mlp, Trainer } from '../../src/autodiff/index.ts';
import { attribute, trainingDerivative, trajectoryRun } from '../../src/influence/index.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import { readNpy, writeNpy } from '../../src/linalg/io/index.ts';
import { relativeError } from '../helpers/close.ts';
import { command, overridden } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const [N, Q, FEATURES] = [40, 5, 6];
const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);

/** Three clouds with their labels, and a target that bends. */
function examples(n: number, name: string): { inputs: Matrix; labels: Int32Array; targets: Matrix } {
  const random = rng(5, name);
  const inputs = new Matrix(n, FEATURES, random.fillNormal(new Float64Array(n * FEATURES)));
  const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
  for (let i = 0; i < n; i++) inputs.set(i, labels[i], inputs.at(i, labels[i]) + 2);
  const targets = Matrix.of(inputs.toArray().map((x) => [Math.tanh(x[0]) + 0.1 * x[1] * x[2], x[3]]));
  return { inputs, labels, targets };
}
const [train, asked] = [examples(N, 'train'), examples(Q, 'queries')];
const queries = { inputs: asked.inputs, labels: asked.labels };

const inputs = ['--train-inputs', file('x.npy'), '--query-inputs', file('xq.npy')];
const labels = ['--train-labels', file('y.npy'), '--query-labels', file('yq.npy')];
const targets = ['--train-targets', file('t.npy'), '--query-targets', file('tq.npy')];
const SMALL = [
  '--width',
  '4',
  '--epochs',
  '6',
  '--lr',
  '0.05',
  '--batch',
  '8',
  '--models',
  '3',
  '--init',
  'torch',
];
const base = ['--method', 'trajectory', ...inputs];

interface Figures {
  readonly models: number;
  readonly amplification: number;
  readonly parameters: number;
  readonly run: Readonly<Record<string, number | string>>;
  readonly settings: { readonly models: readonly Readonly<Record<string, unknown>>[] };
  readonly seconds: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

async function influence(...flags: readonly string[]): Promise<{ scores: Float64Array; figures: Figures }> {
  const run = await command('influence', ...base, ...flags, '--out', file('s.npy'), '--json');
  expect([run.code, run.stderr]).toEqual([0, '']);
  const { shape, data } = readNpy(readFileSync(file('s.npy')));
  expect(shape).toEqual([Q, N]);
  return { scores: data as Float64Array, figures: JSON.parse(run.stdout) as Figures };
}

beforeAll(() => {
  const matrix = ({ rows, cols, data }: Matrix): Uint8Array => writeNpy({ shape: [rows, cols], data });
  const whole = (y: Int32Array): Uint8Array => writeNpy({ shape: [y.length], dtype: 'i4', data: y });
  for (const [end, part] of [['', train], ['q', asked]] as const) {
    writeFileSync(file(`x${end}.npy`), matrix(part.inputs));
    writeFileSync(file(`y${end}.npy`), whole(part.labels));
    writeFileSync(file(`t${end}.npy`), matrix(part.targets));
  }
}); // biome-ignore format: a table

/** The mean over runs, from the derivative itself. */
function expected(
  model: Mlp,
  loss: 'cross-entropy' | 'squared-error',
  data: Dataset,
  queried: Dataset,
): Float64Array {
  const options = { epochs: 6, lr: 0.05, batch: 8, init: 'torch' } as const;
  const { config } = trajectoryRun(model, loss, data, options);
  const trainer = new Trainer(model, loss, data, config);
  const parts = [0, 1, 2].map(
    (m) =>
      trainingDerivative(trainer, { queries: queried, adjoint: 'mean', seed: 0, path: ['trajectory', m] })
        .scores,
  );
  return parts[0].data.map((_, k) => parts.reduce((sum, part) => sum + part.data[k], 0) / 3);
}

describe('scores', () => {
  test('are the mean of the derivatives of its own runs, for classes and for targets', async () => {
    const classes = await influence(...labels, ...SMALL, '--normalise', 'none');
    const { inputs: x } = train;
    const wanted = expected(new Mlp([FEATURES, 4, 3], 'tanh'), 'cross-entropy', { inputs: x, labels: train.labels }, queries);
    expect(relativeError(classes.scores, wanted)).toBeLessThan(1e-14);
    expect(classes.figures).toMatchObject({ models: 3, parameters: 43, run: { networks: 3, epochs: 6, lr: 0.05, batch: 8, steps: 30 } });
    expect(Object.keys(classes.figures.seconds)).toEqual(['read', 'fit', 'score', 'write']);
    expect(classes.figures.settings.models.map(({ seed, adjoint }) => [seed, adjoint])).toEqual([[0, 'mean'], [0, 'mean'], [0, 'mean']]);

    const regression = await influence(...targets, ...SMALL, '--normalise', 'none', '--activation', 'gelu');
    const { targets: t } = train;
    const bent = expected(new Mlp([FEATURES, 4, 2], 'gelu'), 'squared-error', { inputs: x, targets: t }, { inputs: asked.inputs, targets: asked.targets });
    expect(relativeError(regression.scores, bent)).toBeLessThan(1e-14);
  }); // biome-ignore format: long calls

  test('have the same bits by one worker and by several, and the library gives them', async () => {
    const one = await influence(...labels, ...SMALL, '--workers', '1');
    const two = await influence(...labels, ...SMALL, '--workers', '2');
    expect(two.scores).toEqual(one.scores);
    const model = new Mlp([FEATURES, 4, 3], 'tanh');
    const options = { epochs: 6, lr: 0.05, batch: 8, init: 'torch' } as const;
    const data = { inputs: train.inputs, labels: train.labels };
    const { config } = trajectoryRun(model, 'cross-entropy', data, options);
    const trainer = new Trainer(model, 'cross-entropy', data, config);
    const runs = [0, 1, 2].map((m) => ({ seed: 0, path: ['trajectory', m] }));
    expect(attribute({ method: 'trajectory', trainer, runs, queries }).scores.data).toEqual(one.scores);
    const theta = new Float64Array(model.parameterCount);
    const models = runs.map(() => ({ model, loss: 'cross-entropy' as const, theta }));
    expect(attribute({ method: 'trajectory', options, models, train: data, queries }).scores.data).toEqual(
      one.scores,
    );
  });

  test('depend on seed, adjoint and measurement', async () => {
    const { scores } = await influence(...labels, ...SMALL);
    for (const other of [['--seed', '1'], ['--adjoint', 'hessian'], ['--measurement', 'margin'], ['--schedule', 'constant'], ['--momentum', '0'], ['--init', 'xavier'], ['--depth', '2'], ['--weight-decay', '0.1']])
      expect((await influence(...labels, ...overridden(SMALL, other))).scores, other.join(' ')).not.toEqual(scores);
  }); // biome-ignore format: a table

  test('through AdamW: the derivatives of the library, with the same bits by one worker and by two', async () => {
    const adaptive = ['--optimiser', 'adamw', '--weight-decay', '0.1', '--normalise', 'none', '--adjoint', 'hessian']; // biome-ignore format: one line
    const one = await influence(...labels, ...SMALL, ...adaptive, '--workers', '1');
    const two = await influence(...labels, ...SMALL, ...adaptive, '--workers', '2');
    expect(two.scores).toEqual(one.scores);
    expect(one.figures.run).toMatchObject({
      lr: 0.05,
      optimiser: { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
    });
    expect(one.figures.run).not.toHaveProperty('momentum');
    const trainer = new Trainer(
      new Mlp([FEATURES, 4, 3], 'tanh'),
      'cross-entropy',
      { inputs: train.inputs, labels: train.labels },
      { epochs: 6, batch: 8, learningRate: 0.05, schedule: 'cosine', initialisation: 'torch', dropLast: true, optimiser: adamW({ weightDecay: 0.1 }) },
    ); // biome-ignore format: as data
    const parts = [0, 1, 2].map(
      (m) => trainingDerivative(trainer, { queries, seed: 0, path: ['trajectory', m] }).scores,
    );
    const wanted = parts[0].data.map((_, k) => parts.reduce((sum, part) => sum + part.data[k], 0) / 3);
    expect(relativeError(one.scores, wanted)).toBeLessThan(1e-14);
    const alone = await influence(...labels, '--optimiser', 'adamw', '--models', '1');
    const { lr, probes } = alone.figures.run as unknown as { lr: number; probes: { lr: number }[] };
    expect(probes[0].lr).toBe(0.01);
    expect(Math.log2(0.01 / lr) % 1).toBe(0); // halved until the run contracts
  });

  test('by its rule alone', async () => {
    const { figures } = await influence(...labels, '--models', '2');
    expect(figures.run).toMatchObject({ networks: 2, momentum: 0.9, batch: 32 });
    expect(figures.amplification).toBeGreaterThanOrEqual(1);
  });

  test('errors are those of the mean over the runs; self-influence has one number per example', async () => {
    const more = ['--errors', file('e.npy'), '--self-influence', file('d.npy')];
    await influence(...labels, ...SMALL, ...more);
    expect(readNpy(readFileSync(file('e.npy'))).shape).toEqual([Q, N]);
    expect(readNpy(readFileSync(file('d.npy'))).shape).toEqual([N]);
  });
});

describe('refused', () => {
  const plain = [...base, ...labels, ...SMALL, '--out', file('never.npy')];
  test.each([
    ['momentum of adamw', plain, ['--optimiser', 'adamw', '--momentum', '0.5'], /--momentum .*does not apply to --optimiser adamw, which has none/],
    ['parameters', plain, ['--params', file('x.npy')], /--params does not apply to trajectory, which trains networks of its own/],
    ['checkpoints', plain, ['--checkpoints', folder], /--checkpoints does not apply to trajectory/],
    ['names of layers', plain, ['--layers', 'a,b'], /--layers does not apply to trajectory/],
    ['a solver’s option', plain, ['--damping', '0.1'], /--damping does not apply to trajectory/],
    ['a width of nothing', overridden(plain, ['--depth', '0']), [], /--width has no effect with --depth 0/],
    ['a batch beyond the data', overridden(plain, ['--batch', '41']), [], /--batch 41 is larger than the 40 training examples/],
    ['bounds', plain, ['--bounds', file('never-b.npy')], /--bounds: trajectory gives none here/],
    ['a network for another method', ['--method', 'ggn', ...inputs, ...labels, '--params', file('x.npy'), '--out', file('never.npy')], ['--depth', '2'], /--depth does not apply to ggn, which reads --params; it belongs to trajectory/],
    ['runs that end above their start', overridden(plain, ['--lr', '1e6']), [], /diverged/],
    ['more steps than a week', overridden(plain, ['--epochs', '1000000']), ['--models', '10000'], /would take/],
  ] as const)('%s', async (_, flags, more, message) => {
    const { code, stderr } = await command('influence', ...overridden(flags, more));
    expect(stderr).toMatch(message);
    expect(code).not.toBe(0);
    expect(existsSync(file('never.npy'))).toBe(false);
  }); // biome-ignore format: a table

  test('labels of classes that no training example has', async () => {
    writeFileSync(file('y-high.npy'), writeNpy({ shape: [Q], dtype: 'i4', data: new Int32Array(Q).fill(7) }));
    const { code, stderr } = await command('influence', ...overridden([...base, ...labels], ['--query-labels', file('y-high.npy')]), '--out', file('never.npy'));
    expect([code === 0, stderr]).toEqual([false, expect.stringMatching(/y-high\.npy: label 0 is 7; the network has 3 classes/)]);
  }); // biome-ignore format: long calls
});
