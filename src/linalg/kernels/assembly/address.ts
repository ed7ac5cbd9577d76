/** @file Element offsets of an arena as byte addresses (AssemblyScript). */

/** The table of tanh, which the host writes behind the module's constants. */
export const TANH_TABLE_LENGTH: i32 = 1221;

/** Byte address of element `offset`: an arena begins behind the table. */
@inline
export function at(offset: i32): usize {
  return __heap_base + ((<usize>(TANH_TABLE_LENGTH + offset)) << 3);
}

/** The first byte after the module's constants: here the table begins. */
export function heapBase(): usize {
  return __heap_base;
}
