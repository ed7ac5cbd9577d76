/** @file f32x4 activations with their slopes (AssemblyScript). Contracts: Float32Kernels. */
import { at } from './address';

/**
 * tanh x = x P(x²) / Q(x²) up to |x| = 9, where it is 1 to the last bit: relative error 2.1e-8 before rounding.
 * The coefficients were fitted to the relative error; test/linalg/float32-kernels.test.ts measures what is left of it.
 */
@inline
function tangent(x: v128): v128 {
  const v = f32x4.pmax(f32x4.pmin(x, f32x4.splat(9)), f32x4.splat(-9));
  const z = f32x4.mul(v, v);
  let p = f32x4.add(f32x4.splat(2.0609073e-5), f32x4.mul(z, f32x4.splat(1.3354649e-8)));
  p = f32x4.add(f32x4.splat(0.0034955877), f32x4.mul(z, p));
  p = f32x4.add(f32x4.splat(0.13381025), f32x4.mul(z, p));
  p = f32x4.add(f32x4.splat(1), f32x4.mul(z, p));
  let q = f32x4.add(f32x4.splat(0.0003285634), f32x4.mul(z, f32x4.splat(7.7765534e-7)));
  q = f32x4.add(f32x4.splat(0.02587698), f32x4.mul(z, q));
  q = f32x4.add(f32x4.splat(0.4671434), f32x4.mul(z, q));
  q = f32x4.add(f32x4.splat(1), f32x4.mul(z, q));
  const y = f32x4.div(f32x4.mul(v, p), q);
  return f32x4.pmax(f32x4.pmin(y, f32x4.splat(1)), f32x4.splat(-1));
}

@inline
function slopeOf(y: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.splat(1), y), f32x4.add(f32x4.splat(1), y));
}

/** y ← tanh x, slope ← (1 − y)(1 + y); n a multiple of 4. */
export function tanh(n: i32, x: i32, y: i32, slope: i32): void {
  let i: i32 = 0;
  for (; i + 8 <= n; i += 8) {
    const a = tangent(v128.load(at(x + i)));
    const b = tangent(v128.load(at(x + i), 16));
    v128.store(at(y + i), a);
    v128.store(at(y + i), b, 16);
    v128.store(at(slope + i), slopeOf(a));
    v128.store(at(slope + i), slopeOf(b), 16);
  }
  if (i < n) {
    const a = tangent(v128.load(at(x + i)));
    v128.store(at(y + i), a);
    v128.store(at(slope + i), slopeOf(a));
  }
}

/** y ← 1/(1 + e^{−x}) = ½ + ½ tanh (x/2), slope ← y (1 − y); n a multiple of 4. */
export function sigmoid(n: i32, x: i32, y: i32, slope: i32): void {
  const half = f32x4.splat(0.5);
  for (let i: i32 = 0; i < n; i += 4) {
    const t = tangent(f32x4.mul(half, v128.load(at(x + i))));
    v128.store(at(y + i), f32x4.add(half, f32x4.mul(half, t)));
    v128.store(at(slope + i), f32x4.mul(f32x4.splat(0.25), slopeOf(t)));
  }
}

/** y ← max(x, 0), slope ← 1 where x > 0, else 0; n a multiple of 4. A NaN stays. */
export function relu(n: i32, x: i32, y: i32, slope: i32): void {
  const zero = f32x4.splat(0);
  for (let i: i32 = 0; i < n; i += 4) {
    const v = v128.load(at(x + i));
    v128.store(at(y + i), f32x4.pmax(v, zero));
    v128.store(at(slope + i), v128.and(f32x4.gt(v, zero), f32x4.splat(1)));
  }
}
