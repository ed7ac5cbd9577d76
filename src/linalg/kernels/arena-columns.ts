/** @file Kernels over the examples of a batch, one per column: dots, scalings, sums, the correct-class margin. */

import { exp } from '../elementary/exp.ts';
import { log } from '../elementary/log.ts';
import type { Vec } from '../matrix.ts';

/** out[b] ← Σ_r x[r, b] z[r, b]; r ascending from 0. */
export function columnDotKernel(
  m: Vec,
  rows: number,
  batch: number,
  x: number,
  z: number,
  out: number,
): void {
  m.fill(0, out, out + batch);
  for (let r = 0, p = x, q = z; r < rows; r++)
    for (let b = 0; b < batch; b++, p++, q++) m[out + b] += m[p] * m[q];
}

/** out[r, b] ← x[r, b] g[b]. */
export function scaleColumnsKernel(
  m: Vec,
  rows: number,
  batch: number,
  x: number,
  g: number,
  out: number,
): void {
  for (let r = 0, p = x, q = out; r < rows; r++)
    for (let b = 0; b < batch; b++, p++, q++) m[q] = m[p] * m[g + b];
}

/** out[r, b] ← out[r, b] + x[r, b] g[b]. */
export function scaleColumnsAddKernel(
  m: Vec,
  rows: number,
  batch: number,
  x: number,
  g: number,
  out: number,
): void {
  for (let r = 0, p = x, q = out; r < rows; r++)
    for (let b = 0; b < batch; b++, p++, q++) m[q] += m[p] * m[g + b];
}

/** out[r] ← Σ_b x[r, b], Neumaier's compensated sum (Neumaier 1974), b ascending. */
export function sumColumnsKernel(m: Vec, rows: number, batch: number, x: number, out: number): void {
  for (let r = 0, p = x; r < rows; r++) {
    let sum = 0;
    let lost = 0;
    for (let b = 0; b < batch; b++, p++) {
      const v = m[p];
      const next = sum + v;
      lost += Math.abs(sum) >= Math.abs(v) ? sum - next + v : v - next + sum;
      sum = next;
    }
    m[out + r] = Number.isFinite(lost) ? sum + lost : sum; // lost is NaN once the sum overflows
  }
}

/** out[r, b] ← x[r]. */
export function spreadColumnsKernel(m: Vec, rows: number, batch: number, x: number, out: number): void {
  for (let r = 0; r < rows; r++) m.fill(m[x + r], out + r * batch, out + (r + 1) * batch);
}

/**
 * y[b] ← u[t] − log Σ_{c≠t} e^{u[c]}, t = labels[b]; out[c, b] ← [c = t] − q[c, b], q the softmax over c ≠ t.
 * Nothing cancels: the greatest of the other logits is subtracted before exp, so the sum lies in [1, classes − 1].
 */
export function marginKernel(
  m: Vec,
  classes: number,
  batch: number,
  u: number,
  labels: number,
  y: number,
  out: number,
): void {
  for (let b = 0; b < batch; b++) {
    const t = m[labels + b];
    let greatest = Number.NEGATIVE_INFINITY;
    for (let c = 0, p = u + b; c < classes; c++, p += batch) if (c !== t && m[p] > greatest) greatest = m[p];
    let sum = 0;
    for (let c = 0, p = b; c < classes; c++, p += batch)
      if (c !== t) {
        const e = exp(m[u + p] - greatest);
        m[out + p] = e;
        sum += e;
      }
    for (let c = 0, p = out + b; c < classes; c++, p += batch) m[p] = c === t ? 1 : -m[p] / sum;
    m[y + b] = m[u + t * batch + b] - greatest - log(sum);
  }
}

/**
 * With n = [c = t] − q: out[c, b] ← out − q[c] (v[c] − Σ_k q[k] v[k]) g[b] for c ≠ t. v is measured from its entry at the
 * greatest q, so the mean is a sum over the other classes, and digits remain when q is nearly one class.
 */
export function marginCurveKernel(
  m: Vec,
  classes: number,
  batch: number,
  n: number,
  labels: number,
  v: number,
  g: number,
  out: number,
): void {
  for (let b = 0; b < batch; b++) {
    const t = m[labels + b];
    let top = t === 0 ? b + batch : b; // the greatest q is the least n
    for (let c = 0, p = b; c < classes; c++, p += batch) if (c !== t && m[n + p] < m[n + top]) top = p;
    const origin = m[v + top];
    let mean = 0;
    for (let c = 0, p = b; c < classes; c++, p += batch)
      if (c !== t && p !== top) mean += m[n + p] * (m[v + p] - origin);
    for (let c = 0, p = b; c < classes; c++, p += batch)
      if (c !== t) m[out + p] += m[n + p] * (m[v + p] - origin + mean) * m[g + b];
  }
}
