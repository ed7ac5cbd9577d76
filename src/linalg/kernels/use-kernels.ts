/** @file The choice of a tier by a call. */
import { checkOneOf } from '../border/arguments.ts';
import { DomainError } from '../errors.ts';
import { fusedKernels } from './fused.ts';
import type { KernelTier } from './kernels.ts';
import { chosenKernels, offerWide, replaceKernels, selectKernels } from './select.ts';
import { wideKernels } from './wide.ts';

offerWide(wideKernels);

const TIERS = ['scalar', 'simd', 'wide', 'best', 'fused'];

/**
 * Takes a tier for this process or worker, before anything is computed, in place of the one that EIGENFLUENCE_KERNELS names. 'wide' sets
 * a flag of V8 for the whole process and first proves every kernel, 50 ms; where it cannot be had the tier is 'simd', and a warning
 * says why. 'best' is 'wide' where it can be had, without a warning. These give the same bits.
 *
 * 'fused' rounds a product and its sum once in the kernels of linear algebra, at the width of 'wide' where that can be had: as accurate, with
 * other last bits, which may depend on the processor. No variable of the environment names it, so that results that are kept never hold it.
 *
 * @returns the tier in use from now on.
 * @throws {DomainError} there is no such tier; another is in use already. @throws {UnsupportedError} 'simd' or 'fused' is not present.
 * @example useKernels('simd'); // 'simd'
 */
export function useKernels(tier: KernelTier | 'best'): KernelTier {
  checkOneOf('useKernels', 'tier', tier, TIERS);
  const chosen = chosenKernels();
  if (chosen !== undefined) {
    if (chosen.tier === tier || (tier === 'best' && chosen.tier !== 'fused')) return chosen.tier;
    throw new DomainError('useKernels', 'tier', `'${chosen.tier}', which is in use already,`, tier);
  }
  const kernels = tier === 'fused' ? fusedKernels() : selectKernels(tier);
  replaceKernels(kernels);
  return kernels.tier;
}
