/** @file `train --optimiser adamw --checkpoints`, and what follows such a folder: the run of the library, bit for bit, or one line that says what is wrong. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AdamW,
  adamW,
  checkpointSteps,
  type GraphNetwork,
  linear,
  Mlp,
  network,
  sequential,
  Trainer,
  tanh,
  writeGraphNetwork,
} from '../../src/autodiff/index.ts';
import { TrajectoryFileError } from '../../src/experiments/user-files/checkpoint-file.ts';
import { readTrajectory } from '../../src/experiments/user-files/trajectory.ts';
import { writeTrajectory } from '../../src/experiments/user-files/write-trajectory.ts';
import { attribute } from '../../src/influence/index.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import {
  readNpy,
  readSafetensors,
  type Tensor,
  type TensorInput,
  writeNpy,
  writeSafetensors,
} from '../../src/linalg/io/index.ts';
import { command } from './command.ts';
import { jsonMutants } from './json-mutants.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = temporaryFolder();
const at = (...parts: string[]): string => path.join(root, ...parts);
const inputs = new Matrix(15, 3, rng(2, 'adamw-checkpoints').fillNormal(new Float64Array(45)));
const labels = Int32Array.from({ length: 15 }, (_, n) => n % 3);
const data = { inputs, labels };

/** A network, how it is trained by the library, and by which options. */
interface Case {
  readonly model: Mlp | GraphNetwork;
  readonly network: readonly string[];
}
const tower = network({ shape: [3] }, sequential([linear(4), tanh(), linear(3, { bias: false })]));
const optimiser = adamW({ beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1 });
const schedule = { epochs: 6, batch: 5, learningRate: 0.02, schedule: 'cosine', initialisation: 'torch', dropLast: true } as const; // biome-ignore format: one line
const CASES: Readonly<Record<string, Case>> = {
  layers: { model: new Mlp([3, 4, 3], 'tanh'), network: ['--params', at('layers.safetensors')] },
  described: {
    model: tower,
    network: ['--architecture', at('tower.json'), '--params', at('described.safetensors')],
  },
};
const flags = '--epochs 6 --batch 5 --lr 0.02 --optimiser adamw --beta1 0.8 --beta2 0.95 --epsilon 1e-6 --weight-decay 0.1'.split(' '); // biome-ignore format: one line
const examples = ['--inputs', at('x.npy'), '--labels', at('y.npy')];
const explained = ['--train-inputs', at('x.npy'), '--train-labels', at('y.npy'), '--query-inputs', at('x.npy'), '--query-labels', at('y.npy')]; // biome-ignore format: one line

function ofLibrary({ model }: Case, config: object = { ...schedule, optimiser }) {
  const trainer = new Trainer(model, 'cross-entropy', data, { ...schedule, optimiser, ...config });
  const named = { seed: 3, path: ['base', 0], checkpoints: checkpointSteps(trainer.stepsOf(), 6) };
  return trainer.trainTrajectory(named);
}

beforeAll(async () => {
  writeFileSync(at('x.npy'), writeNpy(inputs));
  writeFileSync(at('y.npy'), writeNpy({ shape: [15], dtype: 'i4', data: labels }));
  const { architecture, tensors } = writeGraphNetwork(tower, new Float64Array(tower.parameterCount));
  writeFileSync(at('tower.json'), architecture);
  writeFileSync(at('start.safetensors'), writeSafetensors(tensors));
  for (const [name, by] of [
    ['layers', ['--depth', '1', '--width', '4']],
    ['described', ['--architecture', at('tower.json'), '--params', at('start.safetensors')]],
  ] as const) {
    const told = await command('train', ...examples, ...by, ...flags, '--seed', '3', '--checkpoints', at(name), '--out', at(`${name}.safetensors`)); // biome-ignore format: one line
    expect(told).toMatchObject({ code: 0, stderr: '' });
  }
});

describe.each(Object.entries(CASES))('%s', (name, one) => {
  const { model } = one;

  test('the folder read back is the run of the library, with m and v, bit for bit', () => {
    const read = readTrajectory(at(name), model).trajectory;
    const made = ofLibrary(one).trajectory;
    expect(read.checkpoints).toEqual(made.checkpoints);
    expect(read.checkpoints.map(({ states }) => states?.length)).toEqual([2, 2, 2, 2, 2, 2]);
    const { name: called, beta1, beta2, epsilon, weightDecay } = read.optimiser as AdamW;
    expect({ called, beta1, beta2, epsilon, weightDecay }).toEqual({ called: 'adamw', beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1 }); // biome-ignore format: one line
    expect({ ...read, checkpoints: 0, optimiser: 0 }).toEqual({ ...made, checkpoints: 0, optimiser: 0 });
  });

  test.each([
    ['source', [], {}],
    ['tracin', [], {}],
    ['astra-source', ['--damping', '0.01', '--iterations', '4'], { damping: 0.01, iterations: 4 }],
  ] as const)('influence by %s: the scores of the library', async (method, more, options) => {
    const out = at(`${name}-${method}.npy`);
    const told = await command('influence', ...one.network, ...explained, '--method', method, '--checkpoints', at(name), ...more, '--out', out); // biome-ignore format: one line
    expect(told).toMatchObject({ code: 0, stderr: '' });
    const { theta, trajectory } = ofLibrary(one);
    const { scores } = attribute({
      method, options, models: [{ model, loss: 'cross-entropy', theta }], trajectories: [trajectory], train: data, queries: data,
    }); // biome-ignore format: as data
    expect(readNpy(readFileSync(out)).data).toEqual(scores.data);
  });
});

test('another run takes the folder over, of the other optimiser too; two models have a folder each', async () => {
  cpSync(at('layers'), at('again'), { recursive: true });
  const again = (...more: string[]) => command('train', ...examples, '--depth', '1', '--width', '4', ...more);
  expect((await again(...flags, '--seed', '4', '--checkpoints', at('again'))).code).toBe(0);
  const { trajectory } = readTrajectory(at('again'));
  expect(trajectory.checkpoints[5].states?.[1]).not.toEqual(ofLibrary(CASES['layers']).trajectory.checkpoints[5].states?.[1]); // biome-ignore format: one line
  expect((await again('--epochs', '6', '--batch', '5', '--checkpoints', at('again'))).code).toBe(0);
  expect(readTrajectory(at('again')).trajectory.optimiser).toBeUndefined();
  expect((await again(...flags, '--models', '2', '--checkpoints', at('two'))).code).toBe(0);
  expect(readTrajectory(at('two-1')).trajectory.checkpoints[5].states).toHaveLength(2);
});

type List = {
  checkpoints: { step: number; states?: { file: string; sha256?: string } }[];
  optimiser?: Record<string, unknown>;
  digest?: string;
} & Record<string, unknown>;

/** What reading says of a copy of the folder, after a change of its list and of the states at step 6. */
function refused(
  name: string,
  change: (list: List) => void,
  states?: (tensors: Map<string, Tensor>) => void,
): string {
  const folder = at(`${name}-spoiled`);
  cpSync(at(name), folder, { recursive: true });
  const list = JSON.parse(readFileSync(path.join(folder, 'trajectory.json'), 'utf8')) as List;
  delete list.digest;
  if (states !== undefined) {
    const file = path.join(folder, 'checkpoint-6.states.safetensors');
    const tensors = new Map(readSafetensors(readFileSync(file)));
    states(tensors);
    writeFileSync(file, writeSafetensors([...tensors] as [string, TensorInput][]));
    delete list.checkpoints[1].states?.sha256;
  }
  change(list);
  writeFileSync(path.join(folder, 'trajectory.json'), JSON.stringify(list));
  try {
    readTrajectory(folder, CASES[name].model);
  } catch (error) {
    expect(error).toBeInstanceOf(TrajectoryFileError);
    return (error as Error).message.replaceAll(`${folder}/`, '');
  } finally {
    rmSync(folder, { recursive: true });
  }
  return 'read';
}

const first = (tensors: Map<string, Tensor>, moment: string): [string, Tensor] =>
  [...tensors].find(([name]) => name.startsWith(`${moment}.`)) as [string, Tensor];

describe.each(Object.keys(CASES))('%s: one line says what is wrong', (name) => {
  test.each<[string | RegExp, (list: List) => void, ((tensors: Map<string, Tensor>) => void)?]>([
    ['read', () => {}],
    ['read', () => {}, () => {}],
    ['trajectory.json: field checkpoints[1].states is missing: a run of adamw has exp_avg and exp_avg_sq at every checkpoint after the start.', (l) => delete l.checkpoints[1].states],
    ['trajectory.json: field checkpoints[0].states: there is no field optimiser, and SGD has none.', (l) => delete l.optimiser],
    ['trajectory.json: field optimiser.name: expected "adamw", received "lion".', (l) => Object.assign(l.optimiser ?? {}, { name: 'lion' })],
    ['trajectory.json: adamW: beta2 must be in [0, 1), got 1.', (l) => Object.assign(l.optimiser ?? {}, { beta2: 1 })],
    [/^trajectory.json: field optimiser\.epsilon is missing/, (l) => delete l.optimiser?.['epsilon']],
    ['trajectory.json: trajectory.momentum must be 0 beside an optimiser, which has its own, got 0.9.', (l) => Object.assign(l, { momentum: 0.9 })],
    ['nowhere.safetensors: there is no such file, but trajectory.json lists it.', (l) => Object.assign(l.checkpoints[1].states ?? {}, { file: 'nowhere.safetensors' })],
    [/^trajectory.json: field checkpoints\[1\]\.states\.file: .*without folders/, (l) => Object.assign(l.checkpoints[1].states ?? {}, { file: '../x' })],
    ['checkpoint-6.states.safetensors: its SHA-256 is not the one in trajectory.json.', (l) => Object.assign(l.checkpoints[1].states ?? {}, { sha256: '0'.repeat(64) })],
    [/^checkpoint-6\.states\.safetensors: states: exp_avg\.\S+ must be \[.*\], got no such tensor\.$/, () => {}, (t) => t.delete(first(t, 'exp_avg')[0])],
    [/^checkpoint-6\.states\.safetensors: states: exp_avg_sq\.\S+ must be \[.*\], got \[2\]\.$/, () => {}, (t) => t.set(first(t, 'exp_avg_sq')[0], { shape: [2], dtype: 'F64', data: new Float64Array(2) })],
    ['checkpoint-6.states.safetensors: states: exp_avg_sq must be finite and at least 0, got -1.', () => {}, (t) => (first(t, 'exp_avg_sq')[1].data as Float64Array).fill(-1)],
    [/^checkpoint-6\.states\.safetensors: .*NaN/, () => {}, (t) => (first(t, 'exp_avg')[1].data as Float64Array).fill(Number.NaN)],
  ])('%s', (message, change, states) => {
    const told = refused(name, change, states);
    if (typeof message === 'string') expect(told).toBe(message);
    else expect(told).toMatch(message);
  }); // biome-ignore format: as a table
});

test('every change of a field of the list is refused in one line, or another run', () => {
  const folder = at('mutants');
  cpSync(at('layers'), folder, { recursive: true });
  const file = path.join(folder, 'trajectory.json');
  const { digest: _, ...list } = JSON.parse(readFileSync(file, 'utf8')) as List;
  const whole = JSON.stringify(readTrajectory(folder));
  let count = 0;
  for (const { label, field, tree } of jsonMutants(list)) {
    if (!/optimiser|states/.test(field)) continue;
    writeFileSync(file, JSON.stringify(tree));
    try {
      const read = JSON.stringify(readTrajectory(folder));
      if (!/^training|sha256$/.test(field)) expect(read, label).not.toBe(whole);
    } catch (error) {
      expect(error, label).toBeInstanceOf(TrajectoryFileError);
      expect((error as Error).message, label).not.toMatch(/\n/);
      count++;
    }
  }
  expect(count).toBeGreaterThan(50);
});

test('states as others write them: in single precision, without digests, under names of their own', () => {
  const folder = at('torch');
  cpSync(at('layers'), folder, { recursive: true });
  const file = path.join(folder, 'trajectory.json');
  const list = JSON.parse(readFileSync(file, 'utf8')) as List;
  delete list.digest;
  for (const checkpoint of list.checkpoints) {
    const tensors = readSafetensors(readFileSync(path.join(folder, checkpoint.states?.file ?? '')));
    const single = [...tensors].map(
      ([name, { shape, data: values }]) =>
        [name, { shape, dtype: 'F32', data: Float32Array.from(values as Float64Array) }] as const,
    );
    writeFileSync(
      path.join(folder, `adam-${checkpoint.step}.safetensors`),
      writeSafetensors(new Map(single)),
    );
    checkpoint.states = { file: `adam-${checkpoint.step}.safetensors` };
  }
  writeFileSync(file, JSON.stringify(list));
  const { checkpoints } = readTrajectory(folder).trajectory;
  for (const [k, { states = [] }] of ofLibrary(CASES['layers']).trajectory.checkpoints.entries())
    expect(checkpoints[k].states).toEqual(states.map((state) => Float64Array.from(state, Math.fround)));
});

test('tied layers: states under either name of what is shared', () => {
  const model = new Mlp([3, 3, 3], 'tanh', { ties: [{ layer: 1, source: 0, shares: 'weight' }] });
  const { trajectory } = ofLibrary({ model, network: [] });
  writeTrajectory(at('tied'), { model, loss: 'cross-entropy', trajectory });
  expect(readTrajectory(at('tied'), model).trajectory.checkpoints).toEqual(trajectory.checkpoints);
  for (const { step } of trajectory.checkpoints) {
    const file = at('tied', `checkpoint-${step}.states.safetensors`);
    const renamed = [...readSafetensors(readFileSync(file))].map(
      ([name, { shape, data: values }]) =>
        [name.replace('.0.weight', '.2.weight'), { shape, data: values as Float64Array }] as const,
    );
    expect(renamed.map(([name]) => name)).toContain('exp_avg.2.weight');
    writeFileSync(file, writeSafetensors(new Map(renamed)));
  }
  const list = JSON.parse(readFileSync(at('tied', 'trajectory.json'), 'utf8')) as List;
  delete list.digest;
  for (const { states = {} } of list.checkpoints) Object.assign(states, { sha256: undefined });
  writeFileSync(at('tied', 'trajectory.json'), JSON.stringify(list));
  expect(readTrajectory(at('tied'), model).trajectory.checkpoints).toEqual(trajectory.checkpoints);
});
