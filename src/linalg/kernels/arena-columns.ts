/** @file Kernels over the examples of a batch, one per column: dots, scalings, sums, the correct-class margin. */

import { expInto } from '../elementary/exp.ts';
import { logInto } from '../elementary/log.ts';
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

/**
 * out[c, b] ← a[rows[b], c], 0 ≤ b < batch: rows of a row-major matrix become columns. Four at a time, addresses in 32-bit
 * integers where V8 would check for overflow: a third of the time of the plain loop. The three arrays may be one.
 */
export function gatherColumnsKernel(
  cols: number,
  batch: number,
  rows: Vec,
  rows0: number,
  a: Vec,
  a0: number,
  out: Vec,
  out0: number,
): void {
  let b = 0;
  for (; b + 4 <= batch; b += 4) {
    const r0 = (a0 + rows[rows0 + b] * cols) | 0;
    const r1 = (a0 + rows[rows0 + b + 1] * cols) | 0;
    const r2 = (a0 + rows[rows0 + b + 2] * cols) | 0;
    const r3 = (a0 + rows[rows0 + b + 3] * cols) | 0;
    for (let c = 0, q = out0 + b; c < cols; c = (c + 1) | 0, q = (q + batch) | 0) {
      out[q] = a[(r0 + c) | 0];
      out[(q + 1) | 0] = a[(r1 + c) | 0];
      out[(q + 2) | 0] = a[(r2 + c) | 0];
      out[(q + 3) | 0] = a[(r3 + c) | 0];
    }
  }
  for (; b < batch; b++) {
    const r = a0 + rows[rows0 + b] * cols;
    for (let c = 0, q = out0 + b; c < cols; c++, q += batch) out[q] = a[r + c];
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
    const t = m[labels + b] | 0;
    let greatest = Number.NEGATIVE_INFINITY;
    for (let c = 0, p = u + b; c < classes; c++, p += batch) if (c !== t && m[p] > greatest) greatest = m[p];
    for (let c = 0, p = u + b, q = out + b; c < classes; c++, p += batch, q += batch)
      m[q] = c === t ? 0 : m[p] - greatest;
    m[y + b] = greatest;
  }
  expInto(m, m, classes * batch, out, out);
  for (let b = 0; b < batch; b++) {
    const t = m[labels + b] | 0;
    let sum = 0;
    for (let c = 0, p = out + b; c < classes; c++, p += batch) if (c !== t) sum += m[p];
    for (let c = 0, p = out + b; c < classes; c++, p += batch) m[p] = -m[p] / sum;
    m[out + t * batch + b] = m[u + t * batch + b] - m[y + b]; // waits here while y holds the sums
    m[y + b] = sum;
  }
  logInto(m, m, batch, y, y);
  for (let b = 0; b < batch; b++) {
    const own = out + m[labels + b] * batch + b;
    m[y + b] = m[own] - m[y + b];
    m[own] = 1;
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
