/** @file f64x2 vector kernels on resident arrays, in the orders that the kernel contract fixes (AssemblyScript). */
import { madd } from './madd';
import { sums } from './sums';

/** Lanes (0, 1) and (2, 3) of four-lane sums, and the up to three products that are left, combined as (s₀ + s₂) + (s₁ + s₃). */
@inline
function combine(low: v128, high: v128, rest: i32, x: usize, y: usize): f64 {
  let s0 = f64x2.extract_lane(low, 0);
  let s1 = f64x2.extract_lane(low, 1);
  let s2 = f64x2.extract_lane(high, 0);
  if (rest > 0) s0 += load<f64>(x) * load<f64>(y);
  if (rest > 1) s1 += load<f64>(x, 8) * load<f64>(y, 8);
  if (rest > 2) s2 += load<f64>(x, 16) * load<f64>(y, 16);
  return s0 + s2 + (s1 + f64x2.extract_lane(high, 1));
}

/** Σ xᵢ yᵢ in four lanes. */
export function dot(n: i32, x: usize, y: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = x + ((<usize>(n & ~3)) << 3);
  for (; x < end; x += 32, y += 32) {
    low = madd(low, v128.load(x), v128.load(y));
    high = madd(high, v128.load(x, 16), v128.load(y, 16));
  }
  const room = sums();
  v128.store(room, low);
  v128.store(room, high, 16);
  return combine(v128.load(room), v128.load(room, 16), n & 3, x, y);
}

/** y ← y + α x. */
export function axpy(n: i32, alpha: f64, x: usize, y: usize): void {
  const u = f64x2.splat(alpha);
  let end = x + ((<usize>(n & ~3)) << 3);
  for (; x < end; x += 32, y += 32) {
    const low = madd(v128.load(y), u, v128.load(x));
    const high = madd(v128.load(y, 16), u, v128.load(x, 16));
    v128.store(y, low);
    v128.store(y, high, 16);
  }
  if (n & 2) {
    v128.store(y, madd(v128.load(y), u, v128.load(x)));
    x += 16;
    y += 16;
  }
  if (n & 1) store<f64>(y, load<f64>(y) + alpha * load<f64>(x));
}

/** y ← y + α A x, the dot products of four rows at a time. */
export function gemv(m: i32, n: i32, alpha: f64, a: usize, lda: i32, x: usize, y: usize): void {
  const row: usize = (<usize>lda) << 3;
  const whole: usize = (<usize>(n & ~3)) << 3;
  const room = sums();
  let i: i32 = 0;
  for (; i + 3 < m; i += 4, a += row << 2, y += 32) {
    let l0 = f64x2.splat(0);
    let h0 = f64x2.splat(0);
    let l1 = f64x2.splat(0);
    let h1 = f64x2.splat(0);
    let l2 = f64x2.splat(0);
    let h2 = f64x2.splat(0);
    let l3 = f64x2.splat(0);
    let h3 = f64x2.splat(0);
    const r1 = a + row;
    const r2 = r1 + row;
    const r3 = r2 + row;
    for (let d: usize = 0; d < whole; d += 32) {
      const z = v128.load(x + d);
      const zh = v128.load(x + d, 16);
      l0 = madd(l0, v128.load(a + d), z);
      h0 = madd(h0, v128.load(a + d, 16), zh);
      l1 = madd(l1, v128.load(r1 + d), z);
      h1 = madd(h1, v128.load(r1 + d, 16), zh);
      l2 = madd(l2, v128.load(r2 + d), z);
      h2 = madd(h2, v128.load(r2 + d, 16), zh);
      l3 = madd(l3, v128.load(r3 + d), z);
      h3 = madd(h3, v128.load(r3 + d, 16), zh);
    }
    v128.store(room, l0);
    v128.store(room, h0, 16);
    v128.store(room, l1, 32);
    v128.store(room, h1, 48);
    v128.store(room, l2, 64);
    v128.store(room, h2, 80);
    v128.store(room, l3, 96);
    v128.store(room, h3, 112);
    for (let r: usize = 0, p = a + whole; r < 4; r++, p += row) {
      const sum = combine(v128.load(room + (r << 5)), v128.load(room + (r << 5), 16), n & 3, p, x + whole);
      store<f64>(y + (r << 3), load<f64>(y + (r << 3)) + alpha * sum);
    }
  }
  for (; i < m; i++, a += row, y += 8) store<f64>(y, load<f64>(y) + alpha * dot(n, a, x));
}

/** y ← y + α Aᵀ x, four rows at a time, added one after the other; `dx` is the stride of x in bytes. */
export function gemvT(m: i32, n: i32, alpha: f64, a: usize, lda: i32, x: usize, dx: usize, y: usize): void {
  const row: usize = (<usize>lda) << 3;
  const whole: usize = (<usize>(n & ~1)) << 3;
  let i: i32 = 0;
  for (; i + 3 < m; i += 4, a += row << 2) {
    const r1 = a + row;
    const r2 = r1 + row;
    const r3 = r2 + row;
    const c0 = alpha * load<f64>(x);
    const c1 = alpha * load<f64>(x + dx);
    const c2 = alpha * load<f64>(x + 2 * dx);
    const c3 = alpha * load<f64>(x + 3 * dx);
    x += dx << 2;
    const u0 = f64x2.splat(c0);
    const u1 = f64x2.splat(c1);
    const u2 = f64x2.splat(c2);
    const u3 = f64x2.splat(c3);
    let d: usize = 0;
    for (; d + 16 < whole; d += 32) {
      let s = v128.load(y + d);
      let t = v128.load(y + d, 16);
      s = madd(s, u0, v128.load(a + d));
      t = madd(t, u0, v128.load(a + d, 16));
      s = madd(s, u1, v128.load(r1 + d));
      t = madd(t, u1, v128.load(r1 + d, 16));
      s = madd(s, u2, v128.load(r2 + d));
      t = madd(t, u2, v128.load(r2 + d, 16));
      s = madd(s, u3, v128.load(r3 + d));
      t = madd(t, u3, v128.load(r3 + d, 16));
      v128.store(y + d, s);
      v128.store(y + d, t, 16);
    }
    if (d < whole) {
      let s = madd(v128.load(y + d), u0, v128.load(a + d));
      s = madd(s, u1, v128.load(r1 + d));
      s = madd(s, u2, v128.load(r2 + d));
      s = madd(s, u3, v128.load(r3 + d));
      v128.store(y + d, s);
    }
    if (n & 1) {
      let s = load<f64>(y + whole) + c0 * load<f64>(a + whole);
      s += c1 * load<f64>(r1 + whole);
      s += c2 * load<f64>(r2 + whole);
      s += c3 * load<f64>(r3 + whole);
      store<f64>(y + whole, s);
    }
  }
  for (; i < m; i++, a += row, x += dx) axpy(n, alpha * load<f64>(x), a, y);
}

/** A ← A + α x yᵀ. */
export function ger(m: i32, n: i32, alpha: f64, x: usize, y: usize, a: usize, lda: i32): void {
  const row: usize = (<usize>lda) << 3;
  for (let i: i32 = 0; i < m; i++, a += row, x += 8) axpy(n, alpha * load<f64>(x), y, a);
}

/** (x, y) ← (c x + s y, c y − s x). */
export function rotate(n: i32, x: usize, y: usize, c: f64, s: f64): void {
  const cc = f64x2.splat(c);
  const ss = f64x2.splat(s);
  const end = x + ((<usize>(n & ~3)) << 3);
  for (; x < end; x += 32, y += 32) {
    const u = v128.load(x);
    const uh = v128.load(x, 16);
    const v = v128.load(y);
    const vh = v128.load(y, 16);
    const p = madd(f64x2.mul(cc, u), ss, v);
    const ph = madd(f64x2.mul(cc, uh), ss, vh);
    const q = f64x2.sub(f64x2.mul(cc, v), f64x2.mul(ss, u));
    const qh = f64x2.sub(f64x2.mul(cc, vh), f64x2.mul(ss, uh));
    v128.store(x, p);
    v128.store(x, ph, 16);
    v128.store(y, q);
    v128.store(y, qh, 16);
  }
  if (n & 2) {
    const u = v128.load(x);
    const v = v128.load(y);
    v128.store(x, madd(f64x2.mul(cc, u), ss, v));
    v128.store(y, f64x2.sub(f64x2.mul(cc, v), f64x2.mul(ss, u)));
    x += 16;
    y += 16;
  }
  if (n & 1) {
    const u = load<f64>(x);
    const v = load<f64>(y);
    store<f64>(x, c * u + s * v);
    store<f64>(y, c * v - s * u);
  }
}
