/** @file f64x2 kernels over the examples of a batch, one per column (AssemblyScript). Contracts: ArenaKernels. */
import { at } from './address';
import { fill } from './elementwise';

/** out[b] ← Σ_r x[r, b] z[r, b]; r ascending from 0. */
export function columnDot(rows: i32, batch: i32, x: i32, z: i32, out: i32): void {
  fill(batch, 0, out);
  let p = at(x);
  let q = at(z);
  const first = at(out);
  const end = first + ((<usize>batch) << 3);
  for (let r: i32 = 0; r < rows; r++) {
    let o = first;
    for (; o + 8 < end; o += 16, p += 16, q += 16)
      v128.store(o, f64x2.add(v128.load(o), f64x2.mul(v128.load(p), v128.load(q))));
    if (o < end) {
      store<f64>(o, load<f64>(o) + load<f64>(p) * load<f64>(q));
      p += 8;
      q += 8;
    }
  }
}

/** out[r, b] ← x[r, b] g[b]. */
export function scaleColumns(rows: i32, batch: i32, x: i32, g: i32, out: i32): void {
  let p = at(x);
  let o = at(out);
  const first = at(g);
  const end = first + ((<usize>batch) << 3);
  for (let r: i32 = 0; r < rows; r++) {
    let s = first;
    for (; s + 8 < end; s += 16, p += 16, o += 16) v128.store(o, f64x2.mul(v128.load(p), v128.load(s)));
    if (s < end) {
      store<f64>(o, load<f64>(p) * load<f64>(s));
      p += 8;
      o += 8;
    }
  }
}

/** out[r, b] ← out[r, b] + x[r, b] g[b]. */
export function scaleColumnsAdd(rows: i32, batch: i32, x: i32, g: i32, out: i32): void {
  let p = at(x);
  let o = at(out);
  const first = at(g);
  const end = first + ((<usize>batch) << 3);
  for (let r: i32 = 0; r < rows; r++) {
    let s = first;
    for (; s + 8 < end; s += 16, p += 16, o += 16)
      v128.store(o, f64x2.add(v128.load(o), f64x2.mul(v128.load(p), v128.load(s))));
    if (s < end) {
      store<f64>(o, load<f64>(o) + load<f64>(p) * load<f64>(s));
      p += 8;
      o += 8;
    }
  }
}

/** out[r] ← Σ_b x[r, b], Neumaier's compensated sum, b ascending. */
export function sumColumns(rows: i32, batch: i32, x: i32, out: i32): void {
  let p = at(x);
  for (let r: i32 = 0; r < rows; r++) {
    let sum: f64 = 0;
    let lost: f64 = 0;
    for (let b: i32 = 0; b < batch; b++, p += 8) {
      const v = load<f64>(p);
      const next = sum + v;
      lost += abs(sum) >= abs(v) ? sum - next + v : v - next + sum;
      sum = next;
    }
    store<f64>(at(out + r), isFinite(lost) ? sum + lost : sum);
  }
}

/** out[r, b] ← x[r]. */
export function spreadColumns(rows: i32, batch: i32, x: i32, out: i32): void {
  for (let r: i32 = 0; r < rows; r++) fill(batch, load<f64>(at(x + r)), out + r * batch);
}

/** out[c, b] ← x[rows[b], c]: rows of a row-major matrix become columns, 2 × 2 at a time. */
export function gatherColumns(cols: i32, batch: i32, rows: i32, x: i32, out: i32): void {
  const line: usize = (<usize>batch) << 3;
  const width: usize = (<usize>cols) << 3;
  const first = at(x);
  let b: i32 = 0;
  for (; b + 2 <= batch; b += 2) {
    let p = first + (<usize>load<f64>(at(rows + b))) * width;
    let q = first + (<usize>load<f64>(at(rows + b), 8)) * width;
    let o = at(out + b);
    const end = p + width;
    for (; p + 8 < end; p += 16, q += 16, o += 2 * line) {
      const left = v128.load(p);
      const right = v128.load(q);
      v128.store(o, v128.shuffle<f64>(left, right, 0, 2));
      v128.store(o + line, v128.shuffle<f64>(left, right, 1, 3));
    }
    if (p < end) {
      store<f64>(o, load<f64>(p));
      store<f64>(o, load<f64>(q), 8);
    }
  }
  if (b < batch) {
    let p = first + (<usize>load<f64>(at(rows + b))) * width;
    let o = at(out + b);
    for (const end = p + width; p < end; p += 8, o += line) store<f64>(o, load<f64>(p));
  }
}
