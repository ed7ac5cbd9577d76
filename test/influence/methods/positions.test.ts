/** @file Every method on networks with outputs at several positions: finite scores, or a refusal by name, and never NaN in silence. */
import { describe, expect, test } from 'vitest';
import type { Trajectory } from '../../../src/autodiff/index.ts';
import { attribute } from '../../../src/influence/methods/attribute.ts';
import type { AttributionResult } from '../../../src/influence/methods/attribution-result.ts';
import { METHOD_NAMES, METHODS } from '../../../src/influence/methods/registry.ts';
import { UnsupportedError } from '../../../src/linalg/errors.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { SHARED_PROBLEMS } from '../../helpers/shared-networks.ts';
import { QUICK } from './trained.ts';

/** A class of the example is what it looks at. */
const ONE_OUTPUT: readonly string[] = ['label'];
const SOME = SHARED_PROBLEMS.filter(([name]) => ['a transformer', 'targets at positions'].includes(name));

describe.each(SOME)('%s', (_, { model, loss, theta, data }) => {
  const trajectory: Trajectory = {
    checkpoints: [2, 4].map((step) => ({ step, theta: theta.map((x) => (step === 4 ? x : 0.9 * x)) })),
    steps: 4,
    learningRates: Float64Array.of(0.1, 0.05),
    stepsPerEpoch: 2,
    momentum: 0.5,
    weightDecay: 0.01,
    batch: 2,
  };
  // of one example no position counts
  const weights = data.weights?.clone() ?? Matrix.of(Array.from({ length: data.inputs.rows }, () => [0.5, 1, 1.5])); // biome-ignore format: one line
  weights.row(2).fill(0);
  const examples = { ...data, weights };

  test.each(METHOD_NAMES)('%s', (method) => {
    const quick = QUICK[method] ?? {};
    for (const measurement of ['loss', loss === 'cross-entropy' ? 'margin' : 'absolute-error'] as const) {
      const options = { ...quick, ...('batch' in quick ? { batch: 2 } : {}), measurement };
      const run = (): AttributionResult =>
        attribute({
          method,
          options,
          models: [{ model, loss, theta }],
          ...(METHODS[method].needsTrajectory ? { trajectories: [trajectory] } : {}),
          train: examples,
          queries: examples,
          self: true,
        });
      if (ONE_OUTPUT.includes(method)) {
        expect(run).toThrow(UnsupportedError);
        expect(run).toThrow(/outputs at 3 positions are not supported/);
        continue;
      }
      const { scores, selfInfluence } = run();
      expect([...scores.data, ...(selfInfluence ?? [Number.NaN])].every(Number.isFinite)).toBe(true);
      expect(scores.data.some((x) => x !== 0)).toBe(true);
    }
  });
});
