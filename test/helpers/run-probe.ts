/** @file Runs a script in a process whose new space is so large that nothing is collected unasked, and reads the JSON it prints. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './sources.ts';

/** @param script - Below test/, with its arguments. */
export async function runProbe<T>(script: readonly string[], tier: 'scalar' | 'simd'): Promise<T> {
  const [file, ...rest] = script;
  const space = ['--min-semi-space-size=64', '--max-semi-space-size=64'];
  // compiled in the thread that asks: otherwise a busy machine leaves it to chance how long numbers are still boxed
  const flags = ['--single-threaded', '--expose-gc', ...space, '--import', 'tsx'];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, path.join(ROOT, 'test', file), ...rest],
    { cwd: ROOT, env: { ...process.env, EIGENFLUENCE_KERNELS: tier } },
  );
  return JSON.parse(stdout) as T;
}
