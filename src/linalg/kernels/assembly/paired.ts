/** @file Whether V8 joins neighbouring operations into one of twice the width (AssemblyScript). */

/** Whether this module has the loops that are written for it. That of the main entry has not: nothing there can switch them on. */
export const WIDE: bool = isDefined(EF_WIDE);

/** Then kernels take the loops that are written for it, which are slower where it does not: they need twice the registers. */
let paired: bool = false;

/** Says so, once, before any other call. */
export function pair(): void {
  paired = true;
}

@inline
export function isPaired(): bool {
  return WIDE && paired;
}
