/** @file Packing of a resident matrix into the panels that the product kernels read (AssemblyScript). */

/**
 * out ← the [rows, depth] matrix x in panels of 4 rows, each stored depth by depth; the last panel is filled up with zeros.
 * Strides count elements; `stride` is the distance of two panels in bytes.
 */
export function pack(rows: i32, depth: i32, x: usize, row: i32, col: i32, out: usize, stride: usize): void {
  const dr: usize = (<usize>row) << 3;
  const dc: usize = (<usize>col) << 3;
  let i: i32 = 0;
  for (; i + 3 < rows; i += 4, out += stride) {
    const x0 = x + (<usize>i) * dr;
    if (row === 1) packAlong(depth, x0, dc, out);
    else if (col === 1) packAcross(depth, x0, dr, out);
    else packAny(4, depth, x0, dr, dc, out);
  }
  if (i < rows) packAny(rows - i, depth, x + (<usize>i) * dr, dr, dc, out);
}

/** The four rows are neighbours in memory. */
@inline
function packAlong(depth: i32, x: usize, dc: usize, out: usize): void {
  const end = out + ((<usize>depth) << 5);
  for (let q = out; q < end; q += 32, x += dc) {
    v128.store(q, v128.load(x));
    v128.store(q, v128.load(x, 16), 16);
  }
}

/** The entries of a row are neighbours in memory. */
@inline
function packAcross(depth: i32, x: usize, dr: usize, out: usize): void {
  let r0 = x;
  let r1 = r0 + dr;
  let r2 = r1 + dr;
  let r3 = r2 + dr;
  let q = out;
  const even = out + ((<usize>(depth & ~1)) << 5);
  for (; q < even; q += 64) {
    const y0 = v128.load(r0);
    const y1 = v128.load(r1);
    const y2 = v128.load(r2);
    const y3 = v128.load(r3);
    v128.store(q, v128.shuffle<f64>(y0, y1, 0, 2));
    v128.store(q, v128.shuffle<f64>(y2, y3, 0, 2), 16);
    v128.store(q, v128.shuffle<f64>(y0, y1, 1, 3), 32);
    v128.store(q, v128.shuffle<f64>(y2, y3, 1, 3), 48);
    r0 += 16;
    r1 += 16;
    r2 += 16;
    r3 += 16;
  }
  if (depth & 1) {
    store<f64>(q, load<f64>(r0));
    store<f64>(q, load<f64>(r1), 8);
    store<f64>(q, load<f64>(r2), 16);
    store<f64>(q, load<f64>(r3), 24);
  }
}

/** Up to four rows with any strides. */
function packAny(rows: i32, depth: i32, x: usize, dr: usize, dc: usize, out: usize): void {
  for (let p: i32 = 0; p < depth; p++, out += 32, x += dc) {
    store<f64>(out, load<f64>(x));
    store<f64>(out, rows > 1 ? load<f64>(x + dr) : 0, 8);
    store<f64>(out, rows > 2 ? load<f64>(x + 2 * dr) : 0, 16);
    store<f64>(out, rows > 3 ? load<f64>(x + 3 * dr) : 0, 24);
  }
}
