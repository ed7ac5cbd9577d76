/** @file trajectory.json, run.lock and setting.json, changed field by field: refused in one short line, or nothing follows from it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkpointSteps, Mlp, Trainer } from '../../src/autodiff/index.ts';
import { staleArchives } from '../../src/experiments/better-hessians/reproduce/stale.ts';
import { acquireLock, LOCK_NAME } from '../../src/experiments/engine/lock.ts';
import { CommandError } from '../../src/experiments/files/command-error.ts';
import { PROFILES, settingConfig } from '../../src/experiments/protocol/profile.ts';
import { openArchive } from '../../src/experiments/protocol/retrainings.ts';
import { TrajectoryFileError } from '../../src/experiments/user-files/checkpoint-file.ts';
import { readTrajectory } from '../../src/experiments/user-files/trajectory.ts';
import { writeTrajectory } from '../../src/experiments/user-files/write-trajectory.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import { patience } from '../helpers/patience.ts';
import { command } from './command.ts';
import { jsonMutants } from './json-mutants.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = temporaryFolder();

/** One line that a terminal can show. */
function expectOneLine(text: string, label: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(/[\u0000-\u001f\u007f]/.test(text), `${label}: ${text.slice(0, 200)}`).toBe(false);
  expect(text.length, label).toBeLessThan(1500);
}

describe('trajectory.json', () => {
  const folder = path.join(root, 'run');
  const file = path.join(folder, 'trajectory.json');
  const inputs = new Matrix(12, 2, rng(1, 'hostile').fillNormal(new Float64Array(24)));
  const labels = Int32Array.from({ length: 12 }, (_, i) => i % 2);
  const model = new Mlp([2, 2, 2], 'tanh');
  const config = {
    ...{ epochs: 4, batch: 6, learningRate: 0.1, momentum: 0.5, weightDecay: 0.01 },
    ...({ schedule: 'cosine', initialisation: 'torch', dropLast: true } as const),
  };
  const { trajectory } = new Trainer(model, 'cross-entropy', { inputs, labels }, config).trainTrajectory({
    seed: 0,
    checkpoints: checkpointSteps(8, 2),
  });
  writeTrajectory(folder, { model, loss: 'cross-entropy', trajectory }, { ...config, seed: 0 });
  const list = JSON.parse(readFileSync(file, 'utf8')) as { [field: string]: unknown };

  test.each(['with', 'without'])('%s its digest', { timeout: patience(30) }, (digest) => {
    const { digest: own, ...content } = list;
    const tree = digest === 'with' ? { ...content, digest: own } : content;
    writeFileSync(file, JSON.stringify(tree));
    const whole = readTrajectory(folder, model);
    let refused = 0;
    for (const { label, field, tree: mutant } of jsonMutants(tree)) {
      writeFileSync(file, JSON.stringify(mutant));
      try {
        const read = readTrajectory(folder, model);
        if (digest === 'with') expect(field, label).toBe('digest'); // gone: a list by hand
        if (/^(training|digest)\b|sha256$/.test(field)) expect(read, label).toEqual(whole);
        else expect(JSON.stringify(read), label).not.toBe(JSON.stringify(whole)); // another run, as it says
      } catch (error) {
        expect(error, label).toBeInstanceOf(TrajectoryFileError);
        const { message } = error as TrajectoryFileError;
        expect(message.startsWith(folder), label).toBe(true);
        expectOneLine(message, label);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });

  test('as a folder to train into', async () => {
    for (const { label, tree } of jsonMutants({ format: list['format'], checkpoints: [] })) {
      const text = JSON.stringify(tree);
      writeFileSync(file, text);
      const inputsFile = path.join(root, 'absent.npy');
      const { code, stderr } = await command(
        ...['train', '--checkpoints', folder, '--inputs', inputsFile, '--labels', inputsFile],
      );
      expect(code, label).toBe(1);
      expectOneLine(stderr.replace(/\n$/, ''), label);
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
  });
});

test('run.lock: every field', { timeout: patience(30) }, async () => {
  const folder = path.join(root, 'lock');
  mkdirSync(folder);
  const file = path.join(folder, LOCK_NAME);
  let [refused, taken] = [0, 0];
  for (const host of [hostname(), 'elsewhere'])
    for (const { label, tree } of jsonMutants({ pid: process.pid, host, started: '' })) {
      writeFileSync(file, JSON.stringify(tree));
      try {
        const release = await acquireLock(folder, 0);
        release();
        taken++;
      } catch (error) {
        expect(error, label).toBeInstanceOf(CommandError);
        expectOneLine((error as Error).message, label);
        refused++;
      }
      rmSync(file, { force: true });
    }
  expect(readdirSync(folder)).toEqual([]);
  expect(refused).toBeGreaterThan(10);
  expect(taken).toBeGreaterThan(10);
});

test('setting.json of retrainings: every field', { timeout: patience(30) }, async () => {
  const out = path.join(root, 'stale');
  const retrainings = path.join(out, 'retrainings');
  const setting = settingConfig(PROFILES.smoke, 'd1-w3-e3', 0);
  const { code } = await command(
    ...['reproduce', '--profile', 'smoke', '--setting', 'd1-w3-e3', '--subsets', '2', '--seeds', '1'],
    ...['--models', '1', '--workers', '1', '--out', out],
  );
  expect(code).toBe(0);
  const [own] = readdirSync(retrainings);
  const place = path.join(retrainings, own.replace(/[0-9a-f]{12}$/, '0123456789ab'));
  mkdirSync(place);
  const tree = JSON.parse(readFileSync(path.join(retrainings, own, 'setting.json'), 'utf8')) as unknown;
  let told = 0;
  for (const { label, tree: mutant } of jsonMutants(tree)) {
    writeFileSync(path.join(place, 'setting.json'), JSON.stringify(mutant));
    const lines = staleArchives(retrainings, [setting]);
    expect(lines, label).toHaveLength(1);
    expectOneLine(lines[0], label);
    expect(lines[0].startsWith(`${place} is not used: `), label).toBe(true);
    told++;
  }
  expect(told).toBeGreaterThan(100);
  // its own setting.json is for people: whatever it says, the retrainings are used
  writeFileSync(path.join(retrainings, own, 'setting.json'), '{');
  expect(openArchive(setting, retrainings).size).toBe(2);
});
