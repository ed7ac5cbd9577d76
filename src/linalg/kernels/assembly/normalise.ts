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
  const one = f64x2.splat(1);
  const count = f64x2.splat(<f64>rows);
  const e = v128.load64_splat(at(epsilon));
  for (let g: i32 = 0; g < blocks; g++)
    for (let n: usize = 0; n < line; n += 16) {
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
      const r = f64x2.div(one, f64x2.sqrt(f64x2.add(f64x2.div(squares, count), e)));
      put(at(scale) + <usize>g * line + n, r, single);
      let o = at(y) + <usize>g * size + n;
      for (let p = from; p < end; p += line, o += line)
        put(o, f64x2.mul(f64x2.sub(get(p, single), mean), r), single);
    }
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
  for (let g: i32 = 0; g < blocks; g++)
    for (let n: usize = 0; n < line; n += 16) {
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
