/** @file f64x2 macro kernels of the matrix product on packed panels (AssemblyScript). */

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
    s00 = f64x2.add(s00, f64x2.mul(x, y0));
    s01 = f64x2.add(s01, f64x2.mul(x, y1));
    x = v128.load64_splat(p, 8);
    s10 = f64x2.add(s10, f64x2.mul(x, y0));
    s11 = f64x2.add(s11, f64x2.mul(x, y1));
    x = v128.load64_splat(p, 16);
    s20 = f64x2.add(s20, f64x2.mul(x, y0));
    s21 = f64x2.add(s21, f64x2.mul(x, y1));
    x = v128.load64_splat(p, 24);
    s30 = f64x2.add(s30, f64x2.mul(x, y0));
    s31 = f64x2.add(s31, f64x2.mul(x, y1));
    p += 32;
    q += 32;
  }
  if (add) {
    const u = f64x2.splat(alpha);
    v128.store(t, f64x2.add(v128.load(t), f64x2.mul(u, s00)));
    v128.store(t, f64x2.add(v128.load(t, 16), f64x2.mul(u, s01)), 16);
    t += row;
    v128.store(t, f64x2.add(v128.load(t), f64x2.mul(u, s10)));
    v128.store(t, f64x2.add(v128.load(t, 16), f64x2.mul(u, s11)), 16);
    t += row;
    v128.store(t, f64x2.add(v128.load(t), f64x2.mul(u, s20)));
    v128.store(t, f64x2.add(v128.load(t, 16), f64x2.mul(u, s21)), 16);
    t += row;
    v128.store(t, f64x2.add(v128.load(t), f64x2.mul(u, s30)));
    v128.store(t, f64x2.add(v128.load(t, 16), f64x2.mul(u, s31)), 16);
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
