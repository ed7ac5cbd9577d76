/** @file `train --checkpoints`, and reading such folders back: ours, damaged ones, and those that others wrote. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkpointSteps, Mlp, Trainer, type TrainingConfig } from '../../src/autodiff/index.ts';
import { TrajectoryFileError } from '../../src/experiments/user-files/checkpoint-file.ts';
import { checkTrajectoryFolder, readTrajectory } from '../../src/experiments/user-files/trajectory.ts';
import { writeTrajectory } from '../../src/experiments/user-files/write-trajectory.ts';
import { sourceInfluence, tracin } from '../../src/influence/index.ts';
import { readSafetensors, writeNpy, writeSafetensors } from '../../src/linalg/io/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectSameBits } from '../helpers/eigen-laws.ts';
import { ROOT } from '../helpers/sources.ts';
import { treeOf } from '../helpers/tree.ts';
import { command, overridden } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = temporaryFolder();
const at = (...parts: string[]): string => path.join(root, ...parts);
const inputs = new Matrix(21, 3, rng(1, 'checkpoints').fillNormal(new Float64Array(63)));
const labels = Int32Array.from({ length: 21 }, (_, i) => i % 3);
const data = { inputs, labels };
const model = new Mlp([3, 4, 3], 'tanh');
const config: TrainingConfig = {
  epochs: 6,
  batch: 8,
  learningRate: 0.2,
  momentum: 0.5,
  weightDecay: 0.01,
  schedule: 'cosine',
  initialisation: 'torch',
  dropLast: true,
};
const flags = '--depth 1 --width 4 --epochs 6 --batch 8 --lr 0.2 --momentum 0.5 --weight-decay 0.01'.split(
  ' ',
);
const train = (...more: string[]): ReturnType<typeof command> =>
  command('train', '--inputs', at('x.npy'), '--labels', at('y.npy'), ...overridden(flags, more));
const expected = (seed: number, count: number): ReturnType<Trainer['trainTrajectory']> =>
  new Trainer(model, 'cross-entropy', data, config).trainTrajectory({
    seed,
    path: ['base', 0],
    checkpoints: checkpointSteps(12, count),
  });
/** A copy of the complete folder, to spoil. */
const spoiled = (name: string): string => {
  cpSync(at('run'), at(name), { recursive: true });
  return at(name);
};
type List = { checkpoints: { step: number; file: string; sha256?: string }[] } & { [field: string]: unknown };
const edit = (folder: string, change: (list: List) => void): void => {
  const file = path.join(folder, 'trajectory.json');
  const list = JSON.parse(readFileSync(file, 'utf8')) as List;
  change(list);
  writeFileSync(file, JSON.stringify(list));
};
function failure(folder: string, network?: Mlp): TrajectoryFileError {
  try {
    readTrajectory(folder, network);
  } catch (error) {
    if (error instanceof TrajectoryFileError) return error;
    throw error;
  }
  throw new Error('read without complaint');
}

beforeAll(async () => {
  writeFileSync(at('x.npy'), writeNpy({ shape: [21, 3], data: inputs.data }));
  writeFileSync(at('y.npy'), writeNpy({ shape: [21], dtype: 'i4', data: labels }));
  const { code, stderr } = await train(
    '--seed',
    '3',
    '--checkpoints',
    at('run'),
    '--out',
    at('run.safetensors'),
  );
  expect([code, stderr]).toEqual([0, '']);
});

describe('train --checkpoints', () => {
  test('six by default, at equal distances to the end; they read back bit for bit', () => {
    const { model: read, loss, trajectory } = readTrajectory(at('run'), model);
    const { trajectory: made, theta } = expected(3, 6);
    expect(read).toMatchObject({ sizes: [3, 4, 3], activation: 'tanh' });
    expect(loss).toBe('cross-entropy');
    expect(trajectory.checkpoints.map(({ step }) => step)).toEqual([2, 4, 6, 8, 10, 12]);
    for (const [i, checkpoint] of made.checkpoints.entries())
      expectSameBits(trajectory.checkpoints[i].theta, checkpoint.theta);
    expectSameBits(trajectory.checkpoints[5].theta, theta);
    expect({ ...trajectory, checkpoints: [] }).toEqual({ ...made, checkpoints: [] });
  });

  test('the trained network is the same with and without; the last checkpoint is --out', async () => {
    expect((await train('--seed', '3', '--out', at('plain.safetensors'))).code).toBe(0);
    const [plain, out, last] = ['plain.safetensors', 'run.safetensors', 'run/checkpoint-12.safetensors'].map(
      (name) => readFileSync(at(name)),
    );
    expect(plain.equals(out)).toBe(true);
    expect(last.equals(out)).toBe(true);
  });

  test('SOURCE and TracIn through the folder are those through memory', () => {
    const { theta, trajectory } = expected(3, 6);
    const fitted = { model, loss: 'cross-entropy', theta } as const;
    const stored = readTrajectory(at('run')).trajectory;
    for (const method of [sourceInfluence, tracin]) {
      const [a, b] = [trajectory, stored].map((run) =>
        method({ trajectory: run }).fit(fitted, data).score(data),
      );
      expectSameBits(b.data, a.data);
    }
  });

  test('--checkpoint-count, several models, --json; the training is written down', async () => {
    const run = await train(
      '--models',
      '2',
      '--checkpoints',
      at('many/'),
      '--checkpoint-count',
      '4',
      '--json',
    );
    expect(run.code).toBe(0);
    const { models } = JSON.parse(run.stdout) as { models: { seed: number; checkpoints: string; checkpointSteps: number[] }[] }; // biome-ignore format: long
    expect(models.map(({ checkpoints }) => checkpoints)).toEqual([at('many-0'), at('many-1')]);
    for (const { seed, checkpoints, checkpointSteps: steps } of models) {
      expect(steps).toEqual([3, 6, 9, 12]);
      const { trajectory } = readTrajectory(checkpoints, model);
      const made = expected(seed, 4).trajectory;
      for (const [i, { theta }] of made.checkpoints.entries())
        expectSameBits(trajectory.checkpoints[i].theta, theta);
      const list = JSON.parse(readFileSync(path.join(checkpoints, 'trajectory.json'), 'utf8')) as List;
      expect(list['training']).toEqual({ ...config, seed });
    }
  });

  test('fewer steps than six: one checkpoint a step; refusals before any training', async () => {
    expect((await train('--epochs', '2', '--checkpoints', at('short'))).code).toBe(0);
    expect(readTrajectory(at('short')).trajectory.checkpoints.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    for (const [more, message, exit] of [
      [
        ['--checkpoints', at('no'), '--checkpoint-count', '13'],
        '--checkpoint-count 13 is more than the 12 steps',
        1,
      ],
      [['--checkpoint-count', '3'], '--checkpoint-count goes with --checkpoints', 1],
      [['--checkpoints', ''], '--checkpoints names nothing', 2],
      [['--checkpoints', at('x.npy')], 'x.npy is not a folder', 1],
    ] as const) {
      const { code, stderr, stdout } = await train(...more);
      expect([code, stdout]).toEqual([exit, '']);
      expect(stderr).toContain(message);
    }
  });
});

describe('a killed or repeated run', () => {
  test('without trajectory.json the folder is unfinished; the same command completes it', async () => {
    const folder = spoiled('killed');
    rmSync(path.join(folder, 'trajectory.json'));
    rmSync(path.join(folder, 'checkpoint-10.safetensors'));
    expect(failure(folder).kind).toBe('missing');
    expect(failure(folder).message).toContain('did not get to its end');
    expect((await train('--seed', '3', '--checkpoints', folder)).code).toBe(0);
    expect(readTrajectory(folder)).toEqual(readTrajectory(at('run')));
  });

  test('another run into the same folder replaces it; files of other names stay', async () => {
    const folder = spoiled('again');
    writeFileSync(path.join(folder, 'notes.txt'), 'mine');
    expect((await train('--seed', '4', '--checkpoints', folder, '--checkpoint-count', '3')).code).toBe(0);
    const { trajectory } = readTrajectory(folder);
    expectSameBits(trajectory.checkpoints[2].theta, expected(4, 3).theta);
    expect(trajectory.checkpoints).toHaveLength(3);
    expect(readFileSync(path.join(folder, 'notes.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(folder).filter((name) => name.endsWith('-tmp'))).toEqual([]);
  });

  test('when a checkpoint cannot be written, the folder is as it was', () => {
    const folder = spoiled('full');
    rmSync(path.join(folder, 'checkpoint-6.safetensors'));
    mkdirSync(path.join(folder, 'checkpoint-6.safetensors')); // in the way
    const before = treeOf(folder);
    const { trajectory } = expected(9, 6);
    expect(() => writeTrajectory(folder, { model, loss: 'cross-entropy', trajectory })).toThrow(
      /checkpoint-6/,
    );
    expect(treeOf(folder)).toEqual(before);
  });

  test('somebody else’s trajectory.json is not overwritten; a damaged one is', async () => {
    const folder = spoiled('foreign');
    writeFileSync(path.join(folder, 'trajectory.json'), '{"format": "flight path", "points": []}');
    const { code, stderr } = await train('--checkpoints', folder);
    expect([code, stderr]).toEqual([1, expect.stringContaining('move it, or choose another folder')]);
    expect(readFileSync(path.join(folder, 'trajectory.json'), 'utf8')).toContain('flight path');
    writeFileSync(path.join(folder, 'trajectory.json'), '{"format": "eigenfl');
    checkTrajectoryFolder(folder);
  });
});

describe('what is wrong with a folder', () => {
  test('missing: no folder, another folder, a checkpoint gone', () => {
    expect(failure(at('nowhere'))).toMatchObject({ kind: 'missing', file: at('nowhere') });
    mkdirSync(at('empty'));
    expect(failure(at('empty')).message).toMatch(
      /trajectory\.json: there is no such file: not a folder of checkpoints/,
    );
    const folder = spoiled('gone');
    rmSync(path.join(folder, 'checkpoint-4.safetensors'));
    expect(failure(folder)).toMatchObject({
      kind: 'missing',
      file: path.join(folder, 'checkpoint-4.safetensors'),
    });
  });

  test('damaged: one bit of a checkpoint, half a list, fields that make no sense', () => {
    const bit = spoiled('bit');
    const file = path.join(bit, 'checkpoint-8.safetensors');
    const bytes = readFileSync(file);
    bytes[bytes.length - 3] ^= 1;
    writeFileSync(file, bytes);
    expect(failure(bit)).toMatchObject({ kind: 'damaged', file });
    expect(failure(bit).message).toContain('SHA-256');
    const half = spoiled('half');
    const list = path.join(half, 'trajectory.json');
    writeFileSync(list, readFileSync(list).subarray(0, 300));
    expect(failure(half)).toMatchObject({ kind: 'damaged', file: list });
    const changes: [string, (list: List) => void, RegExp][] = [
      [
        'activation',
        (l) => Object.assign(l, { activation: 'swish' }),
        /field activation: expected .*, received "swish"/,
      ],
      ['loss', (l) => Object.assign(l, { loss: 3 }), /field loss: expected .*, received 3/],
      ['steps', (l) => Object.assign(l, { steps: '12' }), /field steps: expected a number, received "12"/],
      ['short', (l) => Object.assign(l, { steps: 11 }), /in 0\.\.11/],
      [
        'rates',
        (l) => Object.assign(l, { learningRates: [0.1, null] }),
        /field learningRates: expected a number, or a list of numbers/,
      ],
      ['few', (l) => Object.assign(l, { learningRates: [0.1] }), /learningRates/],
      ['momentum', (l) => Object.assign(l, { momentum: 1 }), /momentum/],
      ['none', (l) => Object.assign(l, { checkpoints: [] }), /at least one/],
      ['order', (l) => l.checkpoints.reverse(), /strictly ascending, got \d+ after/],
      [
        'outside',
        (l) => Object.assign(l.checkpoints[0], { file: '../run/checkpoint-2.safetensors' }),
        /without folders/,
      ],
      [
        'step',
        (l) => Object.assign(l.checkpoints[0], { step: undefined }),
        /field checkpoints\[0\]\.step is missing/,
      ],
      ['sha', (l) => Object.assign(l.checkpoints[0], { sha256: 7 }), /sha256/],
      ['edited', (l) => Object.assign(l, { weightDecay: 0.25 }), /changed after it was written/],
    ];
    for (const [name, change, message] of changes) {
      const folder = spoiled(`field-${name}`);
      edit(folder, change);
      expect(failure(folder).kind, name).toBe('damaged');
      expect(failure(folder).message, name).toMatch(message);
      expect(failure(folder).message.split('trajectory.json'), name).toHaveLength(2);
    }
  });

  test('foreign: another format, a checkpoint of another network, another network than the one at hand', () => {
    const folder = spoiled('other');
    edit(folder, (l) => Object.assign(l, { format: 'eigenfluence trajectory 2' }));
    expect(failure(folder).kind).toBe('foreign');
    expect(failure(folder).message).toContain('expected "eigenfluence trajectory 1"');
    writeFileSync(path.join(folder, 'trajectory.json'), '[1, 2]');
    expect(failure(folder).kind).toBe('foreign');
    const wider = spoiled('wider');
    const linear = { shape: [3, 3], data: new Float64Array(9) };
    const own = { '0.weight': linear, '0.bias': { shape: [3], data: new Float64Array(3) } };
    writeFileSync(path.join(wider, 'checkpoint-4.safetensors'), writeSafetensors(own));
    edit(wider, (l) => delete l.checkpoints[1].sha256);
    expect(failure(wider)).toMatchObject({
      kind: 'foreign',
      file: path.join(wider, 'checkpoint-4.safetensors'),
    });
    for (const network of [new Mlp([3, 5, 3], 'tanh'), new Mlp([3, 4, 3], 'relu')])
      expect(failure(at('run'), network).kind).toBe('foreign');
    expect(failure(at('run'), new Mlp([3, 4, 3], 'relu')).message).toContain('3-4-3 tanh');
  });
});

test('checkpoints of one’s own: single precision, no digests, one rate for all, a list written by hand', () => {
  const folder = at('own');
  mkdirSync(folder);
  const { trajectory } = expected(3, 2);
  for (const { step } of trajectory.checkpoints) {
    const tensors = readSafetensors(readFileSync(at('run', `checkpoint-${step}.safetensors`)));
    const single = [...tensors].map(([name, { shape, data: values }]) => [name, { shape, dtype: 'F32', data: Float32Array.from(values as Float64Array) }] as const); // biome-ignore format: long
    writeFileSync(
      path.join(folder, `epoch_${step}.safetensors`),
      writeSafetensors(Object.fromEntries(single)),
    );
  }
  const list = {
    format: 'eigenfluence trajectory 1',
    activation: 'tanh',
    loss: 'cross-entropy',
    steps: 12,
    stepsPerEpoch: 1,
    batch: 8,
    momentum: 0,
    weightDecay: 0,
    learningRates: 0.05,
    checkpoints: trajectory.checkpoints.map(({ step }) => ({ step, file: `epoch_${step}.safetensors` })),
  };
  writeFileSync(path.join(folder, 'trajectory.json'), JSON.stringify(list));
  const { trajectory: read } = readTrajectory(folder, model);
  expect(Array.from(read.learningRates)).toEqual(new Array(12).fill(0.05));
  for (const [i, { theta }] of trajectory.checkpoints.entries())
    expectSameBits(read.checkpoints[i].theta, Float64Array.from(Float32Array.from(theta)));
});

test('docs/checkpoints.md lists the fields that are written, and its PyTorch example writes those that are needed', () => {
  const text = readFileSync(path.join(ROOT, 'docs/checkpoints.md'), 'utf8');
  const fields = [...text.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell]) =>
    [...cell.matchAll(/`(\w+)`/g)].map((m) => m[1]),
  );
  const written = Object.keys(JSON.parse(readFileSync(at('run', 'trajectory.json'), 'utf8')) as List);
  expect(fields.sort()).toEqual([...written, 'optimiser'].sort()); // which SGD has none of
  const example = text.slice(text.indexOf('json.dumps('), text.indexOf('}))'));
  const dumped = [...example.matchAll(/^ {4}'(\w+)':/gm)].map(([, name]) => name);
  expect([...dumped, 'training', 'digest'].sort()).toEqual(written.sort());
});
