/**
 * @file f64x2 products of a linear layer on many columns (AssemblyScript). Contracts: ArenaKernels. Rows of 2ᵏ numbers lie in few sets of a cache and
 * drive each other out, so eight columns or more are packed before all rows are multiplied by them: a tenth to a sixth less time from 512 columns on, the same bits.
 */
import { at } from './address';
import { affine as plainAffine, affineInput as plainAffineInput } from './affine';

/** Rows that are packed at a time. */
const DEPTH: i32 = 128;
/** Up to 128 rows of eight columns, or fewer of more, 8 kB behind the constants of this module and before the arena. */
const PACK: usize = 24576;

/** Whether packing pays. */
@inline
function crowded(depth: i32, batch: i32): bool {
  return (batch & 63) == 0 && batch >= 512 && depth >= 16;
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
  const most = min(DEPTH, depth);
  const wide = widthOf(most, line);
  for (let b: usize = 0; b < line; b += wide) {
    const columns = min(wide, line - b);
    for (let first: i32 = 0; first < depth; first += DEPTH) {
      const panel: usize = (<usize>min(DEPTH, depth - first)) << 6;
      for (let c: usize = 0, o = PACK; c < columns; c += 64, o += panel)
        packColumns(x + <usize>first * line + b + c, line, o, o + panel);
      const begin = first == 0 ? start : 2;
      let left = w + <usize>first * depthStep;
      let to = out + b;
      let r: i32 = 0;
      for (; r + 2 <= rows; r += 2, left += 2 * rowStep, to += 2 * line)
        for (let c: usize = 0, p = PACK; c < columns; c += 64, p += panel)
          twoRows(begin, left, rowStep, depthStep, p, p + panel, to + c, line, bias);
      if (r < rows)
        for (let c: usize = 0, p = PACK; c < columns; c += 64, p += panel)
          oneRow(begin, left, depthStep, p, p + panel, to + c, bias);
    }
  }
}

/** Bytes of columns that are packed at a time: whole cache lines, up to four side by side, so that results are written in runs. */
@inline
function widthOf(depth: i32, line: usize): usize {
  return min(line, min(<usize>256, (<usize>(DEPTH / depth)) << 6));
}

/** Eight columns from x on. */
@inline
function packColumns(x: usize, line: usize, to: usize, end: usize): void {
  for (; to < end; to += 64, x += line) {
    v128.store(to, v128.load(x));
    v128.store(to, v128.load(x, 16), 16);
    v128.store(to, v128.load(x, 32), 32);
    v128.store(to, v128.load(x, 48), 48);
  }
}

@inline
function twoRows(
  start: i32,
  w: usize,
  rowStep: usize,
  depthStep: usize,
  pack: usize,
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
  for (let p = pack; p < end; p += 64, w += depthStep, w1 += depthStep) {
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
function oneRow(start: i32, w: usize, depthStep: usize, pack: usize, end: usize, out: usize, bias: usize): void {
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
  for (let p = pack; p < end; p += 64, w += depthStep) {
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
