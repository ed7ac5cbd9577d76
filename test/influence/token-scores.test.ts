/** @file Scores of pairs of tokens: PyTorch's, and sums that are the scores of the examples. */
import { describe, expect, test } from 'vitest';
import { ggn } from '../../src/curvature/index.ts';
import { influenceFunction, tokenScores } from '../../src/influence/index.ts';
import { maxAbs } from '../../src/linalg/sum.ts';
import { SHARED_PROBLEMS } from '../helpers/shared-networks.ts';

describe.each(SHARED_PROBLEMS)('%s', (_, { model, loss, theta, data }) => {
  test('rows and columns add up to the score of the pair', () => {
    const rule = { kind: 'damped', lambda: 0.1 } as const;
    const fitted = { model, loss, theta };
    const c = ggn({ ...fitted, data });
    for (const measurement of loss === 'cross-entropy'
      ? (['loss', 'margin'] as const)
      : (['loss', 'absolute-error'] as const)) {
      const whole = influenceFunction({ curvature: 'ggn', rule, measurement }).fit(fitted, data).score(data);
      const parts = tokenScores(fitted, data, data, (g) => c.applyInverse(g, rule), { measurement });
      const P = model.outputPositions;
      expect([parts.rows, parts.cols]).toEqual([P * whole.rows, P * whole.cols]);
      for (let q = 0; q < whole.rows; q++)
        for (let i = 0; i < whole.cols; i++) {
          let sum = 0;
          for (let t = 0; t < P; t++) for (let s = 0; s < P; s++) sum += parts.at(q * P + t, i * P + s);
          expect(Math.abs(sum - whole.at(q, i))).toBeLessThan(1e-12 * maxAbs(whole));
        }
    }
  });
});
