/** @file A second, plain implementation of a one-hidden-layer tanh classifier, parameters in PyTorch's order. */

export type Row = readonly number[];

/** Sizes [features, hidden, classes]. */
export type Sizes = readonly [number, number, number];

/** Logits by the definition: W₂ tanh(W₁ x + b₁) + b₂. */
export function logits([d, h, c]: Sizes, p: Row, x: Row): number[] {
  const b1 = h * d;
  const w2 = b1 + h;
  const b2 = w2 + c * h;
  const hidden = Array.from({ length: h }, (_, i) =>
    Math.tanh(x.reduce((sum, value, j) => sum + p[i * d + j] * value, p[b1 + i])),
  );
  return Array.from({ length: c }, (_, k) =>
    hidden.reduce((sum, value, i) => sum + p[w2 + k * h + i] * value, p[b2 + k]),
  );
}

/** Cross-entropy of one example. */
export function loss(sizes: Sizes, p: Row, x: Row, y: number): number {
  const u = logits(sizes, p, x);
  const top = Math.max(...u);
  return top + Math.log(u.reduce((sum, value) => sum + Math.exp(value - top), 0)) - u[y];
}

/** log p_y − log(1 − p_y). */
export function margin(sizes: Sizes, p: Row, x: Row, y: number): number {
  const u = logits(sizes, p, x);
  const others = u.filter((_, k) => k !== y).reduce((sum, value) => sum + Math.exp(value), 0);
  return u[y] - Math.log(others);
}

const STEP = 2e-3;

/** Gradient by central differences of fourth order: error about 1e-11 for values of order 1. */
export function gradient(f: (p: Row) => number, p: Row): number[] {
  return p.map((_, i) => difference((q) => [f(q)], p, i)[0]);
}

/** Columns of ∇²f, by differences of the gradient. */
export function hessian(f: (p: Row) => number, p: Row): number[][] {
  return p.map((_, i) => difference((q) => gradient(f, q), p, i));
}

/** ∂f/∂p_i of a vector of functions. */
function difference(f: (p: Row) => number[], p: Row, i: number): number[] {
  const at = (k: number): number[] => f(p.map((value, j) => (j === i ? value + k * STEP : value)));
  const [far, near, before, beyond] = [at(-2), at(-1), at(1), at(2)];
  return far.map((value, k) => (8 * (before[k] - near[k]) - (beyond[k] - value)) / (12 * STEP));
}

/** (1/n) Σ Jᵀ (diag(s) − s sᵀ) J, J the Jacobian of the logits. */
export function gaussNewton(sizes: Sizes, p: Row, xs: readonly Row[]): number[][] {
  const out = p.map(() => p.map(() => 0));
  for (const x of xs) {
    const jacobian = Array.from({ length: sizes[2] }, (_, k) => gradient((q) => logits(sizes, q, x)[k], p));
    const u = logits(sizes, p, x);
    const total = u.reduce((sum, value) => sum + Math.exp(value), 0);
    const s = u.map((value) => Math.exp(value) / total);
    for (let a = 0; a < p.length; a++)
      for (let b = 0; b < p.length; b++)
        for (let k = 0; k < s.length; k++)
          for (let l = 0; l < s.length; l++)
            out[a][b] += (jacobian[k][a] * ((k === l ? s[k] : 0) - s[k] * s[l]) * jacobian[l][b]) / xs.length;
  }
  return out;
}

/** Solves A x = b by elimination with row exchanges. */
export function solve(a: readonly Row[], b: Row): number[] {
  const m = a.map((row, i) => [...row, b[i]]);
  const n = m.length;
  for (let k = 0; k < n; k++) {
    const pivot = m
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k]) > Math.abs(m[best][k]) ? k + i : best), k);
    [m[k], m[pivot]] = [m[pivot], m[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = m[i][k] / m[k][k];
      for (let j = k; j <= n; j++) m[i][j] -= factor * m[k][j];
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; k--)
    x[k] = (m[k][n] - x.reduce((sum, value, j) => sum + (j > k ? m[k][j] * value : 0), 0)) / m[k][k];
  return x;
}

export function dot(x: Row, y: Row): number {
  return x.reduce((sum, value, i) => sum + value * y[i], 0);
}
