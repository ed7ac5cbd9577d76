/** @file f64x2 second derivative of the correct-class margin (AssemblyScript). Contract: ArenaKernels.marginCurve. */
import { at } from './address';
import { get, put } from './lanes';

/** out[c, b] ← out − q[c] (v[c] − Σ_k q[k] v[k]) g[b] for c ≠ t, n = [c = t] − q; v measured from its entry at the least n. */
export function marginCurve(classes: i32, batch: i32, n: i32, labels: i32, v: i32, g: i32, out: i32): void {
  const line: usize = (<usize>batch) << 3;
  let b: i32 = 0;
  for (; b + 2 <= batch; b += 2) curve(classes, line, at(n + b), v128.load(at(labels + b)), at(v + b), v128.load(at(g + b)), at(out + b), false);
  if (b < batch) curve(classes, line, at(n + b), v128.load64_splat(at(labels + b)), at(v + b), v128.load64_splat(at(g + b)), at(out + b), true);
}

/** Two examples, or the last one. */
@inline
function curve(classes: i32, line: usize, n: usize, t: v128, v: usize, g: v128, out: usize, single: bool): void {
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  const size = <usize>classes * line;
  const first = v128.and(one, f64x2.eq(t, zero)); // the first class that is not t
  let least = zero;
  let top = zero;
  let origin = zero;
  let c = zero;
  for (let k: usize = 0; k < size; k += line, c = f64x2.add(c, one)) {
    const value = get(n + k, single);
    const other = f64x2.ne(c, t);
    const mask = v128.or(f64x2.eq(c, first), v128.and(f64x2.lt(value, least), v128.and(other, f64x2.gt(c, first))));
    least = v128.bitselect(value, least, mask);
    top = v128.bitselect(c, top, mask);
    origin = v128.bitselect(get(v + k, single), origin, mask);
  }
  let mean = zero;
  c = zero;
  for (let k: usize = 0; k < size; k += line, c = f64x2.add(c, one)) {
    const term = f64x2.mul(get(n + k, single), f64x2.sub(get(v + k, single), origin));
    const kept = v128.and(f64x2.ne(c, t), f64x2.ne(c, top));
    mean = v128.bitselect(f64x2.add(mean, term), mean, kept);
  }
  c = zero;
  for (let k: usize = 0; k < size; k += line, c = f64x2.add(c, one)) {
    const moved = f64x2.add(f64x2.sub(get(v + k, single), origin), mean);
    const old = get(out + k, single);
    const sum = f64x2.add(old, f64x2.mul(f64x2.mul(get(n + k, single), moved), g));
    put(out + k, v128.bitselect(sum, old, f64x2.ne(c, t)), single);
  }
}
