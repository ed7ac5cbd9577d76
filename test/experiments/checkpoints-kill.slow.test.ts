/** @file Killed at random moments, `train --checkpoints` over an earlier run leaves every folder whole: the earlier run or the new one. */
import { spawn } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { TEMPORARY_ENDING } from '../../src/experiments/files/publication.ts';
import { readTrajectory } from '../../src/experiments/user-files/trajectory.ts';
import { rng } from '../../src/linalg/index.ts';
import { patience, until } from '../helpers/patience.ts';
import { ROOT } from '../helpers/sources.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = temporaryFolder();
const MODELS = 40;
const KILLS = 8;
/** Both runs have checkpoints at the same steps, so every file of the earlier one is in the way of the new one. */
const args = (name: string, seed: number): string[] => {
  const flags = ['--epochs', '2', '--models', `${MODELS}`, '--seed', `${seed}`];
  return ['train', ...flags, '--checkpoints', path.join(root, name)];
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const listOf = (name: string, model: number): string =>
  readFileSync(path.join(root, `${name}-${model}`, 'trajectory.json'), 'utf8');
const last = (name: string, model: number): number[] => {
  const { checkpoints } = readTrajectory(path.join(root, `${name}-${model}`)).trajectory;
  expect(checkpoints).toHaveLength(6);
  return Array.from(checkpoints[5].theta);
};
const temporaries = (name: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.startsWith(`${name}-`) && file.includes(TEMPORARY_ENDING),
  );

/** Runs the command over the folders `name`, and sends the signal a while after its first temporary file; true: it came in time. */
async function struck(name: string, wait: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/experiments/main.ts', ...args(name, 1)], {
    cwd: ROOT,
    stdio: 'ignore',
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  await until('the first temporary file', 30, () => child.exitCode !== null || temporaries(name).length > 0);
  await pause(wait);
  child.kill(signal);
  return (await ended) !== 0;
}

test('kills and interruptions while forty folders are replaced', { timeout: patience(180) }, async () => {
  expect((await command(...args('old', 0))).code).toBe(0);
  expect((await command(...args('new', 1))).code).toBe(0);
  const models = Array.from({ length: MODELS }, (_, model) => model);
  const [before, after] = ['old', 'new'].map((name) => models.map((model) => last(name, model)));
  const random = rng(1, 'checkpoints-kill');
  let inTime = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const name = `struck${kill}`;
    for (const model of models)
      cpSync(path.join(root, `old-${model}`), path.join(root, `${name}-${model}`), { recursive: true });
    const signal = kill % 4 === 3 ? 'SIGTERM' : 'SIGKILL';
    if (await struck(name, 250 * random.uniform(), signal)) inTime++;
    for (const model of models) expect([before[model], after[model]]).toContainEqual(last(name, model));
    if (signal === 'SIGTERM') expect(temporaries(name)).toEqual([]);
    expect((await command(...args(name, 1))).code).toBe(0);
    for (const model of models) {
      expect(last(name, model)).toEqual(after[model]);
      expect(listOf(name, model)).toBe(listOf('new', model));
    }
  }
  expect(inTime).toBeGreaterThan(KILLS / 2);
});
