/** @file A matrix product for every example at once, lanes over the examples (AssemblyScript). Contract: NetworkKernels. */
import { at } from './address';

/** out[i, j, n] ← start + Σ_k a[i, k, n] b[k, j, n]; see NetworkKernels.multiplyExamples. */
export function multiplyExamples(
  rows: i32,
  cols: i32,
  depth: i32,
  batch: i32,
  triangle: i32,
  start: i32,
  a: i32,
  aRow: i32,
  aDepth: i32,
  b: i32,
  bDepth: i32,
  bCol: i32,
  out: i32,
  outRow: i32,
  outCol: i32,
): void {
  const aStep: usize = (<usize>aDepth) << 3;
  const bStep: usize = (<usize>bDepth) << 3;
  const aLine: usize = (<usize>aRow) << 3;
  const bLine: usize = (<usize>bCol) << 3;
  const oRow: usize = (<usize>outRow) << 3;
  const oCol: usize = (<usize>outCol) << 3;
  const size: usize = (<usize>batch) << 3;
  const present = start != 0;
  for (let i: i32 = 0; i < rows; i += 2) {
    const bound = i + 2;
    const endCol = triangle == 2 ? min(cols, bound) : cols;
    const endDepth = triangle == 1 ? min(depth, bound) : depth;
    const first = triangle == 3 ? i : 0;
    const left = at(a) + <usize>i * aLine + <usize>first * aStep;
    const right = at(b) + <usize>first * bStep;
    const to = at(out) + <usize>i * oRow;
    const count = endDepth - first;
    const last = i + 1 == rows;
    for (let j: i32 = 0; j < endCol; j += 2) {
      const p = right + <usize>j * bLine;
      const o = to + <usize>j * oCol;
      if (last) {
        tile(count, size, present, left, aStep, p, bStep, o);
        if (j + 1 < endCol) tile(count, size, present, left, aStep, p + bLine, bStep, o + oCol);
      } else if (j + 1 == endCol) {
        tile(count, size, present, left, aStep, p, bStep, o);
        tile(count, size, present, left + aLine, aStep, p, bStep, o + oRow);
      } else block(count, size, present, left, aLine, aStep, p, bLine, bStep, o, oRow, oCol);
    }
  }
}

/** 2 × 2 sums for all examples: four at a time, then two, then one. Inlined: with heads of 8 features a call is a quarter of the time. */
@inline
function block(
  depth: i32,
  size: usize,
  present: bool,
  a: usize,
  aLine: usize,
  aStep: usize,
  b: usize,
  bLine: usize,
  bStep: usize,
  out: usize,
  oRow: usize,
  oCol: usize,
): void {
  let n: usize = 0;
  const bottom = out + oRow;
  for (; n + 32 <= size; n += 32) {
    let c0 = f64x2.splat(0);
    let c1 = c0;
    let d0 = c0;
    let d1 = c0;
    let e0 = c0;
    let e1 = c0;
    let f0 = c0;
    let f1 = c0;
    if (present) {
      c0 = v128.load(out + n);
      c1 = v128.load(out + n, 16);
      d0 = v128.load(out + oCol + n);
      d1 = v128.load(out + oCol + n, 16);
      e0 = v128.load(bottom + n);
      e1 = v128.load(bottom + n, 16);
      f0 = v128.load(bottom + oCol + n);
      f1 = v128.load(bottom + oCol + n, 16);
    }
    let p = a + n;
    let q = b + n;
    for (let k: i32 = 0; k < depth; k++, p += aStep, q += bStep) {
      const l0 = v128.load(p);
      const l1 = v128.load(p, 16);
      const m0 = v128.load(p + aLine);
      const m1 = v128.load(p + aLine, 16);
      let z0 = v128.load(q);
      let z1 = v128.load(q, 16);
      c0 = f64x2.add(c0, f64x2.mul(l0, z0));
      c1 = f64x2.add(c1, f64x2.mul(l1, z1));
      e0 = f64x2.add(e0, f64x2.mul(m0, z0));
      e1 = f64x2.add(e1, f64x2.mul(m1, z1));
      z0 = v128.load(q + bLine);
      z1 = v128.load(q + bLine, 16);
      d0 = f64x2.add(d0, f64x2.mul(l0, z0));
      d1 = f64x2.add(d1, f64x2.mul(l1, z1));
      f0 = f64x2.add(f0, f64x2.mul(m0, z0));
      f1 = f64x2.add(f1, f64x2.mul(m1, z1));
    }
    v128.store(out + n, c0);
    v128.store(out + n, c1, 16);
    v128.store(out + oCol + n, d0);
    v128.store(out + oCol + n, d1, 16);
    v128.store(bottom + n, e0);
    v128.store(bottom + n, e1, 16);
    v128.store(bottom + oCol + n, f0);
    v128.store(bottom + oCol + n, f1, 16);
  }
  if (n == size) return;
  const rest = size - n;
  tile(depth, rest, present, a + n, aStep, b + n, bStep, out + n);
  tile(depth, rest, present, a + n, aStep, b + bLine + n, bStep, out + oCol + n);
  tile(depth, rest, present, a + aLine + n, aStep, b + n, bStep, bottom + n);
  tile(depth, rest, present, a + aLine + n, aStep, b + bLine + n, bStep, bottom + oCol + n);
}

/** One sum for all examples. */
function tile(
  depth: i32,
  size: usize,
  present: bool,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  out: usize,
): void {
  let n: usize = 0;
  for (; n + 16 <= size; n += 16) {
    let sum = present ? v128.load(out + n) : f64x2.splat(0);
    let p = a + n;
    let q = b + n;
    for (let k: i32 = 0; k < depth; k++, p += aStep, q += bStep)
      sum = f64x2.add(sum, f64x2.mul(v128.load(p), v128.load(q)));
    v128.store(out + n, sum);
  }
  if (n == size) return;
  let sum = present ? load<f64>(out + n) : 0;
  let p = a + n;
  let q = b + n;
  for (let k: i32 = 0; k < depth; k++, p += aStep, q += bStep) sum += load<f64>(p) * load<f64>(q);
  store<f64>(out + n, sum);
}
