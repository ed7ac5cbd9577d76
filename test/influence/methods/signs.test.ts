/** @file The sign of every method on a trained network: against exact solves, on oneself, and for both measurements. */
import { describe, expect, test } from 'vitest';
import { spearman } from '../../../src/influence/judging/rank-correlation.ts';
import { attribute, attributeSelf } from '../../../src/influence/methods/attribute.ts';
import type { MethodName, MethodOptions } from '../../../src/influence/methods/method-name.ts';
import { METHOD_NAMES, METHODS } from '../../../src/influence/methods/registry.ts';
import type { Matrix } from '../../../src/linalg/matrix.ts';
import { models, Q, QUICK, queries, train, trajectories } from './trained.ts';

const CONTROLS: readonly MethodName[] = ['random', 'label'];
const one = { models: models.slice(0, 1), train };

function job(method: MethodName, options: MethodOptions): Parameters<typeof attributeSelf>[0] {
  const trajectory = METHODS[method].needsTrajectory ? { trajectories: trajectories.slice(0, 1) } : {};
  return { method, options: { ...QUICK[method], ...options }, ...one, ...trajectory };
}
const scores = (method: MethodName, options: MethodOptions = {}): Matrix =>
  attribute({ ...job(method, options), queries }).scores;
/** Mean over the queries of the rank correlation of two rows. */
const agreement = (a: Matrix, b: Matrix): number =>
  Array.from({ length: Q }, (_, q) => spearman(a.row(q), b.row(q))).reduce((sum, rho) => sum + rho, 0) / Q;

// heavily damped, so that no approximation of the inverse can turn it round
const exact = scores('cg', { damping: 0.05, tolerance: 1e-10 });

for (const method of METHOD_NAMES.filter((name) => !CONTROLS.includes(name)))
  describe(method, () => {
    test('agrees with the exact damped influence function', () => {
      expect(agreement(scores(method), exact)).toBeGreaterThan(0.3);
    });

    test('helpful examples lower the loss and raise the margin', () => {
      expect(agreement(scores(method, { measurement: 'margin' }), exact)).toBeLessThan(-0.3);
    });

    test('on the whole, an example helps itself', () => {
      const { values } = attributeSelf(job(method, {}));
      const helped = values.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
      expect(helped / values.length).toBeGreaterThan(0.8);
    });
  });

test('controls: labels agree a little, random scores do not', () => {
  expect(agreement(scores('label'), exact)).toBeGreaterThan(0.1);
  expect(Math.abs(agreement(scores('random'), exact))).toBeLessThan(3 / Math.sqrt(Q * train.inputs.rows));
});
