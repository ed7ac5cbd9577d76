/** @file Training allocates nothing per step, measured in a process of its own. */
import { expect, test } from 'vitest';
import { patience } from '../helpers/patience.ts';
import { runProbe } from '../helpers/run-probe.ts';

for (const what of ['steps', 'checkpoints'] as const)
  test(`10,000 training steps allocate nothing: ${what}`, { timeout: patience(120) }, async () => {
    const { steps, bytesPerStep } = await runProbe<{ steps: number; bytesPerStep: number }>(
      ['autodiff/memory-probe.ts', what],
      'simd',
    );
    expect(steps).toBe(10000);
    expect(bytesPerStep).toBeGreaterThan(0); // nothing was collected on the way
    expect(bytesPerStep).toBeLessThan(6); // one boxed number per step would be 16
  });
