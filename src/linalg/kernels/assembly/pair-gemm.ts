/** @file Products with W = x u + t v, which is formed in the panels that are multiplied (AssemblyScript). Contract: Kernels.pairGemm. */
import { gemmAdd, gemmAddWide } from './gemm';
import { pack } from './pack';
import { isPaired } from './paired';
import { DEPTH, ROW_BLOCK } from './resident-gemm';

/** Those of the units from … to−1; count ≤ 256. */
export function pairGemm(
  from: i32,
  to: i32,
  m: i32,
  q: i32,
  p: i32,
  count: i32,
  a: usize,
  x: usize,
  u: usize,
  t: usize,
  v: usize,
  c: usize,
  step: i32,
  ones: i32,
  scratch: usize,
): void {
  const run: usize = (<usize>count) << 3;
  const row: usize = (<usize>(p * q)) << 3;
  const panel = run << 2;
  const units = scratch + ((<usize>(ROW_BLOCK * DEPTH)) << 3);
  const others = units + (panel << 1);
  const formed = others + (panel << 1);
  const edge = formed + (panel << 1);
  for (let i: i32 = 0; i < m; i += ROW_BLOCK) {
    const rows = min(ROW_BLOCK, m - i);
    pack(rows, count, a + (<usize>i) * run, count, 1, scratch, panel);
    for (let r = from; r < to; r++)
      for (let b: i32 = 0; b < p; b += 8) {
        const cols = min(8, p - b);
        pack(cols, count, u + (<usize>(r * p + b)) * run, count, 1, units, panel);
        pack(cols, count, v + (<usize>b) * run, count, 1, others, panel);
        for (let k: i32 = 0; k < q; k++) {
          const at = c + ((<usize>(r * step + k * p + b)) << 3);
          const sums = i == 0 && ones >= 0 ? at + (<usize>ones) * row : 0;
          form(cols, panel, x + (<usize>k) * run, t + (<usize>(r * q + k)) * run, units, others, formed, sums, edge);
          if (isPaired()) gemmAddWide(0, 0, rows, cols, count, 1, scratch, formed, at + (<usize>i) * row, row, edge);
          else gemmAdd(0, 0, rows, cols, count, 1, scratch, formed, at + (<usize>i) * row, row, edge);
        }
      }
  }
}

/** Panels of W from those of u and v; the sums of its rows are added at `sums`, if that is not 0. */
function form(cols: i32, panel: usize, x: usize, t: usize, u: usize, v: usize, w: usize, sums: usize, edge: usize): void {
  for (; cols > 0; cols -= 4) {
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let xn = x;
    let tn = t;
    for (const end = w + panel; w < end; w += 32, u += 32, v += 32, xn += 8, tn += 8) {
      const y = v128.load64_splat(xn);
      const z = v128.load64_splat(tn);
      const w0 = f64x2.add(f64x2.mul(y, v128.load(u)), f64x2.mul(z, v128.load(v)));
      const w1 = f64x2.add(f64x2.mul(y, v128.load(u, 16)), f64x2.mul(z, v128.load(v, 16)));
      v128.store(w, w0);
      v128.store(w, w1, 16);
      s0 = f64x2.add(s0, w0);
      s1 = f64x2.add(s1, w1);
    }
    v128.store(edge, s0);
    v128.store(edge, s1, 16);
    if (sums !== 0) for (let j: usize = 0; j < <usize>min(4, cols); j++, sums += 8) store<f64>(sums, load<f64>(sums) + load<f64>(edge + (j << 3)));
  }
}
