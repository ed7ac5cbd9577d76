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

/** w_i ← w_i (((d_i − origin) − τ) / (d_i − pole)) for i < n. */
export function loewnerFactor(n: i32, d: usize, pole: f64, origin: f64, tau: f64, w: usize): void {
  const p = f64x2.splat(pole);
  const o = f64x2.splat(origin);
  const t = f64x2.splat(tau);
  const whole: usize = (<usize>(n & ~1)) << 3;
  for (let at: usize = 0; at < whole; at += 16) {
    const x = v128.load(d + at);
    const q = f64x2.div(f64x2.sub(f64x2.sub(x, o), t), f64x2.sub(x, p));
    v128.store(w + at, f64x2.mul(v128.load(w + at), q));
  }
  if (n & 1) {
    const x = load<f64>(d + whole);
    store<f64>(w + whole, load<f64>(w + whole) * ((x - origin - tau) / (x - pole)));
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
