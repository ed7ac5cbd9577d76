/** @file f64x2 loops of the secular equation on resident arrays (AssemblyScript). */

/** out ← ψ, ψ′, φ, φ′ and the sum of |partial sums|, in the order that the kernel contract fixes. */
export function secularSums(k: i32, left: i32, d: usize, z: usize, origin: f64, tau: f64, out: usize): void {
  const o = f64x2.splat(origin);
  const t = f64x2.splat(tau);
  let sum = f64x2.splat(0);
  let slope = sum;
  let error = sum;
  let i: i32 = 0;
  for (; i < left; i += 2) {
    const at: usize = (<usize>i) << 3;
    const w = v128.load(z + at);
    const q = f64x2.div(w, f64x2.sub(f64x2.sub(v128.load(d + at), o), t));
    sum = f64x2.add(sum, f64x2.mul(w, q));
    slope = f64x2.add(slope, f64x2.mul(q, q));
    error = f64x2.sub(error, sum);
  }
  let s0 = f64x2.extract_lane(sum, 0);
  let p0 = f64x2.extract_lane(slope, 0);
  let e0 = f64x2.extract_lane(error, 0);
  if (i === left) {
    const at: usize = (<usize>i) << 3;
    const w = load<f64>(z + at);
    const q = w / (load<f64>(d + at) - origin - tau);
    s0 += w * q;
    p0 += q * q;
    e0 -= s0;
  }
  store<f64>(out, s0 + f64x2.extract_lane(sum, 1));
  store<f64>(out, p0 + f64x2.extract_lane(slope, 1), 8);
  const psiError = e0 + f64x2.extract_lane(error, 1);
  sum = f64x2.splat(0);
  slope = sum;
  error = sum;
  i = k - 2;
  for (; i > left; i -= 2) {
    const at: usize = (<usize>i) << 3;
    const w = v128.load(z + at);
    const q = f64x2.div(w, f64x2.sub(f64x2.sub(v128.load(d + at), o), t));
    sum = f64x2.add(sum, f64x2.mul(w, q));
    slope = f64x2.add(slope, f64x2.mul(q, q));
    error = f64x2.add(error, sum);
  }
  s0 = f64x2.extract_lane(sum, 1);
  p0 = f64x2.extract_lane(slope, 1);
  e0 = f64x2.extract_lane(error, 1);
  if (i === left) {
    const at: usize = (<usize>(i + 1)) << 3;
    const w = load<f64>(z + at);
    const q = w / (load<f64>(d + at) - origin - tau);
    s0 += w * q;
    p0 += q * q;
    e0 += s0;
  }
  store<f64>(out, s0 + f64x2.extract_lane(sum, 0), 16);
  store<f64>(out, p0 + f64x2.extract_lane(slope, 0), 24);
  store<f64>(out, psiError + (e0 + f64x2.extract_lane(error, 0)), 32);
}

/** w ← the weights of Löwner's formula, factor by factor. */
export function loewner(k: i32, d: usize, origins: usize, offsets: usize, w: usize): void {
  const size: usize = (<usize>k) << 3;
  for (let at: usize = 0; at < size; at += 8)
    store<f64>(w + at, -(load<f64>(d + at) - load<f64>(origins + at) - load<f64>(offsets + at)));
  for (let at: usize = 0; at < size; at += 8) {
    const pole = load<f64>(d + at);
    const origin = load<f64>(origins + at);
    const tau = load<f64>(offsets + at);
    factors(0, at, d, pole, origin, tau, w);
    factors(at + 8, size, d, pole, origin, tau, w);
  }
}

/** w_i ← w_i (((d_i − origin) − τ) / (d_i − pole)) from the byte `at` to the byte `end`. */
function factors(at: usize, end: usize, d: usize, pole: f64, origin: f64, tau: f64, w: usize): void {
  const p = f64x2.splat(pole);
  const o = f64x2.splat(origin);
  const t = f64x2.splat(tau);
  for (; at + 8 < end; at += 16) {
    const x = v128.load(d + at);
    const q = f64x2.div(f64x2.sub(f64x2.sub(x, o), t), f64x2.sub(x, p));
    v128.store(w + at, f64x2.mul(v128.load(w + at), q));
  }
  if (at < end) {
    const x = load<f64>(d + at);
    store<f64>(w + at, load<f64>(w + at) * ((x - origin - tau) / (x - pole)));
  }
}

/** out_j ← 1 / √Σ q_i² with q_i = z_i / ((d_i − o_j) − τ_j), in four lanes. */
export function secularScales(
  k: i32,
  z: usize,
  d: usize,
  origins: usize,
  offsets: usize,
  out: usize,
): void {
  const whole: usize = (<usize>(k & ~3)) << 3;
  const size: usize = (<usize>k) << 3;
  for (let j: usize = 0; j < size; j += 8) {
    const origin = load<f64>(origins + j);
    const tau = load<f64>(offsets + j);
    const o = f64x2.splat(origin);
    const t = f64x2.splat(tau);
    let low = f64x2.splat(0);
    let high = low;
    let at: usize = 0;
    for (; at < whole; at += 32) {
      let q = f64x2.div(v128.load(z + at), f64x2.sub(f64x2.sub(v128.load(d + at), o), t));
      low = f64x2.add(low, f64x2.mul(q, q));
      q = f64x2.div(v128.load(z + at, 16), f64x2.sub(f64x2.sub(v128.load(d + at, 16), o), t));
      high = f64x2.add(high, f64x2.mul(q, q));
    }
    let s0 = f64x2.extract_lane(low, 0);
    let s1 = f64x2.extract_lane(low, 1);
    let s2 = f64x2.extract_lane(high, 0);
    for (; at < size; at += 8) {
      const q = load<f64>(z + at) / (load<f64>(d + at) - origin - tau);
      if (at === whole) s0 += q * q;
      else if (at === whole + 8) s1 += q * q;
      else s2 += q * q;
    }
    store<f64>(out + j, 1 / sqrt(s0 + s2 + (s1 + f64x2.extract_lane(high, 1))));
  }
}

/** out_i ← (α z_i) / ((d_i − origin) − τ). */
export function quotients(n: i32, alpha: f64, z: usize, d: usize, origin: f64, tau: f64, out: usize): void {
  const u = f64x2.splat(alpha);
  const o = f64x2.splat(origin);
  const t = f64x2.splat(tau);
  const whole: usize = (<usize>(n & ~1)) << 3;
  for (let at: usize = 0; at < whole; at += 16)
    v128.store(
      out + at,
      f64x2.div(f64x2.mul(u, v128.load(z + at)), f64x2.sub(f64x2.sub(v128.load(d + at), o), t)),
    );
  if (n & 1)
    store<f64>(out + whole, (alpha * load<f64>(z + whole)) / (load<f64>(d + whole) - origin - tau));
}
