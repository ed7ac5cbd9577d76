/** @file f64x2 macro kernel of the matrix product on packed panels (AssemblyScript). */

/**
 * tile ← A B for packed A (panels of 4 rows, depth by depth) and B (panels of 4 columns). m and n are rounded up to
 * multiples of 4 by the packing. Eight accumulators: more, or an unrolled loop, make V8 spill.
 */
export function gemmTile(m: i32, n: i32, depth: i32, a: usize, b: usize, tile: usize, ldt: i32): void {
  const row: usize = (<usize>ldt) << 3;
  for (let j: i32 = 0; j < n; j += 4) {
    const panel: usize = b + (((<usize>j) * (<usize>depth)) << 3);
    const end: usize = panel + ((<usize>depth) << 5);
    for (let i: i32 = 0; i < m; i += 4) {
      let p: usize = a + (((<usize>i) * (<usize>depth)) << 3);
      let q: usize = panel;
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
      let t: usize = tile + (((<usize>i) * (<usize>ldt) + <usize>j) << 3);
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
}
