/** @file The module that has loops of pairs, and what threads need. */
import { decodeModule } from './wasm.ts';
import { KERNEL_BYTES, KERNEL_TEXT } from './wide-module.ts';

/** Its bytes. */
export function wideBytes(): Uint8Array {
  return decodeModule(KERNEL_BYTES, KERNEL_TEXT);
}

/** The same module with a section of its own, without effect: engines hand out the code that they have for equal bytes. */
export function pairedBytes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(...bytes, 0, 2, 1, 112);
}
