/** @file Noise ceiling: limits of no noise and of nothing but noise, and the known reliability in between. */
import { describe, expect, test } from 'vitest';
import { drawSubsets } from '../../src/influence/judging/leave-some-out.ts';
import { meanCorrelation } from '../../src/influence/judging/mean-correlation.ts';
import { noiseCeiling, seedSplits, spearmanBrown } from '../../src/influence/judging/noise-ceiling.ts';
import { spearman } from '../../src/influence/judging/rank-correlation.ts';
import {
  createBank,
  outcomeMeans,
  type RetrainingBank,
  recordOutcomes,
} from '../../src/influence/judging/retraining-bank.ts';
import { DomainError, UnsupportedError } from '../../src/linalg/errors.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';

/** Outcome = signal(subset, query) + deviation · noise(subset, seed, query), all standard normal. */
function bankOf(
  subsets: number,
  seeds: number,
  queries: number,
  signal: number,
  deviation: number,
): RetrainingBank {
  const bank = createBank(drawSubsets(20, 0.5, subsets, 0), seeds, queries, { margins: false });
  for (let subset = 0; subset < subsets; subset++) {
    const base = rng(2, 'signal', subset).fillNormal(new Float64Array(queries));
    for (let seed = 0; seed < seeds; seed++) {
      const noise = rng(2, 'noise', subset, seed).fillNormal(new Float64Array(queries));
      recordOutcomes(
        bank,
        { subset, seed },
        { losses: base.map((v, q) => signal * v + deviation * noise[q]) },
      );
    }
  }
  return bank;
}

describe('seedSplits', () => {
  test('every unordered pair of disjoint halves once: R! / (2 (h!)² (R − 2h)!)', () => {
    for (const [seeds, count] of [
      [2, 1],
      [3, 3],
      [4, 3],
      [5, 15],
      [7, 70],
    ]) {
      const { halves, exhaustive } = seedSplits(seeds);
      expect([halves.length, exhaustive]).toEqual([count, true]);
      const names = halves.map(([a, b]) => [a.join(), b.join()].sort().join('|'));
      expect(new Set(names).size).toBe(count);
      for (const [a, b] of halves)
        expect([a.length, b.length, new Set([...a, ...b]).size]).toEqual([
          Math.floor(seeds / 2),
          Math.floor(seeds / 2),
          2 * Math.floor(seeds / 2),
        ]);
    }
  });

  test('too many pairs: random ones, disjoint, named by the seed, of which more extend the list', () => {
    const { halves, exhaustive } = seedSplits(50, 20, 3);
    expect([halves.length, exhaustive]).toEqual([20, false]);
    for (const [a, b] of halves) {
      expect([...a, ...b].sort((x, y) => x - y)).toEqual(Array.from({ length: 50 }, (_, r) => r));
    }
    expect(seedSplits(50, 30, 3).halves.slice(0, 20)).toEqual(halves);
    expect(seedSplits(50, 20, 4).halves).not.toEqual(halves);
  });
});

describe('noiseCeiling', () => {
  test('outcomes without seed noise: everything is 1', () => {
    const ceiling = noiseCeiling(bankOf(20, 4, 3, 1, 0));
    expect(Array.from(ceiling.splitHalf.perQuery)).toEqual([1, 1, 1]);
    expect(ceiling.perfect.mean).toBe(1);
  });

  test('nothing but noise: one half says nothing about the other', () => {
    const { splitHalf } = noiseCeiling(bankOf(100, 4, 60, 0, 1));
    expect(Math.abs(splitHalf.mean)).toBeLessThan(0.03); // 60 queries, sd 0.1 each, three splits
  });

  test('one split of two seeds is their correlation; a constant query is undefined', () => {
    const bank = bankOf(12, 2, 3, 1, 1);
    for (let j = 0; j < 24; j++) bank.losses[j * 3 + 2] = 5;
    const { splitHalf, perfect, undefinedQueries, splits, exhaustive } = noiseCeiling(bank);
    const [a, b] = [[0], [1]].map((seeds) => outcomeMeans(bank, 'loss', seeds));
    const expected = [0, 1].map((q) => spearman(a.column(q), b.column(q)));
    expect(Array.from(splitHalf.perQuery)).toEqual([...expected, Number.NaN]);
    expect(splitHalf.mean).toBe((expected[0] + expected[1]) / 3); // as the LDS counts it
    expect(undefinedQueries).toEqual([2]);
    expectClose(
      perfect.perQuery.subarray(0, 2),
      expected.map((r) => Math.sqrt((2 * r) / (1 + r))),
      { rtol: 1e-15 },
    );
    expect([splits, exhaustive]).toEqual([1, true]);
  });

  test('a query that is constant in some halves only keeps its other splits, those count as 0', () => {
    const bank = bankOf(12, 4, 1, 1, 1);
    for (let j = 0; j < 12; j++) for (const r of [0, 1]) bank.losses[j * 4 + r] = 2; // seeds 0 and 1 always agree
    const between = (a: number[], b: number[]): number =>
      spearman(outcomeMeans(bank, 'loss', a).data, outcomeMeans(bank, 'loss', b).data);
    const { splitHalf, undefinedQueries } = noiseCeiling(bank); // {0, 1} against {2, 3} is undefined
    expectClose(splitHalf.perQuery, [(between([0, 2], [1, 3]) + between([0, 3], [1, 2])) / 3], {
      rtol: 1e-15,
    });
    expect(undefinedQueries).toEqual([]);
  });

  test('all distinct splits when few, the asked number of random ones otherwise', () => {
    const counts = [2, 3, 4, 5, 6, 7, 8, 9].map((seeds) => noiseCeiling(bankOf(3, seeds, 1, 1, 1)).splits);
    expect(counts).toEqual([1, 3, 3, 15, 10, 70, 35, 100]); // R!/(2 (h!)² (R−2h)!); 9 seeds have 315
    expect(noiseCeiling(bankOf(3, 9, 1, 1, 1)).exhaustive).toBe(false);
    expect(noiseCeiling(bankOf(3, 9, 1, 1, 1), { splits: 400 }).splits).toBe(315);
  });

  test('averages over splits by hand: four seeds, three splits', () => {
    const bank = bankOf(15, 4, 1, 1, 1);
    const rho = [
      [
        [0, 1],
        [2, 3],
      ],
      [
        [0, 2],
        [1, 3],
      ],
      [
        [0, 3],
        [1, 2],
      ],
    ].map(([a, b]) => spearman(outcomeMeans(bank, 'loss', a).data, outcomeMeans(bank, 'loss', b).data));
    const mean = rho.reduce((s, v) => s + v, 0) / 3;
    expectClose(noiseCeiling(bank).splitHalf.perQuery, [mean], { rtol: 4 * Number.EPSILON });
  });

  test('random splits agree with all splits', () => {
    const bank = bankOf(40, 8, 20, 1, 2);
    const all = noiseCeiling(bank).splitHalf.mean;
    const some = noiseCeiling(bank, { splits: 30, seed: 4 });
    expect(some.exhaustive).toBe(false);
    expect(Math.abs(some.splitHalf.mean - all)).toBeLessThan(0.02);
  });

  test('a perfect predictor reaches `perfect`, and beats what half the seeds reach', () => {
    const bank = bankOf(400, 4, 30, 1, 1.5);
    const ceiling = noiseCeiling(bank);
    const means = outcomeMeans(bank);
    const reached = Array.from({ length: 30 }, (_, q) => {
      const signal = Float64Array.from(
        { length: 400 },
        (_, j) => rng(2, 'signal', j).fillNormal(new Float64Array(30))[q],
      );
      return spearman(signal, means.column(q));
    });
    const mean = meanCorrelation(Float64Array.from(reached));
    expect(Math.abs(ceiling.perfect.mean - mean)).toBeLessThan(0.01); // the rank version is an approximation
    expect(ceiling.splitHalf.mean).toBeLessThan(mean - 0.1);
    // Pearson's reliability: 1 / (1 + 1.5²/4) = 0.64, thus √0.64 = 0.8; ranks lie a little lower.
    expect(Math.abs(mean - 0.8)).toBeLessThan(0.03);
  });

  test('odd seeds: the half is ⌊R/2⌋ and the formula still reaches all R', () => {
    const bank = bankOf(400, 5, 30, 1, 1.5);
    expect(Math.abs(noiseCeiling(bank).perfect.mean - Math.sqrt(1 / (1 + 1.5 ** 2 / 5)))).toBeLessThan(0.03);
  });

  test('refusals', () => {
    expect(() => noiseCeiling(bankOf(5, 1, 2, 1, 1))).toThrow(DomainError);
    expect(() => noiseCeiling(bankOf(5, 2, 2, 1, 1), { splits: 0 })).toThrow(DomainError);
    expect(() => noiseCeiling(bankOf(5, 2, 2, 1, 1), { measurement: 'margin' })).toThrow(UnsupportedError);
    expect(() => noiseCeiling(createBank([Int32Array.of(0), Int32Array.of(1)], 2, 1))).toThrow(DomainError);
  });
});

test('spearmanBrown: twice as long, half as long, and back', () => {
  expect(spearmanBrown(0.5, 2)).toBeCloseTo(2 / 3, 15);
  expect(spearmanBrown(spearmanBrown(0.37, 3), 1 / 3)).toBeCloseTo(0.37, 15);
  expect(spearmanBrown(1, 5)).toBe(1);
  expect(spearmanBrown(0, 5)).toBe(0);
});
