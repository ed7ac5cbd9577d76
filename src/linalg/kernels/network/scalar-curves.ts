/** @file The scalar tier of activations of other networks than an Mlp, with slope and curvature. */
import { exp } from '../../elementary/exp.ts';
import { log1p } from '../../elementary/log.ts';
import type { Vec } from '../../matrix.ts';

/** y = x σ(x); φ′ = σ + x σ′; φ″ = σ′ (2 + x (1 − 2σ)). */
export function siluKernel(m: Vec, n: number, x: number, y: number, slope: number, curvature: number): void {
  for (let i = 0; i < n; i++) {
    const v = m[x + i];
    const e = exp(-Math.abs(v));
    const r = 1 / (1 + e);
    const s = v >= 0 ? r : e * r;
    const d = e * r * r;
    m[y + i] = v * s;
    m[slope + i] = s + v * d;
    if (curvature >= 0) m[curvature + i] = d * (2 + v * ((v >= 0 ? e - 1 : 1 - e) * r));
  }
}

/** y = log(1 + eˣ); φ′ = σ(x); φ″ = σ(x) σ(−x). */
export function softplusKernel(
  m: Vec,
  n: number,
  x: number,
  y: number,
  slope: number,
  curvature: number,
): void {
  for (let i = 0; i < n; i++) {
    const v = m[x + i];
    const e = exp(-Math.abs(v));
    const r = 1 / (1 + e);
    m[y + i] = Math.max(v, 0) + log1p(e);
    m[slope + i] = v >= 0 ? r : e * r;
    if (curvature >= 0) m[curvature + i] = e * r * r;
  }
}

/** y = x for x > 0, else α x; φ′ = 1 or α. */
export function leakyReluKernel(m: Vec, n: number, alpha: number, x: number, y: number, slope: number): void {
  for (let i = 0; i < n; i++) {
    const factor = m[x + i] > 0 ? 1 : m[alpha];
    m[y + i] = factor * m[x + i];
    m[slope + i] = factor;
  }
}

const ROOT_TWO_OVER_PI = 0.7978845608028654;
const TRIPLE = 0.10703222440890037; // 3 · 0.044715 √(2/π)

/** out ← √(2/π) (x + 0.044715 x³). */
export function geluInnerKernel(m: Vec, n: number, x: number, out: number): void {
  for (let i = 0; i < n; i++) {
    const v = m[x + i];
    m[out + i] = ROOT_TWO_OVER_PI * (v * (1 + 0.044715 * (v * v)));
  }
}

/** From t = tanh u at y and 1 − t² at slope: y ← ½ x (1 + t), with slope and curvature. */
export function geluOuterKernel(
  m: Vec,
  n: number,
  x: number,
  y: number,
  slope: number,
  curvature: number,
): void {
  for (let i = 0; i < n; i++) {
    const v = m[x + i];
    const t = m[y + i];
    const d = m[slope + i];
    const gate = 0.5 * (1 + t);
    const inner = ROOT_TWO_OVER_PI + TRIPLE * (v * v);
    const rate = d * inner;
    m[y + i] = v * gate;
    m[slope + i] = gate + 0.5 * v * rate;
    if (curvature >= 0) {
      const bend = d * (2 * (TRIPLE * v)) - 2 * (t * (rate * inner));
      m[curvature + i] = rate + 0.5 * v * bend;
    }
  }
}

/** out ← x where the mask is above 0, elsewhere the element at `otherwise`. */
export function selectKernel(
  m: Vec,
  n: number,
  mask: number,
  otherwise: number,
  x: number,
  out: number,
): void {
  const other = m[otherwise];
  for (let i = 0; i < n; i++) m[out + i] = m[mask + i] > 0 ? m[x + i] : other;
}

/** out[j, i, n] ← x[i, j, n]. */
export function transposeExamplesKernel(
  m: Vec,
  rows: number,
  cols: number,
  batch: number,
  x: number,
  out: number,
): void {
  for (let i = 0, from = x; i < rows; i++)
    for (let j = 0; j < cols; j++, from += batch)
      m.copyWithin(out + (j * rows + i) * batch, from, from + batch);
}
