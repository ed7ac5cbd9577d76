/** @file `train --optimiser adamw`. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { adamW, Mlp, readTorchParameters, Trainer } from '../../src/autodiff/index.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import { readSafetensors, writeNpy } from '../../src/linalg/io/index.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);
const inputs = new Matrix(12, 3, rng(7, 'adamw').fillNormal(new Float64Array(36)));
const labels = Int32Array.from({ length: 12 }, (_, n) => n % 2);
writeFileSync(file('x.npy'), writeNpy(inputs));
writeFileSync(file('y.npy'), writeNpy({ shape: [12], dtype: 'i4', data: labels }));
const data = ['--inputs', file('x.npy'), '--labels', file('y.npy'), '--out', file('n.safetensors')];
const run = ['train', ...data, '--width', '4', '--epochs', '5', '--batch', '4', '--optimiser', 'adamw'];

test('trains as the library, with its own defaults', async () => {
  const schedule = {
    epochs: 5,
    batch: 4,
    schedule: 'cosine',
    initialisation: 'torch',
    dropLast: true,
  } as const;
  const trained = (learningRate: number, optimiser: ReturnType<typeof adamW>): Float64Array =>
    new Trainer(new Mlp([3, 4, 2], 'tanh'), 'cross-entropy', { inputs, labels }, { ...schedule, learningRate, optimiser }).train({ seed: 0, path: ['base', 0] }); // biome-ignore format: one line
  const theta = (): Float64Array =>
    readTorchParameters(readSafetensors(readFileSync(file('n.safetensors')))).theta;
  expect(await command(...run)).toMatchObject({ code: 0 });
  expect(theta()).toEqual(trained(0.001, adamW()));
  const given = [
    '--lr',
    '0.02',
    '--beta1',
    '0.8',
    '--beta2',
    '0.95',
    '--epsilon',
    '1e-4',
    '--weight-decay',
    '0.3',
  ];
  expect(await command(...run, ...given)).toMatchObject({ code: 0 });
  expect(theta()).toEqual(trained(0.02, adamW({ beta1: 0.8, beta2: 0.95, epsilon: 1e-4, weightDecay: 0.3 })));
});

test.each([
  [/--momentum .*does not apply to --optimiser adamw/, ['--momentum', '0.9']],
  [/beta2/, ['--beta2', '1']],
])('%s', async (how, more) => {
  const { code, stderr } = await command(...run, ...more);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(how);
});

test('its settings belong to it', async () => {
  const { code, stderr } = await command('train', ...data, '--beta1', '0.8');
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/--beta1 .*does not apply to --optimiser sgd/);
});
