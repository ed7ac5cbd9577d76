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

export function loewner(
  k: number,
  d: Vec,
  d0: number,
  origins: Vec,
  origins0: number,
  offsets: Vec,
  offsets0: number,
  w: Vec,
  w0: number,
): void {
  for (let i = 0; i < k; i++) w[w0 + i] = -(d[d0 + i] - origins[origins0 + i] - offsets[offsets0 + i]);
  for (let j = 0; j < k; j++) {
    const pole = d[d0 + j];
    const origin = origins[origins0 + j];
    const tau = offsets[offsets0 + j];
    for (let i = 0; i < j; i++) w[w0 + i] *= (d[d0 + i] - origin - tau) / (d[d0 + i] - pole);
    for (let i = j + 1; i < k; i++) w[w0 + i] *= (d[d0 + i] - origin - tau) / (d[d0 + i] - pole);
  }
}

export function secularScales(
  k: number,
  z: Vec,
  z0: number,
  d: Vec,
  d0: number,
  origins: Vec,
  origins0: number,
  offsets: Vec,
  offsets0: number,
  out: Vec,
  out0: number,
): void {
  const whole = k & ~3;
  for (let j = 0; j < k; j++) {
    const origin = origins[origins0 + j];
    const tau = offsets[offsets0 + j];
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = 0; i < whole; i += 4) {
      const q0 = z[z0 + i] / (d[d0 + i] - origin - tau);
      const q1 = z[z0 + i + 1] / (d[d0 + i + 1] - origin - tau);
      const q2 = z[z0 + i + 2] / (d[d0 + i + 2] - origin - tau);
      const q3 = z[z0 + i + 3] / (d[d0 + i + 3] - origin - tau);
      s0 += q0 * q0;
      s1 += q1 * q1;
      s2 += q2 * q2;
      s3 += q3 * q3;
    }
    for (let i = whole; i < k; i++) {
      const q = z[z0 + i] / (d[d0 + i] - origin - tau);
      if (i === whole) s0 += q * q;
      else if (i === whole + 1) s1 += q * q;
      else s2 += q * q;
    }
    out[out0 + j] = 1 / Math.sqrt(s0 + s2 + (s1 + s3));
  }
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
