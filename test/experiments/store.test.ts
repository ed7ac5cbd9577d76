/** @file Stored results: found again, never trusted unread. */
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  anyArray,
  finiteArray,
  resultForm,
  type StoredTask,
} from '../../src/experiments/engine/result-form.ts';
import { Store } from '../../src/experiments/engine/store.ts';
import { type TaskResult, task, taskKey } from '../../src/experiments/engine/task.ts';
import { sweepTemporary } from '../../src/experiments/files/atomic-write.ts';
import { NumericalError } from '../../src/linalg/index.ts';
import { forgeries, forgeTaskFile, readTaskFile } from './forged-task.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = temporaryFolder();
let round = 0;
let notices: string[] = [];
let store: Store;
const form = resultForm(
  v.strictObject({ error: v.number(), label: v.string(), none: v.null() }),
  { theta: anyArray(2, 2), empty: finiteArray(0) },
  ['build'],
);
const work = { ...task({ diagnostics: 2 }, 'diagnostics', { eps: 1e-4 }, { data: 'abc' }), form };
const other = { ...task({ diagnostics: 2 }, 'diagnostics', { eps: 1e-5 }, { data: 'abc' }), form };
const result: TaskResult = {
  value: { error: 0.25, label: 'x', none: null },
  arrays: {
    theta: { shape: [2, 2], data: Float64Array.of(1, -0, Number.NaN, 5e-324) },
    empty: { shape: [0], data: new Float64Array(0) },
  },
  seconds: { build: 1.5 },
};

beforeEach(() => {
  notices = [];
  store = new Store(path.join(root, String(round++)), (line) => notices.push(line));
});

/** Writes the result, spoils its file, and expects it to be refused in one line that names it. */
function expectRefused(spoil: (file: string) => void, reason: RegExp): void {
  store.write(work, result);
  spoil(store.file(work));
  expect(store.read(work)).toBeUndefined();
  expect(notices).toHaveLength(1);
  expect(notices[0]).toContain(store.file(work));
  expect(notices[0]).toMatch(reason);
  expect(notices[0]).not.toContain('\n');
  store.write(work, result);
  expect(store.read(work)?.value).toEqual(result.value);
}

describe('Store', () => {
  test('gives back every bit, NaN and −0 included', () => {
    expect(store.read(work)).toBeUndefined();
    store.write(work, result);
    const read = store.read(work);
    expect(read?.value).toEqual(result.value);
    expect(read?.seconds).toEqual(result.seconds);
    expect(read?.arrays['theta'].shape).toEqual([2, 2]);
    expect(Buffer.from(read?.arrays['theta'].data.buffer as ArrayBuffer)).toEqual(
      Buffer.from(result.arrays['theta'].data.buffer),
    );
    expect(notices).toEqual([]);
  });

  test('another config, version, input or name is another key', () => {
    const variants: StoredTask[] = [
      work,
      other,
      { ...work, version: work.version + 1 },
      { ...work, inputs: { data: 'abd' } },
      { ...work, name: 'attribution' },
    ];
    expect(new Set(variants.map(taskKey)).size).toBe(variants.length);
    store.write(work, result);
    for (const variant of variants.slice(1)) expect(store.read(variant)).toBeUndefined();
  });

  test('refuses a file with any flipped bit', () => {
    store.write(work, result);
    const good = readFileSync(store.file(work));
    for (let at = 0; at < good.length; at += 7) {
      const bad = Buffer.from(good);
      bad[at] ^= 1 << (at % 8);
      writeFileSync(store.file(work), bad);
      expect(store.read(work), `bit flipped in byte ${at}`).toBeUndefined();
    }
    writeFileSync(store.file(work), good);
    expect(store.read(work)?.value).toEqual(result.value);
  });

  test('refuses a file that is cut at any length', () => {
    store.write(work, result);
    const length = readFileSync(store.file(work)).length;
    for (let keep = length - 1; keep >= 0; keep -= 13) {
      truncateSync(store.file(work), keep);
      expect(store.read(work), `${keep} bytes`).toBeUndefined();
    }
  });

  test('refuses a foreign file', () => {
    expectRefused((file) => writeFileSync(file, 'x'.repeat(500)), /not a result file/);
  });

  test('refuses the result of another task under this name', () => {
    expectRefused((file) => {
      store.write(other, result);
      copyFileSync(store.file(other), file);
    }, /another task/);
  });

  test('refuses a file with a checksum that holds and a form that does not', () => {
    store.write(work, result);
    const file = store.file(work);
    const good = readFileSync(file);
    const tried = [...forgeries(readTaskFile(file))];
    expect(tried.length).toBeGreaterThan(20);
    for (const [name, change] of tried) {
      writeFileSync(file, good);
      forgeTaskFile(file, change);
      notices = [];
      store = new Store(store.folder, (line) => notices.push(line)); // one store tells of a file once
      expect(store.read(work), name).toBeUndefined();
      expect(notices, name).toHaveLength(1);
      expect(notices[0], name).toMatch(
        /^\S+ is not trusted \([^\n]*(array|field) [^\n]*\) and is computed again\.$/,
      );
    }
    writeFileSync(file, good);
    forgeTaskFile(file, () => {});
    expect(store.read(work)?.value).toEqual(result.value);
  });

  test('lengths that were found when computing agree; what must be finite is', () => {
    const found = { atMost: 4 };
    const task = {
      ...work,
      form: resultForm(v.strictObject({}), { a: finiteArray(found), b: anyArray(found, 2) }),
    };
    const of = (a: number[], b: number[]): TaskResult => ({
      value: {},
      arrays: {
        a: { shape: [a.length], data: Float64Array.from(a) },
        b: { shape: [b.length / 2, 2], data: Float64Array.from(b) },
      },
      seconds: {},
    });
    store.write(task, of([1, 2], [1, Number.NaN, 3, 4]));
    expect(store.read(task)?.arrays['b'].shape).toEqual([2, 2]);
    expect(() => store.write(task, of([1], [1, 2, 3, 4]))).toThrow(
      'diagnostics: a result out of form: array b: expected shape [1, 2], received [2, 2].',
    );
    expect(() => store.write(task, of([1, 2, 3, 4, 5], []))).toThrow(
      /array a: expected shape \[at most 4\], received \[5\]/,
    );
    expect(() => store.write(task, of([1, Number.NaN], [1, 2, 3, 4]))).toThrow(NumericalError);
    forgeTaskFile(store.file(task), ({ arrays }) => {
      arrays[0].data[1] = Number.POSITIVE_INFINITY;
    });
    expect(store.read(task)).toBeUndefined();
    expect(notices[0]).toContain('(array a: expected finite numbers, received Infinity at 1)');
  });

  test('sweeps what a killed writer left, and nothing else', () => {
    store.write(work, result);
    const left = `${store.file(work)}.12-1-x.eigenfluence-tmp`;
    writeFileSync(left, 'half');
    sweepTemporary([root]);
    expect(() => readFileSync(left)).toThrow(/ENOENT/);
    expect(store.read(work)?.value).toEqual(result.value);
  });

  test('an unreadable place is an error, not an absence', () => {
    mkdirSync(store.file(work), { recursive: true });
    expect(() => store.read(work)).toThrow(/cannot read .*: it is not a regular file/);
  });
});
