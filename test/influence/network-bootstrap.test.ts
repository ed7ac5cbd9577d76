/** @file The hierarchical bootstrap over networks and subsets: against NumPy and SciPy, against itself written out, and where it degenerates. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  bcaInterval,
  bootstrap,
  bootstrapDifference,
  percentileInterval,
} from '../../src/influence/judging/bootstrap.ts';
import { linearDatamodellingScore, sortColumns, subsetPredictions } from '../../src/influence/judging/lds.ts';
import {
  type NetworkBootstrap,
  type NetworksLds,
  networkCoverage,
  networkDifference,
  networkInterval,
  varianceParts,
} from '../../src/influence/judging/network-bootstrap.ts';
import {
  type NetworkComponents,
  networkComponents,
  networksNeeded,
} from '../../src/influence/judging/network-components.ts';
import { judgeNetworks } from '../../src/influence/judging/network-resamples.ts';
import { ldsOverNetworks, networksDifference } from '../../src/influence/judging/networks-lds.ts';
import { multiplicities } from '../../src/influence/judging/resampled-spearman.ts';
import { studentQuantile } from '../../src/influence/judging/student-quantile.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';

interface GoldenReading {
  readonly estimate: number;
  readonly replicates: number[];
  readonly subsetReplicates: number[];
  readonly jackknife: number[];
  readonly withoutNetwork: number[];
  readonly withoutBoth: number[][];
}
interface GoldenInterval {
  readonly networks: number;
  readonly subsets: number;
  readonly variance: number;
  readonly degrees: number;
  readonly interval: number[];
}
const golden = JSON.parse(
  readFileSync(new URL('../reference/network-bootstrap.json', import.meta.url), 'utf8'),
) as {
  subsets: number[][];
  outcomes: number[][];
  scores: number[][][][];
  networkDraws: number[][];
  subsetDraws: number[][];
  readings: {
    perNetwork: number[];
    perNetworkReplicates: number[][];
    single: GoldenReading;
    ensemble: GoldenReading;
  }[];
  intervals: Record<'single' | 'ensemble', GoldenInterval>[];
  components: NetworkComponents[];
  needed: { parts: NetworkComponents; halfWidth: number; level: number; networks: number }[];
  student: { p: number; degrees: number; t: number }[];
};

const READINGS = ['single', 'ensemble'] as const;
const TOLERANCE = { atol: 1e-14, rtol: 1e-13 };
const subsets = golden.subsets.map((kept) => Int32Array.from(kept));
const outcomes = Matrix.of(golden.outcomes);
const scores = golden.scores.map((networks) => networks.map((one) => Matrix.of(one)));

/** The library's numbers on the draws of the file. */
function judged(): NetworksLds[] {
  const counts = (draw: readonly number[], n: number): Float64Array => {
    const out = new Float64Array(n);
    for (const i of draw) out[i]++;
    return out;
  };
  const k = subsets.length;
  const ones = new Float64Array(k).fill(1);
  return judgeNetworks(
    sortColumns(outcomes),
    scores.map((networks) => networks.map((one) => subsetPredictions(one, subsets))),
    {
      networks: golden.networkDraws.map((draw) => counts(draw, 4)),
      subsets: [
        ones,
        ...Array.from({ length: k }, (_, j) => ones.map((one, i) => (i === j ? 0 : one))),
        ...golden.subsetDraws.map((draw) => counts(draw, k)),
      ].map(multiplicities),
    },
    0,
  );
}

describe('against NumPy', () => {
  const found = judged();
  const gap = networksDifference(found[0], found[1]);

  test('every reading on every draw', () => {
    for (const [k, expected] of golden.readings.entries()) {
      expectClose(found[k].perNetwork, expected.perNetwork, TOLERANCE);
      expectClose(found[k].perNetworkReplicates.data, expected.perNetworkReplicates.flat(), TOLERANCE);
      for (const reading of READINGS) {
        const { estimate, withoutBoth, ...lists } = expected[reading];
        expectClose([found[k][reading].estimate], [estimate], TOLERANCE);
        expectClose(found[k][reading].withoutBoth.data, withoutBoth.flat(), TOLERANCE);
        for (const [name, values] of Object.entries(lists))
          expectClose(found[k][reading][name as 'replicates'], values, TOLERANCE);
      }
    }
  });

  test('parts of the variance and intervals, of both methods and of their difference', () => {
    for (const [k, one] of [...found, gap].entries())
      for (const reading of READINGS) {
        const { interval, ...parts } = golden.intervals[k][reading];
        const got = varianceParts(one[reading]);
        for (const [name, value] of Object.entries(parts))
          expectClose([got[name as 'networks']], [value], { atol: 1e-15, rtol: 1e-11 });
        expectClose(networkInterval(one[reading], 0.9), interval, { rtol: 1e-11, atol: 1e-13 });
      }
  });

  test('variances of one network', () => {
    for (const [k, { perNetwork, perNetworkReplicates }] of [...found, gap].entries()) {
      const parts = networkComponents(perNetwork, perNetworkReplicates, subsets.length);
      const { networks, subsets: shared, residual } = golden.components[k];
      expectClose([parts.networks, parts.subsets, parts.residual], [networks, shared, residual], {
        rtol: 1e-12,
        atol: 1e-15,
      });
    }
  });

  test('how many networks are needed', () => {
    for (const { parts, halfWidth, level, networks } of golden.needed)
      expect(networksNeeded(parts, halfWidth, level)).toBe(networks);
  });

  test('quantiles of Student’s t', () => {
    for (const { p, degrees, t } of golden.student)
      expectClose([studentQuantile(p, degrees)], [t], { rtol: degrees < 1e5 ? 1e-11 : 3e-9 });
  });
});

describe('studentQuantile', () => {
  test('closed forms with 1 and 2 degrees of freedom, symmetry, the normal limit', () => {
    for (const p of [0.51, 0.8, 0.975, 0.9999]) {
      expectClose([studentQuantile(p, 1)], [Math.tan(Math.PI * (p - 0.5))], { rtol: 1e-11 });
      expectClose([studentQuantile(p, 2)], [(2 * p - 1) / Math.sqrt(2 * p * (1 - p))], { rtol: 1e-11 });
      expect(studentQuantile(1 - (1 - p), 7)).toBe(studentQuantile(p, 7));
      expectClose([studentQuantile(1 - p, 7)], [-studentQuantile(p, 7)], { rtol: 1e-11 });
    }
    expect(studentQuantile(0.5, 3)).toBe(0);
    expect(studentQuantile(0.975, Number.POSITIVE_INFINITY)).toBeCloseTo(1.959963984540054, 14);
  });

  test('its second algorithm beyond 100,000 degrees of freedom meets the first', () => {
    for (const p of [0.6, 0.975, 0.9995])
      expectClose([studentQuantile(p, 1e5)], [studentQuantile(p, 99999)], { rtol: 1e-9 });
  });

  test('refuses p and ν outside', () => {
    for (const p of [0, 1, -1, Number.NaN])
      expect(() => studentQuantile(p, 3)).toThrow(/studentQuantile: p must be/);
    for (const degrees of [0, -1, Number.NaN])
      expect(() => studentQuantile(0.9, degrees)).toThrow(/degrees must be/);
  });
});

/** Two methods at M networks, scores of whole numbers. */
function world(networks: number): Parameters<typeof ldsOverNetworks>[0] {
  const stream = rng(5, 'world');
  const whole = (): Matrix =>
    new Matrix(
      6,
      12,
      Float64Array.from({ length: 72 }, () => stream.integer(19) - 9),
    );
  const kept = Array.from({ length: 10 }, () => stream.permutation(12).slice(0, 6).sort());
  return {
    scores: [0, 1].map(() => Array.from({ length: networks }, whole)),
    subsets: kept,
    outcomes: new Matrix(
      10,
      6,
      Float64Array.from({ length: 60 }, () => stream.integer(30)),
    ),
    resamples: 50,
    seed: 3,
  };
}

describe('ldsOverNetworks', () => {
  test('draws are those of the named streams: each network’s are those of linearDatamodellingScore', () => {
    const { scores: given, ...rest } = world(3);
    const [first] = ldsOverNetworks({ scores: given, ...rest });
    for (const [m, one] of given[0].entries()) {
      const alone = linearDatamodellingScore({ scores: one, ...rest });
      expect(first.perNetwork[m]).toBe(alone.mean);
      expect(Array.from(first.perNetworkReplicates.row(m))).toEqual(Array.from(alone.bootstrap.replicates));
    }
    const sum = new Matrix(6, 12);
    for (const one of given[0]) sum.data.set(sum.data.map((value, i) => value + (one as Matrix).data[i]));
    const together = linearDatamodellingScore({ scores: sum, ...rest });
    expect(first.ensemble.estimate).toBe(together.mean);
    expect(Array.from(first.ensemble.subsetReplicates)).toEqual(Array.from(together.bootstrap.replicates));
    expect(Array.from(first.ensemble.jackknife)).toEqual(Array.from(together.bootstrap.jackknife));
  });

  test('a replicate written out: networks and subsets of the streams, by linearDatamodellingScore on the expanded lists', () => {
    const given = world(4);
    const [, second] = ldsOverNetworks(given);
    for (const b of [0, 17, 49]) {
      const drawn = (n: number, ...names: (string | number)[]): number[] => {
        const stream = rng(3, 'bootstrap', ...names);
        return Array.from({ length: n }, () => stream.integer(n));
      };
      const nets = drawn(4, 'networks', b);
      const rows = drawn(10, b);
      const lds = (matrix: Matrix): number =>
        linearDatamodellingScore({
          scores: matrix,
          subsets: rows.map((j) => given.subsets[j]),
          outcomes: Matrix.of(rows.map((j) => (given.outcomes as Matrix).row(j))),
          resamples: 1,
        }).mean;
      const networks = given.scores[1] as readonly Matrix[];
      const mean = nets.reduce((sum, m) => sum + lds(networks[m]), 0) / 4;
      expectClose([second.single.replicates[b]], [mean], { rtol: 1e-14, atol: 1e-15 });
      const sum = new Matrix(6, 12);
      for (const m of nets) sum.data.set(sum.data.map((value, i) => value + networks[m].data[i]));
      expectClose([second.ensemble.replicates[b]], [lds(sum)], { rtol: 1e-14, atol: 1e-15 });
    }
  });

  test('one network: both readings are the LDS, and the interval is the one over subsets and says so', () => {
    const { scores: given, ...rest } = world(1);
    const [a, b] = ldsOverNetworks({ scores: given, ...rest });
    const [x, y] = given.map(([one]) => linearDatamodellingScore({ scores: one, ...rest }));
    for (const reading of READINGS) {
      expect(networkCoverage(a[reading])).toBe('subsets');
      expect(a[reading].estimate).toBe(x.mean);
      expect(networkInterval(a[reading])).toEqual(x.bca);
      expect(percentileInterval(a[reading])).toEqual(x.percentile);
      expect(varianceParts(a[reading]).networks).toBeNaN();
      const gap = networkDifference(a[reading], b[reading]);
      expect(networkInterval(gap)).toEqual(bcaInterval(bootstrapDifference(x.bootstrap, y.bootstrap)));
    }
    const parts = networkComponents(a.perNetwork, a.perNetworkReplicates, 10);
    expect(parts.networks).toBeNaN();
    expect(parts.residual).toBe(0);
    expect(() => networksNeeded(parts, 0.1)).toThrow(/networksNeeded: networks must be/);
    expect(networkCoverage(ldsOverNetworks(world(2))[0].single)).toBe('networks and subsets');
  });

  test('equal networks: nothing lies between them, and both readings are one', () => {
    const { scores: given, ...rest } = world(1);
    const [{ perNetwork, perNetworkReplicates, single, ensemble }] = ldsOverNetworks({
      scores: [[given[0][0], given[0][0], given[0][0]]],
      ...rest,
    });
    expect(Array.from(ensemble.replicates)).toEqual(Array.from(ensemble.subsetReplicates));
    expectClose(single.replicates, ensemble.replicates, { rtol: 1e-14 });
    const parts = networkComponents(perNetwork, perNetworkReplicates, 10);
    expect(parts.networks).toBe(0);
    expect(parts.residual).toBeLessThan(1e-15);
    expect(varianceParts(ensemble).networks).toBe(0);
    const [lo, hi] = networkInterval(ensemble);
    expect(hi - lo).toBeGreaterThan(0);
  });

  test('a method against itself: a difference of exactly 0', () => {
    const [a] = ldsOverNetworks(world(3));
    for (const reading of READINGS) {
      const gap = networksDifference(a, a)[reading];
      expect(networkInterval(gap)).toEqual([0, 0]);
      expect(percentileInterval(gap)).toEqual([0, 0]);
    }
  });

  test('queries without a rank correlation count as 0, in every network and in resampled ensembles', () => {
    const { scores: given, ...rest } = world(2);
    const silent = given[0].map(
      (one) =>
        new Matrix(
          6,
          12,
          (one as Matrix).data.map((v, i) => (i < 36 ? 0 : v)),
        ),
    );
    const [half] = ldsOverNetworks({ scores: [silent], ...rest });
    const kept = silent.map((one) => new Matrix(3, 12, one.data.slice(36)));
    const outcomesKept = Matrix.of(
      Array.from({ length: 10 }, (_, j) => (rest.outcomes as Matrix).row(j).slice(3)),
    );
    const [alone] = ldsOverNetworks({ scores: [kept], ...rest, outcomes: outcomesKept });
    for (const reading of READINGS) {
      expectClose([half[reading].estimate], [alone[reading].estimate / 2], { rtol: 1e-14 });
      expectClose(
        half[reading].replicates,
        alone[reading].replicates.map((v) => v / 2),
        { rtol: 1e-13, atol: 1e-15 },
      );
    }
    const [nothing] = ldsOverNetworks({ scores: [given[0].map(() => new Matrix(6, 12))], ...rest });
    expect(nothing.ensemble.estimate).toBe(0);
    expect(networkInterval(nothing.single)).toEqual([0, 0]);
  });

  test('two subsets: resamples of one subset rank nothing, and are left out', () => {
    const { scores: given, outcomes: measured, ...rest } = world(2);
    const [a] = ldsOverNetworks({
      ...rest,
      scores: given,
      subsets: rest.subsets.slice(0, 2),
      outcomes: Matrix.of([(measured as Matrix).row(0), (measured as Matrix).row(1)]),
    });
    expect(a.single.replicates.some(Number.isNaN)).toBe(true);
    expect(a.ensemble.replicates.some((value) => !Number.isNaN(value))).toBe(true);
    expect(networkInterval(a.single).some(Number.isNaN)).toBe(false);
  });

  test('refuses by name what it cannot judge', () => {
    const given = world(2);
    const run = (change: object) => () => ldsOverNetworks({ ...given, ...change } as never);
    expect(run({ scores: [] })).toThrow(/scores.length must be/);
    expect(run({ scores: [[]] })).toThrow(/scores\[0\].length must be/);
    expect(run({ scores: [given.scores[0], given.scores[1].slice(0, 1)] })).toThrow(
      /scores\[1\].length must be/,
    );
    expect(run({ scores: [[given.scores[0][0], new Matrix(6, 11)]] })).toThrow(/scores\[0\]\[1\] must be/);
    expect(run({ outcomes: new Matrix(9, 6) })).toThrow(/outcomes must be/);
    expect(run({ level: 0.9 })).toThrow(/level/);
    expect(
      run({ scores: [[new Matrix(6, 12, new Float64Array(72).fill(1e308)), given.scores[0][0]]] }),
    ).toThrow(/sums of scores/);
    const [a] = ldsOverNetworks(given);
    const [b] = ldsOverNetworks(world(3));
    expect(() => networkDifference(a.single, b.single)).toThrow(/drawn as a .*2 networks.*3 networks/);
    expect(() => networkInterval({ ...a.single, withoutNetwork: Float64Array.of(1) })).toThrow(
      /withoutNetwork/,
    );
    expect(() => networkInterval(a.single, 1)).toThrow(/level/);
    expect(() => networkInterval(bootstrap(3, (w) => w[0], { resamples: 3 }) as NetworkBootstrap)).toThrow(
      /subsetReplicates/,
    );
  });
});

describe('networksNeeded', () => {
  test('the boundary: it suffices, one fewer does not, and never where subsets alone are wider', () => {
    const parts = { networks: 0.03, subsets: 1e-4, residual: 1e-3 };
    const m = networksNeeded(parts, 0.08);
    const reach = (n: number): number => {
      const own = (parts.networks + parts.residual) / n;
      const variance = own + parts.subsets;
      return studentQuantile(0.975, (n - 1) * (variance / own) ** 2) * Math.sqrt(variance);
    };
    expect(reach(m)).toBeLessThanOrEqual(0.08);
    expect(reach(m - 1)).toBeGreaterThan(0.08);
    expect(networksNeeded(parts, 0.0195)).toBe(Number.POSITIVE_INFINITY);
    expect(networksNeeded({ networks: 0, subsets: 1e-4, residual: 0 }, 0.02)).toBe(2);
    expect(networksNeeded({ networks: 0, subsets: 0, residual: 0 }, 1e-9)).toBe(2);
  });
});
