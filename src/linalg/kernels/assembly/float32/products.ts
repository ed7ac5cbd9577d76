/** @file f32x4 matrix products, lanes over the columns of the second factor (AssemblyScript). Contract: Float32Kernels.products. */
import { at } from './address';

/** out[r, j] ← (bias[r] or 0) + Σ_d W[r, d] x[d, j], times factor[r, j] where there is one; d ascending. */
export function products(
  rows: i32,
  depth: i32,
  lanes: i32,
  w: i32,
  rowStep: i32,
  depthStep: i32,
  bias: i32,
  x: i32,
  factor: i32,
  out: i32,
): void {
  const line: usize = (<usize>lanes) << 2;
  const down: usize = (<usize>rowStep) << 2;
  const along: usize = (<usize>depthStep) << 2;
  const b: usize = bias < 0 ? 0 : at(bias);
  const f: usize = factor < 0 ? 0 : at(factor) - at(out);
  // A step along W that is known when compiled becomes an immediate offset.
  if (depthStep == 1) blocks(rows, depth, line, at(w), down, 4, b, at(x), f, at(out));
  else blocks(rows, depth, line, at(w), down, along, b, at(x), f, at(out));
}

@inline
function start(bias: usize, r: i32): v128 {
  return bias ? v128.load32_splat(bias + ((<usize>r) << 2)) : f32x4.splat(0);
}

@inline
function put(to: usize, factor: usize, sum: v128, offset: usize): void {
  v128.store(to + offset, factor ? f32x4.mul(sum, v128.load(to + offset + factor)) : sum);
}

/** Two rows by sixteen lanes in eight accumulators; then by four lanes. */
@inline
function blocks(
  rows: i32,
  depth: i32,
  line: usize,
  w: usize,
  down: usize,
  along: usize,
  bias: usize,
  x: usize,
  factor: usize,
  out: usize,
): void {
  const all = (<usize>depth) * line;
  let column: usize = 0;
  for (; column + 64 <= line; column += 64) {
    let r: i32 = 0;
    for (; r + 2 <= rows; r += 2) {
      let w0 = w + (<usize>r) * down;
      let w1 = w0 + down;
      let a0 = start(bias, r);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let c0 = start(bias, r + 1);
      let c1 = c0;
      let c2 = c0;
      let c3 = c0;
      let p = x + column;
      const end = p + all;
      for (; p < end; p += line, w0 += along, w1 += along) {
        const u0 = v128.load32_splat(w0);
        const u1 = v128.load32_splat(w1);
        let z = v128.load(p);
        a0 = f32x4.add(a0, f32x4.mul(u0, z));
        c0 = f32x4.add(c0, f32x4.mul(u1, z));
        z = v128.load(p, 16);
        a1 = f32x4.add(a1, f32x4.mul(u0, z));
        c1 = f32x4.add(c1, f32x4.mul(u1, z));
        z = v128.load(p, 32);
        a2 = f32x4.add(a2, f32x4.mul(u0, z));
        c2 = f32x4.add(c2, f32x4.mul(u1, z));
        z = v128.load(p, 48);
        a3 = f32x4.add(a3, f32x4.mul(u0, z));
        c3 = f32x4.add(c3, f32x4.mul(u1, z));
      }
      const o0 = out + (<usize>r) * line + column;
      const o1 = o0 + line;
      put(o0, factor, a0, 0);
      put(o0, factor, a1, 16);
      put(o0, factor, a2, 32);
      put(o0, factor, a3, 48);
      put(o1, factor, c0, 0);
      put(o1, factor, c1, 16);
      put(o1, factor, c2, 32);
      put(o1, factor, c3, 48);
    }
    if (r < rows)
      for (let c = column; c < column + 64; c += 16) single(r, line, w, down, along, bias, x + c, all, factor, out + c);
  }
  for (; column < line; column += 16) {
    let r: i32 = 0;
    for (; r + 4 <= rows; r += 4) {
      let w0 = w + (<usize>r) * down;
      let a0 = start(bias, r);
      let a1 = start(bias, r + 1);
      let a2 = start(bias, r + 2);
      let a3 = start(bias, r + 3);
      let p = x + column;
      const end = p + all;
      for (; p < end; p += line, w0 += along) {
        const z = v128.load(p);
        a0 = f32x4.add(a0, f32x4.mul(v128.load32_splat(w0), z));
        a1 = f32x4.add(a1, f32x4.mul(v128.load32_splat(w0 + down), z));
        a2 = f32x4.add(a2, f32x4.mul(v128.load32_splat(w0 + 2 * down), z));
        a3 = f32x4.add(a3, f32x4.mul(v128.load32_splat(w0 + 3 * down), z));
      }
      const o = out + (<usize>r) * line + column;
      put(o, factor, a0, 0);
      put(o, factor, a1, line);
      put(o, factor, a2, 2 * line);
      put(o, factor, a3, 3 * line);
    }
    for (; r < rows; r++) single(r, line, w, down, along, bias, x + column, all, factor, out + column);
  }
}

/** One row by four lanes. */
function single(
  r: i32,
  line: usize,
  w: usize,
  down: usize,
  along: usize,
  bias: usize,
  x: usize,
  all: usize,
  factor: usize,
  out: usize,
): void {
  let sum = start(bias, r);
  let u = w + (<usize>r) * down;
  for (let p = x; p < x + all; p += line, u += along)
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(u), v128.load(p)));
  put(out + (<usize>r) * line, factor, sum, 0);
}
