/** @file Calls of the library leave nothing behind, on the heap or in WebAssembly memory, measured in processes of their own. */
import { expect, test } from 'vitest';
import { runProbe } from '../helpers/run-probe.ts';

interface State {
  readonly heap: number;
  readonly arrays: number;
  readonly memories: number;
}

test.each(['scalar', 'simd'] as const)('10,000 calls leave nothing behind: %s tier', async (tier) => {
  const { calls, before, after } = await runProbe<{ calls: number; before: State; after: State }>(
    ['autodiff/memory-probe.ts', 'calls'],
    tier,
  );
  expect(calls).toBe(10000);
  expect((after.heap - before.heap) / calls).toBeLessThan(100); // bytes per call: less than a small object
  expect((after.arrays - before.arrays) / calls).toBeLessThan(100);
  expect(after.memories).toBeLessThanOrEqual(6); // that of products, and workspaces kept to be lent again
  expect(before.memories > 0).toBe(tier === 'simd');
});
