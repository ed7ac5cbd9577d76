/** @file A projection given as a matrix, and orthogonal matrices to give. */
import type { Projection } from '../../../src/influence/baselines/random-projection.ts';
import { qr } from '../../../src/linalg/factorisations/qr.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';

/** P itself, [D, k]. */
export function matrixProjection(p: Matrix): Projection {
  return {
    inputs: p.rows,
    dimension: p.cols,
    rows: (first, count) => p.rowRange(first, first + count).clone(),
  };
}

/** A random orthogonal matrix of size n. */
export function randomOrthogonal(n: number, seed: number): Matrix {
  const a = new Matrix(n, n, rng(seed, 'orthogonal').fillNormal(new Float64Array(n * n)));
  return qr(a).orthogonal();
}
