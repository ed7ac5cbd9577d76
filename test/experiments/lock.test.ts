/** @file One run per folder. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { acquireLock, LOCK_NAME } from '../../src/experiments/engine/lock.ts';
import { patience } from '../helpers/patience.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = temporaryFolder();
let round = 0;
let folder = '';

beforeEach(() => {
  folder = path.join(root, String(round++));
  mkdirSync(folder);
});

const lock = (): string => path.join(folder, LOCK_NAME);

test('a second taker is refused while the first lives, and welcome afterwards', async () => {
  const release = await acquireLock(folder, 0);
  await expect(acquireLock(folder, 0)).rejects.toThrow(new RegExp(`another run \\(process ${process.pid}`));
  release();
  expect(existsSync(lock())).toBe(false);
  (await acquireLock(folder, 0))();
});

test('waits for a holder that is just leaving', async () => {
  const release = await acquireLock(folder, 0);
  const second = acquireLock(folder, patience(5)); // has found it taken when it returns its promise
  release();
  (await second)();
});

test('the lock of a process that has died is taken over', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  writeFileSync(lock(), JSON.stringify({ pid: child.pid, host: hostname(), started: '' }));
  const release = await acquireLock(folder, 0);
  expect(JSON.parse(readFileSync(lock(), 'utf8')).pid).toBe(process.pid);
  release();
});

test('the number of a dead process that another process got later is no lock', async () => {
  writeFileSync(lock(), JSON.stringify({ pid: process.pid, host: hostname(), started: '1@an earlier boot' }));
  (await acquireLock(folder, 0))();
});

test('a lock of another machine is respected', async () => {
  writeFileSync(lock(), JSON.stringify({ pid: 1, host: 'elsewhere', started: '' }));
  await expect(acquireLock(folder, 0)).rejects.toThrow(/elsewhere/);
});

test('a lock file with other content is no lock', async () => {
  writeFileSync(lock(), 'half a li');
  (await acquireLock(folder, 0))();
});

test('of many takers of a stale lock, one gets it', async () => {
  writeFileSync(lock(), JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: '' }));
  const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(folder, 0)));
  const winners = attempts.filter((attempt) => attempt.status === 'fulfilled');
  expect(winners).toHaveLength(1);
});

test('something that is no file in the place of the lock is refused in time', async () => {
  mkdirSync(lock());
  await expect(acquireLock(folder, 150)).rejects.toThrow(/run\.lock is in the way/);
});
