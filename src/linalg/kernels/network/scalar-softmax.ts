/** @file The scalar tier of the softmax of columns and of its derivatives. */
import { exp } from '../../elementary/exp.ts';
import type { Vec } from '../../matrix.ts';

/** Rows of block t that count. */
function reach(rows: number, causal: number, t: number): number {
  return causal !== 0 ? Math.min(rows, t + 1) : rows;
}

/** y ← softmax of f·x over the rows of each block, 0 for rows that do not count. */
export function softmaxKernel(
  m: Vec,
  blocks: number,
  rows: number,
  batch: number,
  causal: number,
  factor: number,
  mask: number,
  x: number,
  y: number,
): void {
  const f = m[factor];
  const size = rows * batch;
  const score = (k: number, r: number, n: number): number =>
    mask >= 0 && !(m[mask + r * batch + n] > 0) ? Number.NEGATIVE_INFINITY : f * m[x + k];
  for (let t = 0; t < blocks; t++)
    for (let n = 0; n < batch; n++) {
      const end = reach(rows, causal, t);
      const first = t * size + n;
      let greatest = Number.NEGATIVE_INFINITY;
      for (let r = 0, k = first; r < end; r++, k += batch) {
        const v = score(k, r, n);
        if (greatest < v) greatest = v;
      }
      if (greatest === Number.NEGATIVE_INFINITY) greatest = 0;
      let sum = 0;
      for (let r = 0, k = first; r < end; r++, k += batch) {
        m[y + k] = exp(score(k, r, n) - greatest);
        sum += m[y + k];
      }
      if (sum === 0) sum = 1;
      for (let r = 0, k = first; r < rows; r++, k += batch) m[y + k] = r < end ? m[y + k] / sum : 0;
    }
}

/** out ← f p (v − Σ p v). */
export function softmaxSlopeKernel(
  m: Vec,
  blocks: number,
  rows: number,
  batch: number,
  causal: number,
  factor: number,
  p: number,
  v: number,
  out: number,
): void {
  const f = m[factor];
  const size = rows * batch;
  for (let t = 0; t < blocks; t++)
    for (let n = 0; n < batch; n++) {
      const first = t * size + n;
      const used = first + reach(rows, causal, t) * batch;
      let mean = 0;
      for (let k = first; k < used; k += batch) mean += m[p + k] * m[v + k];
      for (let k = first; k < used; k += batch) m[out + k] = f * m[p + k] * (m[v + k] - mean);
      for (let k = used; k < first + size; k += batch) m[out + k] = 0;
    }
}

/** With r = Σ p g and ṙ = Σ (ṗ g + p ġ): outDot ← ṗ (f (g − r)) + f p (ġ − ṙ), and, if wanted, out ← f p (g − r). */
export function softmaxCurveKernel(
  m: Vec,
  blocks: number,
  rows: number,
  batch: number,
  causal: number,
  factor: number,
  p: number,
  pDot: number,
  g: number,
  gDot: number,
  out: number,
  outDot: number,
): void {
  const f = m[factor];
  const size = rows * batch;
  for (let t = 0; t < blocks; t++)
    for (let n = 0; n < batch; n++) {
      const first = t * size + n;
      const used = first + reach(rows, causal, t) * batch;
      let mean = 0;
      let meanDot = 0;
      for (let k = first; k < used; k += batch) {
        mean += m[p + k] * m[g + k];
        meanDot += m[pDot + k] * m[g + k] + m[p + k] * m[gDot + k];
      }
      for (let k = first; k < used; k += batch) {
        const weight = f * m[p + k];
        const rest = m[g + k] - mean;
        m[outDot + k] = m[pDot + k] * (f * rest) + weight * (m[gDot + k] - meanDot);
        if (out >= 0) m[out + k] = weight * rest;
      }
      for (let k = used; k < first + size; k += batch) {
        m[outDot + k] = 0;
        if (out >= 0) m[out + k] = 0;
      }
    }
}
