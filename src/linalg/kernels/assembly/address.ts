/** @file Element offsets of an arena as byte addresses (AssemblyScript). */

/** First byte of an arena: before it lie the constants of every module that works in it, and the table of tanh. */
const ARENA: usize = 32768;

/** Byte address of element `offset`. */
@inline
export function at(offset: i32): usize {
  return ARENA + ((<usize>offset) << 3);
}

/** The first byte after the module's constants: here the host writes the table of tanh. */
export function heapBase(): usize {
  return __heap_base;
}
