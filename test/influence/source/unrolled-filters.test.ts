/** @file The filters of a segment against the sums that they stand for, and against series. */
import { expect, test } from 'vitest';
import { unrolledFilters } from '../../../src/influence/source/unrolled-filters.ts';
import { DomainError, NumericalError } from '../../../src/linalg/errors.ts';
import { rng } from '../../../src/linalg/random/random.ts';

const EPS = Number.EPSILON;
/** (1 − e^(−x))/x = Σ (−x)^j / (j + 1)!, for |x| ≤ ½. */
function series(x: number): number {
  let term = 1;
  let sum = 0;
  for (let j = 1; j < 25; j++) {
    sum += term;
    term *= -x / (j + 1);
  }
  return sum;
}

test('near zero, both signs: the series, to the last digits; t itself at zero', () => {
  const t = 37.25;
  const { segment, backward } = unrolledFilters({ time: t });
  expect([segment(0), segment(-0), backward(0)]).toEqual([t, t, 1]);
  const random = rng(1, 'filters');
  for (let k = 0; k < 400; k++) {
    const x = (random.uniform() < 0.5 ? -1 : 1) * 10 ** (-20 * random.uniform()) * 0.5;
    const sigma = x / t;
    const exact = t * series(sigma * t);
    expect(Math.abs(segment(sigma) - exact)).toBeLessThanOrEqual(8 * EPS * exact);
  }
  expect(segment(1e-300)).toBe(t);
  expect(segment(5e-324)).toBe(t);
});

test('far from zero: 1/s and nothing left; in between within 30 % of the damped inverse', () => {
  const { segment, backward } = unrolledFilters({ time: 10 });
  expect(segment(1e6)).toBeCloseTo(1e-6, 20);
  expect(backward(1e6)).toBe(0);
  for (let x = 1e-6; x < 1e6; x *= 1.1) {
    const ratio = segment(x / 10) * (x / 10 + 1 / 10);
    expect(ratio).toBeGreaterThanOrEqual(1 - 4 * EPS);
    expect(ratio).toBeLessThan(1.2985);
  }
});

test('they are the limits of K steps of rate t/K: (1 − ηs)^K and η Σ (1 − ηs)^k, for every sign of s', () => {
  const [time, shift] = [3, 0.05];
  const { segment, backward } = unrolledFilters({ time, shift });
  for (const sigma of [-0.7, -0.05, 0, 1e-9, 0.3, 2]) {
    const errors = [1000, 10000].map((steps) => {
      const eta = time / steps;
      let power = 1;
      let sum = 0;
      for (let k = 0; k < steps; k++) {
        sum += eta * power;
        power *= 1 - eta * (sigma + shift);
      }
      return [Math.abs(power - backward(sigma)), Math.abs(sum - segment(sigma))];
    });
    for (const k of [0, 1]) {
      expect(errors[0][k]).toBeLessThan(0.05);
      expect(errors[1][k]).toBeLessThan(0.11 * errors[0][k] + 1e-11); // first order in the rate
    }
  }
});

test('identity: F_back = 1 − s F_seg, also for negative s', () => {
  const { segment, backward } = unrolledFilters({ time: 5, shift: 0.01 });
  for (const sigma of [-1, -0.01, -1e-12, 0, 1e-7, 0.4, 30])
    expect(1 - (sigma + 0.01) * segment(sigma)).toBeCloseTo(backward(sigma), 12);
});

test('negative eigenvalues: kept they grow, clipped they are flat; an overflow is an error with a way out', () => {
  const kept = unrolledFilters({ time: 10 });
  expect(kept.backward(-0.5)).toBeCloseTo(Math.exp(5), 10);
  expect(kept.segment(-0.5)).toBeCloseTo((Math.exp(5) - 1) / 0.5, 10);
  expect(() => kept.backward(-100)).toThrow(NumericalError);
  expect(() => kept.backward(-100)).toThrow(/clip/);
  expect(() => kept.segment(-100)).toThrow(NumericalError);
  const clipped = unrolledFilters({ time: 10, shift: 0.2, negative: 'clip' });
  for (const sigma of [-100, -1e-9, 0]) {
    expect(clipped.backward(sigma)).toBe(clipped.backward(0));
    expect(clipped.segment(sigma)).toBe(clipped.segment(0));
  }
  expect(clipped.backward(0)).toBeCloseTo(Math.exp(-2), 15);
  expect(clipped.segment(0.3)).toBe(unrolledFilters({ time: 10, shift: 0.2 }).segment(0.3));
});

test('no time: nothing moves, everything is left', () => {
  const { segment, backward } = unrolledFilters({ time: 0, shift: 3 });
  expect([segment(7), backward(7)]).toEqual([0, 1]);
});

test('refuses times and shifts below zero and unknown words', () => {
  expect(() => unrolledFilters({ time: -1 })).toThrow(DomainError);
  expect(() => unrolledFilters({ time: Number.POSITIVE_INFINITY })).toThrow(DomainError);
  expect(() => unrolledFilters({ time: 1, shift: Number.NaN })).toThrow(DomainError);
  expect(() => unrolledFilters({ time: 1, negative: 'drop' as 'clip' })).toThrow(DomainError);
});
