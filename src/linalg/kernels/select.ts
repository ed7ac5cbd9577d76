/** @file Which tier of kernels runs: the best that is present, unless EIGENFLUENCE_KERNELS names one. */
import { DomainError, UnsupportedError } from '../errors.ts';
import type { Kernels } from './kernels.ts';
import { scalarKernels } from './scalar.ts';

/** The tiers of this build, best first. All give the same bits. */
const AVAILABLE: readonly Kernels[] = [scalarKernels];

/**
 * The kernels for a wish: undefined or '' takes the best tier that is present.
 *
 * @throws {DomainError} the wish is neither 'scalar' nor 'simd'. @throws {UnsupportedError} that tier is not present.
 */
export function selectKernels(wish: string | undefined): Kernels {
  if (wish === undefined || wish === '') return AVAILABLE[0];
  if (wish !== 'scalar' && wish !== 'simd')
    throw new DomainError('EIGENFLUENCE_KERNELS', 'the value', "'scalar' or 'simd'", wish);
  const found = AVAILABLE.find((kernels) => kernels.tier === wish);
  if (found === undefined)
    throw new UnsupportedError(
      `EIGENFLUENCE_KERNELS: the '${wish}' tier is not available here; present: ${AVAILABLE.map((k) => k.tier).join(', ')}. ` +
        'Unset the variable, or choose one of these.',
    );
  return found;
}

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

/** Read without Node's types, and without assuming that there is a process. */
function wishFromEnvironment(): string | undefined {
  const host = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return host.process?.env?.['EIGENFLUENCE_KERNELS'];
}
