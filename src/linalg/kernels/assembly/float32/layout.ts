/** @file Transposition, rows of a data set, and sums of rows of float32 numbers (AssemblyScript). Contracts: Float32Kernels. */
import { at } from './address';

/** out[c, r] ← x[r, c]; rows and columns multiples of 4. */
export function transpose(rows: i32, cols: i32, x: i32, out: i32): void {
  const line: usize = (<usize>cols) << 2;
  const down: usize = (<usize>rows) << 2;
  for (let r: usize = 0; r < down; r += 16) {
    let p = at(x) + (r >> 2) * line;
    let o = at(out) + r;
    for (const end = p + line; p < end; p += 16, o += 4 * down) {
      const a = v128.load(p);
      const b = v128.load(p + line);
      const c = v128.load(p + 2 * line);
      const d = v128.load(p + 3 * line);
      const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(o, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
      v128.store(o + down, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
      v128.store(o + 2 * down, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5));
      v128.store(o + 3 * down, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7));
    }
  }
}

/** out[b] ← row rows[b] of x, whose rows have `cols` elements, a multiple of 4; `rows` are whole numbers of 32 bits. */
export function gatherRows(cols: i32, batch: i32, rows: i32, x: i32, out: i32): void {
  const line: usize = (<usize>cols) << 2;
  let o = at(out);
  for (let b: i32 = 0; b < batch; b++) {
    let p = at(x) + <usize>load<u32>(at(rows + b)) * line;
    for (const end = p + line; p < end; p += 16, o += 16) v128.store(o, v128.load(p));
  }
}

/** out[r] ← Σ_c x[r, c] in four partial sums over c mod 4, combined as (s₀ + s₂) + (s₁ + s₃); columns a multiple of 4. */
export function rowSums(rows: i32, cols: i32, x: i32, out: i32): void {
  const line: usize = (<usize>cols) << 2;
  let p = at(x);
  for (let r: i32 = 0; r < rows; r++) {
    let s = f32x4.splat(0);
    for (const end = p + line; p < end; p += 16) s = f32x4.add(s, v128.load(p));
    s = f32x4.add(s, v128.shuffle<f32>(s, s, 2, 3, 2, 3));
    store<f32>(at(out + r), f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1));
  }
}
