/** @file The weight gradient by loops of neighbouring pairs, for engines that join them (AssemblyScript). Contract: ArenaKernels.affineWeight. */

/** The four partial sums of each element of a block. */
const SUMS: usize = isDefined(EF_WIDE) ? memory.data(256, 16) : 0;

/** Adds to blocks of 4 × 2, and 2 × 2 at the end; outputs even or not, inputs even, whole fours of examples. */
export function pairedWeights(line: usize, ld: usize, outputs: i32, inputs: i32, start: i32, s: usize, x: usize, out: usize): void {
  let i: i32 = 0;
  for (; i + 4 <= outputs; i += 4, s += 4 * line, out += 4 * ld)
    for (let k: usize = 0; k + 2 <= <usize>inputs; k += 2) {
      if (line == 256) common4(s, x + k * line);
      else any4(line, s, x + k * line);
      for (let r: usize = 0; r < 4; r++) putSums(start, r << 6, out + r * ld + (k << 3));
    }
  if (i + 2 <= outputs)
    for (let k: usize = 0; k + 2 <= <usize>inputs; k += 2) {
      block2(line, s, x + k * line);
      for (let r: usize = 0; r < 2; r++) putSums(start, r << 6, out + r * ld + (k << 3));
    }
}

/** Two neighbours of one row, each (s₀ + s₂) + (s₁ + s₃). */
@inline
function putSums(start: i32, at: usize, out: usize): void {
  const left = f64x2.add(v128.load(SUMS + at), v128.load(SUMS + at, 16));
  const right = f64x2.add(v128.load(SUMS + at, 32), v128.load(SUMS + at, 48));
  let sum = f64x2.add(v128.shuffle<f64>(left, right, 0, 2), v128.shuffle<f64>(left, right, 1, 3));
  if (start == 2) sum = f64x2.add(v128.load(out), sum);
  v128.store(out, sum);
}

/** The common batch of 32: rows at offsets that are known. */
function common4(s: usize, x: usize): void {
  block4(256, s, x);
}

function any4(line: usize, s: usize, x: usize): void {
  block4(line, s, x);
}

@inline
function block4(line: usize, s: usize, x: usize): void {
  let a0 = f64x2.splat(0);
  let a1 = f64x2.splat(0);
  let a2 = f64x2.splat(0);
  let a3 = f64x2.splat(0);
  let b0 = f64x2.splat(0);
  let b1 = f64x2.splat(0);
  let b2 = f64x2.splat(0);
  let b3 = f64x2.splat(0);
  let c0 = f64x2.splat(0);
  let c1 = f64x2.splat(0);
  let c2 = f64x2.splat(0);
  let c3 = f64x2.splat(0);
  let d0 = f64x2.splat(0);
  let d1 = f64x2.splat(0);
  let d2 = f64x2.splat(0);
  let d3 = f64x2.splat(0);
  for (const end = s + line; s < end; s += 32, x += 32) {
    const z0 = v128.load(x);
    const z1 = v128.load(x, 16);
    const z2 = v128.load(x + line);
    const z3 = v128.load(x + line, 16);
    let t0 = v128.load(s);
    let t1 = v128.load(s, 16);
    a0 = f64x2.add(a0, f64x2.mul(t0, z0));
    a1 = f64x2.add(a1, f64x2.mul(t1, z1));
    a2 = f64x2.add(a2, f64x2.mul(t0, z2));
    a3 = f64x2.add(a3, f64x2.mul(t1, z3));
    t0 = v128.load(s + line);
    t1 = v128.load(s + line, 16);
    b0 = f64x2.add(b0, f64x2.mul(t0, z0));
    b1 = f64x2.add(b1, f64x2.mul(t1, z1));
    b2 = f64x2.add(b2, f64x2.mul(t0, z2));
    b3 = f64x2.add(b3, f64x2.mul(t1, z3));
    t0 = v128.load(s + 2 * line);
    t1 = v128.load(s + 2 * line, 16);
    c0 = f64x2.add(c0, f64x2.mul(t0, z0));
    c1 = f64x2.add(c1, f64x2.mul(t1, z1));
    c2 = f64x2.add(c2, f64x2.mul(t0, z2));
    c3 = f64x2.add(c3, f64x2.mul(t1, z3));
    t0 = v128.load(s + 3 * line);
    t1 = v128.load(s + 3 * line, 16);
    d0 = f64x2.add(d0, f64x2.mul(t0, z0));
    d1 = f64x2.add(d1, f64x2.mul(t1, z1));
    d2 = f64x2.add(d2, f64x2.mul(t0, z2));
    d3 = f64x2.add(d3, f64x2.mul(t1, z3));
  }
  v128.store(SUMS, a0);
  v128.store(SUMS, a1, 16);
  v128.store(SUMS, a2, 32);
  v128.store(SUMS, a3, 48);
  v128.store(SUMS, b0, 64);
  v128.store(SUMS, b1, 80);
  v128.store(SUMS, b2, 96);
  v128.store(SUMS, b3, 112);
  v128.store(SUMS, c0, 128);
  v128.store(SUMS, c1, 144);
  v128.store(SUMS, c2, 160);
  v128.store(SUMS, c3, 176);
  v128.store(SUMS, d0, 192);
  v128.store(SUMS, d1, 208);
  v128.store(SUMS, d2, 224);
  v128.store(SUMS, d3, 240);
}

/** Two rows of {@link block4}, of which no part can be called: accumulators stay in registers only in a loop that names them. */
function block2(line: usize, s: usize, x: usize): void {
  let a0 = f64x2.splat(0);
  let a1 = f64x2.splat(0);
  let a2 = f64x2.splat(0);
  let a3 = f64x2.splat(0);
  let b0 = f64x2.splat(0);
  let b1 = f64x2.splat(0);
  let b2 = f64x2.splat(0);
  let b3 = f64x2.splat(0);
  for (const end = s + line; s < end; s += 32, x += 32) {
    const z0 = v128.load(x);
    const z1 = v128.load(x, 16);
    const z2 = v128.load(x + line);
    const z3 = v128.load(x + line, 16);
    let t0 = v128.load(s);
    let t1 = v128.load(s, 16);
    a0 = f64x2.add(a0, f64x2.mul(t0, z0));
    a1 = f64x2.add(a1, f64x2.mul(t1, z1));
    a2 = f64x2.add(a2, f64x2.mul(t0, z2));
    a3 = f64x2.add(a3, f64x2.mul(t1, z3));
    t0 = v128.load(s + line);
    t1 = v128.load(s + line, 16);
    b0 = f64x2.add(b0, f64x2.mul(t0, z0));
    b1 = f64x2.add(b1, f64x2.mul(t1, z1));
    b2 = f64x2.add(b2, f64x2.mul(t0, z2));
    b3 = f64x2.add(b3, f64x2.mul(t1, z3));
  }
  v128.store(SUMS, a0);
  v128.store(SUMS, a1, 16);
  v128.store(SUMS, a2, 32);
  v128.store(SUMS, a3, 48);
  v128.store(SUMS, b0, 64);
  v128.store(SUMS, b1, 80);
  v128.store(SUMS, b2, 96);
  v128.store(SUMS, b3, 112);
}
