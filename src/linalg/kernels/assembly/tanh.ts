/** @file f64x2 tanh from a table (AssemblyScript). The operations of src/linalg/elementary/tanh.ts, so the same bits. */
import { at } from './address';
import { multiply, scale } from './elementwise';

/** Pairs of equal doubles: the end of the table and minus that, 32, 1.5·2⁵² + 610, 1/32, the polynomial from the lowest power up, 1. */
const C: usize = memory.data<f64>([
  19.0625, 19.0625, -19.0625, -19.0625, 32, 32, 6755399441056354, 6755399441056354, 0.03125, 0.03125,
  -0.333333333333275, -0.333333333333275, 0.13333333188217222, 0.13333333188217222, -0.05395799944887307,
  -0.05395799944887307, 1, 1,
]);
/** Bytes of one tile: what three passes walk over while it stays in the cache. */
const TILE: usize = 1024;
/** Room for the last elements: x, y, slope. */
const REST: usize = memory.data(96, 16);

/** y = tanh x; φ′ = (1 − y)(1 + y); φ″ = (−2 y) φ′ unless `curvature` is −1. */
export function tanh(n: i32, x: i32, y: i32, slope: i32, curvature: i32): void {
  let p = at(x);
  let o = at(y);
  let s = at(slope);
  const end = o + ((<usize>(n & ~3)) << 3);
  while (o < end) {
    const size = o + TILE < end ? TILE : end - o;
    tanhTile(size, p, o, s);
    p += size;
    o += size;
    s += size;
  }
  const rest = (<usize>(n & 3)) << 3;
  if (rest) {
    memory.copy(REST, p, rest);
    tanhTile(32, REST, REST + 32, REST + 64);
    memory.copy(o, REST + 32, rest);
    memory.copy(s, REST + 64, rest);
  }
  if (curvature >= 0) {
    scale(n, -2, y, curvature);
    multiply(n, curvature, slope, curvature);
  }
}

/**
 * tanh x = T + (1 − T²)·t/(1 + T·t) with T = tanh c from the table, c the multiple of 1/32 nearest to x, t = tanh(x − c).
 * Three short passes, because a processor overlaps only as many elements as fit its scheduler, and one pass is a chain of
 * 50 dependent operations (measured: a quarter less time). Between passes `out` holds d = x − c, then t; `slope` holds T.
 */
function tanhTile(size: usize, x: usize, out: usize, slope: usize): void {
  const end = out + size;
  const highest = v128.load(C);
  const lowest = v128.load(C, 16);
  const perUnit = v128.load(C, 32);
  const rounding = v128.load(C, 48); // the entry of the table comes to lie in the low bits
  const step = v128.load(C, 64);
  let s = slope;
  for (let o = out; o < end; o += 32, s += 32, x += 32) {
    const v = f64x2.pmax(f64x2.pmin(v128.load(x), highest), lowest);
    const w = f64x2.pmax(f64x2.pmin(v128.load(x, 16), highest), lowest);
    const raw = f64x2.add(f64x2.mul(v, perUnit), rounding);
    const next = f64x2.add(f64x2.mul(w, perUnit), rounding);
    v128.store(o, f64x2.sub(v, f64x2.mul(f64x2.sub(raw, rounding), step)));
    v128.store(o, f64x2.sub(w, f64x2.mul(f64x2.sub(next, rounding), step)), 16);
    store<f64>(s, load<f64>(entry(i32x4.extract_lane(raw, 0))));
    store<f64>(s, load<f64>(entry(i32x4.extract_lane(raw, 2))), 8);
    store<f64>(s, load<f64>(entry(i32x4.extract_lane(next, 0))), 16);
    store<f64>(s, load<f64>(entry(i32x4.extract_lane(next, 2))), 24);
  }
  const c0 = v128.load(C, 80);
  const c1 = v128.load(C, 96);
  const c2 = v128.load(C, 112);
  const one = v128.load(C, 128);
  for (let o = out; o < end; o += 32) {
    const d = v128.load(o);
    const e = v128.load(o, 16);
    v128.store(o, near(d, c0, c1, c2, one));
    v128.store(o, near(e, c0, c1, c2, one), 16);
  }
  s = slope;
  for (let o = out; o < end; o += 32, s += 32) {
    const t = v128.load(o);
    const u = v128.load(o, 16);
    const T = v128.load(s);
    const U = v128.load(s, 16);
    const y = far(T, t, one);
    const w = far(U, u, one);
    v128.store(o, y);
    v128.store(o, w, 16);
    v128.store(s, f64x2.mul(f64x2.sub(one, y), f64x2.add(one, y)));
    v128.store(s, f64x2.mul(f64x2.sub(one, w), f64x2.add(one, w)), 16);
  }
}

/** tanh d for small d. */
@inline
function near(d: v128, c0: v128, c1: v128, c2: v128, one: v128): v128 {
  const z = f64x2.mul(d, d);
  const q = f64x2.add(c0, f64x2.mul(z, f64x2.add(c1, f64x2.mul(z, c2))));
  return f64x2.mul(d, f64x2.add(one, f64x2.mul(z, q)));
}

/** tanh (c + d) from tanh c and tanh d. */
@inline
function far(T: v128, t: v128, one: v128): v128 {
  const rise = f64x2.mul(f64x2.sub(one, f64x2.mul(T, T)), t);
  return f64x2.add(T, f64x2.div(rise, f64x2.add(one, f64x2.mul(T, t))));
}

/** Address of an entry of the table. Masked for a NaN, which reads anything and comes out through d. */
@inline
function entry(j: i32): usize {
  return __heap_base + ((<usize>(j & 2047)) << 3);
}
