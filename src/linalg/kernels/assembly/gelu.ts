/** @file f64x2 Gaussian error linear unit (AssemblyScript). The operations of geluKernel and of src/linalg/elementary/erf.ts, so the same bits. */
import { at } from './address';
import { expPair, ones } from './exponential';
import { get, put } from './lanes';

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
  let sum = v128.load(C + coefficients);
  for (let k: usize = 16; k < 96; k += 16) sum = f64x2.add(v128.load(C + coefficients + k), f64x2.mul(w, sum));
  return sum;
}

/** erf x: a polynomial up to |x| = 1, beyond 1 − e^(−x²)·F(t)/(|x| + 3), ±1 from 6 on. */
function erf(x: v128): v128 {
  const one = ones();
  const three = f64x2.splat(3);
  const a = f64x2.abs(x);
  const z = f64x2.mul(x, x);
  const near = f64x2.le(a, one);
  const w = f64x2.mul(z, z);
  const rest = f64x2.add(polynomial(w, 0), f64x2.mul(z, polynomial(w, NEAR_ODD)));
  const small = f64x2.add(x, f64x2.mul(x, rest));
  if (i64x2.all_true(near)) return small;
  const inverse = f64x2.div(one, f64x2.add(a, three));
  const t = f64x2.mul(f64x2.sub(a, three), inverse);
  const tt = f64x2.mul(t, t);
  const scaled = f64x2.add(polynomial(tt, FAR_EVEN), f64x2.mul(t, polynomial(tt, FAR_ODD)));
  const tail = f64x2.mul(f64x2.mul(expPair(f64x2.neg(z)), inverse), scaled);
  const y = v128.bitselect(one, f64x2.sub(one, tail), f64x2.ge(a, f64x2.splat(6)));
  const large = v128.bitselect(f64x2.neg(y), y, f64x2.lt(x, f64x2.splat(0)));
  return v128.bitselect(small, large, near);
}

/** y = x Φ(x); φ′ = Φ + x g; φ″ = g (2 − x²) unless `curvature` is −1. */
export function gelu(n: i32, x: i32, y: i32, slope: i32, curvature: i32): void {
  const one = ones();
  const half = f64x2.splat(0.5);
  for (let i: i32 = 0; i < n; i += 2) {
    const single = i + 1 == n;
    const v = get(at(x + i), single);
    const cdf = f64x2.mul(half, f64x2.add(one, erf(f64x2.mul(v, v128.load(C, ROOT_HALF)))));
    const e = expPair(f64x2.mul(f64x2.mul(f64x2.splat(-0.5), v), v));
    const density = f64x2.mul(e, v128.load(C, INVERSE_ROOT_TAU));
    put(at(y + i), f64x2.mul(v, cdf), single);
    put(at(slope + i), f64x2.add(cdf, f64x2.mul(v, density)), single);
    if (curvature >= 0)
      put(at(curvature + i), f64x2.mul(density, f64x2.sub(f64x2.splat(2), f64x2.mul(v, v))), single);
  }
}
