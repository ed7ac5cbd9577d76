/** @file f64x2 logistic sigmoid with derivatives (AssemblyScript). Contracts: ArenaKernels. */
import { at } from './address';
import { expPair, ones } from './exponential';

/** y = 1/(1 + e^−x); φ′ = e/(1 + e)² with e = e^−|x|; φ″ = φ′ (1 − 2y) unless `curvature` is −1. */
export function sigmoid(n: i32, x: i32, y: i32, slope: i32, curvature: i32): void {
  const one = ones();
  for (let i: i32 = 0; i < n; i += 2) {
    const single = i + 1 == n;
    const v = pair(at(x + i), single);
    const e = expPair(f64x2.neg(f64x2.abs(v)));
    const r = f64x2.div(one, f64x2.add(one, e));
    const right = f64x2.ge(v, f64x2.splat(0));
    const d = f64x2.mul(f64x2.mul(e, r), r);
    put(at(y + i), single, v128.bitselect(r, f64x2.mul(e, r), right));
    put(at(slope + i), single, d);
    if (curvature >= 0) {
      const turn = v128.bitselect(f64x2.sub(e, one), f64x2.sub(one, e), right);
      put(at(curvature + i), single, f64x2.mul(d, f64x2.mul(turn, r)));
    }
  }
}

/** Two neighbours, or the last element twice. */
@inline
export function pair(p: usize, single: bool): v128 {
  return single ? v128.load64_splat(p) : v128.load(p);
}

/** Stores two neighbours, or the first alone. */
@inline
export function put(p: usize, single: bool, v: v128): void {
  if (single) store<f64>(p, f64x2.extract_lane(v, 0));
  else v128.store(p, v);
}
