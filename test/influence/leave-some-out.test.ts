/** @file Subsets, jobs, the driver and the bank it fills. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawSubsets, leaveSomeOut, retrainingJobs } from '../../src/influence/judging/leave-some-out.ts';
import { createBank, outcomeMeans, recordOutcomes } from '../../src/influence/judging/retraining-bank.ts';
import { DomainError, NonFiniteError, ShapeError, UnsupportedError } from '../../src/linalg/errors.ts';
import { expectClose } from '../helpers/close.ts';

describe('drawSubsets', () => {
  test('⌊αn⌋ distinct sorted indices, for any n and α', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 1, max: 99 }), (n, percent) => {
        const size = Math.floor((percent * n) / 100); // exact in integers
        fc.pre(size >= 1);
        for (const kept of drawSubsets(n, percent / 100, 3, 5)) {
          expect(kept.length).toBe(size);
          for (const [k, index] of kept.entries()) {
            expect(index).toBeGreaterThan(k === 0 ? -1 : kept[k - 1]);
            expect(index).toBeLessThan(n);
          }
        }
      }),
    );
  });

  test('rounding of α·n does not lose an example: 0.29·100 is 28.999999999999996 in doubles', () => {
    expect(0.29 * 100).toBeLessThan(29);
    expect(drawSubsets(100, 0.29, 1, 0)[0].length).toBe(29);
  });

  test('more subsets extend the list, another seed changes it', () => {
    const few = drawSubsets(30, 0.5, 3, 1);
    expect(drawSubsets(30, 0.5, 8, 1).slice(0, 3)).toEqual(few);
    expect(drawSubsets(30, 0.5, 3, 2)).not.toEqual(few);
    expect(few[0]).not.toEqual(few[1]);
  });

  test('each example is kept with probability α', () => {
    const counts = new Float64Array(10);
    for (const kept of drawSubsets(10, 0.3, 4000, 7)) for (const i of kept) counts[i]++;
    for (const count of counts) expect(Math.abs(count / 4000 - 0.3)).toBeLessThan(0.03); // 4 sd = 0.029
  });

  test('refusals', () => {
    for (const fraction of [0, 1, -0.5, 0.01, Number.NaN])
      expect(() => drawSubsets(10, fraction, 1, 0)).toThrow(DomainError);
    expect(() => drawSubsets(1, 0.5, 1, 0)).toThrow(DomainError);
    expect(() => drawSubsets(10, 0.5, 0, 0)).toThrow(DomainError);
  });
});

test('jobs: every pair once, whole rounds of subsets first', () => {
  expect(retrainingJobs(2, 2)).toEqual([
    { subset: 0, seed: 0 },
    { subset: 1, seed: 0 },
    { subset: 0, seed: 1 },
    { subset: 1, seed: 1 },
  ]);
  expect(() => retrainingJobs(0, 2)).toThrow(DomainError);
});

describe('leaveSomeOut', () => {
  const subsets = [Int32Array.of(0, 2), Int32Array.of(1, 2), Int32Array.of(0, 1)];

  test('trains on the kept examples and files losses and margins by subset, seed and query', () => {
    const bank = leaveSomeOut({
      subsets,
      seeds: 2,
      retrain: (kept, { subset, seed }) => Float64Array.of(100 * kept[0] + 10 * kept[1] + subset, seed),
      measure: ([code, seed]) => ({
        losses: Float64Array.of(code, code + 0.5 * seed),
        margins: Float64Array.of(-code, seed),
      }),
    });
    expect([bank.seeds, bank.queries]).toEqual([2, 2]);
    expect(Array.from(bank.losses)).toEqual([20, 20, 20, 20.5, 121, 121, 121, 121.5, 12, 12, 12, 12.5]);
    expectClose(outcomeMeans(bank).data, [20, 20.25, 121, 121.25, 12, 12.25], {});
    expectClose(outcomeMeans(bank, 'margin', [1]).data, [-20, 1, -121, 1, -12, 1], {});
  });

  test('a bank filled in another order is the same bank', () => {
    const measure = (subset: number, seed: number): Float64Array => Float64Array.of(subset, 1 / (seed + 1));
    const forward = createBank(subsets, 3, 2, { margins: false });
    const backward = createBank(subsets, 3, 2, { margins: false });
    const jobs = retrainingJobs(3, 3);
    for (const job of jobs) recordOutcomes(forward, job, { losses: measure(job.subset, job.seed) });
    for (const job of jobs.reverse())
      recordOutcomes(backward, job, { losses: measure(job.subset, job.seed) });
    expect(backward).toEqual(forward);
  });

  test('without margins there are none, and they are refused', () => {
    const bank = leaveSomeOut({
      subsets,
      seeds: 1,
      retrain: () => Float64Array.of(1),
      measure: () => ({ losses: Float64Array.of(2) }),
    });
    expect(bank.margins).toBeUndefined();
    expect(() => outcomeMeans(bank, 'margin')).toThrow(UnsupportedError);
  });

  test('a missing job, a NaN, a wrong length, a foreign job are refused', () => {
    const bank = createBank(subsets, 2, 1, { margins: false });
    recordOutcomes(bank, { subset: 0, seed: 0 }, { losses: Float64Array.of(1) });
    expect(() => outcomeMeans(bank)).toThrow(/subset 0/);
    const record = (job: { subset: number; seed: number }, losses: number[]) => () =>
      recordOutcomes(bank, job, { losses: Float64Array.from(losses) });
    expect(record({ subset: 0, seed: 1 }, [Number.NaN])).toThrow(NonFiniteError);
    expect(record({ subset: 0, seed: 1 }, [1, 2])).toThrow(ShapeError);
    expect(record({ subset: 3, seed: 0 }, [1])).toThrow(DomainError);
    expect(record({ subset: 0, seed: 2 }, [1])).toThrow(DomainError);
    expect(() =>
      recordOutcomes(
        bank,
        { subset: 0, seed: 0 },
        { losses: Float64Array.of(1), margins: Float64Array.of(1) },
      ),
    ).toThrow(DomainError);
    expect(() => outcomeMeans(bank, 'loss', [])).toThrow(DomainError);
    expect(() => outcomeMeans(bank, 'loss', [2])).toThrow(DomainError);
  });
});

test('absolute errors: kept where the bank has room, asked for where it has, averaged like the others', () => {
  const subsets = [Int32Array.of(0), Int32Array.of(1)];
  const bank = createBank(subsets, 2, 1, { margins: false, absoluteErrors: true });
  for (const { subset, seed } of retrainingJobs(2, 2))
    recordOutcomes(
      bank,
      { subset, seed },
      { losses: Float64Array.of(0), absoluteErrors: Float64Array.of(4 * subset + seed) },
    );
  expect(outcomeMeans(bank, 'absolute-error').data).toEqual(Float64Array.of(0.5, 4.5));
  expect(outcomeMeans(bank, 'absolute-error', [1]).data).toEqual(Float64Array.of(1, 5));
  expect(() => recordOutcomes(bank, { subset: 0, seed: 0 }, { losses: Float64Array.of(0) })).toThrow(
    DomainError,
  );
  const plain = createBank(subsets, 1, 1, { margins: false });
  recordOutcomes(
    plain,
    { subset: 0, seed: 0 },
    { losses: Float64Array.of(1), absoluteErrors: Float64Array.of(2) },
  );
  expect(plain.absoluteErrors).toBeUndefined();
  expect(() => outcomeMeans(plain, 'absolute-error')).toThrow(UnsupportedError);
});
