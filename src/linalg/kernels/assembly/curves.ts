/** @file f64x2 activations of other networks than an Mlp, with slope and curvature (AssemblyScript). Contracts: NetworkKernels. */
import { at } from './address';
import { expPair, log1pUnit, ones } from './exponential';
import { get, put } from './lanes';

/** y = x σ(x); φ′ = σ + x σ′; φ″ = σ′ (2 + x (1 − 2σ)) unless `curvature` is −1. */
export function silu(n: i32, x: i32, y: i32, slope: i32, curvature: i32): void {
  const one = ones();
  const two = f64x2.splat(2);
  for (let i: i32 = 0; i < n; i += 2) {
    const single = i + 1 == n;
    const v = get(at(x + i), single);
    const e = expPair(f64x2.neg(f64x2.abs(v)));
    const r = f64x2.div(one, f64x2.add(one, e));
    const right = f64x2.ge(v, f64x2.splat(0));
    const s = v128.bitselect(r, f64x2.mul(e, r), right);
    const d = f64x2.mul(f64x2.mul(e, r), r);
    put(at(y + i), f64x2.mul(v, s), single);
    put(at(slope + i), f64x2.add(s, f64x2.mul(v, d)), single);
    if (curvature >= 0) {
      const turn = f64x2.mul(v128.bitselect(f64x2.sub(e, one), f64x2.sub(one, e), right), r);
      put(at(curvature + i), f64x2.mul(d, f64x2.add(two, f64x2.mul(v, turn))), single);
    }
  }
}

/** y = log(1 + eˣ); φ′ = σ(x); φ″ = σ(x) σ(−x) unless `curvature` is −1. */
export function softplus(n: i32, x: i32, y: i32, slope: i32, curvature: i32): void {
  const one = ones();
  const zero = f64x2.splat(0);
  for (let i: i32 = 0; i < n; i += 2) {
    const single = i + 1 == n;
    const v = get(at(x + i), single);
    const e = expPair(f64x2.neg(f64x2.abs(v)));
    const r = f64x2.div(one, f64x2.add(one, e));
    put(at(y + i), f64x2.add(f64x2.max(v, zero), log1pUnit(e)), single);
    put(at(slope + i), v128.bitselect(r, f64x2.mul(e, r), f64x2.ge(v, zero)), single);
    if (curvature >= 0) put(at(curvature + i), f64x2.mul(f64x2.mul(e, r), r), single);
  }
}

/** y = x for x > 0, else α x; φ′ = 1 or α. */
export function leakyRelu(n: i32, alpha: i32, x: i32, y: i32, slope: i32): void {
  const one = ones();
  const a = v128.load64_splat(at(alpha));
  for (let i: i32 = 0; i < n; i += 2) {
    const single = i + 1 == n;
    const v = get(at(x + i), single);
    const factor = v128.bitselect(one, a, f64x2.gt(v, f64x2.splat(0)));
    put(at(y + i), f64x2.mul(factor, v), single);
    put(at(slope + i), factor, single);
  }
}

/** Pairs of equal doubles: √(2/π), 0.044715, and 0.134145 √(2/π). */
const G: usize = memory.data<f64>([
  0.7978845608028654, 0.7978845608028654, 0.044715, 0.044715, 0.10703222440890037, 0.10703222440890037,
]);

/** out ← √(2/π) (x + 0.044715 x³). */
export function geluInner(n: i32, x: i32, out: i32): void {
  const k = v128.load(G);
  const c = v128.load(G, 16);
  const one = ones();
  for (let i: i32 = 0; i < n; i += 2) {
    const single = i + 1 == n;
    const v = get(at(x + i), single);
    const cubic = f64x2.mul(v, f64x2.add(one, f64x2.mul(c, f64x2.mul(v, v))));
    put(at(out + i), f64x2.mul(k, cubic), single);
  }
}

/** From t = tanh u at y and 1 − t² at slope: y ← ½ x (1 + t), with slope and curvature. */
export function geluOuter(n: i32, x: i32, y: i32, slope: i32, curvature: i32): void {
  const k = v128.load(G);
  const third = v128.load(G, 32);
  const one = ones();
  const half = f64x2.splat(0.5);
  const two = f64x2.splat(2);
  for (let i: i32 = 0; i < n; i += 2) {
    const single = i + 1 == n;
    const v = get(at(x + i), single);
    const t = get(at(y + i), single);
    const d = get(at(slope + i), single);
    const gate = f64x2.mul(half, f64x2.add(one, t));
    const half_v = f64x2.mul(half, v);
    const inner = f64x2.add(k, f64x2.mul(third, f64x2.mul(v, v)));
    const rate = f64x2.mul(d, inner);
    put(at(y + i), f64x2.mul(v, gate), single);
    put(at(slope + i), f64x2.add(gate, f64x2.mul(half_v, rate)), single);
    if (curvature >= 0) {
      const second = f64x2.mul(d, f64x2.mul(two, f64x2.mul(third, v)));
      const bend = f64x2.sub(second, f64x2.mul(two, f64x2.mul(t, f64x2.mul(rate, inner))));
      put(at(curvature + i), f64x2.add(rate, f64x2.mul(half_v, bend)), single);
    }
  }
}
