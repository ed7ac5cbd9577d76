/** @file Arenas of the tier in use. */
import type { Arena } from './arena.ts';
import { scalarArena } from './arena-scalar.ts';
import { simdArena } from './arena-simd.ts';
import { kernelTier } from './select.ts';

/**
 * An arena of `length` doubles, all zero, with the kernels of the tier in use. Both tiers give the same bits.
 * @example createArena(1024).memory.length; // 1024
 */
export function createArena(length: number): Arena {
  return (kernelTier() === 'simd' ? simdArena(length) : undefined) ?? scalarArena(length);
}
