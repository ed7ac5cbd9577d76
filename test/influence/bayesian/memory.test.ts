/** @file A draw allocates no arrays, measured in a process of its own. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../../helpers/sources.ts';

test('a draw of 139 parameters and 320 examples: nothing but a few boxed numbers', {
  timeout: 120_000,
}, async () => {
  // compiled in the thread that asks: otherwise a busy machine leaves it to chance which draws still box their numbers
  const flags = [
    '--single-threaded',
    '--expose-gc',
    '--min-semi-space-size=64',
    '--max-semi-space-size=64',
    '--import',
    'tsx',
  ];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, path.join(ROOT, 'test/influence/bayesian/memory-probe.ts')],
    { cwd: ROOT, env: { ...process.env, EIGENFLUENCE_KERNELS: 'simd' } },
  );
  const { bytesPerDraw } = JSON.parse(stdout) as { bytesPerDraw: number[] };
  expect(bytesPerDraw.length).toBe(2);
  for (const bytes of bytesPerDraw) {
    expect(bytes).toBeGreaterThan(0); // nothing was collected on the way
    expect(bytes).toBeLessThan(200); // a boxed number per parameter would be 2,224, a trace of the losses 2,560
  }
});
