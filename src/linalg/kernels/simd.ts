/** @file The simd tier: f64x2 WebAssembly kernels with the bits of the scalar tier. */
import type { Kernels, KernelTier } from './kernels.ts';
import { residentKernels } from './resident.ts';
import { stagedProducts } from './staged.ts';

let tier: Kernels | false | undefined;

/**
 * The simd tier, or undefined where WebAssembly with SIMD cannot run. Instantiated at the first call with 33 MB of address
 * space, of which products touch what they need.
 */
export function simdKernels(): Kernels | undefined {
  tier ??= newKernels('simd') ?? false;
  return tier === false ? undefined : tier;
}

/** Kernels on instances of the module in its present form, under the name of a tier. */
export function newKernels(name: KernelTier): Kernels | undefined {
  const products = stagedProducts();
  return products && { tier: name, ...residentKernels(products) };
}
