/** @file The rectified linear unit without a branch, two lanes at a time (AssemblyScript). Contract: ArenaKernels.relu. */
import { at } from './address';

/** y = max(x, 0); φ′ = 1 for x > 0, else 0; φ″ = 0. Masks in place of jumps, of which every second one is mispredicted. */
export function relu(n: i32, x: i32, y: i32, slope: i32, curvature: i32): void {
  let p = at(x);
  let o = at(y);
  let s = at(slope);
  const end = o + ((<usize>n) << 3);
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  for (; o + 24 < end; o += 32, p += 32, s += 32) {
    const v = v128.load(p);
    const w = v128.load(p, 16);
    const first = f64x2.gt(v, zero);
    const second = f64x2.gt(w, zero);
    v128.store(o, v128.and(v, first));
    v128.store(o, v128.and(w, second), 16);
    v128.store(s, v128.and(one, first));
    v128.store(s, v128.and(one, second), 16);
  }
  for (; o < end; o += 8, p += 8, s += 8) {
    const v = v128.load64_zero(p);
    const mask = f64x2.gt(v, zero);
    store<f64>(o, f64x2.extract_lane(v128.and(v, mask), 0));
    store<f64>(s, f64x2.extract_lane(v128.and(one, mask), 0));
  }
  if (curvature >= 0) memory.fill(at(curvature), 0, (<usize>n) << 3);
}
