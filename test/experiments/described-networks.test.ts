/** @file Networks of PyTorch trained, followed and sampled from the command line: checkpoints, runs of trajectory, chains, with the library's bits by any number of workers. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  checkpointSteps,
  type Dataset,
  GraphNetwork,
  positionWeights,
  readExportedNetwork,
  Trainer,
  type TrainingConfig,
  writeGraphNetwork,
} from '../../src/autodiff/index.ts';
import { readGraphParameters } from '../../src/experiments/user-files/graph-file.ts';
import { readTrajectory } from '../../src/experiments/user-files/trajectory.ts';
import { attribute, type MethodName, trajectoryRun } from '../../src/influence/index.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import {
  type NpyInput,
  readNpy,
  readSafetensors,
  writeNpy,
  writeSafetensors,
} from '../../src/linalg/io/index.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const archive = (name: string): string =>
  new URL(`../reference/exported-networks/${name}.pt2`, import.meta.url).pathname;
const [N, Q] = [12, 4];

function exported(name: string) {
  const inflateRaw = (bytes: Uint8Array, size: number): Uint8Array =>
    inflateRawSync(bytes, { maxOutputLength: size });
  const { description, tensors } = readExportedNetwork(readFileSync(archive(name)), { inflateRaw });
  return new GraphNetwork(description, tensors, tensors);
}

/** A network with examples and queries, as arrays and as the options that name their files. */
interface Case {
  readonly model: GraphNetwork;
  readonly train: Dataset;
  readonly queries: Dataset;
  readonly files: Readonly<Record<string, NpyInput>>;
  readonly training: readonly string[];
  readonly explained: readonly string[];
}

const random = rng(3, 'described networks');
const images = (n: number): Matrix => new Matrix(n, 64, random.fillNormal(new Float64Array(64 * n)));
const whole = (n: number, below: number): Int32Array =>
  Int32Array.from({ length: n }, () => Math.floor(random.uniform() * below));

function lenet(): Case {
  const [x, xq, y, yq] = [images(N), images(Q), whole(N, 3), whole(Q, 3)];
  return {
    model: exported('lenet'),
    train: { inputs: x, labels: y },
    queries: { inputs: xq, labels: yq },
    files: {
      'x.npy': { shape: [N, 1, 8, 8], data: x.data },
      'xq.npy': { shape: [Q, 1, 8, 8], data: xq.data },
      'y.npy': { shape: [N], dtype: 'i8', data: y },
      'yq.npy': { shape: [Q], dtype: 'i8', data: yq },
    },
    training: ['--model', archive('lenet'), '--inputs', at('x.npy'), '--labels', at('y.npy')],
    explained: `--train-inputs ${at('x.npy')} --train-labels ${at('y.npy')} --query-inputs ${at('xq.npy')} --query-labels ${at('yq.npy')}`.split(' '), // biome-ignore format: one line
  };
}

function gpt(): Case {
  const T = 5;
  const [x, xq, y, yq] = [whole(N * T, 7), whole(Q * T, 7), whole(N * T, 7), whole(Q * T, 7)];
  const mask = (n: number): Matrix =>
    new Matrix(
      n,
      T,
      Float64Array.from({ length: n * T }, (_, i) => (i % 7 === 4 ? 0 : 1)),
    );
  const [w, wq] = [mask(N), mask(Q)];
  return {
    model: exported('gpt-fused-tied'),
    train: { inputs: new Matrix(N, T, Float64Array.from(x)), labels: y, weights: positionWeights(w) },
    queries: { inputs: new Matrix(Q, T, Float64Array.from(xq)), labels: yq, weights: positionWeights(wq, w) },
    files: {
      't.npy': { shape: [N, T], dtype: 'i8', data: x },
      'tq.npy': { shape: [Q, T], dtype: 'i8', data: xq },
      'l.npy': { shape: [N, T], dtype: 'i8', data: y },
      'lq.npy': { shape: [Q, T], dtype: 'i8', data: yq },
      'w.npy': { shape: [N, T], data: w.data },
      'wq.npy': { shape: [Q, T], data: wq.data },
    },
    training: ['--model', archive('gpt-fused-tied'), '--inputs', at('t.npy'), '--labels', at('l.npy'), '--token-weights', at('w.npy')], // biome-ignore format: one line
    explained: `--train-inputs ${at('t.npy')} --train-labels ${at('l.npy')} --token-weights ${at('w.npy')} --query-inputs ${at('tq.npy')} --query-labels ${at('lq.npy')} --query-token-weights ${at('wq.npy')}`.split(' '), // biome-ignore format: one line
  };
}

const CASES: Readonly<Record<string, Case>> = { lenet: lenet(), gpt: gpt() };
const CONFIG: TrainingConfig = { epochs: 4, batch: 4, learningRate: 0.05, momentum: 0.5, weightDecay: 0.01, schedule: 'cosine', initialisation: 'torch', dropLast: true }; // biome-ignore format: one line
const FLAGS = '--epochs 4 --batch 4 --lr 0.05 --momentum 0.5 --weight-decay 0.01 --seed 3'.split(' ');

beforeAll(async () => {
  for (const [name, { model, files, training }] of Object.entries(CASES)) {
    for (const [file, array] of Object.entries(files)) writeFileSync(at(file), writeNpy(array));
    const { architecture } = writeGraphNetwork(model, new Float64Array(model.parameterCount));
    writeFileSync(at(`${name}.json`), architecture);
    const told = await command('train', ...training, ...FLAGS, '--checkpoints', at(`${name}-run`), '--out', at(`${name}.safetensors`)); // biome-ignore format: one line
    expect(told).toMatchObject({ code: 0, stderr: '' });
  }
});

const scoresIn = (name: string): Float64Array => readNpy(readFileSync(at(name))).data as Float64Array;
const trained = (name: string, seed = 3) => {
  const { model, train } = CASES[name];
  const trainer = new Trainer(model, 'cross-entropy', train, CONFIG);
  const run = trainer.trainTrajectory({ seed, path: ['base', 0], checkpoints: checkpointSteps(trainer.stepsOf(), 6) }); // biome-ignore format: one line
  return { trainer, ...run };
};

describe.each(Object.keys(CASES))('%s', (name) => {
  const { model, train, queries, training, explained } = CASES[name];
  const named = ['--architecture', at(`${name}.json`), '--params', at(`${name}.safetensors`)];
  const influence = (method: MethodName, ...options: string[]) =>
    command('influence', ...explained, '--method', method, '--out', at('s.npy'), '--json', ...options);

  test('train --checkpoints: those of the library, bit for bit; the network is the same without them', async () => {
    const { theta, trajectory } = trained(name);
    expect(readTrajectory(at(`${name}-run`), model)).toEqual({ model, loss: 'cross-entropy', trajectory });
    const file = readSafetensors(readFileSync(at(`${name}.safetensors`)));
    expect(model.fromTensors(file)).toEqual(theta);
    expect((await command('train', ...training, ...FLAGS, '--out', at('plain.safetensors'))).code).toBe(0);
    expect(readFileSync(at('plain.safetensors')).equals(readFileSync(at(`${name}.safetensors`)))).toBe(true);
    const two = await command('train', ...training, ...FLAGS, '--models', '2', '--checkpoints', at(`${name}-two`), '--checkpoint-count', '3'); // biome-ignore format: one line
    expect(two.code).toBe(0);
    const second = readTrajectory(at(`${name}-two-1`), model).trajectory.checkpoints;
    expect(second.map(({ step }) => step)).toEqual([4, 8, 12]);
    expect(second[2].theta).toEqual(trained(name, 4).theta);
  });

  test.each([
    ['source', ['--damping', '0.01'], { damping: 0.01 }],
    ['tracin', [], {}],
    ['astra-source', ['--damping', '0.01', '--iterations', '4'], { damping: 0.01, iterations: 4 }],
  ] as const)('influence by %s follows the checkpoints', async (method, flags, options) => {
    const told = await influence(method, ...named, '--checkpoints', at(`${name}-run`), ...flags);
    expect(told).toMatchObject({ code: 0, stderr: '' });
    const { theta, trajectory } = trained(name);
    const models = [{ model, loss: 'cross-entropy' as const, theta }];
    const wanted = attribute({ method, options, models, trajectories: [trajectory], train, queries });
    expect(scoresIn('s.npy')).toEqual(wanted.scores.data);
  });

  test('trajectory trains networks of that shape, with the same bits in this thread and by two workers', async () => {
    const flags = ['--epochs', '3', '--lr', '0.02', '--init', 'torch', '--batch', '4', '--models', '2'];
    const shape = ['--model', training[1]];
    const runs = [[...shape, '--workers', '2'], named];
    const results: Float64Array[] = [];
    for (const run of runs) {
      expect(await influence('trajectory', ...run, ...flags)).toMatchObject({ code: 0, stderr: '' });
      results.push(scoresIn('s.npy'));
    }
    const { config } = trajectoryRun(model, 'cross-entropy', train, { epochs: 3, lr: 0.02, init: 'torch', batch: 4 }); // biome-ignore format: one line
    const trainer = new Trainer(model, 'cross-entropy', train, config);
    const own = [0, 1].map((m) => ({ seed: 0, path: ['trajectory', m] }));
    const { scores } = attribute({ method: 'trajectory', trainer, runs: own, queries });
    for (const result of results) expect(result).toEqual(scores.data);
  });

  test('chains of bif have the same bits in this thread and by two workers', async () => {
    const flags = ['--chains', '2', '--draws', '8', '--burn-in', '2', '--gamma', '50', '--batch', '4'];
    const options = { chains: 2, draws: 8, burnIn: 2, gamma: 50, batch: 4 };
    const models = [{ model, loss: 'cross-entropy' as const, theta: trained(name).theta }];
    const { scores } = attribute({ method: 'bif', options, models, train, queries });
    const told = await influence('bif', ...named, ...flags, '--workers', '2');
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(scoresIn('s.npy')).toEqual(scores.data);
  });

  test('what does not fit is one line, and nothing is written', async () => {
    const other = name === 'gpt' ? 'lenet' : 'gpt';
    const follow = (run: string): string[] => [...named, '--method', 'tracin', '--checkpoints', at(run)];
    const runs = ['--method', 'trajectory'];
    cpSync(at(`${name}-run`), at(`${name}-loss`), { recursive: true });
    const file = path.join(at(`${name}-loss`), 'trajectory.json');
    const { digest: _, ...list } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...list, loss: 'squared-error' }));
    const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
      ['the run of another network', follow(`${other}-run`), /checkpoint-2\.safetensors: GraphNetwork\.fromTensors: tensors must be with/],
      ['another loss', follow(`${name}-loss`), /it says the loss cross-entropy, trajectory\.json says squared-error/],
      ['a shape and sizes', [...runs, ...named, '--depth', '2'], /--depth does not go with --architecture, which says the network/],
      ['two shapes', [...runs, '--model', training[1], '--model', archive(other === 'lenet' ? 'lenet' : 'gpt-fused-tied')], /trajectory trains networks of one shape/],
      ['parameters alone', [...runs, '--params', at(`${name}.safetensors`)], /--params does not apply to trajectory/],
    ]; // biome-ignore format: a table
    for (const [what, options, line] of cases) {
      const { code, stderr } = await command('influence', ...explained, ...options, '--out', at('none.npy'));
      expect([code === 0, stderr.trim().split('\n').length], what).toEqual([false, 1]);
      expect(stderr, what).toMatch(line);
    }
    expect(existsSync(at('none.npy'))).toBe(false);
  });
});

test('a checkpoint of the same tensors that says another architecture is refused', async () => {
  const { model, explained } = CASES['lenet'];
  cpSync(at('lenet-run'), at('renamed'), { recursive: true });
  const file = path.join(at('renamed'), 'checkpoint-12.safetensors');
  const { description } = model;
  const nodes = description.nodes.map((node) =>
    node.op === 'relu' ? { ...node, op: 'tanh' as const } : node,
  );
  const other = new GraphNetwork(
    { ...description, nodes },
    model.toTensors(new Float64Array(model.parameterCount)),
  );
  const { tensors, metadata } = writeGraphNetwork(other, trained('lenet').theta);
  writeFileSync(file, writeSafetensors(tensors, metadata));
  const list = path.join(at('renamed'), 'trajectory.json');
  const { digest: _, checkpoints, ...rest } = JSON.parse(readFileSync(list, 'utf8')) as { digest: string; checkpoints: { step: number; file: string }[] }; // biome-ignore format: one line
  const bare = checkpoints.map(({ step, file: name }) => ({ step, file: name }));
  writeFileSync(list, JSON.stringify({ ...rest, checkpoints: bare }));
  const options = ['--architecture', at('lenet.json'), '--params', at('lenet.safetensors'), '--method', 'tracin', '--checkpoints', at('renamed'), '--out', at('none.npy')]; // biome-ignore format: one line
  const told = await command('influence', ...explained, ...options);
  expect(told.stderr).toMatch(/checkpoint-12\.safetensors: of another network than the one given/);
});

test('a checkpoint whose tied tensor has its other name, as safetensors.torch.save_model notes it', () => {
  const model = exported('gpt-fused-tied');
  const { theta } = trained('gpt');
  const tensors = model.toTensors(theta);
  const [[name, tensor]] = tensors;
  tensors.delete(name);
  tensors.set('head.weight.kept', tensor);
  const bytes = writeSafetensors(tensors, { [name]: 'head.weight.kept' });
  expect(readGraphParameters(model, bytes).theta).toEqual(theta);
  expect(() => readGraphParameters(model, writeSafetensors(tensors, {}))).toThrow(name);
});

test('the rule of trajectory does not read the ids of tokens as features', () => {
  const { model, train } = gpt();
  const high = { ...train, inputs: new Matrix(N, 5, train.inputs.data.map((id) => 6 - (id % 2))) };
  for (const data of [train, high])
    expect(trajectoryRun(model, 'cross-entropy', data, { epochs: 1 }).probes[0].lr).toBe(0.3);
}); // biome-ignore format: one line
