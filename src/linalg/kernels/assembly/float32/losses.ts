/** @file f32x4 losses of a batch with their gradients, lanes over the examples (AssemblyScript). Contracts: Float32Kernels. */
import { at } from './address';

/** e^x for x ≤ 0, at least e^−87; a NaN stays. */
@inline
function exponential(given: v128): v128 {
  const x = f32x4.pmax(given, f32x4.splat(-87));
  const raw = f32x4.add(f32x4.mul(x, f32x4.splat(1.442695)), f32x4.splat(12582912)); // 1.5·2²³: a whole number in the low bits
  const k = f32x4.sub(raw, f32x4.splat(12582912));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(k, f32x4.splat(0.693359375))), f32x4.mul(k, f32x4.splat(-0.00021219444)));
  let p = f32x4.add(f32x4.splat(0.008333334), f32x4.mul(r, f32x4.splat(0.0013888889)));
  p = f32x4.add(f32x4.splat(0.041666668), f32x4.mul(r, p));
  p = f32x4.add(f32x4.splat(0.16666667), f32x4.mul(r, p));
  p = f32x4.add(f32x4.splat(0.5), f32x4.mul(r, p));
  p = f32x4.add(f32x4.splat(1), f32x4.mul(r, p));
  p = f32x4.add(f32x4.splat(1), f32x4.mul(r, p));
  return i32x4.add(p, i32x4.shl(raw, 23));
}

/** log(1 + s) for s ≥ 0: log u · s/(u − 1) with u = 1 + s rounded; s where u is 1. */
@inline
function logOnePlus(s: v128): v128 {
  const one = f32x4.splat(1);
  const u = f32x4.add(one, s);
  const exponents = i32x4.shr_s(i32x4.sub(u, i32x4.splat(0x3f3504f3)), 23); // the mantissa in √½..√2
  const k = f32x4.convert_i32x4_s(exponents);
  const f = f32x4.sub(i32x4.sub(u, i32x4.shl(exponents, 23)), one);
  // log (1 + f) = 2 artanh t, t = f/(2 + f)
  const t = f32x4.div(f, f32x4.add(f32x4.splat(2), f));
  const z = f32x4.mul(t, t);
  let p = f32x4.add(f32x4.splat(0.2857143), f32x4.mul(z, f32x4.splat(0.22222222)));
  p = f32x4.add(f32x4.splat(0.4), f32x4.mul(z, p));
  p = f32x4.add(f32x4.splat(0.6666667), f32x4.mul(z, p));
  p = f32x4.add(f32x4.splat(2), f32x4.mul(z, p));
  const log = f32x4.add(f32x4.mul(k, f32x4.splat(0.6931472)), f32x4.mul(t, p));
  return v128.bitselect(s, f32x4.mul(log, f32x4.div(s, f32x4.sub(u, one))), f32x4.eq(u, one));
}

/** The four lanes of a mean, (s₀ + s₂) + (s₁ + s₃), stored. */
@inline
function putSum(s: v128, to: i32): void {
  const pair = f32x4.add(s, v128.shuffle<f32>(s, s, 2, 3, 2, 3));
  store<f32>(at(to), f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1));
}

/** out ← weight[b] (p − e_y) with p = softmax(u); loss ← Σ_b weight[b] (−log p_y); lanes a multiple of 4. */
export function crossEntropy(
  classes: i32,
  lanes: i32,
  u: i32,
  labels: i32,
  weights: i32,
  out: i32,
  loss: i32,
): void {
  const line: usize = (<usize>lanes) << 2;
  const size = <usize>classes * line;
  const one = f32x4.splat(1);
  let total = f32x4.splat(0);
  for (let n: usize = 0; n < line; n += 16) {
    const y = v128.load(at(labels) + n);
    const weight = v128.load(at(weights) + n);
    const first = at(u) + n;
    let top = v128.load(first);
    for (let p = first + line; p < first + size; p += line) top = f32x4.pmax(v128.load(p), top);
    let others = f32x4.splat(0); // Σ e^{u − top} without that of y
    let own = f32x4.splat(0);
    let score = own;
    let c = f32x4.splat(0);
    let o = at(out) + n;
    for (let p = first; p < first + size; p += line, o += line) {
      const shifted = f32x4.sub(v128.load(p), top);
      const e = exponential(shifted);
      const mask = f32x4.eq(c, y);
      own = v128.bitselect(e, own, mask);
      score = v128.bitselect(shifted, score, mask);
      others = f32x4.add(others, v128.andnot(e, mask));
      v128.store(o, e);
      c = f32x4.add(c, one);
    }
    const sum = f32x4.add(others, own);
    const scale = f32x4.div(weight, sum);
    o = at(out) + n;
    c = f32x4.splat(0);
    for (const end = o + size; o < end; o += line) {
      const mask = f32x4.eq(c, y);
      const e = v128.bitselect(f32x4.neg(others), v128.load(o), mask);
      v128.store(o, f32x4.mul(e, scale));
      c = f32x4.add(c, one);
    }
    // −log p_y: log (1 + others) where y is the top class, else log sum − (u_y − top), with sum ≥ 1
    const rest = v128.bitselect(others, f32x4.sub(sum, one), f32x4.eq(score, f32x4.splat(0)));
    total = f32x4.add(total, f32x4.mul(weight, f32x4.sub(logOnePlus(rest), score)));
  }
  putSum(total, loss);
}

/** out ← weight[b] (u − t); loss ← Σ_b weight[b] ½‖u − t‖²; lanes a multiple of 4. */
export function squaredError(
  outputs: i32,
  lanes: i32,
  u: i32,
  targets: i32,
  weights: i32,
  out: i32,
  loss: i32,
): void {
  const line: usize = (<usize>lanes) << 2;
  let total = f32x4.splat(0);
  for (let n: usize = 0; n < line; n += 16) {
    const weight = v128.load(at(weights) + n);
    let sum = f32x4.splat(0);
    for (let c: usize = n; c < <usize>outputs * line; c += line) {
      const d = f32x4.sub(v128.load(at(u) + c), v128.load(at(targets) + c));
      sum = f32x4.add(sum, f32x4.mul(d, d));
      v128.store(at(out) + c, f32x4.mul(weight, d));
    }
    total = f32x4.add(total, f32x4.mul(weight, f32x4.mul(f32x4.splat(0.5), sum)));
  }
  putSum(total, loss);
}
