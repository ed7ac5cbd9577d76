/** @file How many threads products, eigensolvers and factorisations use. */
import { checkInteger } from '../checks.ts';
import { UnsupportedError } from '../errors.ts';
import { shareWorkspaces } from '../kernels/resident.ts';
import { fromEnvironment, kernels, replaceKernels } from '../kernels/select.ts';
import { newKernels } from '../kernels/simd.ts';
import { offerSharable } from '../kernels/wasm.ts';
import { wideBytes } from '../kernels/wide-bytes.ts';
import { Pool } from './pool.ts';
import { sharingOf } from './shared-products.ts';

const MOST = 64;

let pool: Pool | undefined;

/**
 * From now on matrix products, `syrk`, eigensolvers and factorisations of this thread use up to `threads` threads; small ones stay on one. The bits
 * are those of one thread: elements are divided among threads, sums are not.
 *
 * The calls stay synchronous: workers share one WebAssembly memory with the caller, who does a part and waits for the others. Workers start
 * with the first product that is large enough, sleep when there is none for 50 µs, and do not keep the process alive. Where tasks fill
 * the cores already, more threads only get into each other's way.
 *
 * @param threads - 1 to 64, the caller counted; 1 ends the others. Default: what EIGENFLUENCE_THREADS says, else 1.
 * @returns the number in use from now on.
 * @throws {DomainError} it is not a whole number from 1 to 64. @throws {UnsupportedError} the tier is 'scalar', or there are no threads that
 * may be waited for, as in a page; call the library in several workers there.
 * Cost: a fork and join takes 0.3 µs while the workers are awake, some 200 µs when they sleep; 1.3 MB of scratch per thread and workspace.
 * @example useThreads(1); // 1
 */
export function useThreads(threads: number = Number(fromEnvironment('EIGENFLUENCE_THREADS') || 1)): number {
  checkInteger('useThreads', 'threads', threads, 1, MOST);
  if (threads === kernelThreads()) return threads;
  const { tier } = kernels();
  if (threads > 1 && tier === 'scalar')
    throw new UnsupportedError(
      "useThreads: the 'scalar' tier has one thread; threads share WebAssembly memory.",
    );
  offerSharable(wideBytes);
  const next = threads > 1 ? new Pool(threads) : undefined;
  shareWorkspaces(next && sharingOf(next));
  const shared = newKernels(tier);
  if (shared !== undefined) replaceKernels(shared);
  void pool?.end();
  pool = next;
  return threads;
}

/** How many threads are in use. */
export function kernelThreads(): number {
  return pool?.threads ?? 1;
}
