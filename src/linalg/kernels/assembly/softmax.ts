/** @file The softmax of columns and its derivatives, lanes over columns (AssemblyScript). Contracts: NetworkKernels. */
import { at } from './address';
import { expNormal, expPair, ordinary } from './exponential';
import { get, put } from './lanes';

/** Rows of block t that count: all, or the first t + 1 of a causal mask. */
@inline
function reach(rows: i32, causal: i32, t: i32): i32 {
  return causal != 0 ? min(rows, t + 1) : rows;
}

/** The scores f·x that count; −∞ where the mask is not above 0. */
@inline
function score(p: usize, f: v128, mask: usize, line: usize, r: i32, single: bool): v128 {
  const v = f64x2.mul(f, get(p, single));
  if (mask == 0) return v;
  const kept = f64x2.gt(get(mask + <usize>r * line, single), f64x2.splat(0));
  return v128.bitselect(v, f64x2.splat(-Infinity), kept);
}

/** y ← softmax of f·x over the rows of each block, 0 for rows that do not count. */
export function softmax(
  blocks: i32,
  rows: i32,
  batch: i32,
  causal: i32,
  factor: i32,
  mask: i32,
  x: i32,
  y: i32,
): void {
  const line: usize = (<usize>batch) << 3;
  const size = <usize>rows * line;
  const f = v128.load64_splat(at(factor));
  const kept = mask < 0 ? 0 : at(mask);
  for (let t: i32 = 0; t < blocks; t++) {
    const end = reach(rows, causal, t);
    const from = at(x) + <usize>t * size;
    const to = at(y) + <usize>t * size;
    let n: usize = 0;
    for (; n + 16 <= line; n += 16) column(rows, end, line, f, kept == 0 ? 0 : kept + n, from + n, to + n, false);
    if (n < line) column(rows, end, line, f, kept == 0 ? 0 : kept + n, from + n, to + n, true);
  }
}

/** Two columns, or the last one. */
@inline
function column(
  rows: i32,
  end: i32,
  line: usize,
  f: v128,
  mask: usize,
  x: usize,
  y: usize,
  single: bool,
): void {
  const zero = f64x2.splat(0);
  const lowest = f64x2.splat(-Infinity);
  let greatest = lowest;
  let least = f64x2.splat(Infinity);
  let p = x;
  for (let r: i32 = 0; r < end; r++, p += line) {
    const v = score(p, f, mask, line, r, single);
    greatest = f64x2.pmax(greatest, v);
    least = f64x2.pmin(least, v);
  }
  greatest = v128.bitselect(zero, greatest, f64x2.eq(greatest, lowest));
  let sum = zero;
  let o = y;
  p = x;
  if (mask == 0 && ordinary(f64x2.sub(least, greatest))) {
    // two rows at a time share the constants of the exponential: a third less time
    let r: i32 = 0;
    for (; r + 2 <= end; r += 2, p += 2 * line, o += 2 * line) {
      const e0 = expNormal(f64x2.sub(f64x2.mul(f, get(p, single)), greatest));
      const e1 = expNormal(f64x2.sub(f64x2.mul(f, get(p + line, single)), greatest));
      put(o, e0, single);
      put(o + line, e1, single);
      sum = f64x2.add(f64x2.add(sum, e0), e1);
    }
    if (r < end) {
      const e = expNormal(f64x2.sub(f64x2.mul(f, get(p, single)), greatest));
      put(o, e, single);
      sum = f64x2.add(sum, e);
    }
  } else {
    for (let r: i32 = 0; r < end; r++, p += line, o += line) {
      const e = expPair(f64x2.sub(score(p, f, mask, line, r, single), greatest));
      put(o, e, single);
      sum = f64x2.add(sum, e);
    }
  }
  sum = v128.bitselect(f64x2.splat(1), sum, f64x2.eq(sum, zero));
  o = y;
  for (let r: i32 = 0; r < end; r++, o += line) put(o, f64x2.div(get(o, single), sum), single);
  for (let r = end; r < rows; r++, o += line) put(o, zero, single);
}

/** out ← f p (v − Σ p v). */
export function softmaxSlope(
  blocks: i32,
  rows: i32,
  batch: i32,
  causal: i32,
  factor: i32,
  p: i32,
  v: i32,
  out: i32,
): void {
  const line: usize = (<usize>batch) << 3;
  const size = <usize>rows * line;
  const f = v128.load64_splat(at(factor));
  for (let t: i32 = 0; t < blocks; t++) {
    const used = <usize>reach(rows, causal, t) * line;
    for (let n: usize = 0; n < line; n += 16) {
      const single = n + 8 == line;
      const start = <usize>t * size + n;
      const from = at(p) + start;
      let q = at(v) + start;
      let mean = f64x2.splat(0);
      for (let k = from; k < from + used; k += line, q += line)
        mean = f64x2.add(mean, f64x2.mul(get(k, single), get(q, single)));
      q -= used;
      let o = at(out) + start;
      for (let k = from; k < from + used; k += line, q += line, o += line)
        put(o, f64x2.mul(f64x2.mul(f, get(k, single)), f64x2.sub(get(q, single), mean)), single);
      for (let k = from + used; k < from + size; k += line, o += line) put(o, f64x2.splat(0), single);
    }
  }
}

/** With r = Σ p g and ṙ = Σ (ṗ g + p ġ): outDot ← ṗ (f (g − r)) + f p (ġ − ṙ), and, if wanted, out ← f p (g − r). */
export function softmaxCurve(
  blocks: i32,
  rows: i32,
  batch: i32,
  causal: i32,
  factor: i32,
  p: i32,
  pDot: i32,
  g: i32,
  gDot: i32,
  out: i32,
  outDot: i32,
): void {
  const line: usize = (<usize>batch) << 3;
  const size = <usize>rows * line;
  const f = v128.load64_splat(at(factor));
  const zero = f64x2.splat(0);
  for (let t: i32 = 0; t < blocks; t++) {
    const used = <usize>reach(rows, causal, t) * line;
    for (let n: usize = 0; n < line; n += 16) {
      const single = n + 8 == line;
      const start = <usize>t * size + n;
      let mean = zero;
      let meanDot = zero;
      for (let k = start; k < start + used; k += line) {
        const weight = get(at(p) + k, single);
        const value = get(at(g) + k, single);
        mean = f64x2.add(mean, f64x2.mul(weight, value));
        meanDot = f64x2.add(
          meanDot,
          f64x2.add(f64x2.mul(get(at(pDot) + k, single), value), f64x2.mul(weight, get(at(gDot) + k, single))),
        );
      }
      for (let k = start; k < start + used; k += line) {
        const weight = f64x2.mul(f, get(at(p) + k, single));
        const rest = f64x2.sub(get(at(g) + k, single), mean);
        const turn = f64x2.mul(get(at(pDot) + k, single), f64x2.mul(f, rest));
        const change = f64x2.mul(weight, f64x2.sub(get(at(gDot) + k, single), meanDot));
        put(at(outDot) + k, f64x2.add(turn, change), single);
        if (out >= 0) put(at(out) + k, f64x2.mul(weight, rest), single);
      }
      for (let k = start + used; k < start + size; k += line) {
        put(at(outDot) + k, zero, single);
        if (out >= 0) put(at(out) + k, zero, single);
      }
    }
  }
}
