/** @file The SVD of the triangular factor of a QR factorisation, by making rows orthogonal. */

import { Matrix, type Vec } from '../matrix.ts';
import { matmul, transpose } from '../products.ts';
import { norm2 } from '../sum.ts';
import { eigenRows, orthogonaliseByGram } from './gram-jacobi.ts';
import { orthogonaliseRows } from './one-sided-jacobi.ts';
import { qr } from './qr.ts';

/** Singular values of a matrix of size 1 below this count as 0: their vectors have too few digits to be normalised. */
const VANISHING = 1e-290;

/** R = Lᵀ diag(σ) W with orthonormal rows in L and W, all of shape [n, n]. */
export interface RowSvd {
  /** Row i is the left singular vector of values[i]. */
  readonly left: Matrix;
  /** σ, descending and ≥ 0, shape [n]. */
  readonly values: Vec;
  /** Row i is the right singular vector of values[i]. */
  readonly right: Matrix;
}

/**
 * By plain rotations, for few rows that pivoting has sorted by length.
 *
 * @param r - Shape [n, n], of size about 1. Not modified. @throws {ConvergenceError} from {@link orthogonaliseRows}.
 */
export function sortedTriangleSvd(r: Matrix): RowSvd {
  const rows = r.clone();
  const rotations = Matrix.identity(r.rows);
  orthogonaliseRows(rows, rotations);
  const { vectors: right, values, along: left } = normalised(rows, rotations);
  return { left, values, right };
}

/**
 * In matrix products. Where singular values spread far, R P = Q₂ R₂ and then R₂ᵀ = Q₃ R₃ are factored first: R₃ᵀ has the singular
 * values of R, and rows of different length are almost orthogonal in R₃.
 *
 * @param r - Shape [n, n], of size about 1. Not modified. @throws {ConvergenceError} from {@link orthogonaliseRows}.
 * Reference: Drmač and Veselić (2008), New fast and accurate Jacobi SVD algorithm I, SIAM J. Matrix Anal. Appl. 29, §2.
 */
export function triangleSvd(r: Matrix): RowSvd {
  const start = eigenRows(r);
  if (start !== undefined) {
    const { vectors: right, values, along: left } = orthogonalised(start.x, start.j);
    return { left, values, right };
  }
  const second = qr(r, { pivoting: true });
  const third = qr(transpose(second.upper));
  // R₃ = Jᵀ Σ W, hence R = Q₂ Wᵀ Σ (P Q₃ Jᵀ)ᵀ
  const { vectors, values, along } = orthogonalised(third.upper, transpose(third.orthogonal()));
  const right = new Matrix(r.rows, r.rows);
  for (let i = 0; i < r.rows; i++) {
    const [from, to] = [along.row(i), right.row(i)];
    for (const [k, p] of second.permutation.entries()) to[p] = from[k];
  }
  return { left: matmul(vectors, second.orthogonal(), { transposeB: true }), values, right };
}

function orthogonalised(x: Matrix, j: Matrix): NormalisedRows {
  const { x: rows, j: rotations, done } = orthogonaliseByGram(x, j);
  if (!done) orthogonaliseRows(rows, rotations);
  return normalised(rows, rotations);
}

interface NormalisedRows {
  /** The rows made unit, completed to a basis where they vanish. */
  readonly vectors: Matrix;
  /** Their lengths, descending. */
  readonly values: Vec;
  /** The rows of the other matrix in the same order. */
  readonly along: Matrix;
}

function normalised(rows: Matrix, others: Matrix): NormalisedRows {
  const n = rows.rows;
  const lengths = Float64Array.from({ length: n }, (_, i) => norm2(rows.row(i)));
  const order = Array.from(lengths.keys()).sort((i, j) => lengths[j] - lengths[i] || i - j);
  const values = Float64Array.from(order, (i) => (lengths[i] > VANISHING ? lengths[i] : 0));
  const rank = values.filter((s) => s > 0).length;
  const vectors = new Matrix(n, n);
  const along = new Matrix(n, n);
  for (const [to, from] of order.entries()) {
    along.row(to).set(others.row(from));
    if (to < rank) vectors.row(to).set(rows.row(from).map((x) => x / values[to]));
  }
  if (rank < n) completeRows(vectors, rank);
  return { vectors, values, along };
}

/** Rows rank … n−1 of an [n, n] matrix ← an orthonormal basis of what the first `rank` rows leave out. */
function completeRows(vectors: Matrix, rank: number): void {
  const basis = qr(transpose(vectors.rowRange(0, rank))).orthogonal('full');
  for (let k = rank; k < vectors.rows; k++) vectors.row(k).set(basis.column(k));
}
