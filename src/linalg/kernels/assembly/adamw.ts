/** @file The step of AdamW (AssemblyScript). Contract: NetworkKernels. */
import { at } from './address';
import { get, put } from './lanes';

/** m ← m + a (g − m); v ← β₂ v + (b g) g; θ ← keep θ − rate (m / (√v / root + ε)); keep, a, β₂, b, rate, root and ε at `settings`. */
export function adamw(n: i32, settings: i32, gradient: i32, first: i32, second: i32, theta: i32): void {
  const s = at(settings);
  const keep = v128.load64_splat(s);
  const a = v128.load64_splat(s, 8);
  const beta = v128.load64_splat(s, 16);
  const b = v128.load64_splat(s, 24);
  const rate = v128.load64_splat(s, 32);
  const root = v128.load64_splat(s, 40);
  const epsilon = v128.load64_splat(s, 48);
  for (let i: i32 = 0; i < n; i += 2) {
    const single = i + 1 == n;
    const g = get(at(gradient + i), single);
    const old = get(at(first + i), single);
    const m = f64x2.add(old, f64x2.mul(a, f64x2.sub(g, old)));
    const v = f64x2.add(f64x2.mul(beta, get(at(second + i), single)), f64x2.mul(f64x2.mul(b, g), g));
    put(at(first + i), m, single);
    put(at(second + i), v, single);
    const length = f64x2.add(f64x2.div(f64x2.sqrt(v), root), epsilon);
    const kept = f64x2.mul(keep, get(at(theta + i), single));
    put(at(theta + i), f64x2.sub(kept, f64x2.mul(rate, f64x2.div(m, length))), single);
  }
}
