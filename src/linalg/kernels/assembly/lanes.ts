/** @file Pairs of neighbouring examples, or a last single one (AssemblyScript). */

/** Two neighbours, or the last element twice. */
@inline
export function get(p: usize, single: bool): v128 {
  return single ? v128.load64_splat(p) : v128.load(p);
}

@inline
export function put(p: usize, v: v128, single: bool): void {
  if (single) store<f64>(p, f64x2.extract_lane(v, 0));
  else v128.store(p, v);
}
