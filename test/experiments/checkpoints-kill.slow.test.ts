/** @file Killed at random moments, `train --checkpoints` leaves folders that are complete or say that they are not. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readTrajectory, TrajectoryFileError } from '../../src/experiments/files/trajectory.ts';
import { rng } from '../../src/linalg/index.ts';
import { ROOT } from '../helpers/sources.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = temporaryFolder();
const MODELS = 40;
const args = (name: string): string[] =>
  ['train', '--epochs', '2', '--models', `${MODELS}`, '--checkpoints', path.join(root, name)]; // biome-ignore format: short
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const listOf = (name: string, model: number): string =>
  readFileSync(path.join(root, `${name}-${model}`, 'trajectory.json'), 'utf8');

/** Runs the command in a process of its own and kills it a random while after its first folder is complete. */
async function killed(name: string, wait: number): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/experiments/main.ts', ...args(name)], {
    cwd: ROOT,
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while (!existsSync(path.join(root, `${name}-0`, 'trajectory.json'))) await pause(2);
  await pause(wait);
  child.kill('SIGKILL');
  await ended;
}

test('five kills', { timeout: 600_000 }, async () => {
  expect((await command(...args('whole'))).code).toBe(0);
  const random = rng(1, 'checkpoints-kill');
  let unfinished = 0;
  for (let kill = 0; kill < 5; kill++) {
    const name = `killed${kill}`;
    await killed(name, 150 * random.uniform());
    for (const folder of readdirSync(root).filter((entry) => entry.startsWith(`${name}-`))) {
      const full = path.join(root, folder);
      if (existsSync(path.join(full, 'trajectory.json')))
        expect(readTrajectory(full).trajectory.checkpoints).toHaveLength(6);
      else {
        unfinished++;
        expect(() => readTrajectory(full)).toThrow(TrajectoryFileError);
      }
    }
    expect((await command(...args(name))).code).toBe(0);
    for (let model = 0; model < MODELS; model++) expect(listOf(name, model)).toBe(listOf('whole', model));
    for (let model = 0; model < MODELS; model++) readTrajectory(path.join(root, `${name}-${model}`));
  }
  expect(unfinished).toBeGreaterThan(0); // the kills came in time
});
