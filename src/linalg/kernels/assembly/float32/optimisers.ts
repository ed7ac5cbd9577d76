/** @file f32x4 steps of optimisers (AssemblyScript). Contracts: Float32Kernels. */
import { at } from './address';

/** v ← μ v + (g + decay θ); θ ← θ − rate v; rate, μ and decay at `settings`; n a multiple of 4. */
export function sgd(n: i32, settings: i32, gradient: i32, velocity: i32, theta: i32): void {
  const rate = v128.load32_splat(at(settings));
  const momentum = v128.load32_splat(at(settings), 4);
  const decay = v128.load32_splat(at(settings), 8);
  for (let i: i32 = 0; i < n; i += 4) {
    const t = v128.load(at(theta + i));
    const g = f32x4.add(v128.load(at(gradient + i)), f32x4.mul(decay, t));
    const v = f32x4.add(f32x4.mul(momentum, v128.load(at(velocity + i))), g);
    v128.store(at(velocity + i), v);
    v128.store(at(theta + i), f32x4.sub(t, f32x4.mul(rate, v)));
  }
}

/** m ← m + a (g − m); v ← β₂ v + (b g) g; θ ← keep θ − rate (m / (√v / root + ε)); keep, a, β₂, b, rate, root and ε at `settings`; n a multiple of 4. */
export function adamw(n: i32, settings: i32, gradient: i32, first: i32, second: i32, theta: i32): void {
  const s = at(settings);
  const keep = v128.load32_splat(s);
  const a = v128.load32_splat(s, 4);
  const beta = v128.load32_splat(s, 8);
  const b = v128.load32_splat(s, 12);
  const rate = v128.load32_splat(s, 16);
  const root = v128.load32_splat(s, 20);
  const epsilon = v128.load32_splat(s, 24);
  for (let i: i32 = 0; i < n; i += 4) {
    const g = v128.load(at(gradient + i));
    const old = v128.load(at(first + i));
    const m = f32x4.add(old, f32x4.mul(a, f32x4.sub(g, old)));
    const v = f32x4.add(f32x4.mul(beta, v128.load(at(second + i))), f32x4.mul(f32x4.mul(b, g), g));
    v128.store(at(first + i), m);
    v128.store(at(second + i), v);
    const length = f32x4.add(f32x4.div(f32x4.sqrt(v), root), epsilon);
    const kept = f32x4.mul(keep, v128.load(at(theta + i)));
    v128.store(at(theta + i), f32x4.sub(kept, f32x4.mul(rate, f32x4.div(m, length))));
  }
}
