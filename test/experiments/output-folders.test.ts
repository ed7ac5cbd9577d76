/** @file One rule for where outputs go: a file needs a folder that is there, a folder is made with what is missing above it. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { EXPERIMENTS } from '../../src/experiments/catalogue.ts';
import { createProgram } from '../../src/experiments/program.ts';
import { writeNpy } from '../../src/linalg/io/index.ts';
import { patience } from '../helpers/patience.ts';
import { treeOf } from '../helpers/tree.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = temporaryFolder();
const input = path.join(root, 'in');
const file = (name: string): string => path.join(input, name);
const missing = path.join(root, 'no/such');

beforeAll(async () => {
  mkdirSync(input);
  const data = Array.from({ length: 30 }, (_, i) => Math.sin(i * i));
  writeFileSync(file('x.npy'), writeNpy({ shape: [10, 3], data }));
  const labels = Array.from({ length: 10 }, (_, i) => i % 2);
  writeFileSync(file('y.npy'), writeNpy({ shape: [10], dtype: 'i8', data: labels }));
  writeFileSync(file('a.npy'), writeNpy({ shape: [2, 2], data: [2, 1, 1, 2] }));
  expect((await command(...TRAIN, '--out', file('net'))).code).toBe(0);
});

const EXAMPLES = ['--inputs', file('x.npy'), '--labels', file('y.npy')];
const SETS = ['train', 'query'].flatMap((set) => [
  ...[`--${set}-inputs`, file('x.npy')],
  ...[`--${set}-labels`, file('y.npy')],
]);
const TRAIN = ['train', ...EXAMPLES, '--width', '2', '--epochs', '2'];
const CURVATURE = ['curvature', '--params', file('net'), ...EXAMPLES];
const INFLUENCE = ['influence', '--params', file('net'), ...SETS];
const CG = [...INFLUENCE, '--method', 'cg', '--out', path.join(input, 'scores.npy')];

/** Options that name a file to write, with a call that is right but for its place. */
const FILES: readonly [string, string, string[]][] = [
  ['train', '--out', TRAIN],
  ['curvature', '--out', [...CURVATURE, '--method', 'kfac']],
  [
    'curvature',
    '--errors',
    [...CURVATURE, '--method', 'hessian', '--diagonal', '--out', path.join(input, 'diagonal.npy')],
  ],
  ['influence', '--out', [...INFLUENCE, '--method', 'grad-dot']],
  ['influence', '--bounds', CG],
  ['influence', '--errors', CG],
  ['influence', '--token-scores', CG],
  ['influence', '--module-scores', CG],
  ['influence', '--self-influence', CG],
  ['influence', '--save-fit', [...INFLUENCE, '--method', 'kfac', '--out', path.join(input, 'scores.npy')]],
  ['eigen', '--values', ['eigen', '--input', file('a.npy'), '--vectors', file('v.npy')]],
  ['eigen', '--vectors', ['eigen', '--input', file('a.npy'), '--values', file('w.npy')]],
];

/** Options that name a folder to write to. */
const FOLDERS: readonly [string, string, string[]][] = [
  ['train', '--checkpoints', TRAIN],
  [
    'reproduce',
    '--out',
    ['reproduce', '--profile', 'smoke', '--setting', 'd1-w3-e3', '--subsets', '2', '--workers', '1'],
  ],
  ['retrain', '--out', ['retrain', '--params', file('net'), ...SETS, '--epochs', '1', '--subsets', '2', '--seeds', '1', '--workers', '1']], // biome-ignore format: one line
  ['explore', '--out', ['explore']],
  ['methods', '--out', ['methods', '--profile', 'smoke', '--method', 'grad-dot', '--workers', '1']],
];

/** Folders of results that must be there before: of earlier runs, or hours of computing that other tests do. */
const LOADED = await Promise.all(EXPERIMENTS.map((one) => one.load()));
const EARLIER = ['claims', 'evaluate', 'merge', 'plan', ...LOADED.map(({ name }) => name)]
  .filter((name) => !FOLDERS.some(([tried]) => tried === name))
  .map((name) => `${name} --out`);

test('every option that names an output is here', async () => {
  const options = (await createProgram()).commands.flatMap((one) =>
    one.options
      .filter(({ long, description }) => long === '--out' || /^written\b/.test(description))
      .map(({ long }) => `${one.name()} ${long}`),
  );
  const known = [...FILES, ...FOLDERS].map(([name, option]) => `${name} ${option}`);
  expect([...known, ...EARLIER].sort()).toEqual(options.sort());
});

describe('a file needs its folder', () => {
  test.each(FILES)('%s %s', async (_, option, args) => {
    const before = treeOf(root);
    const target = path.join(missing, 'file');
    const { code, stdout, stderr } = await command(...args, option, target);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(`eigenfluence: cannot write ${target}: the folder ${missing} does not exist.\n`);
    expect(treeOf(root)).toEqual(before);
  });
});

describe('a folder is made with its parents, and only when the work succeeds', () => {
  test.each(FOLDERS)('%s %s', { timeout: patience(60) }, async (name, option, args) => {
    const target = path.join(root, name, 'no/such/folder');
    const bad = name === 'train' || name === 'retrain' ? ['--batch', '99'] : ['--setting', 'deep'];
    expect((await command(...args, ...bad, option, target)).code).not.toBe(0);
    expect(existsSync(path.join(root, name))).toBe(false);
    expect(await command(...args, option, target)).toMatchObject({ code: 0, stderr: '' });
    expect(Object.keys(treeOf(target)).length).toBeGreaterThan(0);
  });

  test.each(['claims', 'study', 'beyond', 'evaluate'])('%s reads a folder, and makes none', async (name) => {
    const more = {
      claims: [],
      study: ['--setting', 'd1-w3-e3'],
      beyond: ['--setting', 'd1-w3-e3'],
      evaluate: ['--setting', 'd1-w3-e3', '--scores', file('x.npy')],
    }[name as 'claims'];
    expect((await command(name, ...more, '--out', path.join(missing, 'folder'))).code).not.toBe(0);
    expect(existsSync(path.join(root, 'no'))).toBe(false);
  });
});
