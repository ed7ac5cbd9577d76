/** @file Normalisation of columns, lanes over columns (AssemblyScript). Contracts: NetworkKernels. */
import { at } from './address';
import { get, put } from './lanes';

/** y ← (x − m) r, scale ← r = 1/√(v + ε). */
export function normalise(
  blocks: i32,
  rows: i32,
  batch: i32,
  centred: i32,
  epsilon: i32,
  x: i32,
  y: i32,
  scale: i32,
): void {
  const line: usize = (<usize>batch) << 3;
  const size = <usize>rows * line;
  const count = f64x2.splat(<f64>rows);
  const e = v128.load64_splat(at(epsilon));
  for (let g: i32 = 0; g < blocks; g++) {
    let n: usize = 0;
    for (; n + 64 <= line; n += 64) {
      const from = at(x) + <usize>g * size + n;
      normaliseEight(from, from + size, line, centred, count, e, at(y) + <usize>g * size + n, at(scale) + <usize>g * line + n);
    }
    for (; n < line; n += 16) {
      const single = n + 8 == line;
      const from = at(x) + <usize>g * size + n;
      const end = from + size;
      let mean = f64x2.splat(0);
      if (centred != 0) {
        for (let p = from; p < end; p += line) mean = f64x2.add(mean, get(p, single));
        mean = f64x2.div(mean, count);
      }
      let squares = f64x2.splat(0);
      for (let p = from; p < end; p += line) {
        const d = f64x2.sub(get(p, single), mean);
        squares = f64x2.add(squares, f64x2.mul(d, d));
      }
      const r = inverseRoot(squares, count, e);
      put(at(scale) + <usize>g * line + n, r, single);
      let o = at(y) + <usize>g * size + n;
      for (let p = from; p < end; p += line, o += line)
        put(o, f64x2.mul(f64x2.sub(get(p, single), mean), r), single);
    }
  }
}

/** Eight columns at once: four independent sums hide each other's latency. */
@inline
function normaliseEight(
  from: usize,
  end: usize,
  line: usize,
  centred: i32,
  count: v128,
  e: v128,
  y: usize,
  scale: usize,
): void {
  let m0 = f64x2.splat(0);
  let m1 = m0;
  let m2 = m0;
  let m3 = m0;
  if (centred != 0) {
    for (let p = from; p < end; p += line) {
      m0 = f64x2.add(m0, v128.load(p));
      m1 = f64x2.add(m1, v128.load(p, 16));
      m2 = f64x2.add(m2, v128.load(p, 32));
      m3 = f64x2.add(m3, v128.load(p, 48));
    }
    m0 = f64x2.div(m0, count);
    m1 = f64x2.div(m1, count);
    m2 = f64x2.div(m2, count);
    m3 = f64x2.div(m3, count);
  }
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let p = from; p < end; p += line) {
    const d0 = f64x2.sub(v128.load(p), m0);
    const d1 = f64x2.sub(v128.load(p, 16), m1);
    const d2 = f64x2.sub(v128.load(p, 32), m2);
    const d3 = f64x2.sub(v128.load(p, 48), m3);
    s0 = f64x2.add(s0, f64x2.mul(d0, d0));
    s1 = f64x2.add(s1, f64x2.mul(d1, d1));
    s2 = f64x2.add(s2, f64x2.mul(d2, d2));
    s3 = f64x2.add(s3, f64x2.mul(d3, d3));
  }
  s0 = inverseRoot(s0, count, e);
  s1 = inverseRoot(s1, count, e);
  s2 = inverseRoot(s2, count, e);
  s3 = inverseRoot(s3, count, e);
  v128.store(scale, s0);
  v128.store(scale, s1, 16);
  v128.store(scale, s2, 32);
  v128.store(scale, s3, 48);
  for (let p = from; p < end; p += line, y += line) {
    v128.store(y, f64x2.mul(f64x2.sub(v128.load(p), m0), s0));
    v128.store(y, f64x2.mul(f64x2.sub(v128.load(p, 16), m1), s1), 16);
    v128.store(y, f64x2.mul(f64x2.sub(v128.load(p, 32), m2), s2), 32);
    v128.store(y, f64x2.mul(f64x2.sub(v128.load(p, 48), m3), s3), 48);
  }
}

/** 1/√(squares/count + ε). */
@inline
function inverseRoot(squares: v128, count: v128, e: v128): v128 {
  return f64x2.div(f64x2.splat(1), f64x2.sqrt(f64x2.add(f64x2.div(squares, count), e)));
}

/** out ← r (v − mean v − y mean(y v)). */
export function normaliseSlope(
  blocks: i32,
  rows: i32,
  batch: i32,
  centred: i32,
  y: i32,
  scale: i32,
  v: i32,
  out: i32,
): void {
  const line: usize = (<usize>batch) << 3;
  const size = <usize>rows * line;
  const count = f64x2.splat(<f64>rows);
  for (let g: i32 = 0; g < blocks; g++) {
    let n: usize = 0;
    for (; n + 64 <= line; n += 64) {
      const first = at(y) + <usize>g * size + n;
      slopeEight(first, at(v) + <usize>g * size + n, size, line, centred, count, at(scale) + <usize>g * line + n, at(out) + <usize>g * size + n);
    }
    for (; n < line; n += 16) {
      const single = n + 8 == line;
      const first = at(y) + <usize>g * size + n;
      const end = first + size;
      let q = at(v) + <usize>g * size + n;
      let mean = f64x2.splat(0);
      let along = mean;
      for (let p = first; p < end; p += line, q += line) {
        const z = get(q, single);
        mean = f64x2.add(mean, z);
        along = f64x2.add(along, f64x2.mul(get(p, single), z));
      }
      mean = centred != 0 ? f64x2.div(mean, count) : f64x2.splat(0);
      along = f64x2.div(along, count);
      const r = get(at(scale) + <usize>g * line + n, single);
      q -= size;
      let o = at(out) + <usize>g * size + n;
      for (let p = first; p < end; p += line, q += line, o += line) {
        const rest = f64x2.sub(f64x2.sub(get(q, single), mean), f64x2.mul(get(p, single), along));
        put(o, f64x2.mul(r, rest), single);
      }
    }
  }
}

/** Eight columns at once: a whole line of the cache, which long rows of 2ᵏ numbers would drive out between visits. */
@inline
function slopeEight(
  y: usize,
  v: usize,
  size: usize,
  line: usize,
  centred: i32,
  count: v128,
  scale: usize,
  out: usize,
): void {
  let m0 = f64x2.splat(0);
  let m1 = m0;
  let m2 = m0;
  let m3 = m0;
  let a0 = m0;
  let a1 = m0;
  let a2 = m0;
  let a3 = m0;
  for (let k: usize = 0; k < size; k += line) {
    const p = y + k;
    const q = v + k;
    let z = v128.load(q);
    m0 = f64x2.add(m0, z);
    a0 = f64x2.add(a0, f64x2.mul(v128.load(p), z));
    z = v128.load(q, 16);
    m1 = f64x2.add(m1, z);
    a1 = f64x2.add(a1, f64x2.mul(v128.load(p, 16), z));
    z = v128.load(q, 32);
    m2 = f64x2.add(m2, z);
    a2 = f64x2.add(a2, f64x2.mul(v128.load(p, 32), z));
    z = v128.load(q, 48);
    m3 = f64x2.add(m3, z);
    a3 = f64x2.add(a3, f64x2.mul(v128.load(p, 48), z));
  }
  if (centred != 0) {
    m0 = f64x2.div(m0, count);
    m1 = f64x2.div(m1, count);
    m2 = f64x2.div(m2, count);
    m3 = f64x2.div(m3, count);
  } else {
    m0 = f64x2.splat(0);
    m1 = m0;
    m2 = m0;
    m3 = m0;
  }
  a0 = f64x2.div(a0, count);
  a1 = f64x2.div(a1, count);
  a2 = f64x2.div(a2, count);
  a3 = f64x2.div(a3, count);
  for (let k: usize = 0; k < size; k += line) {
    const p = y + k;
    const q = v + k;
    const o = out + k;
    let rest = f64x2.sub(f64x2.sub(v128.load(q), m0), f64x2.mul(v128.load(p), a0));
    v128.store(o, f64x2.mul(v128.load(scale), rest));
    rest = f64x2.sub(f64x2.sub(v128.load(q, 16), m1), f64x2.mul(v128.load(p, 16), a1));
    v128.store(o, f64x2.mul(v128.load(scale, 16), rest), 16);
    rest = f64x2.sub(f64x2.sub(v128.load(q, 32), m2), f64x2.mul(v128.load(p, 32), a2));
    v128.store(o, f64x2.mul(v128.load(scale, 32), rest), 32);
    rest = f64x2.sub(f64x2.sub(v128.load(q, 48), m3), f64x2.mul(v128.load(p, 48), a3));
    v128.store(o, f64x2.mul(v128.load(scale, 48), rest), 48);
  }
}

/** out ← out − r² (b (g − mean g) + a (v − mean v) + y (mean(v g) − mean v mean g − 3 a b)), a = mean(y g), b = mean(y v). */
export function normaliseCurve(
  blocks: i32,
  rows: i32,
  batch: i32,
  centred: i32,
  y: i32,
  scale: i32,
  v: i32,
  g: i32,
  out: i32,
): void {
  const line: usize = (<usize>batch) << 3;
  const size = <usize>rows * line;
  const count = f64x2.splat(<f64>rows);
  const zero = f64x2.splat(0);
  for (let k: i32 = 0; k < blocks; k++)
    for (let n: usize = 0; n < line; n += 16) {
      const single = n + 8 == line;
      const first = at(y) + <usize>k * size + n;
      const end = first + size;
      let p = at(v) + <usize>k * size + n;
      let q = at(g) + <usize>k * size + n;
      let meanV = zero;
      let meanG = zero;
      let a = zero;
      let b = zero;
      let both = zero;
      for (let t = first; t < end; t += line, p += line, q += line) {
        const unit = get(t, single);
        const left = get(p, single);
        const right = get(q, single);
        meanV = f64x2.add(meanV, left);
        meanG = f64x2.add(meanG, right);
        b = f64x2.add(b, f64x2.mul(unit, left));
        a = f64x2.add(a, f64x2.mul(unit, right));
        both = f64x2.add(both, f64x2.mul(left, right));
      }
      meanV = centred != 0 ? f64x2.div(meanV, count) : zero;
      meanG = centred != 0 ? f64x2.div(meanG, count) : zero;
      a = f64x2.div(a, count);
      b = f64x2.div(b, count);
      const c = f64x2.sub(
        f64x2.sub(f64x2.div(both, count), f64x2.mul(meanV, meanG)),
        f64x2.mul(f64x2.splat(3), f64x2.mul(a, b)),
      );
      const r = get(at(scale) + <usize>k * line + n, single);
      const square = f64x2.mul(r, r);
      p -= size;
      q -= size;
      let o = at(out) + <usize>k * size + n;
      for (let t = first; t < end; t += line, p += line, q += line, o += line) {
        const sides = f64x2.add(
          f64x2.mul(b, f64x2.sub(get(q, single), meanG)),
          f64x2.mul(a, f64x2.sub(get(p, single), meanV)),
        );
        const sum = f64x2.add(sides, f64x2.mul(get(t, single), c));
        put(o, f64x2.sub(get(o, single), f64x2.mul(square, sum)), single);
      }
    }
}
