/** @file Loops of the secular equation: pure TypeScript. */
import type { Vec } from '../matrix.ts';

export function secularSums(
  k: number,
  left: number,
  d: Vec,
  d0: number,
  z: Vec,
  z0: number,
  origin: number,
  tau: number,
  out: Vec,
  out0: number,
): void {
  let s0 = 0;
  let s1 = 0;
  let p0 = 0;
  let p1 = 0;
  let e0 = 0;
  let e1 = 0;
  let i = 0;
  for (; i <= left; i++) {
    const w = z[z0 + i];
    const q = w / (d[d0 + i] - origin - tau);
    if (i % 2 === 0) {
      s0 += w * q;
      p0 += q * q;
      e0 -= s0;
    } else {
      s1 += w * q;
      p1 += q * q;
      e1 -= s1;
    }
  }
  out[out0] = s0 + s1;
  out[out0 + 1] = p0 + p1;
  const error = e0 + e1;
  s0 = s1 = p0 = p1 = e0 = e1 = 0;
  for (i = k - 1; i > left; i--) {
    const w = z[z0 + i];
    const q = w / (d[d0 + i] - origin - tau);
    if ((k - 1 - i) % 2 === 0) {
      s0 += w * q;
      p0 += q * q;
      e0 += s0;
    } else {
      s1 += w * q;
      p1 += q * q;
      e1 += s1;
    }
  }
  out[out0 + 2] = s0 + s1;
  out[out0 + 3] = p0 + p1;
  out[out0 + 4] = error + (e0 + e1);
}

export function loewnerFactor(
  n: number,
  d: Vec,
  d0: number,
  pole: number,
  origin: number,
  tau: number,
  w: Vec,
  w0: number,
): void {
  for (let i = 0; i < n; i++) w[w0 + i] *= (d[d0 + i] - origin - tau) / (d[d0 + i] - pole);
}

export function quotients(
  n: number,
  alpha: number,
  z: Vec,
  z0: number,
  d: Vec,
  d0: number,
  origin: number,
  tau: number,
  out: Vec,
  out0: number,
): void {
  for (let i = 0; i < n; i++) out[out0 + i] = (alpha * z[z0 + i]) / (d[d0 + i] - origin - tau);
}
