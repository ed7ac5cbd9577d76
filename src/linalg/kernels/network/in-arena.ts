/** @file The kernels of other networks than an Mlp, in the memory of an arena: compiled where its own are. */
import type { Arena, ArenaKernels } from '../arena.ts';
import { warn } from '../select.ts';
import { decodeModule, type Host, isPaired, type WebAssemblyMemory } from '../wasm.ts';
import { compiledAtOnce } from '../wide.ts';
import type { NetworkKernels } from './kernels.ts';
import { scalarNetworkKernels } from './scalar.ts';
import { faultyNetworkKernel } from './self-check.ts';
import { KERNEL_BYTES, KERNEL_TEXT } from './simd-module.ts';

/** The kernels of every op. */
export type AllKernels = ArenaKernels & NetworkKernels;

let compiled: object | false | undefined;

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
function instantiate(memory: WebAssemblyMemory): NetworkKernels | undefined {
  const { Module, Instance } = (globalThis as unknown as Required<Host>).WebAssembly;
  const onto = (module: object, given: WebAssemblyMemory): NetworkKernels => {
    const exports = new Instance(module, { env: { memory: given } }).exports as NetworkKernels & {
      pair(): void;
    };
    if (isPaired()) exports.pair();
    return exports;
  };
  if (compiled === undefined) {
    const module = new Module(decodeModule(KERNEL_BYTES, KERNEL_TEXT));
    const fault = isPaired()
      ? compiledAtOnce(() => faultyNetworkKernel((given) => onto(module, given)))
      : undefined;
    if (fault !== undefined)
      warn(`the kernel ${fault} gives other bits at twice the width; scalar ones are used.`);
    compiled = fault === undefined && module;
  }
  return compiled === false ? undefined : onto(compiled, memory);
}
