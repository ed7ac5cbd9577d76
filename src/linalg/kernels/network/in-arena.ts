/** @file The kernels of other networks than an Mlp, in the memory of an arena: compiled where its own are. */
import type { Arena, ArenaKernels } from '../arena.ts';
import { decodeModule, type Host, type WebAssemblyMemory } from '../wasm.ts';
import type { NetworkKernels } from './kernels.ts';
import { scalarNetworkKernels } from './scalar.ts';
import { KERNEL_BYTES, KERNEL_TEXT } from './simd-module.ts';

/** The kernels of every op. */
export type AllKernels = ArenaKernels & NetworkKernels;

let compiled: object | undefined;

const KNOWN = new WeakMap<Arena, AllKernels>();

/** The kernels of an arena and those of {@link NetworkKernels}, of the same tier. Both tiers give the same bits. */
export function networkKernels(arena: Arena): AllKernels {
  let all = KNOWN.get(arena);
  if (all === undefined) {
    const { kernels, memory, wasm } = arena;
    all = { ...kernels, ...scalarNetworkKernels(memory), ...(wasm && instantiate(wasm)) };
    KNOWN.set(arena, all);
  }
  return all;
}

/** The functions of the module on a memory that the arena's own kernels work in: WebAssembly runs here. */
function instantiate(memory: WebAssemblyMemory): NetworkKernels {
  const { Module, Instance } = (globalThis as unknown as Required<Host>).WebAssembly;
  compiled ??= new Module(decodeModule(KERNEL_BYTES, KERNEL_TEXT));
  return new Instance(compiled, { env: { memory } }).exports as NetworkKernels;
}
