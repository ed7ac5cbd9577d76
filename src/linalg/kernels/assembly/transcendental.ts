/**
 * @file f64x2 exp and tanh, scalar log, and the arena kernels built on them (AssemblyScript). The same operations in the
 * same order as src/linalg/elementary, so the same bits; constants are read from memory, because V8 rebuilds splatted ones.
 */
import { at, TANH_TABLE_LENGTH } from './address';

/** Pairs of equal doubles: E(r) even and odd from the highest power down, then log2(e), ½, ln 2 high and low, 2⁵² + 1023, 1, −2;
 * then of tanh: the end of its table and minus that, 32, 1.5·2⁵², 1/32, and the polynomial from the lowest power up. */
const C: usize = memory.data<f64>([
  2.762628332588968e-7, 2.762628332588968e-7, 2.480150457097627e-5, 2.480150457097627e-5, 0.0013888888932254734,
  0.0013888888932254734, 0.041666666666574106, 0.041666666666574106, 0.5000000000000006, 0.5000000000000006,
  2.5114430873932613e-8, 2.5114430873932613e-8, 2.7557228093037526e-6, 2.7557228093037526e-6, 0.00019841269902866324,
  0.00019841269902866324, 0.008333333333314673, 0.008333333333314673, 0.16666666666666685, 0.16666666666666685,
  1.4426950408889634, 1.4426950408889634, 0.5, 0.5, 0.6931471803691238, 0.6931471803691238, 1.9082149292705877e-10,
  1.9082149292705877e-10, 4503599627371519.0, 4503599627371519.0, 1, 1, -2, -2,
  19.0625, 19.0625, -19.0625, -19.0625, 32, 32, 6755399441055744, 6755399441055744, 0.03125, 0.03125, -0.333333333333275,
  -0.333333333333275, 0.13333333188217222, 0.13333333188217222, -0.05395799944887307, -0.05395799944887307,
]);
const LOG2E: usize = 160;
const HALF: usize = 176;
const LN2_HIGH: usize = 192;
const LN2_LOW: usize = 208;
const MAGIC: usize = 224;
const ONE: usize = 240;
const MINUS_TWO: usize = 256;
const SATURATED: usize = 272;
const MINUS_SATURATED: usize = 288;
const THIRTY_TWO: usize = 304;
const ROUNDING: usize = 320;
const STEP: usize = 336;
const T0: usize = 352;
const T1: usize = 368;
const T2: usize = 384;
/** Entry of tanh 0 in the table. */
const CENTRE: i32 = 610;

/** r² E(r) for z = r². */
@inline
function rest(r: v128, z: v128): v128 {
  let even = f64x2.add(f64x2.mul(z, v128.load(C)), v128.load(C, 16));
  even = f64x2.add(f64x2.mul(z, even), v128.load(C, 32));
  even = f64x2.add(f64x2.mul(z, even), v128.load(C, 48));
  even = f64x2.add(f64x2.mul(z, even), v128.load(C, 64));
  let odd = f64x2.add(f64x2.mul(z, v128.load(C, 80)), v128.load(C, 96));
  odd = f64x2.add(f64x2.mul(z, odd), v128.load(C, 112));
  odd = f64x2.add(f64x2.mul(z, odd), v128.load(C, 128));
  odd = f64x2.add(f64x2.mul(z, odd), v128.load(C, 144));
  return f64x2.mul(z, f64x2.add(even, f64x2.mul(r, odd)));
}

/** 2ᵏ for integers k in the normal range: k + 1023 comes to lie in the low bits of a double near 2⁵². */
@inline
function power(k: v128): v128 {
  return i64x2.shl(f64x2.add(k, v128.load(C, MAGIC)), 52);
}

/** e^x for −708 ≤ x ≤ 709. */
@inline
function expNormal(x: v128): v128 {
  const k = f64x2.floor(f64x2.add(f64x2.mul(x, v128.load(C, LOG2E)), v128.load(C, HALF)));
  const high = f64x2.sub(x, f64x2.mul(k, v128.load(C, LN2_HIGH)));
  const low = f64x2.mul(k, v128.load(C, LN2_LOW));
  const r = f64x2.sub(high, low);
  const y = f64x2.add(v128.load(C, ONE), f64x2.add(high, f64x2.sub(rest(r, f64x2.mul(r, r)), low)));
  return f64x2.mul(y, power(k));
}

function pow2(k: i32): f64 {
  return reinterpret<f64>((<i64>(k + 1023)) << 52);
}

/** e^x for any double. */
function expAny(x: f64): f64 {
  if (!(x <= 709.782712893384)) return x > 709.782712893384 ? Infinity : NaN;
  if (x < -745.1332191019412) return 0;
  const kf = floor(x * load<f64>(C, LOG2E) + 0.5);
  const k = <i32>kf;
  const high = x - kf * load<f64>(C, LN2_HIGH);
  const low = kf * load<f64>(C, LN2_LOW);
  const r = high - low;
  const q = f64x2.extract_lane(rest(f64x2.splat(r), f64x2.splat(r * r)), 0);
  const y = 1 + (high + (q - low));
  if (k > 1023) return y * 2 * pow2(k - 1);
  if (k < -1021) return y * pow2(k + 128) * 2.938735877055719e-39;
  return y * pow2(k);
}

@inline
function expPair(x: v128): v128 {
  if (i64x2.all_true(f64x2.ge(x, f64x2.splat(-708)))) return expNormal(x);
  return f64x2.replace_lane(f64x2.splat(expAny(f64x2.extract_lane(x, 0))), 1, expAny(f64x2.extract_lane(x, 1)));
}

/** log x for 1 ≤ x < ∞, or NaN. */
function logAbove1(x: f64): f64 {
  if (!(x < Infinity)) return x;
  const exponent = (<i32>(reinterpret<i64>(x) >> 32) - 0x3fe6a09e) >> 20;
  const f = x * pow2(-exponent) - 1;
  const k = <f64>exponent;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const odd = 0.399999999994147 + w * (0.22222198573359705 + w * 0.15314050632059595);
  const even = 0.6666666666666734 + w * (0.2857142874238502 + w * (0.18183564320453277 + w * 0.14795949398544272));
  const tail = z * (even + z * odd);
  const half = 0.5 * f * f;
  return k * load<f64>(C, LN2_HIGH) - (half - (s * (half + tail) + (k * load<f64>(C, LN2_LOW) + 0)) - f);
}

/** tanh from the table of tanh at multiples of 1/32; an index out of its range can only come from a NaN. */
@inline
function tanhPair(x: v128): v128 {
  const v = f64x2.pmax(f64x2.pmin(x, v128.load(C, SATURATED)), v128.load(C, MINUS_SATURATED));
  const raw = f64x2.add(f64x2.mul(v, v128.load(C, THIRTY_TWO)), v128.load(C, ROUNDING));
  const d = f64x2.sub(v, f64x2.mul(f64x2.sub(raw, v128.load(C, ROUNDING)), v128.load(C, STEP)));
  const z = f64x2.mul(d, d);
  let q = f64x2.add(v128.load(C, T1), f64x2.mul(z, v128.load(C, T2)));
  q = f64x2.add(v128.load(C, T0), f64x2.mul(z, q));
  const t = f64x2.mul(d, f64x2.add(v128.load(C, ONE), f64x2.mul(z, q)));
  const low = tableAddress(i32x4.extract_lane(raw, 0));
  const high = tableAddress(i32x4.extract_lane(raw, 2));
  const T = v128.load_lane<f64>(high, v128.load64_splat(low), 1);
  const one = v128.load(C, ONE);
  const slope = f64x2.mul(f64x2.sub(one, f64x2.mul(T, T)), t);
  return f64x2.add(T, f64x2.div(slope, f64x2.add(one, f64x2.mul(T, t))));
}

@inline
function tableAddress(j: i32): usize {
  const entry: u32 = <u32>(j + CENTRE);
  return __heap_base + ((<usize>(entry < <u32>TANH_TABLE_LENGTH ? entry : CENTRE)) << 3);
}

/** y = tanh x; φ′ = (1 − y)(1 + y); φ″ = (−2 y) φ′ unless `curvature` is −1. */
export function tanh(n: i32, x: i32, y: i32, slope: i32, curvature: i32): void {
  let p = at(x);
  let o = at(y);
  let s = at(slope);
  let c = at(curvature);
  const end = o + ((<usize>n) << 3);
  const one = v128.load(C, ONE);
  for (; o < end; o += 16, p += 16, s += 16, c += 16) {
    const single = o + 8 == end;
    const t = tanhPair(single ? v128.load64_splat(p) : v128.load(p));
    const d = f64x2.mul(f64x2.sub(one, t), f64x2.add(one, t));
    if (single) {
      store<f64>(o, f64x2.extract_lane(t, 0));
      store<f64>(s, f64x2.extract_lane(d, 0));
    } else {
      v128.store(o, t);
      v128.store(s, d);
    }
    if (curvature >= 0) {
      const e = f64x2.mul(f64x2.mul(v128.load(C, MINUS_TWO), t), d);
      if (single) store<f64>(c, f64x2.extract_lane(e, 0));
      else v128.store(c, e);
    }
  }
}

/** y[b] ← u[t] − log Σ_{c≠t} e^{u[c]}, t = labels[b]; out[c, b] ← [c = t] − q[c, b], q the softmax over c ≠ t. */
export function margin(classes: i32, batch: i32, u: i32, labels: i32, y: i32, out: i32): void {
  const line: usize = (<usize>batch) << 3;
  let b: i32 = 0;
  for (; b + 2 <= batch; b += 2) {
    const t = v128.load(at(labels + b));
    let greatest = f64x2.splat(-Infinity);
    let own = greatest;
    let p = at(u + b);
    for (let c: i32 = 0; c < classes; c++, p += line) {
      const v = v128.load(p);
      const mask = f64x2.eq(f64x2.splat(<f64>c), t);
      own = v128.bitselect(v, own, mask);
      greatest = v128.bitselect(greatest, f64x2.pmax(greatest, v), mask);
    }
    let sum = f64x2.splat(0);
    p = at(u + b);
    let o = at(out + b);
    for (let c: i32 = 0; c < classes; c++, p += line, o += line) {
      const mask = f64x2.eq(f64x2.splat(<f64>c), t);
      const e = v128.andnot(expPair(f64x2.sub(v128.bitselect(greatest, v128.load(p), mask), greatest)), mask);
      v128.store(o, e);
      sum = f64x2.add(sum, e);
    }
    o = at(out + b);
    for (let c: i32 = 0; c < classes; c++, o += line) {
      const mask = f64x2.eq(f64x2.splat(<f64>c), t);
      v128.store(o, v128.bitselect(v128.load(C, ONE), f64x2.div(f64x2.neg(v128.load(o)), sum), mask));
    }
    const rise = f64x2.sub(own, greatest);
    store<f64>(at(y + b), f64x2.extract_lane(rise, 0) - logAbove1(f64x2.extract_lane(sum, 0)));
    store<f64>(at(y + b), f64x2.extract_lane(rise, 1) - logAbove1(f64x2.extract_lane(sum, 1)), 8);
  }
  if (b < batch) {
    const t = load<f64>(at(labels + b));
    let greatest: f64 = -Infinity;
    let own: f64 = 0;
    let p = at(u + b);
    for (let c: i32 = 0; c < classes; c++, p += line) {
      const v = load<f64>(p);
      if (<f64>c == t) own = v;
      else if (v > greatest) greatest = v;
    }
    let sum: f64 = 0;
    p = at(u + b);
    let o = at(out + b);
    for (let c: i32 = 0; c < classes; c++, p += line, o += line)
      if (<f64>c != t) {
        const e = expAny(load<f64>(p) - greatest);
        store<f64>(o, e);
        sum += e;
      }
    o = at(out + b);
    for (let c: i32 = 0; c < classes; c++, o += line) store<f64>(o, <f64>c == t ? 1 : -load<f64>(o) / sum);
    store<f64>(at(y + b), own - greatest - logAbove1(sum));
  }
}
