/** @file `train`, `curvature` and `influence` know whose network it is: activation, loss, ties, names, what a file does not say. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { networkMetadata, writeTorchParameters } from '../../src/autodiff/index.ts';
import { Matrix } from '../../src/linalg/index.ts';
import {
  readNpy,
  readSafetensors,
  readSafetensorsMetadata,
  type TensorInput,
  writeNpy,
  writeSafetensors,
} from '../../src/linalg/io/index.ts';
import { expectClose } from '../helpers/close.ts';
import { fromLower } from '../reference/golden.ts';
import { GOLDEN_NETWORKS } from '../reference/networks.ts';
import { command, overridden } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);
const data = ['--inputs', file('x.npy'), '--labels', file('y.npy')];
const curvature = (params: string, ...flags: string[]): ReturnType<typeof command> => {
  const base = ['--params', file(params), ...data, '--method', 'ggn', '--out', file('c.npy')];
  return command('curvature', ...overridden(base, flags));
};

beforeAll(async () => {
  const inputs = Matrix.of(Array.from({ length: 8 }, (_, i) => [Math.sin(i), Math.cos(2 * i), (i % 3) - 1]));
  writeFileSync(file('x.npy'), writeNpy(inputs));
  writeFileSync(file('y.npy'), writeNpy({ shape: [8], dtype: 'i8', data: [0, 1, 0, 1, 1, 0, 1, 0] }));
  const flags = ['--width', '3', '--epochs', '2', '--lr', '0.1', '--activation', 'tanh'];
  const { stderr } = await command(
    'train',
    ...data,
    ...flags,
    '--out',
    file('own.safetensors'),
    '--checkpoints',
    file('run'),
  );
  expect(stderr).toBe('');
});

describe('a weight that was saved twice', () => {
  const write = (name: string, second: readonly number[]): void => {
    const weight = [0.5, -1, 0.25, 1, 0.75, -0.5, 0.125, 2, -2];
    const square = (data: readonly number[]): TensorInput => ({
      shape: [3, 3],
      dtype: 'F64',
      data: Float64Array.from(data),
    });
    const head: TensorInput = { shape: [2, 3], dtype: 'F64', data: Float64Array.of(1, 2, 3, -1, 0, 1) };
    const tensors = new Map([
      ['0.weight', square(weight)],
      ['2.weight', square(second.length === 0 ? weight : second)],
      ['4.weight', head],
    ]);
    writeFileSync(file(name), writeSafetensors(tensors));
  };

  test('is read as two, and told', async () => {
    write('copies.safetensors', []);
    const { code, stdout } = await curvature('copies.safetensors', '--activation', 'tanh', '--json');
    expect(code).toBe(0);
    const { warnings, parameters } = JSON.parse(stdout);
    expect(parameters).toBe(24);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/layers 0 and 2 have the same weights and are read as two; .*save_model/);
  });

  test('weights that differ in one number, or are all equal, are nobody’s copies', async () => {
    write('others.safetensors', [0.5, -1, 0.25, 1, 0.75, -0.5, 0.125, 2, -2.5]);
    const { stdout } = await curvature('others.safetensors', '--activation', 'tanh', '--json');
    expect(JSON.parse(stdout).warnings).toEqual([]);
  });
});

describe('a network of train', () => {
  test('carries architecture, loss, preprocessing and version, in its checkpoints too', () => {
    for (const name of ['own.safetensors', 'run/checkpoint-2.safetensors']) {
      const metadata = readSafetensorsMetadata(readFileSync(file(name)));
      expect(JSON.parse(metadata.get('eigenfluence.architecture') ?? '')).toEqual({
        format: 'eigenfluence-architecture',
        version: 1,
        input: { kind: 'real', shape: [3] },
        nodes: [
          { id: '0', op: 'linear', inputs: ['x'], weight: '0.weight', bias: '0.bias' },
          { id: '1', op: 'tanh', inputs: ['0'] },
          { id: '2', op: 'linear', inputs: ['1'], weight: '2.weight', bias: '2.bias' },
        ],
        output: '2',
        loss: 'cross-entropy',
      });
      expect([metadata.get('eigenfluence.loss'), metadata.get('eigenfluence.preprocessing')]).toEqual([
        'cross-entropy',
        'none',
      ]);
      expect(metadata.get('eigenfluence.version')).toMatch(/^\d+\.\d+\.\d+/);
    }
  });

  test('needs no --activation, and refuses another', async () => {
    const { code, stdout } = await curvature('own.safetensors', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      network: {
        sizes: [3, 3, 2],
        activation: 'tanh',
        activationFrom: 'file',
        loss: 'cross-entropy',
        preprocessing: 'none',
      },
      warnings: [],
    });
    expect((await curvature('own.safetensors', '--activation', 'tanh')).code).toBe(0);
    const { code: refused, stderr } = await curvature(
      'own.safetensors',
      '--activation',
      'relu',
      '--out',
      file('none.npy'),
    );
    expect(refused).not.toBe(0);
    expect(stderr).toMatch(/^[^\n]*has tanh between its layers[^\n]*relu is given[^\n]*\n$/);
    expect(existsSync(file('none.npy'))).toBe(false);
  });

  test('refuses targets: it was trained with cross-entropy', async () => {
    writeFileSync(file('t.npy'), writeNpy(Matrix.zeros(8, 2)));
    const sets = ['train', 'query'].flatMap((set) => [
      `--${set}-inputs`,
      file('x.npy'),
      `--${set}-targets`,
      file('t.npy'),
    ]);
    const { code, stderr } = await command(
      'influence',
      '--params',
      file('own.safetensors'),
      ...sets,
      '--method',
      'grad-dot',
      '--out',
      file('none.npy'),
    );
    expect(code).not.toBe(0);
    expect(stderr).toMatch(
      /^[^\n]*trained with the loss cross-entropy, but squared-error is asked for[^\n]*\n$/,
    );
  });
});

describe('a network from elsewhere', () => {
  /** The tensors of the trained network under other names. */
  const renamed = (name: string, names: readonly string[], metadata: Record<string, string> = {}): void => {
    const tensors = readSafetensors(readFileSync(file('own.safetensors')));
    const pairs = [...tensors].map(([key, tensor]): [string, TensorInput] => {
      const [layer, leaf] = key.split('.');
      return [`${names[Number(layer) / 2]}.${leaf}`, { shape: tensor.shape, data: tensor.data }];
    });
    writeFileSync(file(name), writeSafetensors(pairs, metadata));
  };

  test('that does not say its activation has to be told, and is said to be unknown', async () => {
    renamed('bare.safetensors', ['0', '2']);
    const { code, stderr } = await curvature('bare.safetensors');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(
      /^[^\n]*does not say which activation lies between its layers[^\n]*--activation[^\n]*\n$/,
    );
    const { stdout } = await curvature('bare.safetensors', '--activation', 'tanh');
    expect(stdout).toMatch(
      /not recorded in the file, so taken on trust: its activation \(tanh is what --activation says\); the loss .*; how its inputs were prepared/,
    );
    const json = JSON.parse(
      (await curvature('bare.safetensors', '--activation', 'tanh', '--json')).stdout,
    ) as object;
    expect(json).toMatchObject({ network: { activationFrom: 'option', loss: null, preprocessing: null } });
  });

  test.each([
    ['fc', ['fc1', 'fc2']],
    ['compiled', ['_orig_mod.net.0', '_orig_mod.net.2']],
    ['list', ['module.layers.0', 'module.layers.1']],
  ])('by other names is the same network: %s', async (name, names) => {
    renamed(`${name}.safetensors`, names);
    await curvature('own.safetensors');
    const own = readNpy(readFileSync(file('c.npy'))).data;
    expect((await curvature(`${name}.safetensors`, '--activation', 'tanh')).stderr).toBe('');
    expect(readNpy(readFileSync(file('c.npy'))).data).toEqual(own);
  });

  test('whose order names do not tell is read with --layers', async () => {
    const square = { shape: [3, 3], data: [1, 2, 3, 4, 5, 6, 7, 8, 9].map((x) => x / 9) };
    const last = { shape: [2, 3], data: [1, 0, 1, 0, 1, 0] };
    const tensors = {
      'b.weight': square,
      'a.weight': { ...square, data: square.data.map((x) => -x) },
      'z.weight': last,
    };
    writeFileSync(file('abz.safetensors'), writeSafetensors(tensors));
    const { stderr } = await curvature('abz.safetensors', '--activation', 'tanh');
    expect(stderr).toMatch(/^[^\n]*order of [^\n]* cannot be known[^\n]*--layers a,b,c[^\n]*\n$/);
    const { stdout } = await curvature(
      'abz.safetensors',
      '--activation',
      'tanh',
      '--layers',
      'b,a,z',
      '--json',
    );
    expect(JSON.parse(stdout)).toMatchObject({
      network: { layers: ['b', 'a', 'z'], biases: [false, false, false] },
    });
  });

  test('checkpoints by names that do not tell their order are read with --layers, too', async () => {
    const names = ['b', 'a', 'z'];
    const tensors = (scale: number): Record<string, TensorInput> =>
      Object.fromEntries(
        names.map((name, l) => [
          `${name}.weight`,
          {
            shape: [l === 2 ? 2 : 3, 3],
            data: Array.from({ length: l === 2 ? 6 : 9 }, (_, k) => scale * Math.sin(k + l)),
          },
        ]),
      );
    mkdirSync(file('named'));
    for (const step of [1, 2])
      writeFileSync(file(`named/${step}.safetensors`), writeSafetensors(tensors(step)));
    const checkpoints = [1, 2].map((step) => ({ step, file: `${step}.safetensors` }));
    const run = {
      steps: 2,
      stepsPerEpoch: 1,
      batch: 8,
      momentum: 0,
      weightDecay: 0,
      learningRates: 0.1,
      checkpoints,
    };
    const list = { format: 'eigenfluence trajectory 1', activation: 'tanh', loss: 'cross-entropy', ...run };
    writeFileSync(file('named/trajectory.json'), JSON.stringify(list));
    const sets = ['train', 'query'].flatMap((set) => [
      `--${set}-inputs`,
      file('x.npy'),
      `--${set}-labels`,
      file('y.npy'),
    ]);
    const args = ['--params', file('named/2.safetensors'), '--checkpoints', file('named'), ...sets];
    const told = ['--activation', 'tanh', '--method', 'tracin', '--out', file('s.npy')];
    expect((await command('influence', ...args, ...told)).stderr).toMatch(/--layers a,b,c/);
    expect(await command('influence', ...args, ...told, '--layers', 'b,a,z')).toMatchObject({
      code: 0,
      stderr: '',
    });
  });

  test('trained on prepared inputs says so', async () => {
    const { metadata } = readSafetensors(readFileSync(file('own.safetensors')));
    renamed('scaled.safetensors', ['0', '2'], {
      ...Object.fromEntries(metadata),
      'eigenfluence.preprocessing': 'divided by 16',
    });
    const { stdout } = await curvature('scaled.safetensors');
    expect(stdout).toMatch(/warning: .*divided by 16/);
  });
});

test.each(GOLDEN_NETWORKS.filter(({ loss }) => loss === 'cross-entropy'))(
  'curvature writes PyTorch’s Hessian of $name',
  async ({ golden, model, theta, loss }) => {
    writeFileSync(
      file('g.safetensors'),
      writeSafetensors(writeTorchParameters(model, theta), networkMetadata(model, { loss })),
    );
    writeFileSync(file('gx.npy'), writeNpy(Matrix.of(golden.inputs)));
    writeFileSync(
      file('gy.npy'),
      writeNpy({ shape: [golden.answers.length], dtype: 'i8', data: golden.answers as number[] }),
    );
    const { code, stdout } = await command(
      'curvature',
      ...['--params', file('g.safetensors'), '--inputs', file('gx.npy'), '--labels', file('gy.npy')],
      ...['--method', 'hessian', '--out', file('h.npy'), '--json'],
    );
    expect(code).toBe(0);
    expectClose(readNpy(readFileSync(file('h.npy'))).data, fromLower(golden.hessian).data, { atol: 1e-12 });
    expect(JSON.parse(stdout)).toMatchObject({
      parameters: golden.theta.length,
      network: { biases: golden.bias },
    });
  },
);
