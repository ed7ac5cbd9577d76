/** @file The three matrix products of a linear layer on feature-major batches, register-blocked scalar loops. */
import type { Vec } from '../matrix.ts';

// `| 0` keeps the addresses in 32-bit integers, which spares V8 an overflow check per load (measured: 15 % of a layer).
// Blocks of 2 rows × 4 examples: more accumulators than 8 spill (4 × 4 measured 15 % slower).

/** y[i, b] ← start + Σ_k W[i, k] x[k, b]; `start` 0 zero, 1 bias, 2 present. Order: see ArenaKernels.affine. */
export function affineKernel(
  m: Vec,
  outputs: number,
  inputs: number,
  width: number,
  batch: number,
  start: number,
  w: number,
  bias: number,
  x: number,
  y: number,
): void {
  const ld = width | 0;
  const full = batch & ~3;
  for (let b = 0; b < full; b = (b + 4) | 0) {
    let i = 0;
    for (; i + 2 <= outputs; i = (i + 2) | 0) {
      let w0 = (w + i * ld) | 0;
      let w1 = (w0 + ld) | 0;
      const end = (w0 + inputs) | 0;
      const q = (y + i * batch + b) | 0;
      const r = (q + batch) | 0;
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let c0 = 0;
      let c1 = 0;
      let c2 = 0;
      let c3 = 0;
      if (start === 1) {
        a0 = a1 = a2 = a3 = m[(bias + i * ld) | 0];
        c0 = c1 = c2 = c3 = m[(bias + i * ld + ld) | 0];
      } else if (start === 2) {
        a0 = m[q];
        a1 = m[q + 1];
        a2 = m[q + 2];
        a3 = m[q + 3];
        c0 = m[r];
        c1 = m[r + 1];
        c2 = m[r + 2];
        c3 = m[r + 3];
      }
      for (let p = (x + b) | 0; w0 < end; p = (p + batch) | 0) {
        const x0 = m[p];
        const x1 = m[(p + 1) | 0];
        const x2 = m[(p + 2) | 0];
        const x3 = m[(p + 3) | 0];
        const u0 = m[w0];
        const u1 = m[w1];
        a0 += u0 * x0;
        a1 += u0 * x1;
        a2 += u0 * x2;
        a3 += u0 * x3;
        c0 += u1 * x0;
        c1 += u1 * x1;
        c2 += u1 * x2;
        c3 += u1 * x3;
        w0 = (w0 + 1) | 0;
        w1 = (w1 + 1) | 0;
      }
      m[q] = a0;
      m[q + 1] = a1;
      m[q + 2] = a2;
      m[q + 3] = a3;
      m[r] = c0;
      m[r + 1] = c1;
      m[r + 2] = c2;
      m[r + 3] = c3;
    }
    if (i < outputs)
      affineCells(m, inputs, batch, start, w + i * ld, bias + i * ld, x + b, y + i * batch + b, 4);
  }
  if (full < batch)
    for (let i = 0; i < outputs; i++)
      affineCells(
        m,
        inputs,
        batch,
        start,
        w + i * ld,
        bias + i * ld,
        x + full,
        y + i * batch + full,
        batch - full,
      );
}

/** One output row, `count` examples, element by element; same sums as the block above. */
function affineCells(
  m: Vec,
  inputs: number,
  batch: number,
  start: number,
  w: number,
  bias: number,
  x: number,
  y: number,
  count: number,
): void {
  for (let b = 0; b < count; b++) {
    let sum = start === 1 ? m[bias] : start === 2 ? m[y + b] : 0;
    for (let k = 0, p = x + b; k < inputs; k++, p += batch) sum += m[w + k] * m[p];
    m[y + b] = sum;
  }
}

/** xBar[k, b] ← start + Σ_i W[i, k] yBar[i, b]; `start` 0 zero, 2 present. Order: see ArenaKernels.affineInput. */
export function affineInputKernel(
  m: Vec,
  outputs: number,
  inputs: number,
  width: number,
  batch: number,
  start: number,
  w: number,
  yBar: number,
  xBar: number,
): void {
  const ld = width | 0;
  const full = batch & ~3;
  for (let b = 0; b < full; b = (b + 4) | 0) {
    let k = 0;
    for (; k + 2 <= inputs; k = (k + 2) | 0) {
      const q = (xBar + k * batch + b) | 0;
      const r = (q + batch) | 0;
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let c0 = 0;
      let c1 = 0;
      let c2 = 0;
      let c3 = 0;
      if (start === 2) {
        a0 = m[q];
        a1 = m[q + 1];
        a2 = m[q + 2];
        a3 = m[q + 3];
        c0 = m[r];
        c1 = m[r + 1];
        c2 = m[r + 2];
        c3 = m[r + 3];
      }
      let wk = (w + k) | 0;
      let p = (yBar + b) | 0;
      for (let i = 0; i < outputs; i = (i + 1) | 0) {
        const x0 = m[p];
        const x1 = m[(p + 1) | 0];
        const x2 = m[(p + 2) | 0];
        const x3 = m[(p + 3) | 0];
        const u0 = m[wk];
        const u1 = m[(wk + 1) | 0];
        a0 += u0 * x0;
        a1 += u0 * x1;
        a2 += u0 * x2;
        a3 += u0 * x3;
        c0 += u1 * x0;
        c1 += u1 * x1;
        c2 += u1 * x2;
        c3 += u1 * x3;
        wk = (wk + ld) | 0;
        p = (p + batch) | 0;
      }
      m[q] = a0;
      m[q + 1] = a1;
      m[q + 2] = a2;
      m[q + 3] = a3;
      m[r] = c0;
      m[r + 1] = c1;
      m[r + 2] = c2;
      m[r + 3] = c3;
    }
    if (k < inputs) affineInputCells(m, outputs, ld, batch, start, w + k, yBar + b, xBar + k * batch + b, 4);
  }
  if (full < batch)
    for (let k = 0; k < inputs; k++)
      affineInputCells(
        m,
        outputs,
        ld,
        batch,
        start,
        w + k,
        yBar + full,
        xBar + k * batch + full,
        batch - full,
      );
}

/** One input row, `count` examples, element by element; same sums as the block above. */
function affineInputCells(
  m: Vec,
  outputs: number,
  ld: number,
  batch: number,
  start: number,
  w: number,
  yBar: number,
  xBar: number,
  count: number,
): void {
  for (let b = 0; b < count; b++) {
    let sum = start === 2 ? m[xBar + b] : 0;
    for (let i = 0, q = w, p = yBar + b; i < outputs; i++, q += ld, p += batch) sum += m[q] * m[p];
    m[xBar + b] = sum;
  }
}

/** wBar[i, k] ← start + Σ_b yBar[i, b] x[k, b], k < inputs; other columns are left alone. Order: see ArenaKernels.affineWeight. */
export function affineWeightKernel(
  m: Vec,
  outputs: number,
  inputs: number,
  width: number,
  batch: number,
  start: number,
  yBar: number,
  x: number,
  wBar: number,
): void {
  const ld = width | 0;
  const evenInputs = inputs & ~1;
  const evenOutputs = outputs & ~1;
  for (let i = 0; i < evenOutputs; i = (i + 2) | 0)
    for (let k = 0; k < evenInputs; k = (k + 2) | 0)
      weightBlock(m, ld, batch, start, yBar + i * batch, x + k * batch, wBar + i * ld + k);
  if (evenInputs < inputs)
    for (let i = 0; i < evenOutputs; i++)
      weightCell(m, batch, start, yBar + i * batch, x + evenInputs * batch, wBar + i * ld + evenInputs);
  for (let i = evenOutputs; i < outputs; i++)
    for (let k = 0; k < inputs; k++)
      weightCell(m, batch, start, yBar + i * batch, x + k * batch, wBar + i * ld + k);
}

/** biasBar[i] ← Σ_b yBar[i, b], rows `width` apart. Order: see ArenaKernels.affineBias. */
export function affineBiasKernel(
  m: Vec,
  outputs: number,
  width: number,
  batch: number,
  yBar: number,
  biasBar: number,
): void {
  for (let i = 0; i < outputs; i++) m[biasBar + i * width] = biasSum(m, batch, yBar + i * batch);
}

/** Σ_b of a row, in the four-lane order of the weight gradient. */
export function biasSum(m: Vec, batch: number, s: number): number {
  let sum = 0;
  for (let lane = 0; lane < 2; lane++) {
    let low = 0;
    let high = 0;
    for (let b = lane; b < batch; b += 4) low += m[s + b];
    for (let b = lane + 2; b < batch; b += 4) high += m[s + b];
    sum += low + high;
  }
  return sum;
}

/** A 2 × 2 block of the weight gradient: lanes 0 and 2 first, then lanes 1 and 3, eight accumulators at a time. */
function weightBlock(
  m: Vec,
  ld: number,
  batch: number,
  start: number,
  s: number,
  x: number,
  out: number,
): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let lane = 0; lane < 2; lane = (lane + 1) | 0) {
    let s0 = (s + lane) | 0;
    let s1 = (s0 + batch) | 0;
    let x0 = (x + lane) | 0;
    let x1 = (x0 + batch) | 0;
    const end = (s + batch) | 0;
    let a0 = 0;
    let b0 = 0;
    let c0 = 0;
    let d0 = 0;
    let a2 = 0;
    let b2 = 0;
    let c2 = 0;
    let d2 = 0;
    for (; ((s0 + 2) | 0) < end; ) {
      const t0 = m[s0];
      const t1 = m[s1];
      const z0 = m[x0];
      const z1 = m[x1];
      const t2 = m[(s0 + 2) | 0];
      const t3 = m[(s1 + 2) | 0];
      const z2 = m[(x0 + 2) | 0];
      const z3 = m[(x1 + 2) | 0];
      a0 += t0 * z0;
      b0 += t0 * z1;
      c0 += t1 * z0;
      d0 += t1 * z1;
      a2 += t2 * z2;
      b2 += t2 * z3;
      c2 += t3 * z2;
      d2 += t3 * z3;
      s0 = (s0 + 4) | 0;
      s1 = (s1 + 4) | 0;
      x0 = (x0 + 4) | 0;
      x1 = (x1 + 4) | 0;
    }
    if (s0 < end) {
      a0 += m[s0] * m[x0];
      b0 += m[s0] * m[x1];
      c0 += m[s1] * m[x0];
      d0 += m[s1] * m[x1];
    }
    a += a0 + a2;
    b += b0 + b2;
    c += c0 + c2;
    d += d0 + d2;
  }
  const next = out + ld;
  if (start === 2) {
    a = m[out] + a;
    b = m[out + 1] + b;
    c = m[next] + c;
    d = m[next + 1] + d;
  }
  m[out] = a;
  m[out + 1] = b;
  m[next] = c;
  m[next + 1] = d;
}

/** One element of the weight gradient, in the same lanes as the block. */
function weightCell(m: Vec, batch: number, start: number, s: number, x: number, out: number): void {
  let sum = 0;
  for (let lane = 0; lane < 2; lane++) {
    let low = 0;
    let high = 0;
    for (let b = lane; b < batch; b += 4) low += m[s + b] * m[x + b];
    for (let b = lane + 2; b < batch; b += 4) high += m[s + b] * m[x + b];
    sum += low + high;
  }
  m[out] = start === 2 ? m[out] + sum : sum;
}
