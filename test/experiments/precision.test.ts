/** @file `--precision float32`: retrainings are those of Float32Trainer, stored under a key of their own; what has no float32 form is refused. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import {
  exampleValues,
  Float32Trainer,
  initialise,
  Mlp,
  Trainer,
  type TrainingConfig,
  writeTorchParameters,
} from '../../src/autodiff/index.ts';
import { RESULTS_FILE } from '../../src/experiments/better-hessians/results/results.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import { drawSubsets } from '../../src/influence/index.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import { readNpy, writeNpy, writeSafetensors } from '../../src/linalg/io/index.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => path.join(folder, ...names);
const [N, Q, K, R] = [24, 5, 4, 2];
const random = rng(6, 'precision');
const inputs = (n: number): Matrix => new Matrix(n, 6, random.fillNormal(new Float64Array(6 * n)));
const labels = (n: number): Int32Array => Int32Array.from({ length: n }, () => random.integer(3));
const train = { inputs: inputs(N), labels: labels(N) };
const queries = { inputs: inputs(Q), labels: labels(Q) };
const model = new Mlp([6, 5, 3], 'tanh');
const config: TrainingConfig = { epochs: 4, batch: 4, learningRate: 0.05, momentum: 0.9, weightDecay: 0, schedule: 'cosine', initialisation: 'torch', dropLast: true }; // biome-ignore format: one line
const DATA = ['--train-inputs', at('x.npy'), '--train-labels', at('y.npy'), '--query-inputs', at('xq.npy'), '--query-labels', at('yq.npy')]; // biome-ignore format: one line
const SIZE = ['--epochs', '4', '--batch', '4', '--lr', '0.05', '--subsets', String(K), '--seeds', String(R), '--seed', '7', '--workers', '1', '--json']; // biome-ignore format: one line

beforeAll(() => {
  for (const [end, data] of [['', train], ['q', queries]] as const) {
    writeFileSync(at(`x${end}.npy`), writeNpy(data.inputs));
    writeFileSync(at(`y${end}.npy`), writeNpy({ shape: [data.labels.length], dtype: 'i8', data: data.labels }));
  }
  const theta = initialise(model, 'torch', rng(0, 'init'));
  writeFileSync(at('net.safetensors'), writeSafetensors(writeTorchParameters(model, theta)));
}); // biome-ignore format: a table

const retrain = (activation: string, out: string, ...more: string[]) =>
  command('retrain', '--params', at('net.safetensors'), '--activation', activation, ...DATA, ...SIZE, '--out', at(out), ...more); // biome-ignore format: one line

/** The mean losses over the seeds, subset by subset. */
function expected(Training: typeof Trainer): number[] {
  const trainer = new Training(model, 'cross-entropy', train, config);
  return drawSubsets(N, 0.5, K, 7).flatMap((subset, j) => {
    const runs = Array.from({ length: R }, (_, r) =>
      exampleValues(
        model,
        'cross-entropy',
        trainer.train({ seed: 7, path: ['retrain', j, r], subset }),
        queries,
      ),
    );
    return Array.from(runs[0], (_, q) => runs.reduce((sum, run) => sum + run[q], 0) / R);
  });
}

test("retrain: the bank is Float32Trainer's, apart from that of float64 in the same folder, and continued", async () => {
  expect(await retrain('tanh', 'bank')).toMatchObject({ code: 0, stderr: '' });
  const outcomes = (): number[] => [...readNpy(readFileSync(at('bank', 'outcomes.npy'))).data].map(Number);
  expect(outcomes()).toEqual(expected(Trainer));
  const first = await retrain('tanh', 'bank', '--precision', 'float32');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(first.stdout)).toMatchObject({ retrained: K * R });
  expect(outcomes()).toEqual(expected(Float32Trainer));
  expect(outcomes()).not.toEqual(expected(Trainer));
  for (const [k, value] of outcomes().entries()) expect(value).toBeCloseTo(expected(Trainer)[k], 4);
  const again = await retrain('tanh', 'bank', '--precision', 'float32');
  expect(JSON.parse(again.stdout)).toMatchObject({ retrained: 0 });
});

test('retrain: an activation without a float32 form is refused before anything is made', async () => {
  const { code, stderr } = await retrain('gelu', 'none', '--precision', 'float32');
  expect(code).not.toBe(0);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain('the activation gelu has no float32 form; identity, tanh, sigmoid, relu have.');
  expect(existsSync(at('none'))).toBe(false);
});

test('reproduce: a setting of its own name, with the base network of float64', async () => {
  const reproduce = (...more: string[]) =>
    command('reproduce', '--profile', 'smoke', '--workers', '1', '--out', at('runs'), ...more);
  expect(await reproduce()).toMatchObject({ code: 0 });
  const bases = readdirSync(at('runs', 'store', 'base-training'));
  const read = () => Object.entries(readDigested(at('runs', 'results.json'), RESULTS_FILE).settings);
  const [[name, before]] = read();
  expect(await reproduce('--precision', 'float32')).toMatchObject({ code: 0 });
  const after = new Map(read()).get(`${name}-float32`);
  expect(after?.accuracy).toEqual(before.accuracy);
  expect(readdirSync(at('runs', 'store', 'base-training'))).toEqual(bases);
  expect(readdirSync(at('runs', 'retrainings')).filter((one) => one.startsWith(`${name}-float32-`))).toHaveLength(1); // biome-ignore format: one line
});
