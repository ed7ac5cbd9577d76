/** @file `influence` with targets in place of labels, and self-influence as a file. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { asMlp } from '../../src/autodiff/as-model.ts';
import { type RegressionData, writeTorchParameters } from '../../src/autodiff/index.ts';
import { attribute } from '../../src/influence/index.ts';
import { readNpy, writeNpy, writeSafetensors } from '../../src/linalg/io/index.ts';
import { randomData, randomProblem } from '../helpers/problems.ts';
import { command, overridden } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);
const problem = randomProblem({ sizes: [3, 4, 1], loss: 'squared-error', examples: 9, seed: 4 });
const queries = randomData(problem.model, 'squared-error', 2, 8) as RegressionData;
const train = problem.data as RegressionData;
const common = [
  ...['--params', file('net.safetensors'), '--activation', 'tanh', '--out', file('s.npy')],
  ...['--train-inputs', file('x.npy'), '--train-targets', file('t.npy')],
  ...['--query-inputs', file('xq.npy'), '--query-targets', file('tq.npy')],
];

beforeAll(() => {
  const { model, theta } = problem;
  writeFileSync(
    file('net.safetensors'),
    writeSafetensors(writeTorchParameters(asMlp('test', 'model', model), theta)),
  );
  for (const [name, { inputs, targets }] of [
    ['', train],
    ['q', queries],
  ] as const) {
    const { rows, cols } = inputs;
    writeFileSync(file(`x${name}.npy`), writeNpy({ shape: [rows, cols], data: inputs.data }));
    writeFileSync(file(`t${name}.npy`), writeNpy({ shape: [rows], data: targets.data })); // one output: [n]
  }
});

test('the scores are those of the library; the absolute error is a measurement', async () => {
  for (const [method, measurement] of [
    ['cg', 'loss'],
    ['trak', 'loss'],
    ['ekfac', 'absolute-error'],
  ] as const) {
    const more = ['--method', method, '--measurement', measurement, '--self-influence', file('d.npy')];
    expect(await command('influence', ...common, ...more)).toMatchObject({ code: 0, stderr: '' });
    const options = { measurement };
    const expected = attribute({ method, options, models: [problem], train, queries, self: true });
    expect(readNpy(readFileSync(file('s.npy'))).data).toEqual(expected.scores.data);
    expect(readNpy(readFileSync(file('d.npy'))).data).toEqual(expected.selfInfluence);
  }
});

test('what does not fit is refused', async () => {
  const refused = async (...more: string[]): Promise<string> => {
    const { code, stderr } = await command('influence', ...overridden(common, more));
    expect(code).not.toBe(0);
    return stderr;
  };
  expect(await refused('--method', 'cg', '--measurement', 'margin')).toMatch(/no margin with squared-error/);
  expect(await refused('--method', 'cg', '--train-labels', file('t.npy'))).toMatch(/give one kind, for both/);
  expect(await refused('--method', 'cg', '--train-targets', file('tq.npy'))).toMatch(
    /2 targets, .* 9 examples/,
  );
  expect(await refused('--method', 'cg', '--query-targets', file('xq.npy'))).toMatch(/3 numbers per example/);
  expect(await refused('--method', 'label')).toMatch(/no classes/);
});
