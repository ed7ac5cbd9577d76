/** @file Twenty violent ends at random moments lose at most what was in flight, and change no bit of the results. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { recordBytes } from '../../src/experiments/engine/retraining-log.ts';
import { rng } from '../../src/linalg/index.ts';
import { ROOT } from '../helpers/sources.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const SIZE = ['--profile', 'smoke', '--setting', 'd2-w8-e60', '--subsets', '40', '--seeds', '20'];
const QUERIES = 12;

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** Starts a run by node itself, or by npm as a person would; the child leads a process group of its own. */
function start(
  out: string,
  workers: number,
  byNpm: boolean,
): { child: ChildProcess; exited: Promise<unknown>; ended: Promise<Ended> } {
  const args = ['reproduce', ...SIZE, '--out', out, '--workers', String(workers)];
  const child = byNpm
    ? spawn('npm', ['run', '-s', 'cli', '--', ...args], { cwd: ROOT, detached: true })
    : spawn(process.execPath, ['--import', 'tsx', 'src/experiments/main.ts', ...args], {
        cwd: ROOT,
        detached: true,
      });
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr += String(text);
  });
  child.stdout?.resume();
  // 'close', not 'exit': only then all that was written to stderr has been read
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, stderr })));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  return { child, exited, ended };
}

/** Whole records in all logs. */
function stored(out: string): number {
  const logs = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.log'),
  );
  const sizes = logs.map((name) => readFileSync(path.join(out, name)).length - 64);
  return sizes.reduce((sum, size) => sum + Math.max(0, Math.floor(size / recordBytes(QUERIES, 2))), 0);
}

const digestOf = (out: string): string =>
  (JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8')) as { digest: string }).digest;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('twenty kills of four kinds', async () => {
  const reference = path.join(folder, 'reference');
  const began = performance.now();
  expect((await start(reference, 2, false).ended).code).toBe(0);
  const whole = performance.now() - began;

  const out = path.join(folder, 'killed');
  const random = rng(0, 'kills');
  let before = 0;
  for (let k = 0; k < 20; k++) {
    const how = ['kill', 'kill-group', 'kill-npm', 'interrupt'][k % 4];
    const { child, exited, ended } = start(out, 1 + (k % 3), how === 'kill-npm' || how === 'kill-group');
    await Promise.race([ended, pause(whole * (0.15 + 0.5 * random.uniform()))]);
    if (child.exitCode === null && child.pid !== undefined) {
      if (how === 'interrupt') child.kill('SIGINT');
      else process.kill(how === 'kill-group' ? -child.pid : child.pid, 'SIGKILL');
    }
    // where npm is killed, the program lives on for a moment, and the next run meets its lock
    const { code, stderr } = how === 'kill-npm' ? { code: await exited, stderr: '' } : await ended;
    if (how === 'interrupt' && code !== null && code !== 0) {
      // null: the signal came before the program had begun
      expect(code).toBe(130);
      expect(stderr).toMatch(
        /^eigenfluence: stopped by SIGINT: what is stored stays; the same command continues\.\n$/,
      );
    }
    const now = stored(out);
    expect(now).toBeGreaterThanOrEqual(before); // nothing that was stored is lost
    before = now;
  }
  const last = await start(out, 2, true).ended;
  expect(last).toEqual({ code: 0, stderr: '' });
  expect(digestOf(out)).toBe(digestOf(reference));
  expect(stored(out)).toBe(800);
  expect(
    readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => /tmp$|\.lock/.test(name)),
  ).toEqual([]);
});

test('of two runs at once in one folder, one works and the other is refused', async () => {
  const out = path.join(folder, 'two');
  const runs = [start(out, 1, false), start(out, 1, false)];
  const ends = await Promise.all(runs.map(({ ended }) => ended));
  expect(ends.map(({ code }) => code).sort()).toEqual([0, 1]);
  expect(ends.find(({ code }) => code === 1)?.stderr).toMatch(
    /^eigenfluence: another run \(process \d+ on .*\) is working in/,
  );
});

test('files that may not grow, as on a full disk: one line each time, and in the end the same bits', async () => {
  const size = ['--profile', 'smoke', '--subsets', '40', '--seeds', '10', '--workers', '2'];
  const run = (out: string, kilobytes: number | 'unlimited'): Promise<Ended> => {
    const node = [process.execPath, '--import', 'tsx', 'src/experiments/main.ts', 'reproduce', ...size];
    const limited = ['-c', 'ulimit -f "$0"; exec "$@"', String(kilobytes), ...node, '--out', out];
    const child = spawn('bash', limited, { cwd: ROOT });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += String(text);
    });
    child.stdout.resume();
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, stderr })));
  };
  const [out, reference] = [path.join(folder, 'limited'), path.join(folder, 'unlimited')];
  let before = 0;
  for (const kilobytes of [4, 12, 30, 60, 100]) {
    const { code, stderr } = await run(out, kilobytes);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^eigenfluence: cannot write [^\n]*: the file would be too large\.\n$/);
    expect(stored(out)).toBeGreaterThanOrEqual(before);
    before = stored(out);
  }
  expect(await run(out, 'unlimited')).toEqual({ code: 0, stderr: '' });
  expect(await run(reference, 'unlimited')).toEqual({ code: 0, stderr: '' });
  expect(digestOf(out)).toBe(digestOf(reference));
});
