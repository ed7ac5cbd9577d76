/** @file What machines say to each other, without a server: seals, batches, identities, addresses, and what is believed of a result. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Batches } from '../../src/experiments/distributed/batches.ts';
import {
  type CodeIdentity,
  difference,
  identityKey,
  ownIdentity,
} from '../../src/experiments/distributed/code-identity.ts';
import { readStoredInput, storeInput } from '../../src/experiments/distributed/inputs.ts';
import { alive } from '../../src/experiments/distributed/messages.ts';
import { accept, openResult } from '../../src/experiments/distributed/received.ts';
import { serverOf } from '../../src/experiments/distributed/redis.ts';
import { seal, unseal } from '../../src/experiments/distributed/sealed.ts';
import { workFolders } from '../../src/experiments/engine/folders.ts';
import type { DeclaredJobs } from '../../src/experiments/engine/jobs.ts';
import { resultForm } from '../../src/experiments/engine/result-form.ts';
import { encodeHeader, encodeRecord } from '../../src/experiments/engine/retraining-log.ts';
import { Store } from '../../src/experiments/engine/store.ts';
import { taskKey } from '../../src/experiments/engine/task.ts';
import { jsonValue, named } from '../../src/experiments/files/json-schemas.ts';
import { temporaryFolder } from '../experiments/temporary-folder.ts';

const folder = temporaryFolder();

describe('sealed values', () => {
  test('come back with every bit of their numbers', () => {
    const numbers = fc.array(fc.double(), { maxLength: 20 }).map((x) => new Float64Array(x));
    fc.assert(
      fc.property(numbers, fc.string(), fc.integer(), (data, name, n) => {
        const value = {
          kind: 'sample',
          data,
          labels: Int32Array.of(n),
          name,
          nested: [{ n }],
          absent: undefined,
        };
        const back = unseal(seal(value)) as typeof value;
        expect(back).toEqual(value);
        expect(Buffer.from(back.data.buffer, back.data.byteOffset, back.data.byteLength)).toEqual(
          Buffer.from(data.buffer),
        );
      }),
    );
  });

  test('a change of any one bit is seen', () => {
    const sealed = seal({ a: new Float64Array([1, 2, 3]), b: 'text' });
    for (let k = 0; k < 8 * sealed.length; k++) {
      const spoilt = Buffer.from(sealed);
      spoilt[k >> 3] ^= 1 << (k & 7);
      expect(unseal(spoilt)).toBeUndefined();
    }
    for (let length = 0; length < sealed.length; length++)
      expect(unseal(sealed.subarray(0, length))).toBeUndefined();
  });
});

describe('batches', () => {
  const filled = (count: number, seconds?: number): Batches<number> => {
    const batches = new Batches<number>();
    if (seconds !== undefined) {
      batches.add('a', -1);
      batches.take(1);
      batches.returned('a', [seconds]);
    }
    for (let k = 0; k < count; k++) batches.add('a', k);
    return batches;
  };

  test('while nothing is known of a kind, jobs go one by one, three for each thread', () => {
    expect(
      filled(100)
        .take(2)
        .map(({ items }) => items),
    ).toEqual([[0], [1], [2], [3], [4], [5]]);
  });

  test('short jobs go together, for half a second; long ones alone', () => {
    expect(
      filled(10_000, 0.01)
        .take(1)
        .map(({ items }) => items.length),
    ).toEqual([50, 50, 50]);
    expect(filled(10_000, 1e-5).take(1)[0].items).toHaveLength(256);
    expect(filled(100, 2).take(1)[0].items).toHaveLength(1);
  });

  test('the last jobs are shared by all threads', () => {
    expect(filled(16, 0.01).take(4)[0].items).toHaveLength(2);
  });

  test('every job goes out once, those of a kind in their order, and no more than was asked are out', () => {
    const batches = new Batches<number>();
    for (let k = 0; k < 300; k++) batches.add(k % 3 === 0 ? 'short' : 'long', k);
    const seen: number[] = [];
    while (batches.size > 0) {
      const taken = batches.take(2);
      expect(taken.length).toBeLessThanOrEqual(6);
      for (const { kind, items } of taken) {
        seen.push(...items);
        batches.returned(
          kind,
          items.map(() => (kind === 'short' ? 0.02 : 0.4)),
        );
      }
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, k) => k));
    const short = seen.filter((k) => k % 3 === 0);
    expect(short).toEqual([...short].sort((a, b) => a - b));
  });
});

describe('whose code it is', () => {
  const ours = ownIdentity({ name: 'methods', versions: { scores: 2 } });

  test('the same code has one key', () => {
    expect(identityKey(ownIdentity({ name: 'methods', versions: { scores: 2 } }))).toBe(identityKey(ours));
    expect(difference({ ...ours }, ours)).toBeUndefined();
  });

  test.each<[string, Partial<CodeIdentity>, RegExp]>([
    ['another version', { version: '9.9.9' }, /^it is run by version 9\.9\.9 of the package, this is /],
    ['another tier', { bits: 'fused' }, /^its kernels are of the tier fused, those of this worker exact$/],
    ['another task', { tasks: { scores: 3, lds: 1 } }, /scores 3, here 2; lds 1, here absent$/],
  ])('%s has another, and is told', (_, change, expected) => {
    const theirs = { ...ours, ...change };
    expect(identityKey(theirs)).not.toBe(identityKey(ours));
    expect(difference(theirs, ours)).toMatch(expected);
  });
});

describe('addresses', () => {
  test('user, password, database and TLS', () => {
    const { name, options } = serverOf('rediss://me:p%40ss@example.org:6380/3');
    expect(name).toBe('rediss://example.org:6380/3');
    expect(options).toMatchObject({
      host: 'example.org',
      port: 6380,
      username: 'me',
      password: 'p@ss',
      db: 3,
    });
    expect(options.tls).toEqual({ servername: 'example.org' });
    expect(serverOf('redis://[::1]').options).toMatchObject({ host: '::1', port: 6379, db: 0 });
    expect(serverOf('redis://h').options).not.toHaveProperty('tls');
  });

  test.each([
    '',
    'localhost',
    'http://:hidden@h',
    'redis://',
    'redis://:hidden@h/x',
    'redis://:hidden@h:port',
  ])('%j is refused, and no password repeated', (text) => {
    expect(() => serverOf(text)).toThrow(/^--redis: expected/);
    expect(() => serverOf(text)).not.toThrow(/hidden/);
  });
});

test('who was not heard of for a while is gone, and what is not ours is passed over', () => {
  const entries = { a: '{"at":100}', b: '{"at":70}', c: 'no json', d: 'null' };
  expect(alive(entries, 110)).toEqual([['a', { at: 100 }]]);
});

const identity = { key: 'a'.repeat(64), queries: 2, measurements: ['loss'] };
const record = (subset: number): Uint8Array =>
  encodeRecord(identity, { subset, seed: 1, seconds: 1, values: { loss: Float64Array.of(1, 2) } });

type Job =
  | { readonly kind: 'retraining'; readonly subset: number }
  | { readonly kind: 'scores'; readonly model: number };
const taskOf = (model: number, version = 1) => ({
  ...{ name: 'scores', version, config: { model }, inputs: {} },
  form: resultForm(named(jsonValue)),
});
const JOBS: DeclaredJobs<Job> = {
  name: 'study',
  versions: { scores: 1 },
  compute: new URL('file:///nowhere'),
  task: (job) => (job.kind === 'scores' ? taskOf(job.model) : undefined),
  retraining: (job) =>
    job.kind === 'retraining'
      ? { series: { name: 's', ...identity }, subset: job.subset, seed: 1 }
      : undefined,
};
function resultFile(model: number, version = 1): Uint8Array {
  let file: Uint8Array | undefined;
  const store = new Store(
    path.join(folder, 'elsewhere'),
    () => {},
    (bytes) => {
      file = bytes;
    },
  );
  store.write(taskOf(model, version), { value: { model }, arrays: {}, seconds: {} });
  if (file === undefined) throw new Error('nothing written');
  return file;
}
const outcome = (kind: 'result' | 'retraining', ...bytes: Uint8Array[]) => ({
  ...{ reply: undefined, seconds: 1 },
  written: bytes.map((one) => ({ kind, bytes: one })),
});

describe('of a result is believed', () => {
  test('the retraining that the job is', () => {
    const accepted = accept(JOBS, { kind: 'retraining', subset: 3 }, outcome('retraining', record(3)));
    expect(accepted).toMatchObject({ results: [], retraining: { of: { subset: 3, seed: 1 } } });
  });

  test('the result that the job has', () => {
    const accepted = accept(JOBS, { kind: 'scores', model: 4 }, outcome('result', resultFile(4)));
    expect(accepted).toMatchObject({ results: [{ name: 'scores', key: taskKey(taskOf(4)) }] });
  });
});

describe('of a result is not believed', () => {
  const damaged = record(3);
  damaged[30] ^= 1;
  const spoilt = resultFile(4);
  spoilt[spoilt.length - 1] ^= 1;
  test.each<[string, Job, ReturnType<typeof outcome>, RegExp]>([
    [
      'another retraining',
      { kind: 'retraining', subset: 3 },
      outcome('retraining', record(4)),
      /another retraining/,
    ],
    [
      'a damaged record',
      { kind: 'retraining', subset: 3 },
      outcome('retraining', damaged),
      /checksum of its retraining/,
    ],
    [
      'a short record',
      { kind: 'retraining', subset: 3 },
      outcome('retraining', damaged.subarray(1)),
      /another length/,
    ],
    ['nothing', { kind: 'retraining', subset: 3 }, outcome('retraining'), /does not hold one retraining/],
    [
      'a retraining for a result',
      { kind: 'scores', model: 4 },
      outcome('retraining', record(3)),
      /nobody asked for/,
    ],
    ['another result', { kind: 'scores', model: 4 }, outcome('result', resultFile(5)), /not hold the result/],
    [
      'two results',
      { kind: 'scores', model: 4 },
      outcome('result', resultFile(4), resultFile(5)),
      /not hold the result/,
    ],
    [
      'another version',
      { kind: 'scores', model: 4 },
      outcome('result', resultFile(4, 2)),
      /scores 2, which is not of this study/,
    ],
    ['a damaged result', { kind: 'scores', model: 4 }, outcome('result', spoilt), /checksum is wrong/],
  ])('%s', (_, job, answered, expected) => {
    expect(accept(JOBS, job, answered)).toMatch(expected);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['no seal', Buffer.from('something else'), /digest is wrong/],
    ['another form', seal({ outcomes: 3 }), /not a result/],
    ['other code', seal({ code: 'd', worker: 'w', outcomes: [] }), /other code/],
    ['too few outcomes', seal({ code: 'c', worker: 'w', outcomes: [] }), /0 outcomes of 1 jobs/],
  ])('%s', (_, sealed, expected) => {
    expect(openResult(sealed, 'c', 1)).toMatch(expected);
  });
});

describe('inputs', () => {
  const [here, there] = ['here', 'there'].map((name) => workFolders(path.join(folder, name)));

  test('a result goes from one machine to another, whole or not at all', () => {
    const bytes = resultFile(7);
    const input = { kind: 'result', name: 'scores', key: taskKey(taskOf(7)) } as const;
    expect(readStoredInput(input, here)).toBeUndefined();
    expect(storeInput(input, bytes, here)).toBe(true);
    const sent = readStoredInput(input, here);
    expect(sent).toEqual(bytes);
    expect(storeInput({ ...input, key: 'b'.repeat(64) }, bytes, there)).toBe(false);
    expect(storeInput(input, bytes.subarray(1), there)).toBe(false);
    expect(readStoredInput(input, there)).toBeUndefined();
  });

  test('retrainings go as one log, each record once', () => {
    const input = { kind: 'retrainings', name: 's', key: identity.key } as const;
    const logs = path.join(here.retrainings, `s-${identity.key.slice(0, 12)}`);
    mkdirSync(logs, { recursive: true });
    const header = encodeHeader(identity);
    writeFileSync(path.join(logs, 'worker-1.log'), Buffer.concat([header, record(0), record(1)]));
    writeFileSync(path.join(logs, 'worker-2.log'), Buffer.concat([header, record(1), record(2)]));
    const sent = readStoredInput(input, here);
    expect(sent).toEqual(new Uint8Array(Buffer.concat([header, record(0), record(1), record(2)])));
    expect(storeInput(input, sent ?? new Uint8Array(), there)).toBe(true);
    expect(storeInput({ ...input, key: 'b'.repeat(64) }, sent ?? new Uint8Array(), there)).toBe(false);
  });

  test.each(['../../etc', 'a/b', '', '.hidden'])('the name %j leads nowhere', (name) => {
    const input = { kind: 'result', name, key: 'a'.repeat(64) } as const;
    expect(readStoredInput(input, here)).toBeUndefined();
    expect(storeInput(input, resultFile(1), here)).toBe(false);
  });
});
