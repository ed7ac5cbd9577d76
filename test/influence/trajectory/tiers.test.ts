/** @file The derivative of training has the same bits in both tiers of kernels. */
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

/** Scores, growth and θ by modules loaded afresh under one tier. */
async function run(tier: 'scalar' | 'simd', sizes: readonly number[], seed: number): Promise<string[][]> {
  vi.stubEnv('EIGENFLUENCE_KERNELS', tier);
  vi.resetModules();
  const { kernelTier } = await import('../../../src/linalg/kernels/select.ts');
  const { adamW, Mlp, Trainer } = await import('../../../src/autodiff/index.ts');
  const { randomData } = await import('../../autodiff/naive.ts');
  const { trainingDerivative } = await import('../../../src/influence/index.ts');
  expect(kernelTier()).toBe(tier);
  return (['tanh', 'gelu'] as const).flatMap((activation) =>
    (['hessian', 'ggn', 'mean'] as const).map((adjoint) => {
      const model = new Mlp(sizes, activation);
      const [train, queries] = [randomData(model, 'cross-entropy', 45, 2), randomData(model, 'cross-entropy', 3, 4)]; // biome-ignore format: short
      const trainer = new Trainer(model, 'cross-entropy', train, {
        epochs: 3, batch: 32, learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, schedule: 'cosine', initialisation: 'torch', dropLast: false,
      }); // biome-ignore format: a record
      const schedule = { epochs: 3, batch: 32, learningRate: 0.01, schedule: 'cosine', initialisation: 'torch', dropLast: false } as const; // biome-ignore format: a record
      const adaptive = trainingDerivative(new Trainer(model, 'cross-entropy', train, { ...schedule, optimiser: adamW() }), { queries, seed, adjoint }); // biome-ignore format: short
      const { scores, growth, theta } = trainingDerivative(trainer, { queries, seed, adjoint });
      const all = Float64Array.of(...scores.data, ...growth.data, ...theta, ...adaptive.scores.data);
      return Array.from(new BigUint64Array(all.buffer), String);
    }),
  );
}

test.each([[[7, 9, 5, 4]], [[6, 3]], [[5, 8, 8, 2]]])('scalar and simd: %s', async (sizes) => {
  const scalar = await run('scalar', sizes, 1);
  expect(scalar.length).toBe(6);
  expect(await run('simd', sizes, 1)).toEqual(scalar);
  expect(await run('simd', sizes, 2)).not.toEqual(scalar);
});
