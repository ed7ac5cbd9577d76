/** @file Arenas of a given tier, by default the one in use. */
import { AllocationError, EigenfluenceError, UnsupportedError } from '../errors.ts';
import type { Arena } from './arena.ts';
import { scalarArena } from './arena-scalar.ts';
import { simdArena } from './arena-simd.ts';
import type { KernelTier } from './kernels.ts';
import { kernelTier } from './select.ts';

/**
 * An arena of `length` doubles, all zero. All tiers give the same bits.
 *
 * @param tier - Default: the tier in use.
 * @throws {AllocationError} there is no memory for it. @throws {UnsupportedError} 'simd' where WebAssembly with SIMD cannot run.
 * @example createArena(1024).memory.length; // 1024
 */
export function createArena(length: number, tier: KernelTier = kernelTier()): Arena {
  try {
    return arenaOf(length, tier);
  } catch (error) {
    if (error instanceof EigenfluenceError) throw error;
    throw new AllocationError('createArena', [length], 8 * length);
  }
}

function arenaOf(length: number, tier: KernelTier): Arena {
  if (tier === 'scalar') return scalarArena(length);
  const arena = simdArena(length);
  if (arena === undefined)
    throw new UnsupportedError("createArena: the 'simd' tier needs WebAssembly with SIMD, missing here.");
  return arena;
}
