/** @file Queries without a rank correlation: SciPy's values with those as 0, in the mean, in every resample, and in differences. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bootstrapDifference, percentileInterval } from '../../src/influence/judging/bootstrap.ts';
import { linearDatamodellingScore } from '../../src/influence/judging/lds.ts';
import { isUnrankable, meanCorrelation } from '../../src/influence/judging/mean-correlation.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { expectClose } from '../helpers/close.ts';

interface Golden {
  readonly name: string;
  readonly scores: number[][];
  readonly subsets: number[][];
  readonly outcomes: number[][];
  readonly perQuery: (number | null)[];
  readonly predictions: number[];
  readonly constantOutcomes: number[];
  readonly mean: number;
}

const { cases } = JSON.parse(
  readFileSync(new URL('../reference/data-modelling.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly Golden[] };

const input = (golden: Golden) => ({
  scores: Matrix.of(golden.scores),
  subsets: golden.subsets.map((s) => Int32Array.from(s)),
  outcomes: Matrix.of(golden.outcomes),
  resamples: 200,
});
const named = (name: string): Golden => {
  const found = cases.find((golden) => golden.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

describe('the LDS of SciPy’s correlations, undefined ones as 0', () => {
  for (const golden of cases)
    test(golden.name, () => {
      const lds = linearDatamodellingScore(input(golden));
      expectClose(
        Array.from(lds.perQuery, (rho) => (Number.isNaN(rho) ? 9 : rho)),
        golden.perQuery.map((rho) => rho ?? 9),
        { atol: 4 * Number.EPSILON },
      );
      expect(lds.mean).toBeCloseTo(golden.mean, 14);
      expect(lds.constant).toEqual({ predictions: golden.predictions, outcomes: golden.constantOutcomes });
      expect(lds.undefinedQueries).toBe(golden.perQuery.filter((rho) => rho === null).length);
    });
});

test('zeroing rows never raises the score beyond what the rows that are left give', () => {
  const whole = linearDatamodellingScore(input(named('whole')));
  const zeroed = linearDatamodellingScore(input(named('seven of twelve rows zero')));
  const left = [1, 4, 6, 7, 10].reduce((sum, q) => sum + whole.perQuery[q], 0);
  expect(zeroed.mean).toBeCloseTo(left / 12, 14);
  const difference = bootstrapDifference(whole.bootstrap, zeroed.bootstrap);
  const lost = [0, 2, 3, 5, 8, 9, 11].reduce((sum, q) => sum + whole.perQuery[q], 0);
  expect(difference.estimate).toBeCloseTo(lost / 12, 14); // over the same twelve queries
});

test('nothing left: an LDS of 0, in every resample too', () => {
  const lds = linearDatamodellingScore(input(named('nothing left')));
  expect([lds.mean, ...lds.bca, ...lds.percentile]).toEqual([0, 0, 0, 0, 0]);
  expect(lds.bootstrap.replicates.every((value) => value === 0)).toBe(true);
});

test('a query that is constant in a resample counts as 0 there: replicates keep their divisor', () => {
  // Query 1 differs in subset 3 only. Where that subset is not drawn, half of the mean is left.
  const scores = Matrix.of([
    [1, 2, 3, 4],
    [0, 0, 0, 1],
  ]);
  const subsets = [0, 1, 2, 3].map((i) => Int32Array.of(i));
  const outcomes = Matrix.of([
    [4, 0],
    [3, 0],
    [2, 0],
    [1, -1],
  ]);
  const { mean, bootstrap } = linearDatamodellingScore({ scores, subsets, outcomes, resamples: 400 });
  expect(mean).toBe(1);
  expect(Array.from(bootstrap.jackknife)).toEqual([1, 1, 1, 0.5]);
  expect(new Set(bootstrap.replicates)).toEqual(new Set([1, 0.5, Number.NaN])); // NaN: one subset four times
});

test('two subsets: a resample of one subset ranks nothing for any method, and is left out', () => {
  const lds = linearDatamodellingScore(input(named('two subsets')));
  expect(Array.from(lds.perQuery.subarray(0, 2))).toEqual([-1, 1]); // predictions −1, −2 and −2, −1; outcomes rise
  expect(lds.bootstrap.replicates.some(Number.isNaN)).toBe(true);
  expect(percentileInterval(lds.bootstrap)).toEqual([lds.mean, lds.mean]);
});

test('the pieces', () => {
  expect(meanCorrelation(Float64Array.of(0.5, Number.NaN))).toBe(0.25);
  expect(meanCorrelation(Float64Array.of(0.5, Number.NaN, 1), Int32Array.of(1, 2))).toBe(0.5);
  expect(meanCorrelation(new Float64Array(0))).toBeNaN();
  expect(
    [
      [0, 3],
      [1, 1],
      [0, 0],
      [2, 0, 1],
    ].map(isUnrankable),
  ).toEqual([true, false, true, false]);
});
