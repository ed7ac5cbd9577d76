/** @file The kernels as plain loops in the contracted order of additions. Tiers must equal them bit for bit. */
import { GEMM_DEPTH, SOLVE_BLOCK, SYMV_ROWS } from '../../src/linalg/kernels/kernels.ts';
import type { Vec } from '../../src/linalg/matrix.ts';

/** A strided matrix view: element (i, j) is data[at + i·row + j·col]. */
export interface View {
  readonly data: Vec;
  readonly at: number;
  readonly row: number;
  readonly col: number;
}

export function get(v: View, i: number, j: number): number {
  return v.data[v.at + i * v.row + j * v.col];
}

export function put(v: View, i: number, j: number, value: number): void {
  v.data[v.at + i * v.row + j * v.col] = value;
}

export function orderedDot(n: number, x: (i: number) => number, y: (i: number) => number): number {
  const lanes = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) lanes[i % 4] += x(i) * y(i);
  return lanes[0] + lanes[2] + (lanes[1] + lanes[3]);
}

export function orderedGemm(m: number, n: number, k: number, alpha: number, a: View, b: View, c: View): void {
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++)
      for (let p0 = 0; p0 < k; p0 += GEMM_DEPTH) {
        let sum = 0;
        for (let p = p0; p < Math.min(k, p0 + GEMM_DEPTH); p++) sum += get(a, i, p) * get(b, p, j);
        put(c, i, j, get(c, i, j) + alpha * sum);
      }
}

export function orderedSymv(n: number, alpha: number, a: View, x: Vec, y: Vec): void {
  for (let i0 = 0; i0 < n; i0 += SYMV_ROWS) {
    const e = Math.min(n, i0 + SYMV_ROWS);
    for (let i = i0; i < e; i++) {
      const lanes = [0, 0];
      for (let j = e; j < n; j++) lanes[(j - e) % 2] += get(a, i, j) * x[j];
      let t = lanes[0] + lanes[1];
      for (let j = i0; j < e; j++) t += get(a, Math.min(i, j), Math.max(i, j)) * x[j];
      y[i] += alpha * t;
    }
    for (let j = e; j < n; j++) for (let i = i0; i < e; i++) y[j] += get(a, i, j) * (alpha * x[i]);
  }
}

export function orderedTrsm(lower: boolean, unit: boolean, m: number, n: number, t: View, b: View): void {
  const starts = [];
  for (let start = 0; start < m; start += SOLVE_BLOCK) starts.push(start);
  if (!lower) starts.reverse();
  for (const start of starts) {
    const end = Math.min(m, start + SOLVE_BLOCK);
    const solved = lower ? 0 : end;
    const shifted = (v: View, i: number, j: number): View => ({ ...v, at: v.at + i * v.row + j * v.col });
    orderedGemm(
      end - start,
      n,
      lower ? start : m - end,
      -1,
      shifted(t, start, solved),
      shifted(b, solved, 0),
      shifted(b, start, 0),
    );
    const rows = Array.from({ length: end - start }, (_, r) => (lower ? start + r : end - 1 - r));
    for (const [done, i] of rows.entries())
      for (let j = 0; j < n; j++) {
        for (const p of rows.slice(0, done)) put(b, i, j, get(b, i, j) - get(t, i, p) * get(b, p, j));
        if (!unit) put(b, i, j, get(b, i, j) / get(t, i, i));
      }
  }
}

/** ψ, ψ′, φ, φ′ and the sum of |partial sums|, as the contract of secularSums says. */
export function orderedSecularSums(
  k: number,
  left: number,
  d: Vec,
  z: Vec,
  origin: number,
  tau: number,
): number[] {
  const side = (indices: readonly number[], sign: number): [number, number, number] => {
    const sums = [0, 0];
    const slopes = [0, 0];
    const errors = [0, 0];
    for (const [term, i] of indices.entries()) {
      const lane = term % 2;
      const q = z[i] / (d[i] - origin - tau);
      sums[lane] += z[i] * q;
      slopes[lane] += q * q;
      errors[lane] += sign * sums[lane];
    }
    return [sums[0] + sums[1], slopes[0] + slopes[1], errors[0] + errors[1]];
  };
  const all = Array.from({ length: k }, (_, i) => i);
  const [psi, psiSlope, psiError] = side(all.slice(0, left + 1), -1);
  const [phi, phiSlope, phiError] = side(all.slice(left + 1).reverse(), 1);
  return [psi, psiSlope, phi, phiSlope, psiError + phiError];
}

export function orderedLoewner(d: Vec, origins: Vec, offsets: Vec): Vec {
  return d.map((x, i) => {
    let w = -(x - origins[i] - offsets[i]);
    for (let j = 0; j < d.length; j++) if (j !== i) w *= (x - origins[j] - offsets[j]) / (x - d[j]);
    return w;
  });
}

export function orderedSecularScales(z: Vec, d: Vec, origins: Vec, offsets: Vec): Vec {
  return d.map((_, j) => {
    const q = (i: number): number => z[i] / (d[i] - origins[j] - offsets[j]);
    return 1 / Math.sqrt(orderedDot(d.length, q, q));
  });
}

export function orderedQuotients(alpha: number, z: Vec, d: Vec, origin: number, tau: number): Vec {
  return z.map((x, i) => (alpha * x) / (d[i] - origin - tau));
}
