/** @file Where pairs of accumulators meet (AssemblyScript). */

/** Room for eight pairs. Joined accumulators leave their registers through a store of neighbours; a store is what V8 joins from. */
let room: usize = memory.data(128, 16);

/** Another room, for one of several threads in a memory. 128 bytes, a multiple of 16. */
export function moveSums(to: usize): void {
  room = to;
}

@inline
export function sums(): usize {
  return room;
}
