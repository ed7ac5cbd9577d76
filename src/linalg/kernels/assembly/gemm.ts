/** @file f64x2 macro kernels of the matrix product on packed panels (AssemblyScript). */
import { madd } from './madd';

/** Which elements of C a product computes: all, those with j ≤ i, or those with j ≥ i (whole 4×4 blocks that meet them). */
export const LOWER: i32 = 1;
export const UPPER: i32 = 2;

/**
 * One 4×4 block of A B from packed panels: stored at t, or with `add` multiplied by α and added to what is there.
 * Eight accumulators: more, or an unrolled loop, make V8 spill.
 */
@inline
function block(add: bool, depth: i32, alpha: f64, p: usize, q: usize, t: usize, row: usize): void {
  const end: usize = q + ((<usize>depth) << 5);
  let s00 = f64x2.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  while (q < end) {
    const y0 = v128.load(q);
    const y1 = v128.load(q, 16);
    let x = v128.load64_splat(p);
    s00 = madd(s00, x, y0);
    s01 = madd(s01, x, y1);
    x = v128.load64_splat(p, 8);
    s10 = madd(s10, x, y0);
    s11 = madd(s11, x, y1);
    x = v128.load64_splat(p, 16);
    s20 = madd(s20, x, y0);
    s21 = madd(s21, x, y1);
    x = v128.load64_splat(p, 24);
    s30 = madd(s30, x, y0);
    s31 = madd(s31, x, y1);
    p += 32;
    q += 32;
  }
  if (add) {
    const u = f64x2.splat(alpha);
    v128.store(t, madd(v128.load(t), u, s00));
    v128.store(t, madd(v128.load(t, 16), u, s01), 16);
    t += row;
    v128.store(t, madd(v128.load(t), u, s10));
    v128.store(t, madd(v128.load(t, 16), u, s11), 16);
    t += row;
    v128.store(t, madd(v128.load(t), u, s20));
    v128.store(t, madd(v128.load(t, 16), u, s21), 16);
    t += row;
    v128.store(t, madd(v128.load(t), u, s30));
    v128.store(t, madd(v128.load(t, 16), u, s31), 16);
  } else {
    v128.store(t, s00);
    v128.store(t, s01, 16);
    t += row;
    v128.store(t, s10);
    v128.store(t, s11, 16);
    t += row;
    v128.store(t, s20);
    v128.store(t, s21, 16);
    t += row;
    v128.store(t, s30);
    v128.store(t, s31, 16);
  }
}

/** Four neighbours of C ← C + α s. */
@inline
function addPair(t: usize, u: v128, s0: v128, s1: v128): void {
  const c0 = v128.load(t);
  const c1 = v128.load(t, 16);
  const d0 = madd(c0, u, s0);
  const d1 = madd(c1, u, s1);
  v128.store(t, d0);
  v128.store(t, d1, 16);
}

/**
 * One 4×8 block, of two panels of B, with eight accumulators of twice the width once V8 has joined them: everything comes in
 * neighbouring pairs, and the loads of C before its stores. Exported so that it
 * stays a function: inlined it is slower by a tenth.
 */
export function wideBlock(depth: i32, alpha: f64, p: usize, q: usize, t: usize, row: usize): void {
  const panel: usize = (<usize>depth) << 5;
  const end: usize = q + panel;
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s02 = f64x2.splat(0);
  let s03 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  let s12 = f64x2.splat(0);
  let s13 = f64x2.splat(0);
  let s20 = f64x2.splat(0);
  let s21 = f64x2.splat(0);
  let s22 = f64x2.splat(0);
  let s23 = f64x2.splat(0);
  let s30 = f64x2.splat(0);
  let s31 = f64x2.splat(0);
  let s32 = f64x2.splat(0);
  let s33 = f64x2.splat(0);
  for (let r = end; q < end; p += 32, q += 32, r += 32) {
    const y0 = v128.load(q);
    const y1 = v128.load(q, 16);
    const y2 = v128.load(r);
    const y3 = v128.load(r, 16);
    let x = v128.load64_splat(p);
    s00 = madd(s00, x, y0);
    s01 = madd(s01, x, y1);
    s02 = madd(s02, x, y2);
    s03 = madd(s03, x, y3);
    x = v128.load64_splat(p, 8);
    s10 = madd(s10, x, y0);
    s11 = madd(s11, x, y1);
    s12 = madd(s12, x, y2);
    s13 = madd(s13, x, y3);
    x = v128.load64_splat(p, 16);
    s20 = madd(s20, x, y0);
    s21 = madd(s21, x, y1);
    s22 = madd(s22, x, y2);
    s23 = madd(s23, x, y3);
    x = v128.load64_splat(p, 24);
    s30 = madd(s30, x, y0);
    s31 = madd(s31, x, y1);
    s32 = madd(s32, x, y2);
    s33 = madd(s33, x, y3);
  }
  const u = f64x2.splat(alpha);
  addPair(t, u, s00, s01);
  addPair(t + 32, u, s02, s03);
  t += row;
  addPair(t, u, s10, s11);
  addPair(t + 32, u, s12, s13);
  t += row;
  addPair(t, u, s20, s21);
  addPair(t + 32, u, s22, s23);
  t += row;
  addPair(t, u, s30, s31);
  addPair(t + 32, u, s32, s33);
}

/**
 * C ← C + α A B for packed A (panels of 4 rows, depth by depth) and B (panels of 4 columns) and C with a row stride of `row` bytes. `shape` and `offset`, the row minus the column
 * of C's first element in the whole matrix, say which blocks are wanted. `edge`: room for one 4×4 block.
 */
export function gemmAdd(
  shape: i32,
  offset: i32,
  m: i32,
  n: i32,
  depth: i32,
  alpha: f64,
  a: usize,
  b: usize,
  c: usize,
  row: usize,
  edge: usize,
): void {
  const panel: usize = (<usize>depth) << 5;
  for (let i: i32 = 0; i < m; i += 4, a += panel, c += row << 2) {
    let from: i32 = 0; // columns from … to meet the wanted part
    let to: i32 = n;
    if (shape === UPPER) from = max(0, (offset + i) & ~3);
    if (shape === LOWER) to = min(n, offset + i + 4);
    let q = b + (<usize>(from >> 2)) * panel;
    let t: usize = c + ((<usize>from) << 3);
    // along the rows of C, which arrive from far memory in four streams
    for (let j = from; j < to; j += 4, q += panel, t += 32) {
      if (i + 3 < m && j + 3 < n) block(true, depth, alpha, a, q, t, row);
      else {
        block(false, depth, 0, a, q, edge, 32);
        for (let r: i32 = 0; r < 4 && i + r < m; r++)
          for (let s: i32 = 0; s < 4 && j + s < n; s++) {
            const at: usize = t + (<usize>r) * row + ((<usize>s) << 3);
            store<f64>(at, load<f64>(at) + alpha * load<f64>(edge + (<usize>(4 * r + s) << 3)));
          }
      }
    }
  }
}

/** The same by blocks of 4 × 8, and what is left of each four rows by the other: a function of its own, since in one the narrow loop gets slower by 6 %. */
export function gemmAddWide(
  shape: i32,
  offset: i32,
  m: i32,
  n: i32,
  depth: i32,
  alpha: f64,
  a: usize,
  b: usize,
  c: usize,
  row: usize,
  edge: usize,
): void {
  const panel: usize = (<usize>depth) << 5;
  for (let i: i32 = 0; i < m; i += 4, a += panel, c += row << 2) {
    let from: i32 = 0;
    let to: i32 = n;
    if (shape === UPPER) from = max(0, (offset + i) & ~3);
    if (shape === LOWER) to = min(n, offset + i + 4);
    let q = b + (<usize>(from >> 2)) * panel;
    let t: usize = c + ((<usize>from) << 3);
    let j = from;
    if (i + 3 < m)
      for (; j + 7 < to; j += 8, q += panel << 1, t += 64) wideBlock(depth, alpha, a, q, t, row);
    if (j < to) gemmAdd(0, 0, min(4, m - i), to - j, depth, alpha, a, q, t, row, edge);
  }
}
