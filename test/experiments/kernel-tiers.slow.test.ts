/** @file A whole run on real data gives the same bits with both kernel tiers, for any workers, and when it grows. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { digestBytes } from '../../src/experiments/files/digest.ts';
import { ROOT } from '../helpers/sources.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SETTING = 'd2-w6-e10'; // 502 parameters: panels, blocks and leaves of the eigensolver are all in use
const folder = temporaryFolder();

interface Request {
  readonly tier: 'scalar' | 'simd';
  readonly workers: number;
  readonly subsets: number;
  readonly seeds: number;
}

/** A run in a process of its own: the kernels are chosen when a process begins. */
async function run(name: string, { tier, workers, subsets, seeds }: Request): Promise<void> {
  const sizes = { setting: SETTING, workers, subsets, seeds, out: path.join(folder, name) };
  const flags = Object.entries(sizes).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/experiments/main.ts', 'reproduce', ...flags],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, EIGENFLUENCE_KERNELS: tier },
    },
  );
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += String(text);
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

/** results.json without what may differ: the times, and the name of the tier. */
function numbers(name: string): unknown {
  const all = JSON.parse(readFileSync(path.join(folder, name, 'results.json'), 'utf8'));
  return { ...all, kernelTier: null, [SETTING]: { ...all[SETTING], seconds: null } };
}

/** SHA-256 of the exported arrays and parameters. */
function arrays(name: string): Record<string, string> {
  const below = path.join(folder, name, 'arrays', SETTING);
  const files = readdirSync(below);
  return Object.fromEntries(files.map((file) => [file, digestBytes(readFileSync(path.join(below, file)))]));
}

const whole = { subsets: 4, seeds: 2 };

beforeAll(() => run('reference', { tier: 'simd', workers: 2, ...whole }));

describe.each<[name: string, requests: readonly Request[]]>([
  ['the scalar tier', [{ tier: 'scalar', workers: 2, ...whole }]],
  ['one worker', [{ tier: 'simd', workers: 1, ...whole }]],
  ['four workers', [{ tier: 'simd', workers: 4, ...whole }]],
  [
    'begun small by the scalar tier, grown by the other',
    [
      { tier: 'scalar', workers: 1, subsets: 3, seeds: 1 },
      { tier: 'simd', workers: 2, ...whole },
    ],
  ],
])('%s', (name, requests) => {
  test('same bits', async () => {
    for (const request of requests) await run(name, request);
    expect(numbers(name)).toEqual(numbers('reference'));
    expect(arrays(name)).toEqual(arrays('reference'));
  });
});
