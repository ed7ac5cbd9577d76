/** @file Bootstrap intervals: against a direct implementation, by simulated coverage, and where they degenerate. */
import { describe, expect, test } from 'vitest';
import {
  type Bootstrap,
  bcaInterval,
  bootstrap,
  bootstrapDifference,
  midpoint,
  percentileInterval,
} from '../../src/influence/judging/bootstrap.ts';
import { spearman } from '../../src/influence/judging/rank-correlation.ts';
import { resampledSpearman, sortRows } from '../../src/influence/judging/resampled-spearman.ts';
import { DomainError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';

const weightedMean =
  (x: ArrayLike<number>) =>
  (weights: Int32Array): number => {
    let total = 0;
    let size = 0;
    for (let i = 0; i < weights.length; i++) {
      total += weights[i] * x[i];
      size += weights[i];
    }
    return total / size;
  };

/** n pairs with a noisy monotone relation, and the statistic ρ on multiplicities. */
function pairs(
  n: number,
  seed: number,
): { x: Float64Array; y: Float64Array; rho: (w: Int32Array) => number } {
  const x = rng(seed, 'x').fillNormal(new Float64Array(n));
  const y = rng(seed, 'y')
    .fillNormal(new Float64Array(n))
    .map((e, i) => x[i] + 1.5 * e);
  const [a, b] = [x, y].map((row) => sortRows(new Matrix(1, n, row)));
  const out = new Float64Array(1);
  return { x, y, rho: (w) => resampledSpearman(a, b, w, out)[0] };
}

// A second, slow implementation in the words of Efron (1987), sharing nothing but the drawn indices.

/** Φ by Simpson's rule. */
function phi(z: number): number {
  const steps = 2000;
  const h = z / steps;
  let total = 0;
  for (let i = 0; i <= steps; i++)
    total += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-0.5 * (i * h) ** 2);
  return 0.5 + (total * h) / 3 / Math.sqrt(2 * Math.PI);
}

/** Φ⁻¹ by bisection. */
function phiInverse(p: number): number {
  let [low, high] = [-9, 9];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (phi(middle) < p) low = middle;
    else high = middle;
  }
  return low;
}

function percentileOf(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const i = Math.min(Math.floor(at), sorted.length - 2);
  return sorted[i] * (1 - (at - i)) + sorted[i + 1] * (at - i);
}

function naiveBca(
  n: number,
  resamples: number,
  seed: number,
  statistic: (items: number[]) => number,
): number[] {
  const all = Array.from({ length: n }, (_, i) => i);
  const estimate = statistic(all);
  const replicates = Array.from({ length: resamples }, (_, b) => {
    const stream = rng(seed, 'bootstrap', b);
    return statistic(all.map(() => stream.integer(n)));
  });
  const share = (test: (v: number) => boolean): number => replicates.filter(test).length / resamples;
  const z0 = phiInverse((share((v) => v < estimate) + share((v) => v <= estimate)) / 2);
  const without = all.map((i) => statistic(all.filter((j) => j !== i)));
  const mean = without.reduce((s, v) => s + v, 0) / n;
  const power = (k: number): number => without.reduce((s, v) => s + (mean - v) ** k, 0);
  const a = power(3) / (6 * power(2) ** 1.5);
  return [0.025, 0.975].map((p) => {
    const z = phiInverse(p);
    return percentileOf(replicates, phi(z0 + (z0 + z) / (1 - a * (z0 + z))));
  });
}

describe('bootstrap', () => {
  test('estimate and jackknife of a mean, by hand', () => {
    const drawn = bootstrap(3, weightedMean([1, 2, 6]), { resamples: 10 });
    expect(drawn.estimate).toBe(3);
    expectClose(drawn.jackknife, [4, 3.5, 1.5], { rtol: Number.EPSILON });
  });

  test('resamples have n items; more of them extend the list; the seed changes them', () => {
    const sizes = new Set<number>();
    const statistic = (w: Int32Array): number => {
      sizes.add(w.reduce((s, v) => s + v, 0));
      return weightedMean([1, 2, 4, 8, 16])(w);
    };
    const short = bootstrap(5, statistic, { resamples: 20, seed: 3 });
    const long = bootstrap(5, statistic, { resamples: 50, seed: 3 });
    expect(sizes).toEqual(new Set([5, 4])); // resamples and the data; leave-one-out
    expect(Array.from(long.replicates.subarray(0, 20))).toEqual(Array.from(short.replicates));
    expect(Array.from(bootstrap(5, statistic, { resamples: 20, seed: 4 }).replicates)).not.toEqual(
      Array.from(short.replicates),
    );
  });

  test('BCa equals a direct implementation that writes every resample out', () => {
    for (const seed of [1, 2, 3]) {
      const { x, y, rho } = pairs(15, seed);
      const drawn = bootstrap(15, rho, { resamples: 200, seed });
      const naive = naiveBca(15, 200, seed, (items) =>
        spearman(
          items.map((i) => x[i]),
          items.map((i) => y[i]),
        ),
      );
      expectClose(bcaInterval(drawn), naive, { atol: 1e-9 }); // Simpson's rule and bisection: about 1e-11 in p
    }
  });

  test('BCa of a skewed statistic is not the percentile interval', () => {
    const x = rng(1, 'skewed')
      .fillUniform(new Float64Array(20))
      .map((u) => u ** 8);
    const drawn = bootstrap(20, weightedMean(x), { resamples: 500 });
    const [lo, hi] = bcaInterval(drawn);
    const [plainLo, plainHi] = percentileInterval(drawn);
    expect(lo).toBeGreaterThan(plainLo); // long right tail: both ends move right
    expect(hi).toBeGreaterThan(plainHi);
  });

  test('the standard error of replicates of a mean is σ̂/√n', () => {
    const x = rng(5, 'mean').fillNormal(new Float64Array(40));
    const drawn = bootstrap(40, weightedMean(x), { resamples: 4000 });
    const variance = x.reduce((s, v) => s + (v - drawn.estimate) ** 2, 0) / 40;
    const spread = drawn.replicates.reduce((s, v) => s + (v - drawn.estimate) ** 2, 0) / 4000;
    expect(spread / (variance / 40)).toBeGreaterThan(0.9); // sampling error of a variance: √(2/4000) = 2.2 %
    expect(spread / (variance / 40)).toBeLessThan(1.1);
  });
});

describe('coverage, simulated with a known truth', () => {
  const runs = 250;
  const cover = (make: (run: number) => Bootstrap, truth: number): { bca: number; percentile: number } => {
    const inside = ([lo, hi]: readonly [number, number]): number =>
      lo <= truth && truth <= hi ? 1 / runs : 0;
    let bca = 0;
    let percentile = 0;
    for (let run = 0; run < runs; run++) {
      const drawn = make(run);
      bca += inside(bcaInterval(drawn));
      percentile += inside(percentileInterval(drawn));
    }
    return { bca, percentile };
  };

  // A true coverage of 0.95 lands within ±0.042 of it in 99.8 % of simulations of 250 runs.
  test("Spearman's ρ of normal pairs: ρ_S = (6/π) asin(r/2)", () => {
    const truth = (6 / Math.PI) * Math.asin(0.5 / Math.sqrt(1 + 1.5 ** 2));
    const { bca, percentile } = cover(
      (run) => bootstrap(40, pairs(40, run).rho, { resamples: 250, seed: run }),
      truth,
    );
    for (const share of [bca, percentile]) {
      expect(share).toBeGreaterThan(0.9);
      expect(share).toBeLessThan(0.99);
    }
  });

  test('the mean of a skewed variable: BCa covers at least as well as the percentile interval', () => {
    const draw = (run: number): Float64Array =>
      rng(run, 'exponential')
        .fillUniform(new Float64Array(25))
        .map((u) => -Math.log1p(-u));
    const { bca, percentile } = cover(
      (run) => bootstrap(25, weightedMean(draw(run)), { resamples: 250, seed: run }),
      1,
    );
    expect(bca).toBeGreaterThan(0.87);
    expect(bca).toBeGreaterThanOrEqual(percentile - 0.005);
  });
});

describe('paired difference', () => {
  const { x, y, rho } = pairs(20, 8);

  test('is the bootstrap of the difference itself, bit for bit', () => {
    const other = weightedMean(x);
    const a = bootstrap(20, rho, { resamples: 50, seed: 1 });
    const b = bootstrap(20, other, { resamples: 50, seed: 1 });
    const direct = bootstrap(20, (w) => rho(w) - other(w), { resamples: 50, seed: 1 });
    expect(bootstrapDifference(a, b)).toEqual(direct);
  });

  test('is tighter than unpaired intervals when the statistics move together', () => {
    const shifted = y.map((v) => v + 0.01);
    const a = bootstrap(20, weightedMean(y), { resamples: 200 });
    const b = bootstrap(20, weightedMean(shifted), { resamples: 200 });
    expectClose(bcaInterval(bootstrapDifference(a, b)), [-0.01, -0.01], { atol: 16 * Number.EPSILON });
    const [lo, hi] = bcaInterval(a);
    expect(hi - lo).toBeGreaterThan(0.1);
  });

  test('refuses statistics that saw other resamples', () => {
    const a = bootstrap(20, rho, { resamples: 50, seed: 1 });
    expect(() => bootstrapDifference(a, bootstrap(20, rho, { resamples: 50, seed: 2 }))).toThrow(DomainError);
    expect(() => bootstrapDifference(a, bootstrap(20, rho, { resamples: 51, seed: 1 }))).toThrow(DomainError);
  });
});

describe('intervals from given replicates', () => {
  const replicates = Float64Array.from({ length: 101 }, (_, i) => i);
  const flat = new Float64Array(8).fill(0.1);
  const at = (estimate: number, jackknife = flat): Bootstrap => ({
    estimate,
    replicates,
    jackknife,
    seed: 0,
  });

  test('percentile: linear interpolation between order statistics', () => {
    expectClose(percentileInterval(at(50)), [2.5, 97.5], { rtol: 4 * Number.EPSILON });
    expectClose(percentileInterval(at(50), 0.5), [25, 75], { rtol: 4 * Number.EPSILON });
    expect(midpoint([1, 4])).toBe(2.5);
  });

  test('without bias and acceleration BCa is the percentile interval', () => {
    // Equal jackknife values of 0.1, whose mean rounds: the spread must still count as none.
    expectClose(bcaInterval(at(50)), percentileInterval(at(50)), { rtol: 1e-12 });
  });

  test('an estimate below all replicates pulls the interval to the low end, and stays finite', () => {
    const [lo, hi] = bcaInterval(at(-5));
    expect(lo).toBeGreaterThanOrEqual(0);
    expect(hi).toBeLessThan(5);
    const [lo2, hi2] = bcaInterval(at(1000));
    expect(lo2).toBeGreaterThan(95);
    expect(hi2).toBeLessThanOrEqual(100);
  });

  test('past the pole of the acceleration the end is the extreme replicate', () => {
    // One outlier among many leave-one-out values: |a| → 1/6, its bound, so that z = 6.5 is past the pole.
    const level = 1 - 1e-10;
    const jackknife = new Float64Array(200);
    jackknife[7] = -1; // d > 0 once: a > 0
    expect(bcaInterval(at(50, jackknife), level)[1]).toBe(100);
    jackknife[7] = 1;
    expect(bcaInterval(at(50, jackknife), level)[0]).toBe(0);
  });

  test('equal replicates give a point', () => {
    const constant: Bootstrap = {
      estimate: 0.3,
      replicates: new Float64Array(9).fill(0.3),
      jackknife: flat,
      seed: 0,
    };
    expect(bcaInterval(constant)).toEqual([0.3, 0.3]);
    expect(percentileInterval(constant)).toEqual([0.3, 0.3]);
  });

  test('NaN: an undefined estimate has no interval, undefined replicates are left out', () => {
    expect(bcaInterval(at(Number.NaN))).toEqual([Number.NaN, Number.NaN]);
    expect(percentileInterval(at(Number.NaN))).toEqual([Number.NaN, Number.NaN]);
    const holes = Float64Array.from([Number.NaN, ...replicates, Number.NaN]);
    const withHoles: Bootstrap = {
      ...at(50),
      replicates: holes,
      jackknife: Float64Array.of(1, Number.NaN, 1),
    };
    expect(percentileInterval(withHoles)).toEqual(percentileInterval(at(50)));
    expect(bcaInterval(withHoles)).toEqual(bcaInterval(at(50)));
    expect(bcaInterval({ ...at(1), replicates: Float64Array.of(Number.NaN) })).toEqual([
      Number.NaN,
      Number.NaN,
    ]);
  });

  test('refuses a level that is no probability, one item, no resamples', () => {
    for (const level of [0, 1, -0.5, 95, Number.NaN]) {
      expect(() => bcaInterval(at(50), level)).toThrow(DomainError);
      expect(() => percentileInterval(at(50), level)).toThrow(DomainError);
    }
    expect(() => bootstrap(1, () => 0)).toThrow(DomainError);
    expect(() => bootstrap(3, () => 0, { resamples: 0 })).toThrow(DomainError);
  });
});
