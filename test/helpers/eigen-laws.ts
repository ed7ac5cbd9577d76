/** @file What makes a symmetric eigendecomposition right, as numbers in units of n ε. */
import { expect } from 'vitest';
import type { SymmetricEigen } from '../../src/linalg/eigen/symmetric-eigen.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { matmul, transpose } from '../../src/linalg/products.ts';
import { frobenius } from '../../src/linalg/sum.ts';

/** A scaled by a power of two to max |A| in [1, 2) (and the factor), so that measuring neither overflows nor underflows. */
export function unitScaled(a: Matrix): { matrix: Matrix; factors: readonly [number, number] } {
  let largest = a.data.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  const factors: [number, number] = [1, 1];
  for (let k = 0; largest !== 0 && largest < 1; k ^= 1, largest *= 2) factors[k] *= 2;
  for (let k = 0; largest >= 2; k ^= 1, largest /= 2) factors[k] /= 2;
  const [p, q] = factors;
  return { matrix: new Matrix(a.rows, a.cols, a.data.map((x) => x * p * q)), factors }; // biome-ignore format: short
}

/** ‖AQ − QΛ‖_F / (n ε ‖A‖_F) and ‖QᵀQ − I‖_F / (n ε). */
export function eigenDefects(
  a: Matrix,
  { values, vectors: q }: SymmetricEigen,
): { residual: number; orthogonality: number } {
  const {
    matrix,
    factors: [s, t],
  } = unitScaled(a);
  const unit = Math.max(a.rows, 1) * Number.EPSILON;
  const image = matmul(matrix, q);
  const qT = transpose(q);
  for (let i = 0; i < q.rows; i++)
    for (let j = 0; j < q.cols; j++)
      image.data[i * q.cols + j] -= q.data[i * q.cols + j] * (values[j] * s * t);
  const gram = matmul(qT, q);
  for (let i = 0; i < q.cols; i++) gram.data[i * q.cols + i] -= 1;
  return {
    residual: frobenius(image) / (unit * (frobenius(matrix) || 1)),
    orthogonality: frobenius(gram) / unit,
  };
}

/** The same bits, but for the sign of zeros. Much faster than toEqual on long arrays. */
export function expectSameBits(actual: Float64Array, expected: Float64Array, what = 'bits'): void {
  expect(actual.length, what).toBe(expected.length);
  const at = actual.findIndex((x, i) => x !== expected[i]);
  if (at >= 0) expect.fail(`${what}: ${actual[at]} at ${at}, expected exactly ${expected[at]}`);
}

/** Order, signs, residual and orthogonality of a decomposition of `a` (all pairs, or those that were kept). */
export function checkEigenLaws(a: Matrix, result: SymmetricEigen, limit = 10): void {
  const { values, vectors } = result;
  expect([vectors.rows, vectors.cols], 'shape').toEqual([a.rows, values.length]);
  for (let i = 1; i < values.length; i++)
    expect(values[i], `order at ${i}`).toBeGreaterThanOrEqual(values[i - 1]);
  for (let j = 0; j < vectors.cols; j++) {
    const column = vectors.column(j);
    const at = column.reduce((best, x, i) => (Math.abs(x) > Math.abs(column[best]) ? i : best), 0);
    expect(column[at], `sign of vector ${j}`).toBeGreaterThan(0);
  }
  const { residual, orthogonality } = eigenDefects(a, result);
  expect(residual, 'residual / (n ε ‖A‖)').toBeLessThan(limit);
  expect(orthogonality, 'orthogonality / (n ε)').toBeLessThan(limit);
}

/**
 * The largest sine of the angle between the invariant subspaces of two decompositions, cluster by cluster, times the gap that
 * separates the cluster: Davis and Kahan (1970) bound it by the sum of the two backward errors. Clusters are split at gaps
 * above `split`.
 */
export function subspaceGap(p: SymmetricEigen, q: SymmetricEigen, split: number): number {
  const n = p.values.length;
  const cross = matmul(p.vectors, q.vectors, { transposeA: true });
  let worst = 0;
  for (let start = 0, end = 0; start < n; start = end) {
    for (end = start + 1; end < n && p.values[end] - p.values[end - 1] <= split; ) end++;
    const below = start === 0 ? Number.POSITIVE_INFINITY : p.values[start] - p.values[start - 1];
    const above = end === n ? Number.POSITIVE_INFINITY : p.values[end] - p.values[end - 1];
    const gap = Math.min(below, above);
    if (gap === Number.POSITIVE_INFINITY) continue;
    let squares = 0;
    for (let i = start; i < end; i++)
      for (let j = 0; j < n; j++) if (j < start || j >= end) squares += cross.at(i, j) ** 2;
    worst = Math.max(worst, Math.sqrt(squares) * gap);
  }
  return worst;
}
