/** @file f64x2 matrix products of a linear layer, lanes over the batch (AssemblyScript). Contracts: ArenaKernels. */
import { at } from './address';
import { isPaired } from './paired';
import { pairedWeights } from './paired-weights';

/** Blocks of 2 rows × 4 vectors: eight accumulators; more spill. */
const WIDE: i32 = 8;

/** y[i, b] ← start + Σ_k W[i, k] x[k, b]; `start` 0 zero, 1 bias, 2 present. */
export function affine(
  outputs: i32,
  inputs: i32,
  width: i32,
  batch: i32,
  start: i32,
  w: i32,
  bias: i32,
  x: i32,
  y: i32,
): void {
  const ld: usize = (<usize>width) << 3;
  if (start == 1) products(outputs, inputs, batch, 1, at(w), ld, 8, at(x), at(y), at(bias) - at(w));
  else anyProducts(outputs, inputs, batch, start, at(w), ld, 8, at(x), at(y), 0);
}

/** xBar[k, b] ← start + Σ_i W[i, k] yBar[i, b]; `start` 0 zero, 2 present. */
export function affineInput(
  outputs: i32,
  inputs: i32,
  width: i32,
  batch: i32,
  start: i32,
  w: i32,
  yBar: i32,
  xBar: i32,
): void {
  const ld: usize = (<usize>width) << 3;
  if (start == 0) products(inputs, outputs, batch, 0, at(w), 8, ld, at(yBar), at(xBar), 0);
  else anyProducts(inputs, outputs, batch, start, at(w), 8, ld, at(yBar), at(xBar), 0);
}

/** The products that no training step takes: one copy of the code for all starts and strides. */
function anyProducts(
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
  products(rows, depth, batch, start, w, rowStep, depthStep, x, out, bias);
}

/**
 * out[r, b] ← start + Σ_d W[r, d] x[d, b] with W at w + r·rowStep + d·depthStep; the bias of row r at w + r·rowStep + bias.
 * Inlined where strides and start are known: 8 % of the gradient of the inputs, whose two weights share a pointer.
 */
@inline
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

/** wBar[i, k] ← start + Σ_b yBar[i, b] x[k, b], four interleaved partial sums; columns from `inputs` on are left alone. */
export function affineWeight(
  outputs: i32,
  inputs: i32,
  width: i32,
  batch: i32,
  start: i32,
  yBar: i32,
  x: i32,
  wBar: i32,
): void {
  const ld: usize = (<usize>width) << 3;
  if (isPaired() && ((batch & 3) | (outputs & 1) | (inputs & 1)) == 0) {
    pairedWeights((<usize>batch) << 3, ld, outputs, inputs, start, at(yBar), at(x), at(wBar));
    return;
  }
  // A line length known at compile time turns row addresses into immediate offsets: 8 % for the common batch of 32; the start 6 %.
  if (batch == 32 && start == 0) weights(256, ld, outputs, inputs, 0, at(yBar), at(x), at(wBar));
  else weights((<usize>batch) << 3, ld, outputs, inputs, start, at(yBar), at(x), at(wBar));
}

@inline
export function weights(
  line: usize,
  ld: usize,
  outputs: i32,
  inputs: i32,
  start: i32,
  s: usize,
  x: usize,
  out: usize,
): void {
  let i: i32 = 0;
  for (; i + 4 <= outputs; i += 4, s += 4 * line, out += 4 * ld) {
    let z = x;
    let o = out;
    let k: i32 = 0;
    for (; k + 2 <= inputs; k += 2, z += 2 * line, o += 16) weightBlock(line, ld, start, s, z, o);
    if (k < inputs)
      for (let r: usize = 0; r < 4; r++) weightCell(line, start, s + r * line, z, o + r * ld);
  }
  for (; i < outputs; i++, s += line, out += ld) {
    let z = x;
    for (let k: i32 = 0; k < inputs; k++, z += line) weightCell(line, start, s, z, out + ((<usize>k) << 3));
  }
}

/** The element at biasBar + i·width ← Σ_b yBar[i, b], four interleaved partial sums. */
export function affineBias(outputs: i32, width: i32, batch: i32, yBar: i32, biasBar: i32): void {
  const line: usize = (<usize>batch) << 3;
  const ld: usize = (<usize>width) << 3;
  let s = at(yBar);
  let out = at(biasBar);
  for (let i: i32 = 0; i < outputs; i++, s += line, out += ld) biasCell(line, s, out, 0);
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

/** Eight vectors: what a block has summed over lanes 0 and 1 while it sums over lanes 2 and 3. */
export const HALF_SUMS: usize = memory.data(128, 16);

/** A 4 × 2 block of the weight gradient: lanes 0 and 1 of every four examples, then lanes 2 and 3, eight accumulators each. */
@inline
export function weightBlock(line: usize, ld: usize, start: i32, s: usize, x: usize, out: usize): void {
  const end = s + line;
  for (let half: usize = 0; half < 32; half += 16) {
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    let p = s + half;
    let q = x + half;
    for (; p + 8 < end; p += 32, q += 32) {
      const z0 = v128.load(q);
      const z1 = v128.load(q + line);
      let t = v128.load(p);
      a0 = f64x2.add(a0, f64x2.mul(t, z0));
      a1 = f64x2.add(a1, f64x2.mul(t, z1));
      t = v128.load(p + line);
      b0 = f64x2.add(b0, f64x2.mul(t, z0));
      b1 = f64x2.add(b1, f64x2.mul(t, z1));
      t = v128.load(p + 2 * line);
      c0 = f64x2.add(c0, f64x2.mul(t, z0));
      c1 = f64x2.add(c1, f64x2.mul(t, z1));
      t = v128.load(p + 3 * line);
      d0 = f64x2.add(d0, f64x2.mul(t, z0));
      d1 = f64x2.add(d1, f64x2.mul(t, z1));
    }
    if (p < end) {
      a0 = last(a0, p, q);
      a1 = last(a1, p, q + line);
      b0 = last(b0, p + line, q);
      b1 = last(b1, p + line, q + line);
      c0 = last(c0, p + 2 * line, q);
      c1 = last(c1, p + 2 * line, q + line);
      d0 = last(d0, p + 3 * line, q);
      d1 = last(d1, p + 3 * line, q + line);
    }
    if (half == 0) {
      v128.store(HALF_SUMS, a0);
      v128.store(HALF_SUMS, a1, 16);
      v128.store(HALF_SUMS, b0, 32);
      v128.store(HALF_SUMS, b1, 48);
      v128.store(HALF_SUMS, c0, 64);
      v128.store(HALF_SUMS, c1, 80);
      v128.store(HALF_SUMS, d0, 96);
      v128.store(HALF_SUMS, d1, 112);
    } else {
      putPair(out, start, 0, a0, a1);
      putPair(out + ld, start, 32, b0, b1);
      putPair(out + 2 * ld, start, 64, c0, c1);
      putPair(out + 3 * ld, start, 96, d0, d1);
    }
  }
}

/** Two neighbours of one row, each (s₀ + s₂) + (s₁ + s₃); s₀ and s₁ wait in HALF_SUMS at `waiting`. */
@inline
export function putPair(out: usize, start: i32, waiting: usize, high0: v128, high1: v128): void {
  const left = f64x2.add(v128.load(HALF_SUMS + waiting), high0);
  const right = f64x2.add(v128.load(HALF_SUMS + waiting, 16), high1);
  let sum = f64x2.add(v128.shuffle<f64>(left, right, 0, 2), v128.shuffle<f64>(left, right, 1, 3));
  if (start == 2) sum = f64x2.add(v128.load(out), sum);
  v128.store(out, sum);
}

/** A last single product goes to the lower lane; the upper lane is left as it is. */
@inline
function last(sum: v128, p: usize, q: usize): v128 {
  return f64x2.replace_lane(sum, 0, f64x2.extract_lane(sum, 0) + load<f64>(p) * load<f64>(q));
}

export function weightCell(line: usize, start: i32, s: usize, x: usize, out: usize): void {
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

@inline
export function biasCell(line: usize, s: usize, out: usize, start: i32): void {
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
  put(out, start, combine(a, e));
}
