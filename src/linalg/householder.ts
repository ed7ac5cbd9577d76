/** @file Householder reflections, one by one and in blocks, on vectors that lie in rows. */
import { kernels } from './kernels/select.ts';
import type { Vec } from './matrix.ts';
import { withScratch } from './scratch.ts';
import { norm2 } from './sum.ts';

/** Reflections gathered into one block I − Vᵀ S V. */
const BLOCK = 32;

/**
 * Overwrites x with the reflection H = I − τ v vᵀ, v₀ = 1, that maps it to β e₁: x₀ ← β, the rest ← v₁ … v_{n−1}.
 *
 * @param x - The vector is x[x0 … x0+n−1], n ≥ 1. The sign of β is opposite to that of x₀.
 * @returns τ; 0 when the rest of x is zero, and H is the identity.
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §5.1.
 */
export function makeReflection(n: number, x: Vec, x0: number): number {
  const rest = norm2(x.subarray(x0 + 1, x0 + n));
  if (rest === 0) return 0;
  const head = x[x0];
  const length = norm2(Float64Array.of(head, rest));
  const beta = head > 0 ? -length : length;
  const scale = head - beta; // no cancellation: the signs differ
  for (let i = x0 + 1; i < x0 + n; i++) x[i] /= scale;
  x[x0] = beta;
  return -scale / beta;
}

/** Rows first … last−1 of X ← X H for the reflection stored in v[v0 …] (its first entry is taken as 1). */
export function applyReflection(
  rows: number,
  n: number,
  tau: number,
  v: Vec,
  v0: number,
  x: Vec,
  x0: number,
  ldx: number,
): void {
  if (tau === 0 || rows <= 0) return;
  const { gemv, ger } = kernels();
  const kept = v[v0];
  v[v0] = 1;
  withScratch([rows], (products) => {
    products.fill(0);
    gemv(rows, n, 1, x, x0, ldx, v, v0, products, 0);
    ger(rows, n, -tau, products, 0, v, v0, x, x0, ldx);
  });
  v[v0] = kept;
}

/** H₀ H₁ … H_{count−1}: row j of `vectors` [≥ count, length] holds v_j from column j on, its entry at j taken as 1. */
export interface Reflections {
  readonly count: number;
  readonly length: number;
  readonly vectors: Vec;
  readonly taus: Vec;
}

/**
 * X ← X Q, or X ← X Qᵀ, for Q = H_first … H_{last−1} and X of shape [rows, length] starting at x[x0], row stride ldx.
 *
 * Cost: 4·rows·length flops per reflection, in matrix products.
 * Reference: Schreiber and Van Loan (1989), A storage-efficient WY representation for products of Householder
 * transformations, SIAM J. Sci. Stat. Comput. 10.
 */
export function applyReflections(
  q: Reflections,
  transposed: boolean,
  rows: number,
  x: Vec,
  x0: number,
  ldx: number,
  first = 0,
  last: number = q.count,
): void {
  if (rows <= 0 || last <= first) return;
  const { gemm } = kernels();
  const size = Math.min(BLOCK, last - first);
  const blocks = Math.ceil((last - first) / size);
  withScratch([size * q.length, size * size, rows * size, rows * size], (v, s, y, z) => {
    for (let step = 0; step < blocks; step++) {
      const block = transposed ? blocks - 1 - step : step; // X Q takes H_first first, X Qᵀ takes it last
      const start = first + block * size;
      const b = Math.min(size, last - start);
      const n = q.length - start;
      packBlock(q, start, b, n, v);
      triangularFactor(q.taus, start, b, n, v, s);
      y.fill(0, 0, rows * b);
      z.fill(0, 0, rows * b);
      gemm(rows, b, n, 1, x, x0 + start, ldx, 1, v, 0, 1, n, y, 0, b); // Y = X Vᵀ
      gemm(rows, b, b, 1, y, 0, b, 1, s, 0, transposed ? 1 : b, transposed ? b : 1, z, 0, b); // Z = Y S, or Y Sᵀ
      gemm(rows, n, b, -1, z, 0, b, 1, v, 0, n, 1, x, x0 + start, ldx);
    }
  });
}

/** V [b, n]: row r is v_{start+r} in full, with the zeros before its first entry and the 1 there. */
function packBlock(q: Reflections, start: number, b: number, n: number, v: Vec): void {
  for (let r = 0; r < b; r++) {
    const from = (start + r) * q.length + start;
    v.fill(0, r * n, r * n + r);
    v[r * n + r] = 1;
    for (let i = r + 1; i < n; i++) v[r * n + i] = q.vectors[from + i];
  }
}

/** The upper triangular S [b, b] with H_start … H_{start+b−1} = I − Vᵀ S V. */
function triangularFactor(taus: Vec, start: number, b: number, n: number, v: Vec, s: Vec): void {
  const { dot } = kernels();
  s.fill(0, 0, b * b);
  for (let j = 0; j < b; j++) {
    const tau = taus[start + j];
    s[j * b + j] = tau;
    if (tau === 0) continue;
    // column j above the diagonal: −τ S (V v_j); column j is free to hold V v_j until it is overwritten from the top
    for (let i = 0; i < j; i++) s[i * b + j] = dot(n, v, i * n, v, j * n);
    for (let i = 0; i < j; i++) {
      let total = 0;
      for (let p = i; p < j; p++) total += s[i * b + p] * s[p * b + j];
      s[i * b + j] = -tau * total;
    }
  }
}
