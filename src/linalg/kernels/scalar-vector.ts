/** @file Kernels of the scalar tier that read each matrix element once: pure TypeScript loops. */
import type { Vec } from '../matrix.ts';

export function dot(n: number, x: Vec, x0: number, y: Vec, y0: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < n; i += 4) {
    const p = x0 + i;
    const q = y0 + i;
    s0 += x[p] * y[q];
    s1 += x[p + 1] * y[q + 1];
    s2 += x[p + 2] * y[q + 2];
    s3 += x[p + 3] * y[q + 3];
  }
  if (i < n) s0 += x[x0 + i] * y[y0 + i];
  if (i + 1 < n) s1 += x[x0 + i + 1] * y[y0 + i + 1];
  if (i + 2 < n) s2 += x[x0 + i + 2] * y[y0 + i + 2];
  return s0 + s2 + (s1 + s3);
}

export function axpy(n: number, alpha: number, x: Vec, x0: number, y: Vec, y0: number): void {
  let p = x0;
  let q = y0;
  for (const end = x0 + n - 3; p < end; p += 4, q += 4) {
    y[q] += alpha * x[p];
    y[q + 1] += alpha * x[p + 1];
    y[q + 2] += alpha * x[p + 2];
    y[q + 3] += alpha * x[p + 3];
  }
  for (const end = x0 + n; p < end; p++, q++) y[q] += alpha * x[p];
}

export function rotate(n: number, x: Vec, x0: number, y: Vec, y0: number, c: number, s: number): void {
  for (let i = 0; i < n; i++) {
    const u = x[x0 + i];
    const v = y[y0 + i];
    x[x0 + i] = c * u + s * v;
    y[y0 + i] = c * v - s * u;
  }
}

export function gemv(
  m: number,
  n: number,
  alpha: number,
  a: Vec,
  a0: number,
  lda: number,
  x: Vec,
  x0: number,
  y: Vec,
  y0: number,
): void {
  for (let i = 0; i < m; i++) y[y0 + i] += alpha * dot(n, a, a0 + i * lda, x, x0);
}

export function gemvT(
  m: number,
  n: number,
  alpha: number,
  a: Vec,
  a0: number,
  lda: number,
  x: Vec,
  x0: number,
  y: Vec,
  y0: number,
): void {
  let i = 0;
  for (; i + 3 < m; i += 4) {
    const r0 = a0 + i * lda;
    const r1 = r0 + lda;
    const r2 = r1 + lda;
    const r3 = r2 + lda;
    const u0 = alpha * x[x0 + i];
    const u1 = alpha * x[x0 + i + 1];
    const u2 = alpha * x[x0 + i + 2];
    const u3 = alpha * x[x0 + i + 3];
    for (let j = 0; j < n; j++)
      y[y0 + j] = y[y0 + j] + u0 * a[r0 + j] + u1 * a[r1 + j] + u2 * a[r2 + j] + u3 * a[r3 + j];
  }
  for (; i < m; i++) axpy(n, alpha * x[x0 + i], a, a0 + i * lda, y, y0);
}

export function ger(
  m: number,
  n: number,
  alpha: number,
  x: Vec,
  x0: number,
  y: Vec,
  y0: number,
  a: Vec,
  a0: number,
  lda: number,
): void {
  for (let i = 0; i < m; i++) axpy(n, alpha * x[x0 + i], y, y0, a, a0 + i * lda);
}

export function symv(
  n: number,
  alpha: number,
  a: Vec,
  a0: number,
  lda: number,
  x: Vec,
  x0: number,
  y: Vec,
  y0: number,
): void {
  let i = 0;
  for (; i + 3 < n; i += 4) {
    const r0 = a0 + i * lda;
    const r1 = r0 + lda;
    const r2 = r1 + lda;
    const r3 = r2 + lda;
    const u0 = alpha * x[x0 + i];
    const u1 = alpha * x[x0 + i + 1];
    const u2 = alpha * x[x0 + i + 2];
    const u3 = alpha * x[x0 + i + 3];
    let p0 = 0; // lane 0 of the four rows
    let p1 = 0;
    let p2 = 0;
    let p3 = 0;
    let q0 = 0; // lane 1
    let q1 = 0;
    let q2 = 0;
    let q3 = 0;
    let j = i + 4;
    for (; j + 1 < n; j += 2) {
      let z = x[x0 + j];
      let b0 = a[r0 + j];
      let b1 = a[r1 + j];
      let b2 = a[r2 + j];
      let b3 = a[r3 + j];
      p0 += b0 * z;
      p1 += b1 * z;
      p2 += b2 * z;
      p3 += b3 * z;
      y[y0 + j] = y[y0 + j] + b0 * u0 + b1 * u1 + b2 * u2 + b3 * u3;
      z = x[x0 + j + 1];
      b0 = a[r0 + j + 1];
      b1 = a[r1 + j + 1];
      b2 = a[r2 + j + 1];
      b3 = a[r3 + j + 1];
      q0 += b0 * z;
      q1 += b1 * z;
      q2 += b2 * z;
      q3 += b3 * z;
      y[y0 + j + 1] = y[y0 + j + 1] + b0 * u0 + b1 * u1 + b2 * u2 + b3 * u3;
    }
    if (j < n) {
      const z = x[x0 + j];
      p0 += a[r0 + j] * z;
      p1 += a[r1 + j] * z;
      p2 += a[r2 + j] * z;
      p3 += a[r3 + j] * z;
      y[y0 + j] = y[y0 + j] + a[r0 + j] * u0 + a[r1 + j] * u1 + a[r2 + j] * u2 + a[r3 + j] * u3;
    }
    const z0 = x[x0 + i];
    const z1 = x[x0 + i + 1];
    const z2 = x[x0 + i + 2];
    const z3 = x[x0 + i + 3];
    const a01 = a[r0 + i + 1];
    const a02 = a[r0 + i + 2];
    const a03 = a[r0 + i + 3];
    const a12 = a[r1 + i + 2];
    const a13 = a[r1 + i + 3];
    const a23 = a[r2 + i + 3];
    y[y0 + i] += alpha * (p0 + q0 + a[r0 + i] * z0 + a01 * z1 + a02 * z2 + a03 * z3);
    y[y0 + i + 1] += alpha * (p1 + q1 + a01 * z0 + a[r1 + i + 1] * z1 + a12 * z2 + a13 * z3);
    y[y0 + i + 2] += alpha * (p2 + q2 + a02 * z0 + a12 * z1 + a[r2 + i + 2] * z2 + a23 * z3);
    y[y0 + i + 3] += alpha * (p3 + q3 + a03 * z0 + a13 * z1 + a23 * z2 + a[r3 + i + 3] * z3);
  }
  for (let r = i; r < n; r++) {
    let t = 0;
    for (let j = i; j < n; j++) t += (j < r ? a[a0 + j * lda + r] : a[a0 + r * lda + j]) * x[x0 + j];
    y[y0 + r] += alpha * t;
  }
}

export function rowProducts(
  rows: number,
  count: number,
  samples: number,
  x: Vec,
  x0: number,
  y: Vec,
  y0: number,
  out: Vec,
  out0: number,
): void {
  out.fill(0, out0, out0 + rows * count);
  for (let j = 0, l = y0; j < rows; j++, out0 += count)
    for (let s = 0, k = x0; s < samples; s++)
      for (let n = out0, end = out0 + count; n < end; n++, k++, l++) out[n] += x[k] * y[l];
}
