/** @file Element offsets of an arena as byte addresses (AssemblyScript). */

/** Byte address of element `offset`: an arena begins where the module's static data end. */
@inline
export function at(offset: i32): usize {
  return __heap_base + ((<usize>offset) << 3);
}

/** Where free memory begins: the first byte after the module's constants. */
export function heapBase(): usize {
  return __heap_base;
}
