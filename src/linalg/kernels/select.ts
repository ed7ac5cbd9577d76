/** @file Which tier of kernels runs: the best that is present, unless EIGENFLUENCE_KERNELS names one. */
import { DomainError, UnsupportedError } from '../errors.ts';
import type { Kernels } from './kernels.ts';
import { scalarKernels } from './scalar.ts';
import { simdKernels } from './simd.ts';

/**
 * The kernels for a wish: undefined or '' takes the best tier that can run. All give the same bits.
 *
 * @throws {DomainError} the wish is neither 'scalar' nor 'simd'. @throws {UnsupportedError} that tier is not present.
 */
export function selectKernels(wish: string | undefined): Kernels {
  if (wish === 'scalar') return scalarKernels;
  if (wish === undefined || wish === '') return simdKernels() ?? scalarKernels;
  if (wish !== 'simd') throw new DomainError('EIGENFLUENCE_KERNELS', 'the value', "'scalar' or 'simd'", wish);
  const simd = simdKernels();
  if (simd === undefined)
    throw new UnsupportedError(
      "EIGENFLUENCE_KERNELS: the 'simd' tier needs WebAssembly with SIMD, which is missing or forbidden here. Unset the variable.",
    );
  return simd;
}

const VARIABLE = 'EIGENFLUENCE_KERNELS';

let chosen: Kernels | undefined;

/** The kernels in use. Chosen at the first call, so that importing the library never throws. */
export function kernels(): Kernels {
  chosen ??= selectKernels(wishFromEnvironment());
  return chosen;
}

/** The tier in use: 'scalar' (pure TypeScript) or 'simd' (WebAssembly). Results do not depend on it. */
export function kernelTier(): 'scalar' | 'simd' {
  return kernels().tier;
}

interface Host {
  readonly process?: { readonly env?: Record<string, string | undefined> };
  readonly Deno?: {
    readonly permissions?: { querySync?(of: { name: 'env'; variable: string }): { readonly state: string } };
  };
}

/**
 * Read without Node's types, and without assuming that there is a process. Deno asks the user, or throws, when a variable
 * is read without permission: there it is read only where that is granted already.
 */
function wishFromEnvironment(): string | undefined {
  const host = globalThis as Host;
  try {
    const permission = host.Deno?.permissions?.querySync?.({ name: 'env', variable: VARIABLE });
    if (permission !== undefined && permission.state !== 'granted') return undefined;
    return host.process?.env?.[VARIABLE];
  } catch {
    return undefined; // an environment that may not be read has no wish
  }
}
