/** @file Influence scores against NumPy; rank correlation and bootstrap intervals against SciPy. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { InverseRule } from '../../src/curvature/inverse-rule.ts';
import { LADDER } from '../../src/curvature/ladder.ts';
import { influenceFunction } from '../../src/influence/attributors/influence-function.ts';
import { bcaInterval, percentileInterval } from '../../src/influence/judging/bootstrap.ts';
import { ranks, spearman } from '../../src/influence/judging/rank-correlation.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { expectClose, relativeError } from '../helpers/close.ts';
import { GOLDENS, type GoldenRule } from '../reference/golden.ts';

/** Eigenvalues down to ε = 1e-4 are inverted: that amplifies rounding by up to 10⁴ times the size of the matrix. */
const TOLERANCE = 1e-9;

for (const { name, file, model, loss, theta, data, queries } of GOLDENS)
  describe(name, () => {
    const rules: Record<GoldenRule, InverseRule> = {
      'truncated-keep': { kind: 'truncated', eps: file.eps, negative: 'keep' },
      'truncated-drop': { kind: 'truncated', eps: file.eps, negative: 'drop' },
      damped: { kind: 'damped', lambda: file.damping },
    };
    for (const [rule, byMeasurement] of Object.entries(file.scores))
      for (const measurement of ['loss', 'margin'] as const) {
        const expected = byMeasurement[measurement];
        if (expected === undefined) continue;
        test(`${rule}, ${measurement}: all five curvatures`, () => {
          for (const curvature of LADDER) {
            const attributor = influenceFunction({ curvature, rule: rules[rule as GoldenRule], measurement });
            const scores = attributor.fit({ model, loss, theta }, data).score(queries);
            expect([scores.rows, scores.cols]).toEqual([queries.inputs.rows, data.inputs.rows]);
            expect(relativeError(scores.data, Matrix.of(expected[curvature]).data), curvature).toBeLessThan(
              TOLERANCE,
            );
          }
        });
      }
  });

interface Statistics {
  readonly correlations: readonly { x: number[]; y: number[]; ranksX: number[]; spearman: number | null }[];
  readonly intervals: readonly {
    level: number;
    estimate: number;
    replicates: number[];
    jackknife: number[];
    percentile: number[];
    bca: number[];
  }[];
}

describe('statistics of SciPy', () => {
  const golden = JSON.parse(
    readFileSync(new URL('../reference/rank-statistics.json', import.meta.url), 'utf8'),
  ) as Statistics;

  test.each(golden.correlations)('ranks and Spearman of %o', ({ x, y, ranksX, spearman: expected }) => {
    expect(Array.from(ranks(x))).toEqual(ranksX);
    if (expected === null) expect(spearman(x, y)).toBeNaN();
    else expect(Math.abs(spearman(x, y) - expected)).toBeLessThan(16 * Number.EPSILON);
  });

  test.each(golden.intervals)(
    'percentile and BCa intervals at level $level',
    ({ level, percentile, bca, ...drawn }) => {
      const bootstrap = {
        estimate: drawn.estimate,
        replicates: Float64Array.from(drawn.replicates),
        jackknife: Float64Array.from(drawn.jackknife),
        seed: 0,
      };
      expectClose(percentileInterval(bootstrap, level), percentile, { rtol: 8 * Number.EPSILON });
      expectClose(bcaInterval(bootstrap, level), bca, { rtol: 1e-11 }); // through Φ and Φ⁻¹, then between two replicates
    },
  );
});
