/** @file The tangent of a weight gradient, added to what is there (AssemblyScript). Contract: NetworkKernels.affineWeightTangent. */
import { at } from './address';
import { biasCell, HALF_SUMS, putPair, weightBlock, weightCell, weights } from './affine';
import { isPaired } from './paired';
import { pairedWeights } from './paired-weights';

/** wBar[i, k] ← wBar + Σ_b yDot[i, b] x[k, b], then + Σ_b y[i, b] xDot[k, b] unless `y` is −1; between them biasBar ← biasBar + Σ_b yDot[i, b] unless it is −1. */
export function affineWeightTangent(
  outputs: i32,
  inputs: i32,
  width: i32,
  batch: i32,
  yDot: i32,
  x: i32,
  y: i32,
  xDot: i32,
  biasBar: i32,
  wBar: i32,
): void {
  const ld: usize = (<usize>width) << 3;
  const line: usize = (<usize>batch) << 3;
  added(line, ld, outputs, inputs, at(yDot), at(x), at(wBar));
  if (biasBar >= 0) {
    let s = at(yDot);
    let out = at(biasBar);
    for (let i: i32 = 0; i < outputs; i++, s += line, out += ld)
      if (line == 256) biasCell(256, s, out, 2);
      else biasCell(line, s, out, 2);
  }
  if (y >= 0) added(line, ld, outputs, inputs, at(y), at(xDot), at(wBar));
}

function added(line: usize, ld: usize, outputs: i32, inputs: i32, s: usize, x: usize, out: usize): void {
  if (isPaired() && ((line & 31) | (outputs & 1) | (inputs & 1)) == 0) pairedWeights(line, ld, outputs, inputs, 2, s, x, out);
  else if (line == 256) common(ld, outputs, inputs, s, x, out);
  else weights(line, ld, outputs, inputs, 2, s, x, out);
}

/** Batches of 32: rows at offsets that are known, and a block of its own for two rows that are left. */
function common(ld: usize, outputs: i32, inputs: i32, s: usize, x: usize, out: usize): void {
  let i: i32 = 0;
  for (; i + 4 <= outputs; i += 4, s += 1024, out += 4 * ld) {
    let z = x;
    let o = out;
    let k: i32 = 0;
    for (; k + 2 <= inputs; k += 2, z += 512, o += 16) weightBlock(256, ld, 2, s, z, o);
    if (k < inputs) for (let r: usize = 0; r < 4; r++) weightCell(256, 2, s + (r << 8), z, o + r * ld);
  }
  if (i + 2 <= outputs) {
    let z = x;
    let o = out;
    let k: i32 = 0;
    for (; k + 4 <= inputs; k += 4, z += 1024, o += 32) twoRows(ld, s, z, o);
    for (; k < inputs; k++, z += 256, o += 8) {
      weightCell(256, 2, s, z, o);
      weightCell(256, 2, s + 256, z, o + ld);
    }
    i += 2;
    s += 512;
    out += 2 * ld;
  }
  if (i < outputs) for (let k: i32 = 0; k < inputs; k++, x += 256, out += 8) weightCell(256, 2, s, x, out);
}

/** A 2 × 4 block, in halves as the block of 4 × 2. */
@inline
function twoRows(ld: usize, s: usize, x: usize, out: usize): void {
  for (let half: usize = 0; half < 32; half += 16) {
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b0 = a0;
    let b1 = a0;
    let b2 = a0;
    let b3 = a0;
    let q = x + half;
    let p = s + half;
    for (const end = s + 256; p < end; p += 32, q += 32) {
      const t = v128.load(p);
      const u = v128.load(p, 256);
      let z = v128.load(q);
      a0 = f64x2.add(a0, f64x2.mul(t, z));
      b0 = f64x2.add(b0, f64x2.mul(u, z));
      z = v128.load(q, 256);
      a1 = f64x2.add(a1, f64x2.mul(t, z));
      b1 = f64x2.add(b1, f64x2.mul(u, z));
      z = v128.load(q, 512);
      a2 = f64x2.add(a2, f64x2.mul(t, z));
      b2 = f64x2.add(b2, f64x2.mul(u, z));
      z = v128.load(q, 768);
      a3 = f64x2.add(a3, f64x2.mul(t, z));
      b3 = f64x2.add(b3, f64x2.mul(u, z));
    }
    if (half == 0) {
      v128.store(HALF_SUMS, a0);
      v128.store(HALF_SUMS, a1, 16);
      v128.store(HALF_SUMS, a2, 32);
      v128.store(HALF_SUMS, a3, 48);
      v128.store(HALF_SUMS, b0, 64);
      v128.store(HALF_SUMS, b1, 80);
      v128.store(HALF_SUMS, b2, 96);
      v128.store(HALF_SUMS, b3, 112);
    } else {
      putPair(out, 2, 0, a0, a1);
      putPair(out + 16, 2, 32, a2, a3);
      putPair(out + ld, 2, 64, b0, b1);
      putPair(out + ld + 16, 2, 96, b2, b3);
    }
  }
}
