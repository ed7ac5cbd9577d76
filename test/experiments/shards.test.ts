/** @file Static shards: each job is one shard's, the merged folder gives the digest of one machine, and nothing false is merged. */
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  encodeHeader,
  encodeRecord,
  HEADER_BYTES,
  identityOfLog,
} from '../../src/experiments/engine/retraining-log.ts';
import { retrainingIsOf, unitIsOf } from '../../src/experiments/engine/shard.ts';
import { patience } from '../helpers/patience.ts';
import { command, type Run } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** That of reproduce.test.ts: one machine, two threads. */
const DIGEST = '85e29cce3a74022e37670a13e02b91e9ce2a5738ba36e43ce59511a0b94587d0';
const COUNT = 3;
const folder = temporaryFolder();
const part = (index: number): string => path.join(folder, `part-${index}`);
const PARTS = [1, 2, 3].map(part);

const reproduce = (out: string, ...more: string[]): Promise<Run> =>
  command('reproduce', '--profile', 'smoke', '--workers', '1', '--out', out, '--json', ...more);
const merge = (out: string, ...folders: string[]): Promise<Run> =>
  command('merge', ...folders, '--out', path.join(folder, out), '--json');

const logsOf = (out: string): string[] =>
  readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.log'))
    .map((name) => path.join(out, name));
const tasksOf = (out: string): string[] =>
  readdirSync(path.join(out, 'store'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.task'),
  );

/** A copy of the first shard that may be spoilt. */
function copyOf(name: string, from = part(1)): string {
  const to = path.join(folder, name);
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  return to;
}

beforeAll(async () => {
  for (const [k, out] of PARTS.entries())
    expect(await reproduce(out, '--shard', `${k + 1}/${COUNT}`)).toMatchObject({ code: 0, stderr: '' });
}, patience(90));

describe('who does what', () => {
  test.each([1, 2, 3, 7, 64, 100, 1000])('every job belongs to exactly one of %d shards', (count) => {
    const shards = Array.from({ length: count }, (_, k) => ({ index: k + 1, count }));
    for (let subset = 0; subset < 20; subset++)
      expect(shards.filter((shard) => retrainingIsOf(shard, { subset, seed: subset % 7 }))).toHaveLength(1);
    for (const unit of ['a', { b: 1 }, [2]])
      expect(shards.filter((shard) => unitIsOf(shard, unit))).toHaveLength(1);
  });

  test.each([
    [100, 50, 10],
    [100, 50, 64],
    [100, 20, 100],
    [100, 20, 1000],
  ])('%d × %d retrainings are dealt to %d shards evenly', (subsets, seeds, count) => {
    const loads = new Array<number>(count).fill(0);
    for (let subset = 0; subset < subsets; subset++)
      for (let seed = 0; seed < seeds; seed++)
        loads[
          Array.from(loads.keys()).findIndex((k) => retrainingIsOf({ index: k + 1, count }, { subset, seed }))
        ]++;
    expect(Math.max(...loads)).toBeLessThanOrEqual(Math.ceil((1.12 * subsets * seeds) / count));
  });

  test('shards have done parts of one whole, each retraining once', () => {
    const records = PARTS.flatMap((out) => logsOf(out)).map(
      (file) => readFileSync(file).length - HEADER_BYTES,
    );
    const whole = encodeRecord(
      { key: '0'.repeat(64), queries: 12, measurements: ['loss', 'margin'] },
      {
        ...{ subset: 0, seed: 0, seconds: 0 },
        values: { loss: new Float64Array(12), margin: new Float64Array(12) },
      },
    ).length;
    expect(records.reduce((a, b) => a + b, 0)).toBe(12 * whole);
    // besides its own work each shard has the one base network, which all else rests on
    const names = PARTS.flatMap((out) => tasksOf(out));
    expect(new Set(names).size).toBe(8);
    const twice = names.filter((name, k) => names.indexOf(name) !== k);
    expect(twice.every((name) => name.startsWith('base-training'))).toBe(true);
  });
});

test(
  'the merged folder gives the digest of one machine, and trains nothing more',
  async () => {
    const { code, stdout } = await merge('all', ...PARTS);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ results: 8, retrainings: 12, missing: [], notices: [] });
    const out = path.join(folder, 'all');
    const before = tasksOf(out);
    const finished = await reproduce(out);
    expect(JSON.parse(finished.stdout)).toMatchObject({ digest: DIGEST });
    expect(tasksOf(out)).toEqual(before);
    expect(logsOf(out)).toHaveLength(1);
  },
  patience(60),
);

test(
  'missing shards are named, and the command computes what they lack',
  async () => {
    const open = copyOf('open', part(3));
    const file = path.join(open, 'shard.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"done": true', '"done": false'));
    const { code, stdout } = await merge('partly', part(1), open);
    expect(code).toBe(0);
    const { missing, notices } = JSON.parse(stdout) as { missing: number[]; notices: string[] };
    expect(missing).toEqual([2]);
    expect(notices).toEqual(['missing: 2 of 3 shards', `${open} is not complete: its command continues it`]);
    const finished = await reproduce(path.join(folder, 'partly'));
    expect(JSON.parse(finished.stdout)).toMatchObject({ digest: DIGEST });
  },
  patience(60),
);

describe('merge refuses in one line', () => {
  const refusal = async (spoilt: string): Promise<string> => {
    const { code, stderr } = await merge('refused', part(2), spoilt);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    return stderr;
  };
  const changed = (name: string, from: string | RegExp, to: string): string => {
    const spoilt = copyOf(name);
    const file = path.join(spoilt, 'shard.json');
    const before = readFileSync(file, 'utf8');
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    writeFileSync(file, after);
    return spoilt;
  };

  test('a folder that is no shard', async () => {
    const empty = path.join(folder, 'empty');
    mkdirSync(empty, { recursive: true });
    expect(await refusal(empty)).toMatch(/empty\/shard\.json: no such file/);
  });

  test.each([
    [
      'another version of the package',
      /"version": ".*"/,
      '"version": "9.9.9"',
      /version of the package differs \(9\.9\.9 and/,
    ],
    ['another version of a task', /"retraining": 1/, '"retraining": 2', /versions of the tasks differs/],
    ['another experiment', '"reproduce"', '"methods"', /the experiment differs/],
    ['another tier', '"exact"', '"fused"', /tier of the kernels differs/],
    ['another number of shards', '"count": 3', '"count": 4', /number of shards differs \(4 and 3\)/],
  ])('%s', async (name, from, to, expected) => {
    expect(await refusal(changed(name.replaceAll(' ', '-'), from, to))).toMatch(expected);
  });

  test(
    'another request',
    async () => {
      const other = path.join(folder, 'other-request');
      await reproduce(other, '--subsets', '2', '--seeds', '1', '--shard', '1/3');
      expect(await refusal(other)).toMatch(/what was asked for differs/);
    },
    patience(30),
  );

  test('a retraining with other numbers, though its checksum holds', async () => {
    const spoilt = copyOf('contradiction', part(2));
    const [file] = logsOf(spoilt);
    const bytes = readFileSync(file);
    const identity = identityOfLog(bytes);
    if (identity === undefined) throw new Error('no log');
    const { queries, measurements } = identity;
    const subset = bytes.readUInt32LE(HEADER_BYTES + 4);
    const seed = bytes.readUInt32LE(HEADER_BYTES + 8);
    const values = Object.fromEntries(measurements.map((name) => [name, new Float64Array(queries)]));
    writeFileSync(
      file,
      Buffer.concat([encodeHeader(identity), encodeRecord(identity, { subset, seed, seconds: 1, values })]),
    );
    expect(await refusal(spoilt)).toMatch(/contradicts .*: retraining \d+ of subset \d+ has other numbers\./);
  });

  test('a result under the name of another', async () => {
    const spoilt = copyOf('renamed');
    const [name] = tasksOf(spoilt);
    const other = path.join(spoilt, 'store', path.dirname(name), `${'0'.repeat(64)}.task`);
    cpSync(path.join(spoilt, 'store', name), other);
    expect(await refusal(spoilt)).toMatch(/is the result of another task than its name says\./);
  });

  test('retrainings in the folder of another setting', async () => {
    const spoilt = copyOf('moved');
    const [file] = logsOf(spoilt);
    const other = path.join(spoilt, 'retrainings', `d1-w3-e3-${'0'.repeat(12)}`);
    cpSync(path.dirname(file), other, { recursive: true });
    expect(await refusal(spoilt)).toMatch(/holds retrainings of another setting than its folder says\./);
  });
});

test(
  'damaged records are named and left out; the command that finishes computes them',
  async () => {
    const spoilt = copyOf('damaged');
    const [log] = logsOf(spoilt);
    appendFileSync(log, 'torn');
    const name = tasksOf(spoilt).find((task) => !task.startsWith('base-training'));
    if (name === undefined) throw new Error('no result');
    const file = path.join(spoilt, 'store', name);
    const bytes = readFileSync(file);
    bytes[bytes.length - 40] ^= 1;
    writeFileSync(file, bytes);
    const { code, stdout } = await merge('mended', spoilt, part(2), part(3));
    expect(code).toBe(0);
    const { results, notices } = JSON.parse(stdout) as { results: number; notices: string[] };
    expect(results).toBe(7);
    expect(notices.sort()).toEqual([
      expect.stringMatching(/^left out: .*\.log: 0 damaged records and 4 bytes of a torn one$/),
      expect.stringMatching(/^left out: .*\.task: its checksum is wrong$/),
    ]);
    const finished = await reproduce(path.join(folder, 'mended'));
    expect(JSON.parse(finished.stdout)).toMatchObject({ digest: DIGEST });
  },
  patience(60),
);

test.each(['0/3', '4/3', '1', '1/0', 'a/b', '1/9999999'])('--shard %s is refused', async (shard) => {
  const { code, stderr } = await reproduce(path.join(folder, 'none'), '--shard', shard);
  expect(code).toBe(2);
  expect(stderr).toMatch(/--shard/);
});
