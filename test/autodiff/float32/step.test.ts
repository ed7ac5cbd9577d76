/** @file Steps in float32 have the same bits in both tiers of kernels. */
import { expect, test } from 'vitest';
import { float32Descent } from '../../../src/autodiff/float32/optimiser.ts';
import { Float32Step } from '../../../src/autodiff/float32/step.ts';
import { initialise } from '../../../src/autodiff/initialise.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { adamW } from '../../../src/autodiff/optimisers/adamw.ts';
import { type AnyTrainingConfig, completeConfig } from '../../../src/autodiff/training-config.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { randomData } from '../naive.ts';

test.each([
  [[9, 6, 5, 4], 'tanh', 'cross-entropy', 8],
  [[5, 17, 3], 'tanh', 'squared-error', 7],
  [[6, 5, 4], 'relu', 'cross-entropy', 5],
  [[4, 6, 3], 'sigmoid', 'squared-error', 32],
] as const)('%j %s, %s, batches of %i', (sizes, activation, loss, batch) => {
  const model = new Mlp(sizes, activation);
  const data = randomData(model, loss, 5 * batch, 3);
  const descent: AnyTrainingConfig = completeConfig('test', { momentum: 0.9, weightDecay: 1e-3 }, batch);
  for (const config of [descent, completeConfig('test', { optimiser: adamW() }, batch)]) {
    const [scalar, simd] = (['scalar', 'simd'] as const).map((tier) => {
      const functions = {
        activation,
        loss: loss === 'squared-error' ? 'squaredError' : 'crossEntropy',
      } as const;
      const step = new Float32Step(model, functions, batch, float32Descent(config), data, tier);
      step.start(initialise(model, 'torch', rng(1, 'tiers', 'init')));
      const losses: number[] = [];
      step.settings[0] = 0.05;
      for (let epoch = 0; epoch < 4; epoch++) {
        const order = rng(1, 'tiers', 'shuffle', epoch).permutation(5 * batch);
        for (let start = 0; start < order.length; start += batch) {
          step.run(data, order, start);
          losses.push(step.meanLoss[0]);
        }
      }
      return { theta: step.theta, states: step.states, losses };
    });
    expect(simd).toEqual(scalar);
    expect(scalar.losses[19]).not.toBe(scalar.losses[0]);
    expect(scalar.theta.every(Number.isFinite)).toBe(true);
  }
});
