/** @file Retraining logs: append-only, torn and damaged records found out, order without meaning. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { logFile, RetrainingArchive } from '../../src/experiments/engine/retraining-archive.ts';
import {
  encodeRecord,
  RetrainingLogWriter,
  type RetrainingRecord,
  recordBytes,
} from '../../src/experiments/engine/retraining-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

const identity = { key: 'ab'.repeat(32), queries: 3, measurements: ['loss', 'margin'] };
const stranger = { key: 'cd'.repeat(32), queries: 3, measurements: ['loss', 'margin'] };
const root = temporaryFolder();
let round = 0;
let folder = '';
let notices: string[] = [];

beforeEach(() => {
  folder = path.join(root, String(round++));
  notices = [];
  open(); // makes the folder
});

function open(repair = true): RetrainingArchive {
  return new RetrainingArchive(folder, identity, (line) => notices.push(line), repair);
}

function record(subset: number, seed: number): RetrainingRecord {
  const x = subset * 100 + seed + 0.125;
  return {
    subset,
    seed,
    seconds: 0.5,
    values: { loss: Float64Array.of(x, -x, 1 / x), margin: Float64Array.of(-0, x, 7) },
  };
}

function write(worker: number, records: readonly RetrainingRecord[]): string {
  const file = logFile(folder, worker);
  const writer = new RetrainingLogWriter(file, identity);
  for (const one of records) writer.append(one);
  writer.close();
  return file;
}

describe('RetrainingArchive', () => {
  test('reads what several workers wrote, in several runs', () => {
    write(1, [record(0, 0), record(2, 1)]);
    write(2, [record(1, 0)]);
    write(1, [record(0, 1)]);
    const archive = open();
    expect(archive.size).toBe(4);
    for (const [subset, seed] of [
      [0, 0],
      [2, 1],
      [1, 0],
      [0, 1],
    ])
      expect(archive.get(subset, seed)).toEqual(record(subset, seed));
    expect(archive.get(2, 0)).toBeUndefined();
    expect(notices).toEqual([]);
  });

  test('cuts a torn tail of any length, tells it in one line, and appending goes on', () => {
    for (let torn = 1; torn < recordBytes(3, 2); torn += 9) {
      notices = [];
      const file = write(1, [record(0, 0), record(1, 0)]);
      const length = readFileSync(file).length;
      truncateSync(file, length - torn);
      expect(open().size).toBe(1);
      expect(readFileSync(file).length).toBe(length - recordBytes(3, 2));
      write(1, [record(1, 0)]);
      expect(open().get(1, 0)).toEqual(record(1, 0));
      expect(notices).toEqual([`${file}: an incomplete end, not trusted and computed again.`]);
      writeFileSync(file, '');
    }
  });

  test('who only reads leaves a torn tail where it is, and says that it is left out', () => {
    const file = write(1, [record(0, 0), record(1, 0)]);
    truncateSync(file, readFileSync(file).length - 1);
    const before = readFileSync(file);
    expect(open(false).size).toBe(1);
    expect(notices).toEqual([`${file}: an incomplete end, not trusted and left out.`]);
    expect(readFileSync(file)).toEqual(before);
  });

  test('a log cut within its header, or empty, begins anew', () => {
    const file = write(1, [record(0, 0)]);
    truncateSync(file, 20);
    expect(open().size).toBe(0);
    write(1, [record(0, 0)]);
    expect(open().size).toBe(1);
  });

  test('a flipped bit costs its own record only, is told once, and is cut out', () => {
    const size = recordBytes(3, 2);
    for (let at = 64; at < 64 + 3 * size; at += 11) {
      notices = [];
      const file = write(1, [record(0, 0), record(1, 0), record(2, 0)]);
      const bytes = readFileSync(file);
      bytes[at] ^= 0x10;
      writeFileSync(file, bytes);
      const archive = open();
      const damaged = Math.floor((at - 64) / size);
      for (let subset = 0; subset < 3; subset++)
        expect(archive.get(subset, 0) === undefined, `byte ${at}, subset ${subset}`).toBe(subset === damaged);
      expect(notices).toHaveLength(1);
      expect(notices[0]).toContain(file);
      open();
      expect(notices).toHaveLength(1);
      writeFileSync(file, '');
    }
  });

  test('a foreign log is moved aside, told of, and never read', () => {
    const file = logFile(folder, 1);
    const writer = new RetrainingLogWriter(file, stranger);
    writer.append(record(0, 0));
    writer.close();
    expect(open().size).toBe(0);
    expect(notices).toHaveLength(1);
    expect(existsSync(`${file}.refused`)).toBe(true);
    write(1, [record(5, 5)]);
    expect(open().size).toBe(1);
  });

  test('a record copied from the log of another setting is refused', () => {
    const file = write(1, [record(0, 0)]);
    appendFileSync(file, encodeRecord(stranger, record(1, 0)));
    appendFileSync(file, 'torn');
    expect(open().get(1, 0)).toBeUndefined();
    expect(notices).toEqual([
      `${file}: 1 damaged retraining and an incomplete end, not trusted and computed again.`,
    ]);
  });

  test('a writer refuses a file that is not its log', () => {
    const file = logFile(folder, 1);
    writeFileSync(file, 'x'.repeat(200));
    expect(() => new RetrainingLogWriter(file, identity)).toThrow(/not the retraining log/);
  });

  test('reading without repair changes no file', () => {
    const file = write(1, [record(0, 0)]);
    appendFileSync(file, 'torn');
    const before = readFileSync(file);
    expect(open(false).size).toBe(1);
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['worker-1.log']);
  });

  test('a folder that does not exist holds nothing, and is not made', () => {
    const nowhere = path.join(root, 'nowhere');
    expect(new RetrainingArchive(nowhere, identity, () => {}, false).size).toBe(0);
    expect(existsSync(nowhere)).toBe(false);
  });

  test('the order of records does not matter', () => {
    const all = [0, 1, 2, 3].flatMap((subset) => [0, 1].map((seed) => record(subset, seed)));
    fc.assert(
      fc.property(
        fc.shuffledSubarray(all, { minLength: 8 }),
        fc.integer({ min: 0, max: 8 }),
        (order, cut) => {
          const archive = new RetrainingArchive(path.join(root, 'none'), identity, () => {}, false);
          for (const one of [...order.slice(cut), ...order.slice(0, cut)]) archive.add(one);
          expect(archive.isComplete({ subsets: 4, seeds: 2 })).toBe(true);
          expect(archive.get(3, 1)).toEqual(record(3, 1));
        },
      ),
      { numRuns: 20 },
    );
  });

  test('the largest rectangle counts models, not rows', () => {
    const archive = open();
    expect(archive.largestRectangle()).toEqual({ subsets: 0, seeds: 0 });
    for (const [subset, seed] of [
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 0],
      [1, 1],
      [2, 0],
      [4, 0],
    ])
      archive.add(record(subset, seed));
    expect(archive.largestRectangle()).toEqual({ subsets: 2, seeds: 2 });
    expect(archive.isComplete({ subsets: 3, seeds: 2 })).toBe(false);
  });

  test('a record whose checksum holds and whose content is none is damaged', () => {
    const wrong: [string, (view: DataView) => void][] = [
      ['the reserved zero', (view) => view.setUint32(12, 1, true)],
      ['seconds NaN', (view) => view.setFloat64(16, Number.NaN, true)],
      ['seconds ∞', (view) => view.setFloat64(16, Number.POSITIVE_INFINITY, true)],
      ['seconds below 0', (view) => view.setFloat64(16, -1, true)],
      ['a loss NaN', (view) => view.setFloat64(24, Number.NaN, true)],
      ['a margin −∞', (view) => view.setFloat64(24 + 5 * 8, Number.NEGATIVE_INFINITY, true)],
    ];
    const file = write(1, [record(0, 0)]);
    const header = readFileSync(file).subarray(0, 64);
    for (const [name, change] of wrong) {
      const forged = encodeRecord(identity, record(0, 0));
      change(new DataView(forged.buffer));
      const sum = createHash('sha256')
        .update(identity.key, 'latin1')
        .update(forged.subarray(0, -16))
        .digest();
      forged.set(sum.subarray(0, 16), forged.length - 16);
      writeFileSync(file, Buffer.concat([header, forged, encodeRecord(identity, record(1, 0))]));
      notices = [];
      const archive = open(false);
      expect([archive.get(0, 0), archive.get(1, 0)?.seconds], name).toEqual([undefined, 0.5]);
      expect(notices, name).toEqual([`${file}: 1 damaged retraining, not trusted and left out.`]);
    }
  });

  test('measurements that are not finite are refused by the writer, and nothing is appended', () => {
    const file = write(1, [record(0, 0)]);
    const length = readFileSync(file).length;
    const bad = record(4, 2);
    bad.values['loss'][1] = Number.NaN;
    expect(() => write(1, [bad])).toThrow(
      'retraining 2 of subset 4: measurements of queries are not finite.',
    );
    expect(readFileSync(file).length).toBe(length);
  });
});
