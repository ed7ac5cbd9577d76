/**
 * @file Two products of a linear layer in one pass over their sum (AssemblyScript). Contracts: NetworkKernels. The block of affine.ts stands here again:
 * eight accumulators stay in registers only in a loop that names them.
 */
import { at } from './address';
import { affine, affineInput } from './affine';

/** y[i, b] ← (start + Σ_k U[i, k] x[k, b]) + Σ_k W[i, k] z[k, b], term by term; `start` 0 zero, 1 bias. */
export function affineTangent(
  outputs: i32,
  inputs: i32,
  width: i32,
  batch: i32,
  start: i32,
  u: i32,
  bias: i32,
  x: i32,
  w: i32,
  z: i32,
  y: i32,
): void {
  const ld: usize = (<usize>width) << 3;
  if (whole(outputs, batch)) twoProducts(outputs, inputs, batch, start == 1, at(bias) - at(u), at(u), ld, 8, at(x), at(w), at(z), at(y));
  else {
    affine(outputs, inputs, width, batch, start, u, bias, x, y);
    affine(outputs, inputs, width, batch, 2, w, w, z, y);
  }
}

/** xBar[k, b] ← Σ_i W[i, k] y[i, b] + Σ_i U[i, k] z[i, b], term by term from zero. */
export function affineInputTangent(
  outputs: i32,
  inputs: i32,
  width: i32,
  batch: i32,
  w: i32,
  y: i32,
  u: i32,
  z: i32,
  xBar: i32,
): void {
  const ld: usize = (<usize>width) << 3;
  if (whole(inputs, batch)) twoProducts(inputs, outputs, batch, false, 0, at(w), 8, ld, at(y), at(u), at(z), at(xBar));
  else {
    affineInput(outputs, inputs, width, batch, 0, w, y, xBar);
    affineInput(outputs, inputs, width, batch, 2, u, z, xBar);
  }
}

/** Whether blocks of 2 rows × 8 examples leave no rest. */
@inline
function whole(rows: i32, batch: i32): bool {
  return ((rows & 1) | (batch & 7)) == 0;
}

/** out[r, b] ← start + Σ_d U[r, d] x[d, b] + Σ_d W[r, d] z[d, b]; the strides and the bias as in affine.ts. Inlined where strides are known. */
@inline
function twoProducts(
  rows: i32,
  depth: i32,
  batch: i32,
  biased: bool,
  bias: usize,
  u: usize,
  rowStep: usize,
  depthStep: usize,
  x: usize,
  w: usize,
  z: usize,
  out: usize,
): void {
  const line: usize = (<usize>batch) << 3;
  for (let column: usize = 0; column < line; column += 64)
    for (let r: i32 = 0; r < rows; r += 2) {
      const row = (<usize>r) * rowStep;
      let w0 = u + row;
      let w1 = w0 + rowStep;
      let a0 = f64x2.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let c0 = a0;
      let c1 = a0;
      let c2 = a0;
      let c3 = a0;
      if (biased) {
        a0 = v128.load64_splat(w0 + bias);
        a1 = a0;
        a2 = a0;
        a3 = a0;
        c0 = v128.load64_splat(w1 + bias);
        c1 = c0;
        c2 = c0;
        c3 = c0;
      }
      let p = x + column;
      for (let second = false; ; second = true) {
        const end = p + (<usize>depth) * line;
        for (; p < end; p += line, w0 += depthStep, w1 += depthStep) {
          const u0 = v128.load64_splat(w0);
          const u1 = v128.load64_splat(w1);
          let v = v128.load(p);
          a0 = f64x2.add(a0, f64x2.mul(u0, v));
          c0 = f64x2.add(c0, f64x2.mul(u1, v));
          v = v128.load(p, 16);
          a1 = f64x2.add(a1, f64x2.mul(u0, v));
          c1 = f64x2.add(c1, f64x2.mul(u1, v));
          v = v128.load(p, 32);
          a2 = f64x2.add(a2, f64x2.mul(u0, v));
          c2 = f64x2.add(c2, f64x2.mul(u1, v));
          v = v128.load(p, 48);
          a3 = f64x2.add(a3, f64x2.mul(u0, v));
          c3 = f64x2.add(c3, f64x2.mul(u1, v));
        }
        if (second) break;
        w0 = w + row;
        w1 = w0 + rowStep;
        p = z + column;
      }
      const o0 = out + (<usize>r) * line + column;
      const o1 = o0 + line;
      v128.store(o0, a0);
      v128.store(o0, a1, 16);
      v128.store(o0, a2, 32);
      v128.store(o0, a3, 48);
      v128.store(o1, c0);
      v128.store(o1, c1, 16);
      v128.store(o1, c2, 32);
      v128.store(o1, c3, 48);
    }
}
