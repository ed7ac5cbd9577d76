/** @file Equal seeds give equal bits in both tiers of kernels: batches, step sizes, solves and scores. */
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

/** Scores and α of both methods, by modules loaded afresh under one tier. */
async function run(tier: 'scalar' | 'simd', seed: number): Promise<string[][]> {
  vi.stubEnv('EIGENFLUENCE_KERNELS', tier);
  vi.resetModules();
  const { kernelTier } = await import('../../src/linalg/kernels/select.ts');
  const { randomData, randomProblem } = await import('../helpers/problems.ts');
  const { astraInfluence, lissaInfluence } = await import(
    '../../src/influence/attributors/stochastic-influence.ts'
  );
  expect(kernelTier()).toBe(tier);
  const { data: train, ...model } = randomProblem({ sizes: [7, 9, 5, 4], examples: 21, seed: 2 });
  const queries = randomData(model.model, 'cross-entropy', 3, 4);
  const options = { damping: 0.03, batch: 6, iterations: 20, repeats: 2, seed };
  return [astraInfluence(options), lissaInfluence({ ...options, momentum: 0.5 })].map((method) => {
    const fitted = method.fit(model, train);
    const { scores, residuals, standardErrors } = fitted.scoreWithBounds(queries);
    const all = [fitted.alpha, ...scores.data, ...residuals, ...(standardErrors?.data ?? [])];
    return Array.from(new BigUint64Array(Float64Array.from(all).buffer), String);
  });
}

test('scalar and simd, twice, and another seed', async () => {
  const scalar = await run('scalar', 1);
  expect(scalar[0].length).toBe(1 + 3 * 21 + 3 + 3 * 21);
  expect(await run('simd', 1)).toEqual(scalar);
  expect(await run('simd', 1)).toEqual(scalar);
  expect(await run('simd', 2)).not.toEqual(scalar);
});
