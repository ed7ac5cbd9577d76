/** @file Scores of pairs of tokens: PyTorch's, and sums that are the scores of the examples. */
import { describe, expect, test } from 'vitest';
import { ggn } from '../../src/curvature/index.ts';
import { attribute, influenceFunction, tokenScores } from '../../src/influence/index.ts';
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

test('attribute tells them beside its scores, averaged over models; other methods say that they have none', () => {
  const [, { model, loss, theta, data }] = SHARED_PROBLEMS[2];
  const models = [theta, theta.map((x) => 0.9 * x)].map((own) => ({ model, loss, theta: own }));
  const job = { models, train: data, queries: data, options: { damping: 0.1 } };
  const each = models.map((fitted) => {
    const c = ggn({ ...fitted, data });
    return tokenScores(fitted, data, data, (g) => c.applyInverse(g, { kind: 'damped', lambda: 0.1 }));
  });
  const mean = each[0].data.map((x, k) => (x + each[1].data[k]) / 2);
  expect(attribute({ ...job, method: 'ggn', tokens: true }).tokenScores?.data).toEqual(mean);
  expect(attribute({ ...job, method: 'ggn' }).tokenScores).toBeUndefined();
  expect(() => attribute({ ...job, method: 'cg', tokens: true })).toThrow(
    /cg has no scores of tokens; hessian, ggn/,
  );
  expect(() => attribute({ ...job, method: 'ggn', tokens: 1 as unknown as boolean })).toThrow(/tokens/);
});
