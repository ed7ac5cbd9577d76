/** @file The wide tier: the simd kernels in an engine that joins pairs of their operations, once every kernel has proved its bits. */
import { simdArena } from './arena-simd.ts';
import type { Kernels } from './kernels.ts';
import { faultyKernel } from './self-check.ts';
import { newKernels } from './simd.ts';
import { compileAs } from './wasm.ts';
import { pairedBytes, wideBytes } from './wide-bytes.ts';

interface Host {
  readonly process?: {
    readonly arch?: string;
    readonly versions?: { readonly v8?: string };
    getBuiltinModule?(name: string): { setFlagsFromString(flags: string): void };
  };
}

/** The first V8 that joins pairs in earnest: that of Node 24. In earlier ones the flag is unknown or changes nothing. */
const FIRST_V8 = 13;
/** V8's own bound of the work after which a function is compiled for speed. */
const BUDGET = 13_000_000;
const ARENA = 2048;

/**
 * The wide tier, or in words why it cannot be had. V8's flag `--experimental-wasm-revectorize` is set for the whole process, and every
 * kernel is then compiled for speed at once and compared with the scalar one; if a bit differs the flag is taken back.
 */
export function wideKernels(): Kernels | string {
  const { process } = globalThis as Host;
  const version = Number.parseInt(process?.versions?.v8 ?? '', 10);
  if (!(version >= FIRST_V8) || process?.arch !== 'x64')
    return 'it needs V8 13 or later on x64, as in Node 24';
  try {
    setFlag('--experimental-wasm-revectorize');
  } catch {
    return 'the flags of V8 cannot be set here';
  }
  compileAs({ bytes: () => pairedBytes(wideBytes()), paired: true });
  return compiledAtOnce(() => {
    const kernels = newKernels('wide');
    const fault = kernels && faultyKernel(kernels, simdArena(ARENA));
    if (kernels !== undefined && fault === undefined) return kernels;
    setFlag('--no-experimental-wasm-revectorize');
    compileAs({});
    return kernels === undefined ? 'it needs WebAssembly with SIMD' : `its kernel ${fault} gives other bits`;
  });
}

function setFlag(flag: string): void {
  (globalThis as Host).process?.getBuiltinModule?.('node:v8').setFlagsFromString(flag);
}

/** Calls `body`, in which V8 compiles every WebAssembly function for speed after its first call, and before its next. */
export function compiledAtOnce<T>(body: () => T): T {
  setFlag('--wasm-sync-tier-up');
  setFlag('--wasm-tiering-budget=1');
  try {
    return body();
  } finally {
    setFlag('--no-wasm-sync-tier-up');
    setFlag(`--wasm-tiering-budget=${BUDGET}`);
  }
}
