/** @file Commands whose worker threads die: one true line, an exit code, nothing half-written, no waiting; and the next run continues. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { writeNpy } from '../../src/linalg/io/index.ts';
import { treeOf } from '../helpers/tree.ts';
import { command, type Run } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = temporaryFolder();
const preload = new URL('./dying/preload.mjs', import.meta.url).href;
const threads = createRequire(import.meta.url)('node:worker_threads') as { Worker: typeof Worker };
type WorkerOptions = NonNullable<ConstructorParameters<typeof Worker>[1]>;

afterEach(() => {
  threads.Worker = Worker;
  delete process.env['EIGENFLUENCE_DIE'];
});

/** Threads that are started from now on die as told. */
function dying(when: string, more: WorkerOptions = {}): void {
  process.env['EIGENFLUENCE_DIE'] = when;
  threads.Worker = class extends Worker {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      super(file, { ...options, ...more, execArgv: ['--import', preload, ...(options.execArgv ?? [])] });
    }
  };
}

/** What is promised of a failure. */
function refused({ code, stdout, stderr }: Run, words: string): void {
  expect(stderr).toBe(`eigenfluence: ${words}\n`);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
}

const AT_START = 'a worker thread died: worker exited with code: 6; what is stored stays.';
const IN_WORK = 'a worker thread died: worker exited with code: 9; what is stored stays.';
const MEMORY = 'a worker ran out of memory: use fewer --workers.';

/** Neither temporary files nor a lock nor an unfinished result. */
function clean(out: string): void {
  const names = existsSync(out) ? readdirSync(out, { recursive: true, encoding: 'utf8' }) : [];
  expect(names.filter((name) => /tmp$|\.lock|results\.json/.test(name))).toEqual([]);
}

const run = (name: string, workers: number, out: string, ...more: string[]): Promise<Run> =>
  command(name, '--profile', 'smoke', ...more, '--workers', String(workers), '--out', out, '--json');

test('reproduce, which then completes; methods, bif and study', async () => {
  const out = path.join(root, 'reproduce');
  dying('start');
  refused(await run('reproduce', 1, out), AT_START);
  expect(existsSync(out)).toBe(false);
  dying('never', { resourceLimits: { maxOldGenerationSizeMb: 6, maxYoungGenerationSizeMb: 1 } });
  refused(await run('reproduce', 2, out), MEMORY);
  expect(existsSync(out)).toBe(false);
  for (const [workers, write] of [
    [1, '1'], // in the file of the base model
    [2, '3'],
  ] as const) {
    dying(write);
    refused(await run('reproduce', workers, out), IN_WORK);
    clean(out);
  }
  threads.Worker = Worker;
  expect((await run('reproduce', 2, out)).code).toBe(0);

  const before = treeOf(out);
  dying('start');
  for (const name of ['methods', 'bif']) {
    const own = path.join(root, name);
    const more = name === 'methods' ? ['--retrainings', out] : [];
    refused(await run(name, 2, own, ...more), AT_START);
    expect(existsSync(own)).toBe(false);
  }
  refused(await run('study', 2, out, '--setting', 'd1-w3-e3'), AT_START);
  expect(treeOf(out)).toEqual(before);
});

describe('influence', () => {
  const folder = path.join(root, 'influence');
  const file = (name: string): string => path.join(folder, name);
  beforeAll(async () => {
    mkdirSync(folder);
    const data = Array.from({ length: 30 }, (_, i) => Math.sin(i * i));
    writeFileSync(file('x.npy'), writeNpy({ shape: [10, 3], data }));
    writeFileSync(
      file('y.npy'),
      writeNpy({ shape: [10], dtype: 'i8', data: Array.from({ length: 10 }, (_, i) => i % 2) }),
    );
    const inputs = ['--inputs', file('x.npy'), '--labels', file('y.npy')];
    const trained = await command('train', ...inputs, '--width', '2', '--epochs', '2', '--out', file('net'));
    expect(trained).toMatchObject({ code: 0, stderr: '' });
  });

  test('chains on threads that die at their start: nothing is written', async () => {
    const before = treeOf(folder);
    dying('start');
    const data = ['train', 'query'].flatMap((set) => [
      ...[`--${set}-inputs`, file('x.npy')],
      ...[`--${set}-labels`, file('y.npy')],
    ]);
    const out = ['--params', file('net'), '--method', 'bif', '--workers', '2', '--out', file('scores.npy')];
    refused(await command('influence', ...out, ...data), AT_START);
    expect(treeOf(folder)).toEqual(before);
  });
});
