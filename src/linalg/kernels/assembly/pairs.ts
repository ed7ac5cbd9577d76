/** @file Products of pairs of rows, example by example, on resident arrays (AssemblyScript). Contract: Kernels.rowProducts. */

export function rowProducts(rows: i32, count: i32, samples: i32, x: usize, y: usize, out: usize): void {
  const run: usize = (<usize>count) << 3;
  const row: usize = run * samples;
  for (let j: i32 = 0; j < rows; j++, y += row, out += run) {
    let n: usize = 0;
    for (; n + 32 <= run; n += 32) {
      let low = f64x2.splat(0);
      let high = low;
      const end = n + row;
      for (let k = n; k < end; k += run) {
        low = f64x2.add(low, f64x2.mul(v128.load(x + k), v128.load(y + k)));
        high = f64x2.add(high, f64x2.mul(v128.load(x + k, 16), v128.load(y + k, 16)));
      }
      v128.store(out + n, low);
      v128.store(out + n, high, 16);
    }
    for (; n < run; n += 8) {
      let sum: f64 = 0;
      const end = n + row;
      for (let k = n; k < end; k += run) sum += load<f64>(x + k) * load<f64>(y + k);
      store<f64>(out + n, sum);
    }
  }
}
