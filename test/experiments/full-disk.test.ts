/** @file A disk that fills up in the middle of a write. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { writeFiles } from '../../src/experiments/files/atomic-write.ts';
import { acquireLock, LOCK_NAME } from '../../src/experiments/store/lock.ts';
import { decodeLog, RetrainingLogWriter } from '../../src/experiments/store/retraining-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Bytes left on the disk; a write takes what fits, and the next one fails, as the system does it. */
const disk = vi.hoisted(() => ({
  free: Number.POSITIVE_INFINITY,
  full: () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
}));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const writeSync = (
    handle: number,
    bytes: Uint8Array,
    offset = 0,
    length = bytes.length - offset,
  ): number => {
    if (disk.free === 0) throw disk.full();
    const fits = Math.min(length, disk.free);
    disk.free -= fits;
    return fs.writeSync(handle, bytes, offset, fits);
  };
  const writeFileSync = (target: string, text: string): void => {
    fs.writeFileSync(target, disk.free === 0 ? '' : text);
    if (disk.free === 0) throw disk.full();
  };
  return { ...fs, writeSync, writeFileSync };
});

const root = temporaryFolder();
let round = 0;
let folder = '';

beforeEach(() => {
  disk.free = Number.POSITIVE_INFINITY;
  folder = path.join(root, String(round++));
  mkdirSync(folder);
});

test('outputs: the old file stays, no new one appears, and the message names the file and the reason', () => {
  const [a, b] = ['a.npy', 'b.npy'].map((name) => path.join(folder, name));
  writeFileSync(a, 'old');
  for (const free of [0, 1, 99, 100, 150, 199]) {
    disk.free = free;
    const files = [a, b].map((name) => ({ path: name, bytes: new Uint8Array(100) }));
    const failing = free < 100 ? 'a.npy' : 'b.npy';
    expect(() => writeFiles(files)).toThrow(
      `cannot write ${path.join(folder, failing)}: no space left on the device.`,
    );
    expect(readdirSync(folder)).toEqual(['a.npy']);
    expect(readFileSync(a, 'utf8')).toBe('old');
  }
});

test('the lock: the message names it, and nothing is left', async () => {
  disk.free = 0;
  await expect(acquireLock(folder, 0)).rejects.toThrow(
    `cannot write ${path.join(folder, LOCK_NAME)}: no space left on the device.`,
  );
  expect(readdirSync(folder)).toEqual([]);
});

test('retrainings: whole records stay, no half record is left, and writing goes on when there is space again', () => {
  const identity = { key: 'ab'.repeat(32), queries: 2 };
  const file = path.join(folder, 'worker-1.log');
  const record = (subset: number) => ({
    subset,
    seed: 0,
    seconds: 0,
    losses: Float64Array.of(subset, 1),
    margins: Float64Array.of(2, 3),
  });
  const writer = new RetrainingLogWriter(file, identity);
  writer.append(record(0));
  const length = readFileSync(file).length;
  for (const free of [0, 1, 50]) {
    disk.free = free;
    expect(() => writer.append(record(1))).toThrow(`cannot write ${file}: no space left on the device.`);
    expect(readFileSync(file).length).toBe(length);
  }
  disk.free = Number.POSITIVE_INFINITY;
  writer.append(record(2));
  writer.close();
  expect(decodeLog(identity, readFileSync(file))).toMatchObject({
    damaged: 0,
    tornBytes: 0,
    records: [record(0), record(2)],
  });
});
