/** @file Random projections: what they do to inner products, and that they do not depend on how they are cut. */
import { describe, expect, test } from 'vitest';
import {
  type ProjectionDistribution,
  randomProjection,
} from '../../../src/influence/baselines/random-projection.ts';
import { DomainError } from '../../../src/linalg/errors.ts';
import { dot, matvec } from '../../../src/linalg/products.ts';
import { rng } from '../../../src/linalg/random/random.ts';

const D = 40;
const K = 12;
const DRAWS = 1000;

const x = rng(1, 'x').fillNormal(new Float64Array(D));
const y = rng(1, 'y')
  .fillNormal(new Float64Array(D))
  .map((v, i) => v + 0.5 * x[i]);

/** The variance of ⟨Pᵀx, Pᵀy⟩ over draws of P: exact for independent entries of variance 1/k. */
function variance(distribution: ProjectionDistribution): number {
  const gaussian = dot(x, x) * dot(y, y) + dot(x, y) ** 2;
  const fourth = x.reduce((total, v, i) => total + v ** 2 * y[i] ** 2, 0);
  return (distribution === 'gaussian' ? gaussian : gaussian - 2 * fourth) / K;
}

/** ⟨Pᵀx, Pᵀy⟩ for one draw of P. */
function projected(distribution: ProjectionDistribution, seed: number): number {
  const p = randomProjection({ inputs: D, dimension: K, distribution, seed }).rows(0, D);
  return dot(matvec(p, x, { transpose: true }), matvec(p, y, { transpose: true }));
}

describe.each(['gaussian', 'rademacher'] as const)('%s', (distribution) => {
  test('keeps inner products on average, with the variance of the formula', () => {
    const errors = Float64Array.from(
      { length: DRAWS },
      (_, seed) => projected(distribution, seed) - dot(x, y),
    );
    const mean = errors.reduce((total, e) => total + e, 0) / DRAWS;
    const second = errors.reduce((total, e) => total + e * e, 0) / DRAWS;
    const exact = variance(distribution);
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(exact / DRAWS));
    // a sum of K nearly normal terms: the variance of its square is about 2 (1 + 3/K) variance²
    expect(Math.abs(second / exact - 1)).toBeLessThan(4 * Math.sqrt((2 + 12 / K) / DRAWS));
  });

  test('rows do not depend on the cut; streams of other names are others', () => {
    const whole = randomProjection({ inputs: D, dimension: K, distribution, seed: 3 }).rows(0, D);
    const part = randomProjection({ inputs: D, dimension: K, distribution, seed: 3 }).rows(17, 5);
    expect(Array.from(part.data)).toEqual(Array.from(whole.rowRange(17, 22).data));
    const named = randomProjection({ inputs: D, dimension: K, distribution, seed: 3, path: ['trak', 1] });
    expect(Array.from(named.rows(0, D).data)).not.toEqual(Array.from(whole.data));
  });
});

test('signs are ±1/√k, both about as often', () => {
  const { data } = randomProjection({ inputs: 500, dimension: 37 }).rows(0, 500);
  const scale = 1 / Math.sqrt(37);
  let positive = 0;
  expect(data.every((v) => Math.abs(v) === scale)).toBe(true);
  for (const v of data) if (v > 0) positive++;
  expect(Math.abs(positive - data.length / 2)).toBeLessThan(4 * Math.sqrt(data.length / 4));
});

test('distances of many vectors stay within the Johnson–Lindenstrauss bound', () => {
  // P(| ‖Pᵀv‖²/‖v‖² − 1 | > ε) ≤ 2 exp(−(ε² − ε³) k/4) for each of the pairs, by the union over them
  const points = Array.from({ length: 20 }, (_, i) => rng(i, 'point').fillNormal(new Float64Array(300)));
  const [k, epsilon] = [400, 0.35];
  const pairs = (points.length * (points.length - 1)) / 2;
  expect(2 * pairs * Math.exp((-(epsilon ** 2 - epsilon ** 3) * k) / 4)).toBeLessThan(0.2);
  const p = randomProjection({ inputs: 300, dimension: k, seed: 11 }).rows(0, 300);
  for (const [i, a] of points.entries())
    for (const b of points.slice(0, i)) {
      const gap = a.map((v, j) => v - b[j]);
      const image = matvec(p, gap, { transpose: true });
      expect(Math.abs(dot(image, image) / dot(gap, gap) - 1)).toBeLessThan(epsilon);
    }
});

test('refuses sizes, distributions and seeds that make no sense', () => {
  expect(() => randomProjection({ inputs: 0, dimension: 1 })).toThrow(DomainError);
  expect(() => randomProjection({ inputs: 2, dimension: 0 })).toThrow(DomainError);
  expect(() => randomProjection({ inputs: 2, dimension: 1, seed: 0.5 })).toThrow(DomainError);
  expect(() => randomProjection({ inputs: 2, dimension: 1, distribution: 'sparse' as 'gaussian' })).toThrow(
    DomainError,
  );
});
