/** @file A draw allocates no arrays, measured in a process of its own. */
import { expect, test } from 'vitest';
import { patience } from '../../helpers/patience.ts';
import { runProbe } from '../../helpers/run-probe.ts';

test('a draw of 139 parameters and 320 examples: nothing but a few boxed numbers', {
  timeout: patience(120),
}, async () => {
  const probe = ['influence/bayesian/memory-probe.ts'];
  const { bytesPerDraw } = await runProbe<{ bytesPerDraw: number[] }>(probe, 'simd');
  expect(bytesPerDraw.length).toBe(2);
  for (const bytes of bytesPerDraw) {
    expect(bytes).toBeGreaterThan(0); // nothing was collected on the way
    expect(bytes).toBeLessThan(200); // a boxed number per parameter would be 2,224, a trace of the losses 2,560
  }
});
