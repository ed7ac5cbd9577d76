/** @file f64x2 correct-class margin with its gradient (AssemblyScript). Contract: ArenaKernels.margin. */
import { at } from './address';
import { expAny, expNormal, expPair, logAbove1, ones, ordinary } from './exponential';

/** y[b] ← u[t] − log Σ_{c≠t} e^{u[c]}, t = labels[b]; out[c, b] ← [c = t] − q[c, b], q the softmax over c ≠ t. */
export function margin(classes: i32, batch: i32, u: i32, labels: i32, y: i32, out: i32): void {
  const line: usize = (<usize>batch) << 3;
  const size: usize = (<usize>classes) * line;
  const one = ones();
  let b: i32 = 0;
  for (; b + 2 <= batch; b += 2) {
    const t = v128.load(at(labels + b));
    const first = at(u + b);
    const end = first + size;
    let greatest = f64x2.splat(-Infinity);
    let least = f64x2.splat(Infinity);
    let own = greatest;
    let c = f64x2.splat(0);
    for (let p = first; p < end; p += line) {
      const v = v128.load(p);
      const mask = f64x2.eq(c, t);
      own = v128.bitselect(v, own, mask);
      greatest = v128.bitselect(greatest, f64x2.pmax(greatest, v), mask);
      least = f64x2.pmin(least, v);
      c = f64x2.add(c, one);
    }
    let sum = f64x2.splat(0);
    let o = at(out + b);
    c = f64x2.splat(0);
    if (ordinary(f64x2.sub(least, greatest))) {
      for (let p = first; p < end; p += line, o += line) {
        const e = v128.andnot(expNormal(f64x2.sub(v128.load(p), greatest)), f64x2.eq(c, t));
        v128.store(o, e);
        sum = f64x2.add(sum, e);
        c = f64x2.add(c, one);
      }
    } else {
      for (let p = first; p < end; p += line, o += line) {
        const mask = f64x2.eq(c, t);
        const e = v128.andnot(expPair(f64x2.sub(v128.bitselect(greatest, v128.load(p), mask), greatest)), mask);
        v128.store(o, e);
        sum = f64x2.add(sum, e);
        c = f64x2.add(c, one);
      }
    }
    o = at(out + b);
    c = f64x2.splat(0);
    for (let p = first; p < end; p += line, o += line) {
      v128.store(o, v128.bitselect(one, f64x2.div(f64x2.neg(v128.load(o)), sum), f64x2.eq(c, t)));
      c = f64x2.add(c, one);
    }
    v128.store(at(y + b), f64x2.sub(f64x2.sub(own, greatest), logAbove1(sum)));
  }
  if (b < batch) marginOf(classes, line, at(u + b), load<f64>(at(labels + b)), at(y + b), at(out + b));
}

/** The margin of one example. */
function marginOf(classes: i32, line: usize, u: usize, t: f64, y: usize, out: usize): void {
  let greatest: f64 = -Infinity;
  let own: f64 = 0;
  let p = u;
  for (let c: i32 = 0; c < classes; c++, p += line) {
    const v = load<f64>(p);
    if (<f64>c == t) own = v;
    else if (v > greatest) greatest = v;
  }
  let sum: f64 = 0;
  p = u;
  let o = out;
  for (let c: i32 = 0; c < classes; c++, p += line, o += line)
    if (<f64>c != t) {
      const e = expAny(load<f64>(p) - greatest);
      store<f64>(o, e);
      sum += e;
    }
  o = out;
  for (let c: i32 = 0; c < classes; c++, o += line) store<f64>(o, <f64>c == t ? 1 : -load<f64>(o) / sum);
  store<f64>(y, own - greatest - f64x2.extract_lane(logAbove1(f64x2.splat(sum)), 0));
}
