/** @file Equal seeds give equal bits in both tiers of kernels: chains, scores, errors and diagnostics. */
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

async function run(tier: 'scalar' | 'simd', seed: number): Promise<string[]> {
  vi.stubEnv('EIGENFLUENCE_KERNELS', tier);
  vi.resetModules();
  const { kernelTier } = await import('../../../src/linalg/kernels/select.ts');
  const { randomData, randomProblem } = await import('../../helpers/problems.ts');
  const { bayesianInfluence } = await import('../../../src/influence/bayesian/bayesian-influence.ts');
  expect(kernelTier()).toBe(tier);
  const { data: train, ...fitted } = randomProblem({ sizes: [7, 9, 5, 4], examples: 301, seed: 2 });
  const queries = randomData(fitted.model, 'cross-entropy', 130, 4);
  const options = { draws: 34, chains: 2, batch: 280, stepsPerDraw: 1, seed } as const;
  return (['sgld', 'rmsprop-sgld'] as const).flatMap((method) => {
    const made = bayesianInfluence({ ...options, method, normalisation: 'correlation' }).fit(fitted, train);
    const { scores, standardErrors, diagnostics } = made.scoreWithErrors(queries);
    const all = [
      ...scores.data,
      ...standardErrors.data,
      ...diagnostics.lossTraces.data,
      diagnostics.splitRhat,
    ];
    return Array.from(new BigUint64Array(Float64Array.from(all).buffer), String);
  });
}

test('scalar and simd, and another seed', async () => {
  const scalar = await run('scalar', 1);
  expect(await run('simd', 1)).toEqual(scalar);
  expect(await run('simd', 2)).not.toEqual(scalar);
});
