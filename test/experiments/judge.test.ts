/** @file The judge of every experiment, against Spearman by hand, closed forms, and what it says where there is nothing to say. */
import { describe, expect, test } from 'vitest';
import { sliceOf } from '../../src/experiments/engine/stored-array.ts';
import { UNDEFINED } from '../../src/experiments/judging/estimate.ts';
import {
  average,
  ceilingOf,
  estimateOf,
  judgeOf,
  median,
  pairedDifference,
  spread,
} from '../../src/experiments/judging/judge.ts';
import { meanMatrix, meanScores } from '../../src/experiments/judging/stored-scores.ts';
import { createBank, recordOutcomes } from '../../src/influence/index.ts';
import { Matrix } from '../../src/linalg/index.ts';

/** Six subsets of four examples, each kept by half; outcomes of one query that no two subsets share. */
const SUBSETS = [
  [0, 1],
  [0, 2],
  [0, 3],
  [1, 2],
  [1, 3],
  [2, 3],
].map((kept) => Int32Array.from(kept));
const LOSSES = [0.1, 0.5, 0.3, 0.9, 0.4, 1.2];

function bank(seeds: number) {
  const made = createBank(SUBSETS, seeds, 1);
  for (const [subset, loss] of LOSSES.entries())
    for (let seed = 0; seed < seeds; seed++)
      recordOutcomes(
        made,
        { subset, seed },
        { losses: Float64Array.of(loss), margins: Float64Array.of(-loss) },
      );
  return made;
}

/** 1 − 6 Σ d² / (n (n² − 1)), which holds without ties. */
function spearmanByHand(x: readonly number[], y: readonly number[]): number {
  const rank = (all: readonly number[], value: number): number => all.filter((other) => other < value).length;
  const squares = x.reduce((sum, value, i) => sum + (rank(x, value) - rank(y, y[i])) ** 2, 0);
  const n = x.length;
  return 1 - (6 * squares) / (n * (n * n - 1));
}

describe('a judge', () => {
  const setting = { measurement: 'loss', seed: 3 } as const;
  const scores = Matrix.of([[8, 4, 2, 1]]);

  test('ranks subsets by the scores that they lack', () => {
    const predicted = SUBSETS.map((kept) => -kept.reduce((sum, i) => sum + scores.at(0, i), 0));
    expect(judgeOf(setting, bank(1))(scores).mean).toBeCloseTo(spearmanByHand(predicted, LOSSES), 14);
    expect(judgeOf({ ...setting, measurement: 'margin' }, bank(1))(scores).mean).toBeCloseTo(
      spearmanByHand(
        predicted,
        LOSSES.map((loss) => -loss),
      ),
      14,
    );
  });

  test('sees the same resamples every time: a method less itself is 0 with the interval [0, 0]', () => {
    const judge = judgeOf(setting, bank(1));
    const { difference, ci, percentile } = pairedDifference(judge(scores), judge(scores));
    expect([difference, ci, percentile]).toEqual([0, [0, 0], [0, 0]]);
  });

  test('a number is null where JSON has none, and undefined of none', () => {
    const { bootstrap, mean, bca } = judgeOf(setting, bank(1))(scores);
    expect(estimateOf(bootstrap)).toEqual({ value: mean, lo: bca[0], hi: bca[1] });
    expect(estimateOf(undefined)).toEqual(UNDEFINED);
    expect(estimateOf({ ...bootstrap, estimate: Number.NaN }).value).toBeNull();
  });

  test('outcomes without noise have the ceiling 1, a single seed has none', () => {
    expect(ceilingOf(setting, bank(4))).toEqual({ ceiling: 1, splitHalf: 1 });
    expect(ceilingOf(setting, bank(1))).toEqual({ ceiling: null, splitHalf: null });
  });
});

test('mean, median and spread of a few numbers', () => {
  expect([average([1, 2, 6]), median([6, 1, 2]), median([4, 1, 2, 3])]).toEqual([3, 2, 2.5]);
  expect([average([]), median([]), median([Number.NaN, 7])]).toEqual([Number.NaN, Number.NaN, 7]);
  expect(spread([1, 2, 6])).toEqual({ mean: 3, sd: Math.sqrt(7), values: [1, 2, 6] });
  expect(spread([2])).toEqual({ mean: 2, sd: null, values: [2] });
});

test('scores of several models are averaged, with one rounding or with another', () => {
  const parts = [3, 1, 1].map((x) => ({ shape: [1, 2], data: Float64Array.of(x, 2 * x) }));
  expect(Array.from(meanScores(parts).data)).toEqual([5 / 3, 10 / 3]);
  const mean = meanMatrix(parts.map(({ data }) => new Matrix(1, 2, data)));
  expect(mean.at(0, 0)).toBeCloseTo(5 / 3, 15);
  const stack = { shape: [2, 1, 2], data: Float64Array.of(1, 2, 3, 4) };
  expect(Array.from(sliceOf(stack, 1).data)).toEqual([3, 4]);
});
