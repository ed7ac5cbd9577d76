/** @file f64x2 Gaussian error linear unit (AssemblyScript). The operations of geluKernel and of src/linalg/elementary/erf.ts, so the same bits. */
import { at } from './address';
import { expNormal, expPair, ones, ordinary } from './exponential';
import { expTile, TILE } from './exponential-tile';

/** Pairs of equal doubles, polynomials from the highest power down: R(z) even and odd, F(t) even and odd; then √½ and 1/√(2π). */
const C: usize = memory.data<f64>([
  1.37109789045861e-8, 1.37109789045861e-8, 1.6447131524503547e-6, 1.6447131524503547e-6,
  0.00012055293576686918, 0.00012055293576686918, 0.005223977606118296, 0.005223977606118296,
  0.11283791670944185, 0.11283791670944185, 0.12837916709551256, 0.12837916709551256,
  -7.779465729549996e-10, -7.779465729549996e-10, -1.6206313408057644e-7, -1.6206313408057644e-7,
  -1.4924712298094114e-5, -1.4924712298094114e-5, -0.0008548325929306829, -0.0008548325929306829,
  -0.02686617064311144, -0.02686617064311144, -0.3761263890318352, -0.3761263890318352,
  0.00010931466879982702, 0.00010931466879982702, -0.0005560759910153288, -0.0005560759910153288,
  -0.0012134518949311, -0.0012134518949311, 0.11952774260172937, 0.11952774260172937,
  0.5902283571224107, 0.5902283571224107, 1.0740069070884022, 1.0740069070884022,
  4.66560665808221e-5, 4.66560665808221e-5, -0.0002850116948134289, -0.0002850116948134289,
  0.0030304185721114043, 0.0030304185721114043, -0.026827417096291984, -0.026827417096291984,
  -0.3104672627351902, -0.3104672627351902, -0.8833944531669196, -0.8833944531669196,
  0.7071067811865476, 0.7071067811865476, 0.3989422804014327, 0.3989422804014327,
]);
const NEAR_ODD: usize = 96;
const FAR_EVEN: usize = 192;
const FAR_ODD: usize = 288;
const ROOT_HALF: usize = 384;
const INVERSE_ROOT_TAU: usize = 400;

/** A polynomial of six coefficients, Horner's way. */
@inline
function polynomial(w: v128, coefficients: usize): v128 {
  const c = C + coefficients;
  let sum = f64x2.add(v128.load(c, 16), f64x2.mul(w, v128.load(c)));
  sum = f64x2.add(v128.load(c, 32), f64x2.mul(w, sum));
  sum = f64x2.add(v128.load(c, 48), f64x2.mul(w, sum));
  sum = f64x2.add(v128.load(c, 64), f64x2.mul(w, sum));
  return f64x2.add(v128.load(c, 80), f64x2.mul(w, sum));
}

/** 1 − e^(−x²)·F(t)/(|x| + 3) with the sign of x, ±1 from |x| = 6 on: erf x beyond 1. */
@inline
function erfFar(x: v128): v128 {
  const one = ones();
  const three = f64x2.splat(3);
  const a = f64x2.abs(x);
  const inverse = f64x2.div(one, f64x2.add(a, three));
  const t = f64x2.mul(f64x2.sub(a, three), inverse);
  const w = f64x2.mul(t, t);
  const scaled = f64x2.add(polynomial(w, FAR_EVEN), f64x2.mul(t, polynomial(w, FAR_ODD)));
  const tail = f64x2.mul(f64x2.mul(expNormal(f64x2.max(f64x2.neg(f64x2.mul(x, x)), f64x2.splat(-700))), inverse), scaled);
  const y = v128.bitselect(one, f64x2.sub(one, tail), f64x2.ge(a, f64x2.splat(6)));
  return v128.bitselect(f64x2.neg(y), y, f64x2.lt(x, f64x2.splat(0)));
}

/** y = x Φ(x); φ′ = Φ + x g; φ″ = g (2 − x²) unless `curvature` is −1. */
export function gelu(n: i32, x: i32, y: i32, slope: i32, curvature: i32): void {
  let p = at(x);
  let o = at(y);
  let s = at(slope);
  let c: usize = curvature < 0 ? 0 : at(curvature);
  const end = o + ((<usize>(n & ~3)) << 3);
  while (o < end) {
    const size = min(TILE, end - o);
    geluTile(size, p, o, s, c);
    p += size;
    o += size;
    s += size;
    if (c != 0) c += size;
  }
  const rest: usize = (<usize>(n & 3)) << 3;
  if (rest == 0) return;
  memory.fill(LAST, 0, 32);
  memory.copy(LAST, p, rest);
  geluTile(32, LAST, LAST + 32, LAST + 64, c == 0 ? 0 : LAST + 96);
  memory.copy(o, LAST + 32, rest);
  memory.copy(s, LAST + 64, rest);
  if (c != 0) memory.copy(c, LAST + 96, rest);
}

/** Room for the numbers of a tile beyond ±√2, and where they stand in it. */
const FAR: usize = memory.data(1024 + 16, 16);
const PLACES: usize = memory.data(512, 16);

/** Even parts of erf, then e^(−½ x²), of a tile. */
const MORE: usize = memory.data(1024, 16);
/** Up to three last numbers: x, y, slope, curvature. */
const LAST: usize = memory.data(128, 16);

/**
 * Short passes, because a processor overlaps only as many elements as fit its scheduler; their constants stay in registers. Numbers beyond ±√2, which need
 * the other form of erf, are gathered without a jump. Between passes `out` holds erf(x/√2). `size` is a multiple of 32.
 */
function geluTile(size: usize, x: usize, out: usize, slope: usize, curvature: usize): void {
  const most = evenParts(size, x);
  nearParts(size, x, out);
  if (!i64x2.all_true(f64x2.le(most, ones()))) farOf(size, x, out);
  halfSquares(size, x);
  if (ordinary(f64x2.neg(f64x2.mul(most, most)))) expTile(MORE, size);
  else for (let k: usize = 0; k < size; k += 16) v128.store(MORE + k, expPair(v128.load(MORE + k)));
  finish(size, x, out, slope, curvature);
}

/** The even part of R(v²), v = x/√2; returns the greatest |v|. */
function evenParts(size: usize, x: usize): v128 {
  const root = v128.load(C, ROOT_HALF);
  const c0 = v128.load(C);
  const c1 = v128.load(C, 16);
  const c2 = v128.load(C, 32);
  const c3 = v128.load(C, 48);
  const c4 = v128.load(C, 64);
  const c5 = v128.load(C, 80);
  let greatest = f64x2.splat(0);
  let other = greatest;
  for (let k: usize = 0; k < size; k += 32) {
    const u = f64x2.mul(v128.load(x + k), root);
    const v = f64x2.mul(v128.load(x + k, 16), root);
    const y = f64x2.mul(u, u);
    const z = f64x2.mul(v, v);
    v128.store(MORE + k, horner(f64x2.mul(y, y), c0, c1, c2, c3, c4, c5));
    v128.store(MORE + k, horner(f64x2.mul(z, z), c0, c1, c2, c3, c4, c5), 16);
    greatest = f64x2.max(greatest, f64x2.abs(u));
    other = f64x2.max(other, f64x2.abs(v));
  }
  return f64x2.max(greatest, other);
}

/** out ← v + v R(v²) from the even part. */
function nearParts(size: usize, x: usize, out: usize): void {
  const root = v128.load(C, ROOT_HALF);
  const c0 = v128.load(C, NEAR_ODD);
  const c1 = v128.load(C, NEAR_ODD + 16);
  const c2 = v128.load(C, NEAR_ODD + 32);
  const c3 = v128.load(C, NEAR_ODD + 48);
  const c4 = v128.load(C, NEAR_ODD + 64);
  const c5 = v128.load(C, NEAR_ODD + 80);
  for (let k: usize = 0; k < size; k += 32) {
    const u = f64x2.mul(v128.load(x + k), root);
    const v = f64x2.mul(v128.load(x + k, 16), root);
    const y = f64x2.mul(u, u);
    const z = f64x2.mul(v, v);
    const a = f64x2.add(v128.load(MORE + k), f64x2.mul(y, horner(f64x2.mul(y, y), c0, c1, c2, c3, c4, c5)));
    const b = f64x2.add(v128.load(MORE + k, 16), f64x2.mul(z, horner(f64x2.mul(z, z), c0, c1, c2, c3, c4, c5)));
    v128.store(out + k, f64x2.add(u, f64x2.mul(u, a)));
    v128.store(out + k, f64x2.add(v, f64x2.mul(v, b)), 16);
  }
}

/** A polynomial of six coefficients, Horner's way. */
@inline
function horner(w: v128, c0: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128): v128 {
  let sum = f64x2.add(c1, f64x2.mul(w, c0));
  sum = f64x2.add(c2, f64x2.mul(w, sum));
  sum = f64x2.add(c3, f64x2.mul(w, sum));
  sum = f64x2.add(c4, f64x2.mul(w, sum));
  return f64x2.add(c5, f64x2.mul(w, sum));
}

/** −½ x². */
function halfSquares(size: usize, x: usize): void {
  const minus = f64x2.splat(-0.5);
  for (let k: usize = 0; k < size; k += 32) {
    const u = v128.load(x + k);
    const v = v128.load(x + k, 16);
    v128.store(MORE + k, f64x2.mul(f64x2.mul(minus, u), u));
    v128.store(MORE + k, f64x2.mul(f64x2.mul(minus, v), v), 16);
  }
}

/** From e^(−½ x²) and the error function at `out`. */
function finish(size: usize, x: usize, out: usize, slope: usize, curvature: usize): void {
  const one = ones();
  const half = f64x2.splat(0.5);
  const two = f64x2.splat(2);
  const inverse = v128.load(C, INVERSE_ROOT_TAU);
  for (let k: usize = 0; k < size; k += 32) {
    const u = v128.load(x + k);
    const v = v128.load(x + k, 16);
    const a = f64x2.mul(half, f64x2.add(one, v128.load(out + k)));
    const b = f64x2.mul(half, f64x2.add(one, v128.load(out + k, 16)));
    const d = f64x2.mul(v128.load(MORE + k), inverse);
    const e = f64x2.mul(v128.load(MORE + k, 16), inverse);
    v128.store(out + k, f64x2.mul(u, a));
    v128.store(out + k, f64x2.mul(v, b), 16);
    v128.store(slope + k, f64x2.add(a, f64x2.mul(u, d)));
    v128.store(slope + k, f64x2.add(b, f64x2.mul(v, e)), 16);
    if (curvature != 0) {
      v128.store(curvature + k, f64x2.mul(d, f64x2.sub(two, f64x2.mul(u, u))));
      v128.store(curvature + k, f64x2.mul(e, f64x2.sub(two, f64x2.mul(v, v))), 16);
    }
  }
}

/** erf of the numbers v = x/√2 of a tile that are not within ±1. */
function farOf(size: usize, x: usize, out: usize): void {
  let count: usize = 0;
  const root = load<f64>(C, ROOT_HALF);
  for (let k: usize = 0; k < size; k += 8) {
    const v = load<f64>(x + k) * root;
    store<f64>(FAR + count, v);
    store<i32>(PLACES + (count >> 1), <i32>k);
    count += (<usize>!(abs(v) <= 1)) << 3;
  }
  store<f64>(FAR + count, 2);
  for (let k: usize = 0; k < count; k += 16) v128.store(FAR + k, erfFar(v128.load(FAR + k)));
  for (let k: usize = 0; k < count; k += 8) store<f64>(out + load<i32>(PLACES + (k >> 1)), load<f64>(FAR + k));
}
