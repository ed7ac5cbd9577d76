/** @file Whether V8 joins neighbouring operations into one of twice the width (AssemblyScript). */

/** Then kernels take the loops that are written for it, which are slower where it does not: they need twice the registers. */
let paired: bool = false;

/** Says so, once, before any other call. */
export function pair(): void {
  paired = true;
}

@inline
export function isPaired(): bool {
  return paired;
}
