/** @file f64x2 matrix products of a linear layer, lanes over the batch (AssemblyScript). Contracts: ArenaKernels. */
import { at } from './address';

/** Blocks of 2 rows × 4 vectors: eight accumulators; more spill. */
const WIDE: i32 = 8;

/** y[i, b] ← start + Σ_k W[i, k] x[k, b]; `start` 0 zero, 1 bias, 2 present. */
export function affine(outputs: i32, inputs: i32, batch: i32, start: i32, w: i32, x: i32, y: i32): void {
  const ld: usize = (<usize>(inputs + 1)) << 3;
  products(outputs, inputs, batch, start, at(w), ld, 8, at(x), at(y), (<usize>inputs) << 3);
}

/** xBar[k, b] ← start + Σ_i W[i, k] yBar[i, b]; `start` 0 zero, 2 present. */
export function affineInput(outputs: i32, inputs: i32, batch: i32, start: i32, w: i32, yBar: i32, xBar: i32): void {
  const ld: usize = (<usize>(inputs + 1)) << 3;
  products(inputs, outputs, batch, start, at(w), 8, ld, at(yBar), at(xBar), 0);
}

/** out[r, b] ← start + Σ_d W[r, d] x[d, b] with W at w + r·rowStep + d·depthStep; the bias of row r at w + r·rowStep + bias. */
function products(
  rows: i32,
  depth: i32,
  batch: i32,
  start: i32,
  w: usize,
  rowStep: usize,
  depthStep: usize,
  x: usize,
  out: usize,
  bias: usize,
): void {
  const line: usize = (<usize>batch) << 3;
  let b: i32 = 0;
  for (; b + WIDE <= batch; b += WIDE) {
    const column: usize = (<usize>b) << 3;
    let r: i32 = 0;
    for (; r + 2 <= rows; r += 2) {
      let w0 = w + (<usize>r) * rowStep;
      let w1 = w0 + rowStep;
      const o0 = out + (<usize>r) * line + column;
      const o1 = o0 + line;
      let a0 = f64x2.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let c0 = a0;
      let c1 = a0;
      let c2 = a0;
      let c3 = a0;
      if (start == 1) {
        a0 = v128.load64_splat(w0 + bias);
        a1 = a0;
        a2 = a0;
        a3 = a0;
        c0 = v128.load64_splat(w1 + bias);
        c1 = c0;
        c2 = c0;
        c3 = c0;
      } else if (start == 2) {
        a0 = v128.load(o0);
        a1 = v128.load(o0, 16);
        a2 = v128.load(o0, 32);
        a3 = v128.load(o0, 48);
        c0 = v128.load(o1);
        c1 = v128.load(o1, 16);
        c2 = v128.load(o1, 32);
        c3 = v128.load(o1, 48);
      }
      let p = x + column;
      const end = p + (<usize>depth) * line;
      for (; p < end; p += line, w0 += depthStep, w1 += depthStep) {
        const u0 = v128.load64_splat(w0);
        const u1 = v128.load64_splat(w1);
        let z = v128.load(p);
        a0 = f64x2.add(a0, f64x2.mul(u0, z));
        c0 = f64x2.add(c0, f64x2.mul(u1, z));
        z = v128.load(p, 16);
        a1 = f64x2.add(a1, f64x2.mul(u0, z));
        c1 = f64x2.add(c1, f64x2.mul(u1, z));
        z = v128.load(p, 32);
        a2 = f64x2.add(a2, f64x2.mul(u0, z));
        c2 = f64x2.add(c2, f64x2.mul(u1, z));
        z = v128.load(p, 48);
        a3 = f64x2.add(a3, f64x2.mul(u0, z));
        c3 = f64x2.add(c3, f64x2.mul(u1, z));
      }
      v128.store(o0, a0);
      v128.store(o0, a1, 16);
      v128.store(o0, a2, 32);
      v128.store(o0, a3, 48);
      v128.store(o1, c0);
      v128.store(o1, c1, 16);
      v128.store(o1, c2, 32);
      v128.store(o1, c3, 48);
    }
    if (r < rows) {
      let w0 = w + (<usize>r) * rowStep;
      const o0 = out + (<usize>r) * line + column;
      let a0 = f64x2.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      if (start == 1) {
        a0 = v128.load64_splat(w0 + bias);
        a1 = a0;
        a2 = a0;
        a3 = a0;
      } else if (start == 2) {
        a0 = v128.load(o0);
        a1 = v128.load(o0, 16);
        a2 = v128.load(o0, 32);
        a3 = v128.load(o0, 48);
      }
      let p = x + column;
      const end = p + (<usize>depth) * line;
      for (; p < end; p += line, w0 += depthStep) {
        const u0 = v128.load64_splat(w0);
        a0 = f64x2.add(a0, f64x2.mul(u0, v128.load(p)));
        a1 = f64x2.add(a1, f64x2.mul(u0, v128.load(p, 16)));
        a2 = f64x2.add(a2, f64x2.mul(u0, v128.load(p, 32)));
        a3 = f64x2.add(a3, f64x2.mul(u0, v128.load(p, 48)));
      }
      v128.store(o0, a0);
      v128.store(o0, a1, 16);
      v128.store(o0, a2, 32);
      v128.store(o0, a3, 48);
    }
  }
  for (; b < batch; b++) {
    const column: usize = (<usize>b) << 3;
    for (let r: i32 = 0; r < rows; r++) {
      let w0 = w + (<usize>r) * rowStep;
      const o0 = out + (<usize>r) * line + column;
      let sum: f64 = start == 1 ? load<f64>(w0 + bias) : start == 2 ? load<f64>(o0) : 0;
      let p = x + column;
      const end = p + (<usize>depth) * line;
      for (; p < end; p += line, w0 += depthStep) sum += load<f64>(w0) * load<f64>(p);
      store<f64>(o0, sum);
    }
  }
}

/** wBar[i, k] ← start + Σ_b yBar[i, b] x[k, b], four interleaved partial sums; the bias column is left alone. */
export function affineWeight(outputs: i32, inputs: i32, batch: i32, start: i32, yBar: i32, x: i32, wBar: i32): void {
  const line: usize = (<usize>batch) << 3;
  const ld: usize = (<usize>(inputs + 1)) << 3;
  const s = at(yBar);
  const z = at(x);
  const out = at(wBar);
  let i: i32 = 0;
  for (; i + 2 <= outputs; i += 2) {
    const s0 = s + (<usize>i) * line;
    const o = out + (<usize>i) * ld;
    let k: i32 = 0;
    for (; k + 2 <= inputs; k += 2) weightBlock(line, ld, start, s0, z + (<usize>k) * line, o + ((<usize>k) << 3));
    if (k < inputs) {
      weightCell(line, start, s0, z + (<usize>k) * line, o + ((<usize>k) << 3));
      weightCell(line, start, s0 + line, z + (<usize>k) * line, o + ld + ((<usize>k) << 3));
    }
  }
  if (i < outputs)
    for (let k: i32 = 0; k < inputs; k++)
      weightCell(line, start, s + (<usize>i) * line, z + (<usize>k) * line, out + (<usize>i) * ld + ((<usize>k) << 3));
}

/** wBar[i, inputs] ← Σ_b yBar[i, b], four interleaved partial sums. */
export function affineBias(outputs: i32, inputs: i32, batch: i32, yBar: i32, wBar: i32): void {
  const line: usize = (<usize>batch) << 3;
  const ld: usize = (<usize>(inputs + 1)) << 3;
  let s = at(yBar);
  let out = at(wBar) + ld - 8;
  for (let i: i32 = 0; i < outputs; i++, s += line, out += ld) biasCell(line, s, out);
}

@inline
function combine(even: v128, odd: v128): f64 {
  const sum = f64x2.add(even, odd); // (s₀ + s₂, s₁ + s₃)
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

@inline
function put(out: usize, start: i32, sum: f64): void {
  store<f64>(out, start == 2 ? load<f64>(out) + sum : sum);
}

/** A 2 × 2 block of the weight gradient. */
function weightBlock(line: usize, ld: usize, start: i32, s: usize, x: usize, out: usize): void {
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  let p = s;
  let q = x;
  const end = s + line;
  for (; p + 24 < end; p += 32, q += 32) {
    let t0 = v128.load(p);
    let t1 = v128.load(p + line);
    let z0 = v128.load(q);
    let z1 = v128.load(q + line);
    a = f64x2.add(a, f64x2.mul(t0, z0));
    b = f64x2.add(b, f64x2.mul(t0, z1));
    c = f64x2.add(c, f64x2.mul(t1, z0));
    d = f64x2.add(d, f64x2.mul(t1, z1));
    t0 = v128.load(p, 16);
    t1 = v128.load(p + line, 16);
    z0 = v128.load(q, 16);
    z1 = v128.load(q + line, 16);
    e = f64x2.add(e, f64x2.mul(t0, z0));
    f = f64x2.add(f, f64x2.mul(t0, z1));
    g = f64x2.add(g, f64x2.mul(t1, z0));
    h = f64x2.add(h, f64x2.mul(t1, z1));
  }
  if (p + 8 < end) {
    const t0 = v128.load(p);
    const t1 = v128.load(p + line);
    const z0 = v128.load(q);
    const z1 = v128.load(q + line);
    a = f64x2.add(a, f64x2.mul(t0, z0));
    b = f64x2.add(b, f64x2.mul(t0, z1));
    c = f64x2.add(c, f64x2.mul(t1, z0));
    d = f64x2.add(d, f64x2.mul(t1, z1));
    p += 16;
    q += 16;
    if (p < end) {
      e = last(e, p, q);
      f = last(f, p, q + line);
      g = last(g, p + line, q);
      h = last(h, p + line, q + line);
    }
  } else if (p < end) {
    a = last(a, p, q);
    b = last(b, p, q + line);
    c = last(c, p + line, q);
    d = last(d, p + line, q + line);
  }
  put(out, start, combine(a, e));
  put(out + 8, start, combine(b, f));
  put(out + ld, start, combine(c, g));
  put(out + ld + 8, start, combine(d, h));
}

/** A last single product goes to the lower lane; the upper lane is left as it is. */
@inline
function last(sum: v128, p: usize, q: usize): v128 {
  return f64x2.replace_lane(sum, 0, f64x2.extract_lane(sum, 0) + load<f64>(p) * load<f64>(q));
}

function weightCell(line: usize, start: i32, s: usize, x: usize, out: usize): void {
  let a = f64x2.splat(0);
  let e = a;
  let p = s;
  let q = x;
  const end = s + line;
  for (; p + 24 < end; p += 32, q += 32) {
    a = f64x2.add(a, f64x2.mul(v128.load(p), v128.load(q)));
    e = f64x2.add(e, f64x2.mul(v128.load(p, 16), v128.load(q, 16)));
  }
  if (p + 8 < end) {
    a = f64x2.add(a, f64x2.mul(v128.load(p), v128.load(q)));
    p += 16;
    q += 16;
    if (p < end) e = last(e, p, q);
  } else if (p < end) a = last(a, p, q);
  put(out, start, combine(a, e));
}

function biasCell(line: usize, s: usize, out: usize): void {
  let a = f64x2.splat(0);
  let e = a;
  let p = s;
  const end = s + line;
  for (; p + 24 < end; p += 32) {
    a = f64x2.add(a, v128.load(p));
    e = f64x2.add(e, v128.load(p, 16));
  }
  if (p + 8 < end) {
    a = f64x2.add(a, v128.load(p));
    p += 16;
    if (p < end) e = f64x2.replace_lane(e, 0, f64x2.extract_lane(e, 0) + load<f64>(p));
  } else if (p < end) a = f64x2.replace_lane(a, 0, f64x2.extract_lane(a, 0) + load<f64>(p));
  store<f64>(out, combine(a, e));
}
