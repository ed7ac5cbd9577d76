/** @file f64x2 symmetric matrix-vector product, dot and axpy fused (AssemblyScript). */
import { FUSED, madd } from './madd';
import { isPaired } from './paired';
import { sums } from './sums';

/** y ← y + α A x for symmetric A of order n, upper triangle read, in the order that the kernel contract fixes. */
export function symv(n: i32, alpha: f64, a: usize, lda: i32, x: usize, y: usize): void {
  symvPart(0, n, 0, n, n, alpha, a, lda, x, y, 0);
}

/**
 * What the rows top … bottom−1 do in the columns left … right−1, all multiples of 4 but n. Parts of the same rows follow each other from left
 * to right, parts of the same columns from top to bottom; `lanes`, [n, 2], keeps the sums of a row from part to part.
 */
export function symvPart(
  top: i32,
  bottom: i32,
  left: i32,
  right: i32,
  n: i32,
  alpha: f64,
  a: usize,
  lda: i32,
  x: usize,
  y: usize,
  lanes: usize,
): void {
  const row: usize = (<usize>lda) << 3;
  const last = right === n;
  let i: i32 = top;
  for (; i < bottom && i + 3 < n; i += 4) {
    const r0: usize = a + (<usize>i) * row;
    const r1 = r0 + row;
    const r2 = r1 + row;
    const r3 = r2 + row;
    const at: usize = (<usize>i) << 3;
    const z0 = load<f64>(x + at);
    const z1 = load<f64>(x + at, 8);
    const z2 = load<f64>(x + at, 16);
    const z3 = load<f64>(x + at, 24);
    const u0 = f64x2.splat(alpha * z0);
    const u1 = f64x2.splat(alpha * z1);
    const u2 = f64x2.splat(alpha * z2);
    const u3 = f64x2.splat(alpha * z3);
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    const kept = lanes + ((<usize>i) << 4);
    if (left > i + 4) {
      s0 = v128.load(kept);
      s1 = v128.load(kept, 16);
      s2 = v128.load(kept, 32);
      s3 = v128.load(kept, 48);
    }
    let j: i32 = max(i + 4, left);
    let d: usize = (<usize>j) << 3;
    let t0 = f64x2.splat(0);
    let t1 = f64x2.splat(0);
    let t2 = f64x2.splat(0);
    let t3 = f64x2.splat(0);
    // four columns: y in joined pairs, the sums of the rows one after the other, or in the fused module in four lanes
    if (isPaired() || FUSED) for (; j + 3 < right; j += 4, d += 32) {
      const z = v128.load(x + d);
      const zh = v128.load(x + d, 16);
      let w = v128.load(y + d);
      let wh = v128.load(y + d, 16);
      let b = v128.load(r0 + d);
      let h = v128.load(r0 + d, 16);
      w = madd(w, b, u0);
      wh = madd(wh, h, u0);
      s0 = madd(s0, b, z);
      if (FUSED) t0 = madd(t0, h, zh);
      else s0 = madd(s0, h, zh);
      b = v128.load(r1 + d);
      h = v128.load(r1 + d, 16);
      w = madd(w, b, u1);
      wh = madd(wh, h, u1);
      s1 = madd(s1, b, z);
      if (FUSED) t1 = madd(t1, h, zh);
      else s1 = madd(s1, h, zh);
      b = v128.load(r2 + d);
      h = v128.load(r2 + d, 16);
      w = madd(w, b, u2);
      wh = madd(wh, h, u2);
      s2 = madd(s2, b, z);
      if (FUSED) t2 = madd(t2, h, zh);
      else s2 = madd(s2, h, zh);
      b = v128.load(r3 + d);
      h = v128.load(r3 + d, 16);
      w = madd(w, b, u3);
      wh = madd(wh, h, u3);
      s3 = madd(s3, b, z);
      if (FUSED) t3 = madd(t3, h, zh);
      else s3 = madd(s3, h, zh);
      v128.store(y + d, w);
      v128.store(y + d, wh, 16);
    }
    if (FUSED) {
      const room = sums();
      v128.store(room, s0, 0);
      v128.store(room, t0, 16);
      v128.store(room, s1, 32);
      v128.store(room, t1, 48);
      v128.store(room, s2, 64);
      v128.store(room, t2, 80);
      v128.store(room, s3, 96);
      v128.store(room, t3, 112);
      s0 = f64x2.add(v128.load(room, 0), v128.load(room, 16));
      s1 = f64x2.add(v128.load(room, 32), v128.load(room, 48));
      s2 = f64x2.add(v128.load(room, 64), v128.load(room, 80));
      s3 = f64x2.add(v128.load(room, 96), v128.load(room, 112));
    }
    for (; j + 1 < right; j += 2, d += 16) {
      const z = v128.load(x + d);
      let w = v128.load(y + d);
      let b = v128.load(r0 + d);
      s0 = madd(s0, b, z);
      w = madd(w, b, u0);
      b = v128.load(r1 + d);
      s1 = madd(s1, b, z);
      w = madd(w, b, u1);
      b = v128.load(r2 + d);
      s2 = madd(s2, b, z);
      w = madd(w, b, u2);
      b = v128.load(r3 + d);
      s3 = madd(s3, b, z);
      w = madd(w, b, u3);
      v128.store(y + d, w);
    }
    if (!last) {
      v128.store(kept, s0);
      v128.store(kept, s1, 16);
      v128.store(kept, s2, 32);
      v128.store(kept, s3, 48);
      continue;
    }
    let p0 = f64x2.extract_lane(s0, 0);
    let p1 = f64x2.extract_lane(s1, 0);
    let p2 = f64x2.extract_lane(s2, 0);
    let p3 = f64x2.extract_lane(s3, 0);
    if (j < n) {
      const z = load<f64>(x + d);
      const b0 = load<f64>(r0 + d);
      const b1 = load<f64>(r1 + d);
      const b2 = load<f64>(r2 + d);
      const b3 = load<f64>(r3 + d);
      p0 += b0 * z;
      p1 += b1 * z;
      p2 += b2 * z;
      p3 += b3 * z;
      let w = load<f64>(y + d) + b0 * f64x2.extract_lane(u0, 0);
      w += b1 * f64x2.extract_lane(u1, 0);
      w += b2 * f64x2.extract_lane(u2, 0);
      w += b3 * f64x2.extract_lane(u3, 0);
      store<f64>(y + d, w);
    }
    const a01 = load<f64>(r0 + at, 8);
    const a02 = load<f64>(r0 + at, 16);
    const a03 = load<f64>(r0 + at, 24);
    const a12 = load<f64>(r1 + at, 16);
    const a13 = load<f64>(r1 + at, 24);
    const a23 = load<f64>(r2 + at, 24);
    p0 = p0 + f64x2.extract_lane(s0, 1) + load<f64>(r0 + at) * z0 + a01 * z1 + a02 * z2 + a03 * z3;
    p1 = p1 + f64x2.extract_lane(s1, 1) + a01 * z0 + load<f64>(r1 + at, 8) * z1 + a12 * z2 + a13 * z3;
    p2 = p2 + f64x2.extract_lane(s2, 1) + a02 * z0 + a12 * z1 + load<f64>(r2 + at, 16) * z2 + a23 * z3;
    p3 = p3 + f64x2.extract_lane(s3, 1) + a03 * z0 + a13 * z1 + a23 * z2 + load<f64>(r3 + at, 24) * z3;
    store<f64>(y + at, load<f64>(y + at) + alpha * p0);
    store<f64>(y + at, load<f64>(y + at, 8) + alpha * p1, 8);
    store<f64>(y + at, load<f64>(y + at, 16) + alpha * p2, 16);
    store<f64>(y + at, load<f64>(y + at, 24) + alpha * p3, 24);
  }
  if (!last || bottom < n) return;
  for (let r = i; r < n; r++) {
    let t: f64 = 0;
    for (let j = i; j < n; j++) {
      const low = j < r ? j : r;
      const high = j < r ? r : j;
      t += load<f64>(a + (<usize>low) * row + ((<usize>high) << 3)) * load<f64>(x + ((<usize>j) << 3));
    }
    const at: usize = y + ((<usize>r) << 3);
    store<f64>(at, load<f64>(at) + alpha * t);
  }
}
