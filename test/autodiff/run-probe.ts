/** @file Runs memory-probe.ts in a process whose new space is so large that nothing is collected unasked. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../helpers/sources.ts';

export async function runProbe<T>(
  what: 'steps' | 'checkpoints' | 'calls',
  tier: 'scalar' | 'simd',
): Promise<T> {
  // compiled in the thread that asks: otherwise a busy machine leaves it to chance which steps still box their numbers
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
    [...flags, path.join(ROOT, 'test/autodiff/memory-probe.ts'), what],
    { cwd: ROOT, env: { ...process.env, EIGENFLUENCE_KERNELS: tier } },
  );
  return JSON.parse(stdout) as T;
}
