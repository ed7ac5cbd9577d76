/** @file f64x2 logarithm of the logistic sigmoid, with derivatives (AssemblyScript). Contract: ArenaKernels. */
import { at } from './address';
import { expPair, log1pUnit, ones } from './exponential';
import { pair, put } from './sigmoid';

/** y = −log(1 + e^−x); φ′ = σ(−x); φ″ = −e/(1 + e)², e = e^−|x|, unless `curvature` is −1. */
export function logSigmoid(n: i32, x: i32, y: i32, slope: i32, curvature: i32): void {
  const one = ones();
  const zero = f64x2.splat(0);
  for (let i: i32 = 0; i < n; i += 2) {
    const single = i + 1 == n;
    const v = pair(at(x + i), single);
    const e = expPair(f64x2.neg(f64x2.abs(v)));
    const r = f64x2.div(one, f64x2.add(one, e));
    put(at(y + i), single, f64x2.sub(f64x2.min(v, zero), log1pUnit(e)));
    put(at(slope + i), single, v128.bitselect(f64x2.mul(e, r), r, f64x2.ge(v, zero)));
    if (curvature >= 0) put(at(curvature + i), single, f64x2.mul(f64x2.mul(f64x2.neg(e), r), r));
  }
}
