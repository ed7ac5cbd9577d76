/**
 * @file exp, log and log(1 + x) of two doubles at a time (AssemblyScript). The same operations in the same order as
 * src/linalg/elementary, so the same bits; constants are read from memory, because V8 rebuilds splatted ones.
 */

/** Pairs of equal doubles: E(r) even and odd from the highest power down, then what is named below. */
const C: usize = memory.data<f64>([
  2.762628332588968e-7, 2.762628332588968e-7, 2.480150457097627e-5, 2.480150457097627e-5, 0.0013888888932254734,
  0.0013888888932254734, 0.041666666666574106, 0.041666666666574106, 0.5000000000000006, 0.5000000000000006,
  2.5114430873932613e-8, 2.5114430873932613e-8, 2.7557228093037526e-6, 2.7557228093037526e-6, 0.00019841269902866324,
  0.00019841269902866324, 0.008333333333314673, 0.008333333333314673, 0.16666666666666685, 0.16666666666666685,
  1.4426950408889634, 1.4426950408889634, 0.5, 0.5, 0.6931471803691238, 0.6931471803691238, 1.9082149292705877e-10,
  1.9082149292705877e-10, 4503599627371519.0, 4503599627371519.0, 1, 1, 2, 2, -708, -708,
  0.15314050632059595, 0.15314050632059595, 0.22222198573359705, 0.22222198573359705, 0.399999999994147,
  0.399999999994147, 0.14795949398544272, 0.14795949398544272, 0.18183564320453277, 0.18183564320453277,
  0.2857142874238502, 0.2857142874238502, 0.6666666666666734, 0.6666666666666734, 1.4142131805419922,
  1.4142131805419922,
]);
/** E(r), even and odd, each from the highest power down. */
export const E_EVEN: usize = 0;
export const E_ODD: usize = 80;
export const LOG2E: usize = 160;
export const HALF: usize = 176;
export const LN2_HIGH: usize = 192;
export const LN2_LOW: usize = 208;
export const MAGIC: usize = 224; // 2⁵² + 1023
export const ONE: usize = 240;
const TWO: usize = 256;
const LEAST: usize = 272;
const L_ODD: usize = 288; // L(z) odd, then even, from the highest power down
const L_EVEN: usize = 336;
const SQRT_TWO: usize = 400; // √2 in its upper word, the lower one zero

/** The pair of equal constants so many bytes behind the first. */
@inline
export function expConstant(bytes: usize): v128 {
  return v128.load(C + bytes);
}

/** (1, 1). */
@inline
export function ones(): v128 {
  return v128.load(C, ONE);
}

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

/** e^x where {@link ordinary} holds. */
@inline
export function expNormal(x: v128): v128 {
  const k = f64x2.floor(f64x2.add(f64x2.mul(x, v128.load(C, LOG2E)), v128.load(C, HALF)));
  const high = f64x2.sub(x, f64x2.mul(k, v128.load(C, LN2_HIGH)));
  const low = f64x2.mul(k, v128.load(C, LN2_LOW));
  const r = f64x2.sub(high, low);
  const y = f64x2.add(v128.load(C, ONE), f64x2.add(high, f64x2.sub(rest(r, f64x2.mul(r, r)), low)));
  return f64x2.mul(y, power(k));
}

/** Whether neither exponential of two numbers ≤ 0 is subnormal; false for NaN. */
@inline
export function ordinary(x: v128): bool {
  return i64x2.all_true(f64x2.ge(x, v128.load(C, LEAST)));
}

function pow2(k: i32): f64 {
  return reinterpret<f64>((<i64>(k + 1023)) << 52);
}

/** e^x for any double. */
export function expAny(x: f64): f64 {
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

/** e^x for x ≤ 0, or NaN. */
@inline
export function expPair(x: v128): v128 {
  if (ordinary(x)) return expNormal(x);
  return f64x2.replace_lane(f64x2.splat(expAny(f64x2.extract_lane(x, 0))), 1, expAny(f64x2.extract_lane(x, 1)));
}

/** log(1 + f) + k·ln2, `low` added: the `assemble` of src/linalg/elementary/log.ts. */
@inline
function assemble(f: v128, k: v128, low: v128): v128 {
  const s = f64x2.div(f, f64x2.add(v128.load(C, TWO), f));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  let odd = f64x2.add(v128.load(C, L_ODD + 16), f64x2.mul(w, v128.load(C, L_ODD)));
  odd = f64x2.add(v128.load(C, L_ODD + 32), f64x2.mul(w, odd));
  let even = f64x2.add(v128.load(C, L_EVEN + 16), f64x2.mul(w, v128.load(C, L_EVEN)));
  even = f64x2.add(v128.load(C, L_EVEN + 32), f64x2.mul(w, even));
  even = f64x2.add(v128.load(C, L_EVEN + 48), f64x2.mul(w, even));
  const series = f64x2.mul(z, f64x2.add(even, f64x2.mul(z, odd)));
  const half = f64x2.mul(f64x2.mul(v128.load(C, HALF), f), f);
  const small = f64x2.add(f64x2.mul(k, v128.load(C, LN2_LOW)), low);
  const tail = f64x2.add(f64x2.mul(s, f64x2.add(half, series)), small);
  return f64x2.sub(f64x2.mul(k, v128.load(C, LN2_HIGH)), f64x2.sub(f64x2.sub(half, tail), f));
}

/** log x for 1 ≤ x < ∞, or NaN. */
@inline
export function logAbove1(x: v128): v128 {
  const exponents = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3fe6a09e)), 20); // in the upper words
  const k = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(exponents, exponents, 1, 3, 1, 3));
  const f = f64x2.sub(f64x2.mul(x, power(f64x2.neg(k))), v128.load(C, ONE));
  return assemble(f, k, f64x2.splat(0));
}

/** log(1 + x) for 0 ≤ x ≤ 1, or NaN. */
@inline
export function log1pUnit(x: v128): v128 {
  const u = f64x2.add(v128.load(C, ONE), x);
  const large = f64x2.ge(u, v128.load(C, SQRT_TWO)); // k = 1 there, else 0
  const f = v128.bitselect(f64x2.sub(f64x2.mul(u, v128.load(C, HALF)), v128.load(C, ONE)), x, large);
  const lost = f64x2.sub(x, f64x2.sub(u, v128.load(C, ONE)));
  return assemble(f, v128.and(v128.load(C, ONE), large), v128.and(f64x2.div(lost, u), large));
}
