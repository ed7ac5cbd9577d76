/** @file Arenas of float32 numbers: compiled where WebAssembly with SIMD runs and proves its bits, else scalar. */
import { AllocationError } from '../../errors.ts';
import { kernelTier, warn } from '../select.ts';
import { decodeModule, type Host, isPaired } from '../wasm.ts';
import { compiledAtOnce } from '../wide.ts';
import type { Float32Arena, Float32Kernels } from './kernels.ts';
import { scalarFloat32Arena } from './scalar.ts';
import { CHECK_LENGTH, faultyFloat32Kernel } from './self-check.ts';
import { KERNEL_BYTES, KERNEL_TEXT } from './simd-module.ts';

const PAGE = 65536;
/** First byte of free memory, as in assembly/float32/address.ts. */
const BASE = 32768;

let compiled: object | false | undefined;

/**
 * An arena of `length` float32 numbers, all zero. The module is compiled when the first is asked for, and every kernel is then compared with the scalar
 * one; if a bit differs a warning says so, and arenas are scalar. Both give the same bits.
 *
 * @param tier - Default: compiled, unless the kernels in use are the scalar ones. Where WebAssembly cannot run all are scalar.
 * @throws {AllocationError} there is no memory for it.
 */
export function float32Arena(
  length: number,
  tier: 'scalar' | 'simd' = kernelTier() === 'scalar' ? 'scalar' : 'simd',
): Float32Arena {
  if (tier === 'scalar') return scalarFloat32Arena(length);
  compiled ??= provenModule();
  if (compiled === false) return scalarFloat32Arena(length);
  try {
    return instantiate(compiled, length);
  } catch {
    throw new AllocationError('float32Arena', [length], 4 * length);
  }
}

function provenModule(): object | false {
  const { WebAssembly } = globalThis as unknown as Host;
  if (WebAssembly === undefined) return false;
  const module = new WebAssembly.Module(decodeModule(KERNEL_BYTES, KERNEL_TEXT));
  const prove = (): string | undefined => faultyFloat32Kernel(instantiate(module, CHECK_LENGTH));
  const fault = isPaired() ? compiledAtOnce(prove) : prove();
  if (fault !== undefined) warn(`the float32 kernel ${fault} gives other bits; scalar ones are used.`);
  return fault === undefined && module;
}

function instantiate(module: object, length: number): Float32Arena {
  const { Memory, Instance } = (globalThis as unknown as Required<Host>).WebAssembly;
  const pages = Math.ceil((BASE + 4 * length) / PAGE);
  const memory = new Memory({ initial: pages, maximum: pages });
  const kernels = new Instance(module, { env: { memory } }).exports as Float32Kernels;
  return {
    memory: new Float32Array(memory.buffer, BASE, length),
    integers: new Int32Array(memory.buffer, BASE, length),
    kernels,
  };
}
