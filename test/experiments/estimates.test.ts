/** Numbers with ranges: what may be said of their sign, how they differ; and which settings form a sweep. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collectSweeps, type NamedResults } from '../../src/experiments/better-hessians/claims/sweeps.ts';
import { boundedInterval } from '../../src/experiments/judging/bounded-interval.ts';
import {
  aroundModels,
  type Estimate,
  independentDifference,
  magnitude,
  meanOverModels,
  negated,
  overModels,
  pairedModels,
  signed,
  signOf,
  UNDEFINED,
} from '../../src/experiments/judging/estimate.ts';
import { sampleResults } from './sample-results.ts';

const setting = (name: string): NamedResults => ({ name, results: sampleResults() });

describe('estimates', () => {
  const number = fc.double({ min: -10, max: 10, noNaN: true });
  const estimate = fc
    .tuple(number, fc.double({ min: 0, max: 3, noNaN: true }), fc.double({ min: 0, max: 3, noNaN: true }))
    .map(([value, below, above]): Estimate => ({ value, lo: value - below, hi: value + above }));

  test('a sign is claimed only by a range that excludes zero', () => {
    expect(signOf({ value: 1, lo: 0.1, hi: 2 })).toBe('positive');
    expect(signOf({ value: -1, lo: -2, hi: -0.1 })).toBe('negative');
    expect(signOf({ value: 1, lo: 0, hi: 2 })).toBe('undecided');
    expect(signOf({ value: -1, lo: -2, hi: 0 })).toBe('undecided');
    expect(signOf({ value: 1, lo: null, hi: 2 })).toBe('undefined');
  });

  test('an interval ends where its number does', () => {
    expect(boundedInterval([-1.2, 1.3], 1)).toEqual([-1, 1]);
    expect(boundedInterval([-1.2, 1.3], 2)).toEqual([-1.2, 1.3]);
    expect(boundedInterval([-0.2, 1.08], 1, 0)).toEqual([0, 1]);
    expect(boundedInterval([Number.NaN, 0.5], 1, 0)).toEqual([null, 0.5]);
  });

  test('the interval of an independent difference is that of variances for symmetric ones', () => {
    const difference = independentDifference({ value: 5, lo: 1, hi: 9 }, { value: 2, lo: -1, hi: 5 });
    expect(difference).toEqual({ value: 3, lo: -2, hi: 8 }); // 3 ± √(4² + 3²)
  });

  test('differences change sign with their order', () => {
    fc.assert(
      fc.property(estimate, estimate, (a, b) => {
        const [one, other] = [independentDifference(b, a), negated(independentDifference(a, b))];
        for (const part of ['value', 'lo', 'hi'] as const)
          expect(Math.abs(Number(one[part]) - Number(other[part]))).toBeLessThan(1e-12);
      }),
    );
  });

  test('magnitudes hold the magnitude of every number of the range', () => {
    fc.assert(
      fc.property(estimate, fc.double({ min: 0, max: 1, noNaN: true }), (e, t) => {
        const x = Math.abs(Number(e.lo) + t * (Number(e.hi) - Number(e.lo)));
        const { lo, hi } = magnitude(e);
        expect(x).toBeGreaterThanOrEqual(Number(lo) - 1e-12);
        expect(x).toBeLessThanOrEqual(Number(hi) + 1e-12);
      }),
    );
  });

  test('base networks: paired differences are narrower than ranges; one undefined network leaves none', () => {
    expect(overModels([1, 3, 2])).toEqual({ value: 2, lo: 1, hi: 3 });
    expect(overModels(pairedModels([2, 4], [1, 3]))).toEqual({ value: 1, lo: 1, hi: 1 });
    expect(pairedModels([2, null], [1, 3])).toEqual([1, null]);
    expect(overModels([1, null])).toEqual(UNDEFINED);
    expect(overModels([])).toEqual(UNDEFINED);
    // t of two degrees of freedom times 1/√3
    const { value, lo, hi } = meanOverModels([1, 3, 2]);
    expect(value).toBe(2);
    expect(Number(hi) - 2).toBeCloseTo(4.302652729749464 / Math.sqrt(3), 10);
    expect(Number(lo) - 2).toBeCloseTo(-4.302652729749464 / Math.sqrt(3), 10);
    expect(meanOverModels([5])).toEqual({ value: 5, lo: 5, hi: 5 });
    expect(meanOverModels([1, null])).toEqual(UNDEFINED);
    expect(aroundModels(7, [])).toEqual({ value: 7, lo: 7, hi: 7 });
  });

  test('are written with a sign, a range and a unit; a point has no range', () => {
    const format = { digits: (x: number) => x.toFixed(1), unit: ' units' };
    expect(signed({ value: 1, lo: -0.5, hi: 2 }, format)).toBe('+1.0 [−0.5, 2.0] units');
    expect(signed({ value: -1, lo: -1, hi: -1 }, format)).toBe('−1.0 units');
    expect(signed(UNDEFINED, format)).toBe('–');
  });
});

describe('sweeps', () => {
  test('the paper’s own go first; settings of other conventions do not mix; missing ones are named', () => {
    const names = ['d8-w16-e1000', 'd8-w16-e10', 'd8-w16-e100-m0', 'd1-w16-e100', 'd8-w16-e50'];
    const sweeps = collectSweeps(names.map((name) => setting(name)));
    expect(sweeps.map(({ axis }) => axis)).toEqual(['epochs']);
    expect(sweeps[0].members.map(({ name }) => name)).toEqual(['d8-w16-e10', 'd8-w16-e50', 'd8-w16-e1000']);
    expect(sweeps[0].missing).toEqual(['d8-w16-e100']);
  });

  test('without two settings of the paper’s the largest other group is drawn, which misses nothing', () => {
    const [sweep] = collectSweeps(['d1-w3-e3', 'd2-w3-e3', 'd3-w3-e3'].map((name) => setting(name)));
    expect(sweep).toMatchObject({ axis: 'depth', fixed: '3 epochs, width 3', missing: [] });
    expect(collectSweeps([setting('d1-w16-e100')])).toEqual([]);
  });
});
