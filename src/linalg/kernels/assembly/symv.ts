/** @file f64x2 symmetric matrix-vector product, dot and axpy fused (AssemblyScript). */

/** y ← y + α A x for symmetric A of order n, upper triangle read, in the order that the kernel contract fixes. */
export function symv(n: i32, alpha: f64, a: usize, lda: i32, x: usize, y: usize): void {
  const row: usize = (<usize>lda) << 3;
  let i: i32 = 0;
  for (; i + 3 < n; i += 4) {
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
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let j: i32 = i + 4;
    let d: usize = (<usize>j) << 3;
    for (; j + 1 < n; j += 2, d += 16) {
      const z = v128.load(x + d);
      let w = v128.load(y + d);
      let b = v128.load(r0 + d);
      s0 = f64x2.add(s0, f64x2.mul(b, z));
      w = f64x2.add(w, f64x2.mul(b, u0));
      b = v128.load(r1 + d);
      s1 = f64x2.add(s1, f64x2.mul(b, z));
      w = f64x2.add(w, f64x2.mul(b, u1));
      b = v128.load(r2 + d);
      s2 = f64x2.add(s2, f64x2.mul(b, z));
      w = f64x2.add(w, f64x2.mul(b, u2));
      b = v128.load(r3 + d);
      s3 = f64x2.add(s3, f64x2.mul(b, z));
      w = f64x2.add(w, f64x2.mul(b, u3));
      v128.store(y + d, w);
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
