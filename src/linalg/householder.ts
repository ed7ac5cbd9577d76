/** @file Householder reflections, one by one and in blocks, on vectors that lie in rows. */
import { checkObject } from './border/arguments.ts';
import { asVector } from './border/vector.ts';
import { checkInteger, checkLength } from './checks.ts';
import { kernels } from './kernels/select.ts';
import type { Vec } from './matrix.ts';
import { withScratch } from './scratch.ts';
import { norm2 } from './sum.ts';

/** Reflections gathered into one block I − Vᵀ S V. */
const BLOCK = 64;
/** Elements of X that are read and then updated while they are in a cache: 1 MB. */
const STRIP = 2 ** 17;
/** At least so many rows of X at a time, since a block is packed for each strip. */
const STRIP_ROWS = 64;

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

/** X ← X H, X of shape [rows, n], for the reflection stored in v[v0 …] (its first entry is taken as 1). `room`: scratch, [rows]. */
export function applyReflection(
  rows: number,
  n: number,
  tau: number,
  v: Vec,
  v0: number,
  x: Vec,
  x0: number,
  ldx: number,
  room?: Vec,
): void {
  if (tau === 0 || rows <= 0) return;
  if (room === undefined) {
    withScratch([rows], (scratch) => applyReflection(rows, n, tau, v, v0, x, x0, ldx, scratch));
    return;
  }
  const { gemv, ger } = kernels();
  const kept = v[v0];
  v[v0] = 1;
  room.fill(0, 0, rows);
  gemv(rows, n, 1, x, x0, ldx, v, v0, room, 0);
  ger(rows, n, -tau, room, 0, v, v0, x, x0, ldx);
  v[v0] = kept;
}

/** H₀ H₁ … H_{count−1}: row j of `vectors` [≥ count, length] holds v_j from column j on, its entry at j taken as 1. */
export interface Reflections {
  readonly count: number;
  readonly length: number;
  readonly vectors: Vec;
  readonly taus: Vec;
}

/** Doubles of scratch that {@link applyReflections} needs for vectors of this length. */
export function reflectionsRoom(length: number): number {
  return BLOCK * (length + BLOCK) + 2 * stripRows(length) * BLOCK;
}

function stripRows(length: number): number {
  return Math.max(STRIP_ROWS, Math.floor(STRIP / Math.max(length, 1)));
}

/**
 * X ← X Q, or X ← X Qᵀ, for Q = H_first … H_{last−1} and X of shape [rows, length] starting at x[x0], row stride ldx.
 *
 * @param room - Scratch of length {@link reflectionsRoom}, best from the memory of x; lent by the pool when absent.
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
  room?: Vec,
): void {
  if (rows <= 0 || last <= first) return;
  if (room === undefined) {
    withScratch([reflectionsRoom(q.length)], (scratch) =>
      applyReflections(q, transposed, rows, x, x0, ldx, first, last, scratch),
    );
    return;
  }
  const { gemm } = kernels();
  const size = Math.min(BLOCK, last - first);
  const blocks = Math.ceil((last - first) / size);
  const strip = Math.min(rows, stripRows(q.length));
  const s = room.subarray(0, size * size);
  const y = room.subarray(s.length, s.length + strip * size);
  const z = room.subarray(s.length + y.length, s.length + 2 * y.length);
  const v = room.subarray(s.length + 2 * y.length);
  for (let step = 0; step < blocks; step++) {
    const block = transposed ? blocks - 1 - step : step; // X Q takes H_first first, X Qᵀ takes it last
    const start = first + block * size;
    const b = Math.min(size, last - start);
    const n = q.length - start;
    packBlock(q, start, b, n, v);
    triangularFactor(q.taus, start, b, n, v, s);
    for (let row = 0; row < rows; row += strip) {
      const m = Math.min(strip, rows - row);
      const at = x0 + row * ldx + start;
      y.fill(0, 0, m * b);
      z.fill(0, 0, m * b);
      gemm(m, b, n, 1, x, at, ldx, 1, v, 0, 1, n, y, 0, b); // Y = X Vᵀ
      gemm(m, b, b, 1, y, 0, b, 1, s, 0, transposed ? 1 : b, transposed ? b : 1, z, 0, b); // Z = Y S, or Y Sᵀ
      gemm(m, n, b, -1, z, 0, b, 1, v, 0, n, 1, x, at, ldx);
    }
  }
}

/** V [b, n]: row r is v_{start+r} in full, with the zeros before its first entry and the 1 there. */
function packBlock(q: Reflections, start: number, b: number, n: number, v: Vec): void {
  for (let r = 0; r < b; r++) {
    const from = (start + r) * q.length + start;
    v.fill(0, r * n, r * n + r);
    v[r * n + r] = 1;
    v.set(q.vectors.subarray(from + r + 1, from + n), r * n + r + 1);
  }
}

/** The upper triangular S [b, b] with H_start … H_{start+b−1} = I − Vᵀ S V. */
function triangularFactor(taus: Vec, start: number, b: number, n: number, v: Vec, s: Vec): void {
  s.fill(0, 0, b * b);
  kernels().syrk(b, n, 1, v, 0, n, 1, s, 0, b);
  for (let j = 0; j < b; j++) {
    const tau = taus[start + j];
    // column j above the diagonal: −τ S (V v_j); it holds V v_j until it is overwritten from the top
    for (let i = 0; i < j; i++) {
      let total = 0;
      for (let p = i; p < j; p++) total += s[i * b + p] * s[p * b + j];
      s[i * b + j] = -tau * total;
    }
    s[j * b + j] = tau;
    s.fill(0, j * b, j * b + j);
  }
}

/** The reflections that a caller has put together, if their arrays have the lengths that their sizes ask for. */
export function checkReflections(where: string, q: Reflections): Reflections {
  checkObject(where, 'reflections', q);
  checkInteger(where, 'reflections.length', q.length, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'reflections.count', q.count, 0, q.length);
  checkLength(
    where,
    'reflections.vectors',
    asVector(where, 'reflections.vectors', q.vectors),
    q.count * q.length,
  );
  checkLength(where, 'reflections.taus', asVector(where, 'reflections.taus', q.taus), q.count);
  return q;
}
