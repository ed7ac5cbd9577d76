/** @file A disk that fills up in the middle of a write. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Mlp } from '../../src/autodiff/index.ts';
import { acquireLock, LOCK_NAME } from '../../src/experiments/engine/lock.ts';
import { decodeLog, RetrainingLogWriter } from '../../src/experiments/engine/retraining-log.ts';
import { writeFiles } from '../../src/experiments/files/atomic-write.ts';
import { Publication } from '../../src/experiments/files/publication.ts';
import { readTrajectory, type StoredTrajectory } from '../../src/experiments/user-files/trajectory.ts';
import { publishTrajectory, writeTrajectory } from '../../src/experiments/user-files/write-trajectory.ts';
import { treeOf } from '../helpers/tree.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Bytes left on the disk; a write takes what fits, and the next one fails, as the system does it. */
const disk = vi.hoisted(() => ({
  free: Number.POSITIVE_INFINITY,
  /** So many renames work, and the next one does not. */
  renames: Number.POSITIVE_INFINITY,
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
  const renameSync = (from: string, to: string): void => {
    if (disk.renames-- === 0) throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    fs.renameSync(from, to);
  };
  return { ...fs, writeSync, writeFileSync, renameSync };
});

const root = temporaryFolder();
let round = 0;
let folder = '';

beforeEach(() => {
  disk.free = disk.renames = Number.POSITIVE_INFINITY;
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

test('outputs: when a rename fails, those before it are undone', () => {
  writeFileSync(path.join(folder, 'b'), 'old');
  const before = treeOf(folder);
  for (const renames of [0, 1, 2]) {
    disk.renames = renames;
    const files = ['a', 'b', 'new/c'].map((name) => ({
      path: path.join(folder, name),
      bytes: Uint8Array.of(renames),
    }));
    expect(() => writeFiles(files, 'make')).toThrow(/cannot write .*: permission denied\./);
    disk.renames = Number.POSITIVE_INFINITY;
    expect(treeOf(folder)).toEqual(before);
  }
});

describe('train --checkpoints into a folder of an earlier training', () => {
  const model = new Mlp([2, 2], 'tanh');
  const run = (value: number, steps: readonly number[]): StoredTrajectory => ({
    model,
    loss: 'cross-entropy',
    trajectory: {
      checkpoints: steps.map((step) => ({ step, theta: new Float64Array(6).fill(value + step) })),
      steps: 4,
      learningRates: Float64Array.of(0.1, 0.1),
      stepsPerEpoch: 2,
      momentum: 0,
      weightDecay: 0,
      batch: 1,
    },
  });

  test('on a full disk the old run stays, whole', () => {
    writeTrajectory(folder, run(0, [2, 4]));
    const before = treeOf(folder);
    for (let free = 0; free < 1000; free += 90) {
      disk.free = free;
      expect(() => writeTrajectory(folder, run(1, [2, 4]))).toThrow(/no space left on the device/);
      disk.free = Number.POSITIVE_INFINITY;
      expect(treeOf(folder)).toEqual(before);
    }
    writeTrajectory(folder, run(1, [2, 4]));
    expect(readTrajectory(folder).trajectory.checkpoints[0].theta[0]).toBe(3);
    expect(readdirSync(folder)).toEqual(['checkpoint-2.safetensors', 'checkpoint-4.safetensors', 'trajectory.json']); // biome-ignore format: one line
  });

  test('after every single rename the folder holds one whole run, the old one or the new one', () => {
    const values: number[] = [];
    for (let renames = 0; renames < 8; renames++) {
      const place = path.join(folder, String(renames));
      writeTrajectory(place, run(0, [2, 4]));
      const publication = new Publication();
      publishTrajectory(publication, place, run(1, [3, 4]));
      publication['undo'] = () => {}; // as if the process had been killed there
      disk.renames = renames;
      try {
        publication.commit();
      } catch {
        // from here on nothing is written any more
      }
      disk.renames = Number.POSITIVE_INFINITY;
      values.push(readTrajectory(place).trajectory.checkpoints[1].theta[0]);
    }
    expect(values).toEqual([4, 4, 4, 5, 5, 5, 5, 5]);
  });
});

test('the lock: the message names it, and nothing is left', async () => {
  disk.free = 0;
  await expect(acquireLock(folder, 0)).rejects.toThrow(
    `cannot write ${path.join(folder, LOCK_NAME)}: no space left on the device.`,
  );
  expect(readdirSync(folder)).toEqual([]);
});

test('retrainings: whole records stay, no half record is left, and writing goes on when there is space again', () => {
  const identity = { key: 'ab'.repeat(32), queries: 2, measurements: ['loss', 'margin'] };
  const file = path.join(folder, 'worker-1.log');
  const record = (subset: number) => ({
    subset,
    seed: 0,
    seconds: 0,
    values: { loss: Float64Array.of(subset, 1), margin: Float64Array.of(2, 3) },
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
