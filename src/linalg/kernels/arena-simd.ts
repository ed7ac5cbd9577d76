/** @file The simd tier of the arena kernels: each arena is a WebAssembly memory of its own with the kernels bound to it. */
import type { Arena, ArenaKernels } from './arena.ts';
import { scalarArenaKernels } from './arena-scalar.ts';
import { instantiateKernels } from './wasm.ts';

/** What the module exports with the very signatures of {@link ArenaKernels}: offsets count doubles from its free memory. */
type Compiled =
  | 'fill'
  | 'copy'
  | 'add'
  | 'subtract'
  | 'scale'
  | 'scaleBy'
  | 'multiply'
  | 'multiplyAdd'
  | 'multiplyAdd3'
  | 'tanh'
  | 'relu'
  | 'sigmoid'
  | 'logSigmoid'
  | 'columnDot'
  | 'gatherColumns'
  | 'scaleColumns'
  | 'scaleColumnsAdd'
  | 'sumColumns'
  | 'spreadColumns'
  | 'margin'
  | 'affine'
  | 'affineBias'
  | 'affineInput'
  | 'affineWeight'
  | 'sgd';

/**
 * An arena of `length` doubles, all zero, in a WebAssembly memory of that size; undefined where WebAssembly with SIMD cannot run.
 * The kernels that no training loop is hot in (gelu, the curvature of the margin) are the scalar ones.
 *
 * @throws {RangeError} the memory cannot be had; wasm32 ends at 4 GiB.
 */
export function simdArena(length: number): Arena | undefined {
  const instance = instantiateKernels<Pick<ArenaKernels, Compiled>>(8 * length);
  if (instance === undefined) return undefined;
  const { memory: wasm, base, exports } = instance;
  const memory = new Float64Array(wasm.buffer, base, length);
  return { memory, kernels: { ...scalarArenaKernels(memory), ...exports }, wasm };
}
