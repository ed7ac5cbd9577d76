/** @file Elements chosen by a mask, and matrices of examples transposed (AssemblyScript). Contracts: NetworkKernels. */
import { at } from './address';
import { get, put } from './lanes';

/** out ← x where the mask is above 0, elsewhere the element at `otherwise`. */
export function select(n: i32, mask: i32, otherwise: i32, x: i32, out: i32): void {
  const other = v128.load64_splat(at(otherwise));
  const zero = f64x2.splat(0);
  for (let i: i32 = 0; i < n; i += 2) {
    const single = i + 1 == n;
    const kept = f64x2.gt(get(at(mask + i), single), zero);
    put(at(out + i), v128.bitselect(get(at(x + i), single), other, kept), single);
  }
}

/** out[j, i, n] ← x[i, j, n]. */
export function transposeExamples(rows: i32, cols: i32, batch: i32, x: i32, out: i32): void {
  const run: usize = (<usize>batch) << 3;
  let p = at(x);
  for (let i: i32 = 0; i < rows; i++)
    for (let j: i32 = 0; j < cols; j++, p += run) {
      const o = at(out + (j * rows + i) * batch);
      let n: usize = 0;
      for (; n + 16 <= run; n += 16) v128.store(o + n, v128.load(p + n));
      if (n < run) store<f64>(o + n, load<f64>(p + n));
    }
}
