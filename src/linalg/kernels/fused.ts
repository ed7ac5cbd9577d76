/** @file The fused tier: multiply and add with one rounding, in a module of its own. */
import { UnsupportedError } from '../errors.ts';
import { KERNEL_BYTES, KERNEL_TEXT } from './fused-module.ts';
import type { Kernels } from './kernels.ts';
import { newKernels } from './simd.ts';
import { compileAs, decodeModule } from './wasm.ts';
import { wideKernels } from './wide.ts';
import { pairedBytes } from './wide-bytes.ts';

/** The fused tier, wide where that can be had. @throws {UnsupportedError} WebAssembly has no relaxed SIMD here. */
export function fusedKernels(): Kernels {
  const paired = typeof wideKernels() !== 'string';
  const bytes = (): Uint8Array => decodeModule(KERNEL_BYTES, KERNEL_TEXT);
  compileAs({ bytes: paired ? () => pairedBytes(bytes()) : bytes, paired });
  const kernels = newKernels('fused');
  if (kernels !== undefined) return kernels;
  compileAs({});
  throw new UnsupportedError(
    "useKernels: the 'fused' tier needs WebAssembly with relaxed SIMD, as in Node 22 and later.",
  );
}
