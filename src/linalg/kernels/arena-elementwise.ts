/** @file Elementwise loops of the arena: arithmetic, activations with slope and curvature, the SGD update. */

import { erf } from '../elementary/erf.ts';
import { exp, expInto } from '../elementary/exp.ts';
import { log1pInto } from '../elementary/log.ts';
import { tanh } from '../elementary/tanh.ts';
import type { Vec } from '../matrix.ts';
import type { ScalarFunction } from './arena.ts';

/** out ← out + x. */
export function addKernel(m: Vec, n: number, x: number, out: number): void {
  for (let i = 0; i < n; i++) m[out + i] += m[x + i];
}

/** out ← x − z. */
export function subtractKernel(m: Vec, n: number, x: number, z: number, out: number): void {
  for (let i = 0; i < n; i++) m[out + i] = m[x + i] - m[z + i];
}

/** out ← c x. */
export function scaleKernel(m: Vec, n: number, c: number, x: number, out: number): void {
  for (let i = 0; i < n; i++) m[out + i] = c * m[x + i];
}

/** out ← x ⊙ z. */
export function multiplyKernel(m: Vec, n: number, x: number, z: number, out: number): void {
  for (let i = 0; i < n; i++) m[out + i] = m[x + i] * m[z + i];
}

/** out ← out + x ⊙ z. */
export function multiplyAddKernel(m: Vec, n: number, x: number, z: number, out: number): void {
  for (let i = 0; i < n; i++) m[out + i] += m[x + i] * m[z + i];
}

/** out ← out + (a ⊙ b) ⊙ c. */
export function multiplyAdd3Kernel(m: Vec, n: number, a: number, b: number, c: number, out: number): void {
  for (let i = 0; i < n; i++) m[out + i] += m[a + i] * m[b + i] * m[c + i];
}

/** y = tanh x; φ′ = (1 − y)(1 + y); φ″ = (−2 y) φ′. */
export function tanhKernel(m: Vec, n: number, x: number, y: number, slope: number, curvature: number): void {
  for (let i = 0; i < n; i++) {
    const t = tanh(m[x + i]);
    m[y + i] = t;
    m[slope + i] = (1 - t) * (1 + t);
  }
  if (curvature >= 0) for (let i = 0; i < n; i++) m[curvature + i] = -2 * m[y + i] * m[slope + i];
}

/** y = max(x, 0); φ′ = 1 for x > 0, else 0, also at x = 0 (PyTorch's choice); φ″ = 0. */
export function reluKernel(m: Vec, n: number, x: number, y: number, slope: number, curvature: number): void {
  for (let i = 0; i < n; i++) {
    const positive = m[x + i] > 0;
    m[y + i] = positive ? m[x + i] : 0;
    m[slope + i] = positive ? 1 : 0;
  }
  if (curvature >= 0) m.fill(0, curvature, curvature + n);
}

/** y = x Φ(x); φ′ = Φ + x g; φ″ = g (2 − x²), with Φ = ½ (1 + erf(x/√2)) and g = Φ′ = e^(−x²/2)/√(2π). */
export function geluKernel(m: Vec, n: number, x: number, y: number, slope: number, curvature: number): void {
  for (let i = 0; i < n; i++) {
    const v = m[x + i];
    const cdf = 0.5 * (1 + erf(v * Math.SQRT1_2));
    const density = exp(-0.5 * v * v) * INVERSE_ROOT_TAU;
    m[y + i] = v * cdf;
    m[slope + i] = cdf + v * density;
    if (curvature >= 0) m[curvature + i] = density * (2 - v * v);
  }
}

const INVERSE_ROOT_TAU = 0.3989422804014327; // 1/√(2π)

/** y = 1/(1 + e^−x); φ′ = e/(1 + e)² with e = e^−|x|; φ″ = φ′ (1 − 2y). */
export function sigmoidKernel(
  m: Vec,
  n: number,
  x: number,
  y: number,
  slope: number,
  curvature: number,
): void {
  expMinusAbs(m, n, x, slope);
  for (let i = 0; i < n; i++) {
    const v = m[x + i];
    const e = m[slope + i];
    const r = 1 / (1 + e);
    m[y + i] = v >= 0 ? r : e * r;
    m[slope + i] = e * r * r;
    if (curvature >= 0) m[curvature + i] = m[slope + i] * (v >= 0 ? (e - 1) * r : (1 - e) * r);
  }
}

/** y = −log(1 + e^−x), stable at both ends; φ′ = σ(−x); φ″ = −e/(1 + e)² with e = e^−|x|. */
export function logSigmoidKernel(
  m: Vec,
  n: number,
  x: number,
  y: number,
  slope: number,
  curvature: number,
): void {
  expMinusAbs(m, n, x, slope);
  log1pInto(m, m, n, y, slope);
  for (let i = 0; i < n; i++) {
    const v = m[x + i];
    const e = m[slope + i];
    const r = 1 / (1 + e);
    m[y + i] = Math.min(v, 0) - m[y + i];
    m[slope + i] = v >= 0 ? e * r : r;
    if (curvature >= 0) m[curvature + i] = -e * r * r;
  }
}

/** y = φ(x), φ′ and φ″ by formulas. */
export function mapKernel(
  m: Vec,
  n: number,
  phi: ScalarFunction,
  x: number,
  y: number,
  slope: number,
  curvature: number,
): void {
  for (let i = 0; i < n; i++) {
    const v = m[x + i];
    m[y + i] = phi.value(v);
    m[slope + i] = phi.slope(v);
    if (curvature >= 0) m[curvature + i] = phi.curvature(v);
  }
}

/** out ← e^−|x|. A loop of its own: called element by element, V8 (Node 20) boxes the results. */
function expMinusAbs(m: Vec, n: number, x: number, out: number): void {
  for (let i = 0; i < n; i++) m[out + i] = -Math.abs(m[x + i]);
  expInto(m, m, n, out, out);
}

/** v ← μ v + (g + decay θ); θ ← θ − rate v; rate, μ and decay at `settings`. */
export function sgdKernel(
  m: Vec,
  n: number,
  settings: number,
  gradient: number,
  velocity: number,
  theta: number,
): void {
  const rate = m[settings];
  const momentum = m[settings + 1];
  const decay = m[settings + 2];
  for (let i = 0; i < n; i++) {
    const v = momentum * m[velocity + i] + (m[gradient + i] + decay * m[theta + i]);
    m[velocity + i] = v;
    m[theta + i] -= rate * v;
  }
}
