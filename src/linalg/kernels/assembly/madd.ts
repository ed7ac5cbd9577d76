/** @file Multiply and add, the one operation in which the fused module differs (AssemblyScript). */

/** Whether this is the fused module. Only there may a kernel also choose another order of additions. */
export const FUSED: bool = isDefined(EF_FUSED);

/** c + a b: each product rounded, then the sum; in the fused module rounded once. */
@inline
export function madd(c: v128, a: v128, b: v128): v128 {
  return FUSED ? f64x2.relaxed_madd(a, b, c) : f64x2.add(c, f64x2.mul(a, b));
}
