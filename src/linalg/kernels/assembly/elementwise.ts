/** @file f64x2 elementwise loops of the arena (AssemblyScript). Contracts: ArenaKernels. */
import { at } from './address';
import { WIDE } from './paired';

/** out ← value. */
export function fill(n: i32, value: f64, out: i32): void {
  let o = at(out);
  const end = o + ((<usize>n) << 3);
  const v = f64x2.splat(value);
  for (; o + 8 < end; o += 16) v128.store(o, v);
  if (o < end) store<f64>(o, value);
}

/** out ← x. */
export function copy(n: i32, x: i32, out: i32): void {
  memory.copy(at(out), at(x), (<usize>n) << 3);
}

/** out ← out + x. */
export function add(n: i32, x: i32, out: i32): void {
  let p = at(x);
  let o = at(out);
  const end = o + ((<usize>n) << 3);
  if (WIDE)
    for (; o + 24 < end; o += 32, p += 32) {
      const low = f64x2.add(v128.load(o), v128.load(p));
      const high = f64x2.add(v128.load(o, 16), v128.load(p, 16));
      v128.store(o, low);
      v128.store(o, high, 16);
    }
  for (; o + 8 < end; o += 16, p += 16) v128.store(o, f64x2.add(v128.load(o), v128.load(p)));
  if (o < end) store<f64>(o, load<f64>(o) + load<f64>(p));
}

/** out ← x − z. */
export function subtract(n: i32, x: i32, z: i32, out: i32): void {
  let p = at(x);
  let q = at(z);
  let o = at(out);
  const end = o + ((<usize>n) << 3);
  for (; o + 8 < end; o += 16, p += 16, q += 16) v128.store(o, f64x2.sub(v128.load(p), v128.load(q)));
  if (o < end) store<f64>(o, load<f64>(p) - load<f64>(q));
}

/** out ← c x. */
export function scale(n: i32, c: f64, x: i32, out: i32): void {
  let p = at(x);
  let o = at(out);
  const end = o + ((<usize>n) << 3);
  const v = f64x2.splat(c);
  for (; o + 8 < end; o += 16, p += 16) v128.store(o, f64x2.mul(v, v128.load(p)));
  if (o < end) store<f64>(o, c * load<f64>(p));
}

/** out ← c x with c the element at `factor`. */
export function scaleBy(n: i32, factor: i32, x: i32, out: i32): void {
  scale(n, load<f64>(at(factor)), x, out);
}

/** out ← x ⊙ z. */
export function multiply(n: i32, x: i32, z: i32, out: i32): void {
  let p = at(x);
  let q = at(z);
  let o = at(out);
  const end = o + ((<usize>n) << 3);
  if (WIDE)
    for (; o + 24 < end; o += 32, p += 32, q += 32) {
      const low = f64x2.mul(v128.load(p), v128.load(q));
      const high = f64x2.mul(v128.load(p, 16), v128.load(q, 16));
      v128.store(o, low);
      v128.store(o, high, 16);
    }
  for (; o + 8 < end; o += 16, p += 16, q += 16) v128.store(o, f64x2.mul(v128.load(p), v128.load(q)));
  if (o < end) store<f64>(o, load<f64>(p) * load<f64>(q));
}

/** out ← out + x ⊙ z. */
export function multiplyAdd(n: i32, x: i32, z: i32, out: i32): void {
  let p = at(x);
  let q = at(z);
  let o = at(out);
  const end = o + ((<usize>n) << 3);
  for (; o + 8 < end; o += 16, p += 16, q += 16)
    v128.store(o, f64x2.add(v128.load(o), f64x2.mul(v128.load(p), v128.load(q))));
  if (o < end) store<f64>(o, load<f64>(o) + load<f64>(p) * load<f64>(q));
}

/** out ← out + (a ⊙ b) ⊙ c. */
export function multiplyAdd3(n: i32, a: i32, b: i32, c: i32, out: i32): void {
  let p = at(a);
  let q = at(b);
  let r = at(c);
  let o = at(out);
  const end = o + ((<usize>n) << 3);
  if (WIDE)
    for (; o + 24 < end; o += 32, p += 32, q += 32, r += 32) {
      const low = f64x2.mul(f64x2.mul(v128.load(p), v128.load(q)), v128.load(r));
      const high = f64x2.mul(f64x2.mul(v128.load(p, 16), v128.load(q, 16)), v128.load(r, 16));
      const left = f64x2.add(v128.load(o), low);
      const right = f64x2.add(v128.load(o, 16), high);
      v128.store(o, left);
      v128.store(o, right, 16);
    }
  for (; o + 8 < end; o += 16, p += 16, q += 16, r += 16)
    v128.store(o, f64x2.add(v128.load(o), f64x2.mul(f64x2.mul(v128.load(p), v128.load(q)), v128.load(r))));
  if (o < end) store<f64>(o, load<f64>(o) + load<f64>(p) * load<f64>(q) * load<f64>(r));
}

/** y = max(x, 0); φ′ = 1 for x > 0, else 0; φ″ = 0. */
export function relu(n: i32, x: i32, y: i32, slope: i32, curvature: i32): void {
  let p = at(x);
  let o = at(y);
  let s = at(slope);
  const end = o + ((<usize>n) << 3);
  for (; o < end; o += 8, p += 8, s += 8) {
    const v = load<f64>(p);
    const positive = v > 0;
    store<f64>(o, positive ? v : 0);
    store<f64>(s, positive ? 1 : 0);
  }
  if (curvature >= 0) fill(n, 0, curvature);
}

/** v ← μ v + (g + decay θ); θ ← θ − rate v; rate, μ and decay at `settings`. */
export function sgd(n: i32, settings: i32, gradient: i32, velocity: i32, theta: i32): void {
  const rate = load<f64>(at(settings));
  const momentum = load<f64>(at(settings), 8);
  const decay = load<f64>(at(settings), 16);
  let g = at(gradient);
  let v = at(velocity);
  let t = at(theta);
  const end = t + ((<usize>n) << 3);
  const r = f64x2.splat(rate);
  const m = f64x2.splat(momentum);
  const d = f64x2.splat(decay);
  if (WIDE)
    for (; t + 24 < end; t += 32, g += 32, v += 32) {
      const w = v128.load(t);
      const x = v128.load(t, 16);
      const u = f64x2.add(f64x2.mul(m, v128.load(v)), f64x2.add(v128.load(g), f64x2.mul(d, w)));
      const y = f64x2.add(f64x2.mul(m, v128.load(v, 16)), f64x2.add(v128.load(g, 16), f64x2.mul(d, x)));
      v128.store(v, u);
      v128.store(v, y, 16);
      v128.store(t, f64x2.sub(w, f64x2.mul(r, u)));
      v128.store(t, f64x2.sub(x, f64x2.mul(r, y)), 16);
    }
  for (; t + 8 < end; t += 16, g += 16, v += 16) {
    const w = v128.load(t);
    const u = f64x2.add(f64x2.mul(m, v128.load(v)), f64x2.add(v128.load(g), f64x2.mul(d, w)));
    v128.store(v, u);
    v128.store(t, f64x2.sub(w, f64x2.mul(r, u)));
  }
  if (t < end) {
    const w = load<f64>(t);
    const u = momentum * load<f64>(v) + (load<f64>(g) + decay * w);
    store<f64>(v, u);
    store<f64>(t, w - rate * u);
  }
}
