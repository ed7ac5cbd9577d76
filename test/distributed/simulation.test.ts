/** @file Simulated studies: closed forms, Graham's bound, and the jobs of a real folder. */
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { bounds, simulate } from '../../src/experiments/distributed/simulation.ts';
import { storedJobs, type TimedJob } from '../../src/experiments/distributed/stored-times.ts';
import { digest } from '../../src/experiments/files/digest.ts';
import { command } from '../experiments/command.ts';
import { temporaryFolder } from '../experiments/temporary-folder.ts';
import { patience } from '../helpers/patience.ts';

const folder = temporaryFolder();

const job = (k: number, seconds: number, after: readonly number[] = []): TimedJob => ({
  ...{ name: 'job', seconds, after, id: digest(k) },
});
const equal = (count: number, seconds: number): TimedJob[] =>
  Array.from({ length: count }, (_, k) => job(k, seconds));

describe('closed forms', () => {
  test.each([
    [100, 1, 100],
    [100, 10, 10],
    [100, 30, 4],
    [100, 1000, 1],
  ])('%d equal jobs on %d workers take %d s', (count, workers, seconds) => {
    expect(simulate(equal(count, 1), workers, 0).seconds).toBeCloseTo(seconds, 9);
  });

  test('a chain takes its length on any number of workers', () => {
    const chain = Array.from({ length: 20 }, (_, k) => job(k, 2, k === 0 ? [] : [k - 1]));
    for (const workers of [1, 10]) expect(simulate(chain, workers, 0).seconds).toBeCloseTo(40, 9);
    expect(simulate(chain, 10, 0).limit).toBe('chain');
  });

  test('where handing out takes longer than computing, the queue limits', () => {
    const { seconds, limit } = simulate(equal(1000, 0.01), 1000, 0.002);
    expect(seconds).toBeCloseTo(1000 * 0.002 + 0.01, 9);
    expect(limit).toBe('queue');
  });

  test('one straggler holds up the end', () => {
    const { seconds, efficiency } = simulate([...equal(99, 1), job(99, 50)], 10, 0);
    expect(seconds).toBeCloseTo(59, 9); // it begins when 9 rounds of ten are done
    expect(efficiency).toBeCloseTo((99 + 50) / 10 / 59, 9);
  });
});

test("list scheduling is at least every bound, and at most Graham's: work/n + (1 − 1/n) · chain", () => {
  const graph = fc
    .array(
      fc.record({
        seconds: fc.double({ min: 0.01, max: 10, noNaN: true }),
        links: fc.array(fc.nat(), { maxLength: 3 }),
      }),
      {
        minLength: 1,
        maxLength: 60,
      },
    )
    .map((all) =>
      all.map(({ seconds, links }, k) =>
        job(k, seconds, k === 0 ? [] : [...new Set(links.map((n) => n % k))]),
      ),
    );
  fc.assert(
    fc.property(graph, fc.integer({ min: 1, max: 12 }), (jobs, workers) => {
      const { seconds } = simulate(jobs, workers, 0);
      const { work, chain } = bounds(jobs, workers, 0);
      expect(seconds).toBeGreaterThanOrEqual(Math.max(work, chain) * (1 - 1e-12));
      expect(seconds).toBeLessThanOrEqual((work + (1 - 1 / workers) * chain) * (1 + 1e-12));
    }),
  );
});

test('shards: each job once, and again what it rests on; what rests on retrainings is left', () => {
  const retrainings = Array.from(
    { length: 40 },
    (_, k): TimedJob => ({
      ...{ name: 'retraining', seconds: 1, after: [], id: { subset: k, seed: 0 } },
    }),
  );
  const jobs = [...retrainings, job(0, 3), job(1, 5, [40]), job(2, 7, [0])];
  expect(simulate(jobs, 1, 0).shards).toEqual({ slowest: 48, afterwards: 7 });
  const { slowest } = simulate(jobs, 4, 0).shards;
  expect(slowest).toBeGreaterThanOrEqual(10 + 8); // a share of retrainings, the job and its network
  expect(slowest).toBeLessThanOrEqual(10 + 8 + 3);
});

describe('of a folder', () => {
  beforeAll(async () => {
    const { code } = await command(
      'reproduce',
      '--profile',
      'smoke',
      '--workers',
      '1',
      '--out',
      folder,
      '--json',
    );
    expect(code).toBe(0);
  }, patience(60));

  test('are all jobs, inputs before what reads them', () => {
    const jobs = storedJobs(folder);
    const base = jobs.findIndex(({ name }) => name === 'base-training');
    expect(jobs.filter(({ name }) => name === 'retraining')).toHaveLength(12);
    expect(jobs).toHaveLength(20);
    expect(jobs.filter(({ after }) => after.includes(base))).toHaveLength(7);
    for (const [k, { after }] of jobs.entries()) for (const before of after) expect(before).toBeLessThan(k);
  });

  test('plan says what limits; another size counts other retrainings', async () => {
    const { code, stdout } = await command(
      'plan',
      '--out',
      folder,
      '--subsets',
      '100',
      '--seeds',
      '50',
      '--workers',
      '1',
      '1000',
      '--json',
    );
    expect(code).toBe(0);
    const { jobs, runs } = JSON.parse(stdout) as {
      jobs: number;
      runs: { workers: number; seconds: number; limit: string }[];
    };
    expect(jobs).toBe(5008);
    expect(runs.map(({ workers }) => workers)).toEqual([1, 1000]);
    expect(runs[1].seconds).toBeLessThan(runs[0].seconds);
  });

  test('without stored work there is no plan', async () => {
    const { code, stderr } = await command('plan', '--out', path.join(folder, 'nothing'));
    expect([code, stderr]).toEqual([1, expect.stringMatching(/holds no stored work, and so no times\.\n$/)]);
  });
});
