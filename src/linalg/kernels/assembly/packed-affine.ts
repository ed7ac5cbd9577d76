/**
 * @file f64x2 products of a linear layer on many columns (AssemblyScript). Contracts: ArenaKernels. Rows of 2ᵏ numbers lie in few sets of a cache and
 * drive each other out, so eight columns are packed before all rows are multiplied by them: a sixth less time from 1,024 columns on, the same bits.
 */
import { at } from './address';
import { affine as plainAffine, affineInput as plainAffineInput } from './affine';

/** Rows that are packed at a time. */
const DEPTH: i32 = 128;
/** Eight columns of them, 8 kB behind the constants of this module and before the arena. */
const PACK: usize = 24576;

/** Whether packing pays. */
@inline
function crowded(depth: i32, batch: i32): bool {
  return (batch & 63) == 0 && batch >= 1024 && depth >= 16;
}

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
  if (crowded(inputs, batch) && outputs >= 4) packed(outputs, inputs, batch, start, at(w), ld, 8, at(x), at(y), at(bias) - at(w));
  else plainAffine(outputs, inputs, width, batch, start, w, bias, x, y);
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
  if (crowded(outputs, batch) && inputs >= 4) packed(inputs, outputs, batch, start, at(w), 8, ld, at(yBar), at(xBar), 0);
  else plainAffineInput(outputs, inputs, width, batch, start, w, yBar, xBar);
}

/** out[r, b] ← start + Σ_d W[r, d] x[d, b] with W at w + r·rowStep + d·depthStep; batch a multiple of 8. */
function packed(
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
  for (let b: usize = 0; b < line; b += 64)
    for (let first: i32 = 0; first < depth; first += DEPTH) {
      const count = min(DEPTH, depth - first);
      const end = PACK + ((<usize>count) << 6);
      let p = x + <usize>first * line + b;
      for (let o = PACK; o < end; o += 64, p += line) {
        v128.store(o, v128.load(p));
        v128.store(o, v128.load(p, 16), 16);
        v128.store(o, v128.load(p, 32), 32);
        v128.store(o, v128.load(p, 48), 48);
      }
      const begin = first == 0 ? start : 2;
      let left = w + <usize>first * depthStep;
      let to = out + b;
      let r: i32 = 0;
      for (; r + 2 <= rows; r += 2, left += 2 * rowStep, to += 2 * line)
        twoRows(begin, left, rowStep, depthStep, end, to, line, bias);
      if (r < rows) oneRow(begin, left, depthStep, end, to, bias);
    }
}

@inline
function twoRows(
  start: i32,
  w: usize,
  rowStep: usize,
  depthStep: usize,
  end: usize,
  out: usize,
  line: usize,
  bias: usize,
): void {
  const next = out + line;
  let a0 = f64x2.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let c0 = a0;
  let c1 = a0;
  let c2 = a0;
  let c3 = a0;
  if (start == 1) {
    a0 = v128.load64_splat(w + bias);
    a1 = a0;
    a2 = a0;
    a3 = a0;
    c0 = v128.load64_splat(w + rowStep + bias);
    c1 = c0;
    c2 = c0;
    c3 = c0;
  } else if (start == 2) {
    a0 = v128.load(out);
    a1 = v128.load(out, 16);
    a2 = v128.load(out, 32);
    a3 = v128.load(out, 48);
    c0 = v128.load(next);
    c1 = v128.load(next, 16);
    c2 = v128.load(next, 32);
    c3 = v128.load(next, 48);
  }
  let w1 = w + rowStep;
  for (let p = PACK; p < end; p += 64, w += depthStep, w1 += depthStep) {
    const u0 = v128.load64_splat(w);
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
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, a2, 32);
  v128.store(out, a3, 48);
  v128.store(next, c0);
  v128.store(next, c1, 16);
  v128.store(next, c2, 32);
  v128.store(next, c3, 48);
}

@inline
function oneRow(start: i32, w: usize, depthStep: usize, end: usize, out: usize, bias: usize): void {
  let a0 = f64x2.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  if (start == 1) {
    a0 = v128.load64_splat(w + bias);
    a1 = a0;
    a2 = a0;
    a3 = a0;
  } else if (start == 2) {
    a0 = v128.load(out);
    a1 = v128.load(out, 16);
    a2 = v128.load(out, 32);
    a3 = v128.load(out, 48);
  }
  for (let p = PACK; p < end; p += 64, w += depthStep) {
    const u = v128.load64_splat(w);
    a0 = f64x2.add(a0, f64x2.mul(u, v128.load(p)));
    a1 = f64x2.add(a1, f64x2.mul(u, v128.load(p, 16)));
    a2 = f64x2.add(a2, f64x2.mul(u, v128.load(p, 32)));
    a3 = f64x2.add(a3, f64x2.mul(u, v128.load(p, 48)));
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, a2, 32);
  v128.store(out, a3, 48);
}
