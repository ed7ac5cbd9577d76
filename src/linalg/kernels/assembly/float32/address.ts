/** @file Offsets of float32 elements as byte addresses (AssemblyScript). */

/** First byte of an arena: the constants of the module lie before it. */
const ARENA: usize = 32768;

/** Byte address of element `offset`. */
@inline
export function at(offset: i32): usize {
  return ARENA + ((<usize>offset) << 2);
}
