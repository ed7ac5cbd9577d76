/** @file f64x2 Gaussian error linear unit (AssemblyScript). The operations of geluKernel and of src/linalg/elementary/erf.ts, so the same bits. */
import { at } from './address';
import { expNormal, expPair, ones, ordinary } from './exponential';

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

/** x + x·R(x²): erf x up to |x| = 1. */
@inline
function erfNear(x: v128): v128 {
  const z = f64x2.mul(x, x);
  const w = f64x2.mul(z, z);
  const rest = f64x2.add(polynomial(w, 0), f64x2.mul(z, polynomial(w, NEAR_ODD)));
  return f64x2.add(x, f64x2.mul(x, rest));
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
  const tail = f64x2.mul(f64x2.mul(expPair(f64x2.neg(f64x2.mul(x, x))), inverse), scaled);
  const y = v128.bitselect(one, f64x2.sub(one, tail), f64x2.ge(a, f64x2.splat(6)));
  return v128.bitselect(f64x2.neg(y), y, f64x2.lt(x, f64x2.splat(0)));
}

/** Bytes of one tile: what three passes walk over while it stays in the cache. */
const TILE: usize = 1024;
/** Room for a last single element: x, y, slope, curvature. */
const SINGLE: usize = memory.data(64, 16);

/** y = x Φ(x); φ′ = Φ + x g; φ″ = g (2 − x²) unless `curvature` is −1. */
export function gelu(n: i32, x: i32, y: i32, slope: i32, curvature: i32): void {
  let p = at(x);
  let o = at(y);
  let s = at(slope);
  let c: usize = curvature < 0 ? 0 : at(curvature);
  const end = o + ((<usize>(n & ~1)) << 3);
  while (o < end) {
    const size = o + TILE < end ? TILE : end - o;
    geluTile(size, p, o, s, c);
    p += size;
    o += size;
    s += size;
    if (c != 0) c += size;
  }
  if (n & 1) {
    store<f64>(SINGLE, load<f64>(p));
    store<f64>(SINGLE, load<f64>(p), 8);
    geluTile(16, SINGLE, SINGLE + 16, SINGLE + 32, c == 0 ? 0 : SINGLE + 48);
    store<f64>(o, load<f64>(SINGLE, 16));
    store<f64>(s, load<f64>(SINGLE, 32));
    if (c != 0) store<f64>(c, load<f64>(SINGLE, 48));
  }
}

/**
 * Three short passes, because a processor overlaps only as many elements as fit its scheduler; two pairs at a time, which share the loads of
 * constants. Between passes `out` holds erf(x/√2).
 */
function geluTile(size: usize, x: usize, out: usize, slope: usize, curvature: usize): void {
  let usual = true;
  let normal = true;
  let k: usize = 0;
  for (; k + 32 <= size; k += 32) {
    const v0 = f64x2.mul(v128.load(x + k), v128.load(C, ROOT_HALF));
    const v1 = f64x2.mul(v128.load(x + k, 16), v128.load(C, ROOT_HALF));
    const y0 = erfNear(v0);
    const y1 = erfNear(v1);
    v128.store(out + k, y0);
    v128.store(out + k, y1, 16);
    const most = f64x2.pmax(f64x2.abs(v0), f64x2.abs(v1));
    usual = usual && i64x2.all_true(f64x2.le(most, ones()));
    normal = normal && ordinary(f64x2.neg(f64x2.mul(most, most)));
  }
  if (k < size) {
    const v = f64x2.mul(v128.load(x + k), v128.load(C, ROOT_HALF));
    v128.store(out + k, erfNear(v));
    usual = usual && i64x2.all_true(f64x2.le(f64x2.abs(v), ones()));
    normal = normal && ordinary(f64x2.neg(f64x2.mul(v, v)));
  }
  if (!usual)
    for (k = 0; k < size; k += 16) {
      const v = f64x2.mul(v128.load(x + k), v128.load(C, ROOT_HALF));
      const near = f64x2.le(f64x2.abs(v), ones());
      if (!i64x2.all_true(near)) v128.store(out + k, v128.bitselect(v128.load(out + k), erfFar(v), near));
    }
  k = 0;
  if (normal)
    for (; k + 32 <= size; k += 32) {
      const v0 = v128.load(x + k);
      const v1 = v128.load(x + k, 16);
      const e0 = expNormal(halfSquare(v0));
      const e1 = expNormal(halfSquare(v1));
      finish(v0, e0, out + k, slope + k, curvature == 0 ? 0 : curvature + k);
      finish(v1, e1, out + k + 16, slope + k + 16, curvature == 0 ? 0 : curvature + k + 16);
    }
  for (; k < size; k += 16) {
    const v = v128.load(x + k);
    finish(v, expPair(halfSquare(v)), out + k, slope + k, curvature == 0 ? 0 : curvature + k);
  }
}

/** −½ v². */
@inline
function halfSquare(v: v128): v128 {
  return f64x2.mul(f64x2.mul(f64x2.splat(-0.5), v), v);
}

/** From e^(−½ v²) and the error function at `out`. */
@inline
function finish(v: v128, e: v128, out: usize, slope: usize, curvature: usize): void {
  const cdf = f64x2.mul(f64x2.splat(0.5), f64x2.add(ones(), v128.load(out)));
  const density = f64x2.mul(e, v128.load(C, INVERSE_ROOT_TAU));
  v128.store(out, f64x2.mul(v, cdf));
  v128.store(slope, f64x2.add(cdf, f64x2.mul(v, density)));
  if (curvature != 0) v128.store(curvature, f64x2.mul(density, f64x2.sub(f64x2.splat(2), f64x2.mul(v, v))));
}
