/** @file How often the intervals over networks and subsets hold the truth: simulated worlds, few networks. */
import { expect, test } from 'vitest';
import { percentileInterval } from '../../src/influence/judging/bootstrap.ts';
import { type NetworkBootstrap, networkInterval } from '../../src/influence/judging/network-bootstrap.ts';
import { ldsOverNetworks } from '../../src/influence/judging/networks-lds.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';

const WORLDS = 200;
const [QUERIES, TRAIN, SUBSETS] = [4, 16, 30];
const TRUTH = rng(0, 'truth').fillNormal(new Float64Array(QUERIES * TRAIN));

/**
 * A draw of retrainings and networks. Each network sees the true effects through noise of its own strength, so that networks differ
 * by much, as trained ones do; subsets are random halves, outcomes noisy.
 */
function drawWorld(
  seed: number,
  networks: number,
): { readonly single: NetworkBootstrap; readonly ensemble: NetworkBootstrap } {
  const stream = rng(seed, 'world', networks);
  const normals = (n: number): Float64Array => stream.fillNormal(new Float64Array(n));
  const subsets = Array.from({ length: SUBSETS }, () =>
    stream
      .permutation(TRAIN)
      .slice(0, TRAIN / 2)
      .sort(),
  );
  const noise = normals(SUBSETS * QUERIES);
  const outcomes = Matrix.of(
    subsets.map((kept, k) =>
      Array.from({ length: QUERIES }, (_, q) =>
        kept.reduce((sum, i) => sum - TRUTH[q * TRAIN + i], noise[k * QUERIES + q]),
      ),
    ),
  );
  const scores = Array.from({ length: networks }, () => {
    const strength = 0.3 + 3 * stream.uniform();
    const own = normals(QUERIES * TRAIN);
    return new Matrix(
      QUERIES,
      TRAIN,
      TRUTH.map((t, i) => t + strength * own[i]),
    );
  });
  return ldsOverNetworks({ scores: [scores], subsets, outcomes, resamples: 100, seed })[0];
}

/** Share of worlds whose interval holds the mean over worlds, which is what the reading estimates. */
function coverage(
  drawn: readonly NetworkBootstrap[],
  interval: (b: NetworkBootstrap) => readonly [number, number],
): number {
  const truth = drawn.reduce((sum, { estimate }) => sum + estimate, 0) / drawn.length;
  return (
    drawn.filter((b) => {
      const [lo, hi] = interval(b);
      return lo <= truth && truth <= hi;
    }).length / drawn.length
  );
}

const subsetsOnly = (b: NetworkBootstrap): readonly [number, number] =>
  percentileInterval({ ...b, replicates: b.subsetReplicates });

for (const networks of [3, 6])
  test(`${networks} networks`, () => {
    const worlds = Array.from({ length: WORLDS }, (_, seed) => drawWorld(seed, networks));
    for (const reading of ['single', 'ensemble'] as const) {
      const drawn = worlds.map((world) => world[reading]);
      const [studentised, percentile, subsets] = [networkInterval, percentileInterval, subsetsOnly].map(
        (form) => coverage(drawn, form),
      );
      expect(studentised, reading).toBeGreaterThanOrEqual(0.92);
      expect(studentised, reading).toBeLessThanOrEqual(0.98);
      expect(percentile, reading).toBeLessThan(studentised);
      expect(subsets, reading).toBeLessThan(0.85);
    }
  });
