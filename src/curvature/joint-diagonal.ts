/** @file One orthogonal basis in which several symmetric matrices are as diagonal as can be. */
import { checkOneOf, checkOptions } from '../linalg/border/arguments.ts';
import { asList } from '../linalg/border/instances.ts';
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { checkInteger, checkShape, checkSquare } from '../linalg/checks.ts';
import { log } from '../linalg/elementary.ts';
import { DomainError } from '../linalg/errors.ts';
import { hypotenuse } from '../linalg/hypotenuse.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { matmul } from '../linalg/products.ts';

/**
 * What a basis is judged by. `mass`: Σ_k Σ_i (Qᵀ M_k Q)_ii², to be large: the squared Frobenius norm that the diagonals
 * hold. `log-determinant`: Σ_k Σ_i log((Qᵀ M_k Q)_ii + floor), to be small: for psd matrices at least Σ log det(M_k + floor I),
 * and equal when all are diagonal. It counts relative errors, so that small eigenvalues matter, as they do for an inverse.
 */
export type DiagonalCriterion =
  | { readonly kind: 'mass' }
  | { readonly kind: 'log-determinant'; readonly floor: number };

export interface JointDiagonalOptions {
  /** Default: mass. */
  readonly criterion?: DiagonalCriterion;
  /** Done when no rotation of a sweep has an angle above this. Default 1e-6. */
  readonly tolerance?: number;
  /** Default 30. */
  readonly maxSweeps?: number;
}

export interface JointDiagonal {
  /** Q, orthogonal, shape [n, n]. */
  readonly basis: Matrix;
  /** Qᵀ M_k Q. */
  readonly rotated: readonly Matrix[];
  /** Sweeps over all pairs of directions. */
  readonly sweeps: number;
  /** Whether the last sweep turned by no more than the tolerance. */
  readonly converged: boolean;
}

/**
 * Jacobi rotations for several symmetric matrices at once. For `mass` the best angle of each rotation has a closed form (Cardoso
 * and Souloumiac); for `log-determinant` it is searched for on a grid and by golden sections. No rotation makes the criterion worse, so the
 * result is no worse than the start. A local optimum: the global one is not known how to find.
 *
 * @param matrices - At least one, symmetric [n, n]; psd for `log-determinant`. Not modified. @param start - Orthogonal [n, n].
 * @throws {ShapeError} shapes. @throws {DomainError} no matrix; options. Not checked: symmetry, orthogonality, definiteness.
 * Cost per sweep: 6 m n³ flops for m matrices, and for `log-determinant` some 45 m n²/2 trial values of a few flops.
 * Reference: Cardoso and Souloumiac 1996, Jacobi angles for simultaneous diagonalization, SIAM J. Matrix Anal. Appl. 17;
 * Pham 2001, Joint approximate diagonalization of positive definite Hermitian matrices, the same journal 22 (the criterion).
 * @example jointDiagonal([a, b], Matrix.identity(a.rows)).basis; // eigenvectors of both, if a and b commute
 */
export function jointDiagonal(
  matrices: readonly MatrixInput[],
  start: MatrixInput,
  options: JointDiagonalOptions = {},
): JointDiagonal {
  const where = 'jointDiagonal';
  checkOptions(where, options, ['criterion', 'tolerance', 'maxSweeps']);
  const { criterion = { kind: 'mass' }, tolerance = 1e-6, maxSweeps = 30 } = options;
  checkCriterion(where, criterion);
  const first = asMatrix(where, 'start', start);
  checkSquare(where, 'start', first);
  const n = first.rows;
  const given = asList(where, 'matrices', matrices, 'matrices').map((m, k) =>
    asMatrix(where, `matrices[${k}]`, m),
  );
  if (given.length === 0) throw new DomainError(where, 'matrices', 'at least one', 'none');
  for (const [k, m] of given.entries()) checkShape(where, `matrices[${k}]`, m, n, n);
  if (!(typeof tolerance === 'number' && tolerance >= 0))
    throw new DomainError(where, 'tolerance', '≥ 0', tolerance);
  checkInteger(where, 'maxSweeps', maxSweeps, 0, Number.MAX_SAFE_INTEGER);

  const basis = first.clone();
  const rotated = given.map((m) => matmul(matmul(first, m, { transposeA: true }), first));
  let sweeps = 0;
  let largest = Number.POSITIVE_INFINITY;
  while (sweeps < maxSweeps && largest > tolerance) {
    largest = 0;
    for (let i = 0; i < n - 1; i++)
      for (let j = i + 1; j < n; j++) {
        const [c, s] =
          criterion.kind === 'mass'
            ? massRotation(rotated, i, j)
            : logRotation(rotated, i, j, criterion.floor);
        if (Math.abs(s) <= tolerance) continue;
        largest = Math.max(largest, Math.abs(s));
        for (const m of rotated) {
          rotateColumns(m, i, j, c, s);
          rotateRows(m, i, j, c, s);
        }
        rotateColumns(basis, i, j, c, s);
      }
    sweeps++;
  }
  return { basis, rotated, sweeps, converged: largest <= tolerance };
}

/** @throws {DomainError} unknown kind, or a floor that is not above 0. */
export function checkCriterion(where: string, criterion: DiagonalCriterion): void {
  checkOptions(where, criterion, ['kind', 'floor'], 'criterion');
  checkOneOf(where, 'criterion.kind', criterion.kind, ['mass', 'log-determinant']);
  if (criterion.kind === 'log-determinant' && !(typeof criterion.floor === 'number' && criterion.floor > 0))
    throw new DomainError(where, 'criterion.floor', 'above 0', criterion.floor);
}

/** cos θ and sin θ of the rotation in the plane (i, j) with the largest Σ (m_ii² + m_jj²). */
function massRotation(matrices: readonly Matrix[], i: number, j: number): readonly [number, number] {
  // (m_ii − m_jj)' = h · (cos 2θ, sin 2θ) with h = (m_ii − m_jj, 2 m_ij): the leading eigenvector of Σ h hᵀ
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const m of matrices) {
    const x = m.at(i, i) - m.at(j, j);
    const y = 2 * m.at(i, j);
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  const difference = xx - yy;
  const length = hypotenuse(difference, 2 * xy);
  if (length === 0) return [1, 0];
  const cos4 = difference / length;
  const cos2 = Math.sqrt((1 + cos4) / 2);
  const sin2 = cos2 === 0 ? 1 : xy / length / cos2;
  return halfAngle(cos2, sin2);
}

/** Angles at which the search for a minimum begins, between −45° and 45°; sections of a bracket. */
const STARTS = 16;
const SECTIONS = 24;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** cos θ and sin θ of the rotation in the plane (i, j) with the smallest Σ log(m_ii + floor) + log(m_jj + floor). */
function logRotation(
  matrices: readonly Matrix[],
  i: number,
  j: number,
  floor: number,
): readonly [number, number] {
  const half = matrices.map((m) => (m.at(i, i) + m.at(j, j)) / 2 + floor);
  const x = matrices.map((m) => (m.at(i, i) - m.at(j, j)) / 2);
  const y = matrices.map((m) => m.at(i, j));
  /** At tan θ = t: (m_ii + floor)(m_jj + floor) = half² − d² with d = x cos 2θ + y sin 2θ. */
  const cost = (t: number): number => {
    const cos2 = (1 - t * t) / (1 + t * t);
    const sin2 = (2 * t) / (1 + t * t);
    let total = 0;
    let product = 1;
    for (let k = 0; k < half.length; k++) {
      const d = (x[k] * cos2 + y[k] * sin2) / half[k];
      product *= Math.max(1 - d * d, Number.MIN_VALUE);
      if (product < 1e-200) {
        total += log(product);
        product = 1;
      }
    }
    return total + log(product);
  };
  let best = 0;
  let bestCost = cost(0);
  const still = bestCost;
  for (let k = 0; k <= STARTS; k++) {
    const t = -1 + (2 * k) / STARTS;
    const value = cost(t);
    if (value < bestCost) [best, bestCost] = [t, value];
  }
  let lo = best - 2 / STARTS;
  let hi = best + 2 / STARTS;
  let a = hi - GOLDEN * (hi - lo);
  let b = lo + GOLDEN * (hi - lo);
  let [costA, costB] = [cost(a), cost(b)];
  for (let k = 0; k < SECTIONS; k++)
    if (costA < costB) {
      [hi, b, costB] = [b, a, costA];
      a = hi - GOLDEN * (hi - lo);
      costA = cost(a);
    } else {
      [lo, a, costA] = [a, b, costB];
      b = lo + GOLDEN * (hi - lo);
      costB = cost(b);
    }
  const t = costA < costB ? a : b;
  if (!(Math.min(costA, costB) < still)) return [1, 0];
  const c = 1 / Math.sqrt(1 + t * t);
  return [c, c * t];
}

/** cos θ and sin θ from cos 2θ ≥ 0 and sin 2θ. */
function halfAngle(cos2: number, sin2: number): readonly [number, number] {
  const c = Math.sqrt((1 + cos2) / 2);
  return [c, sin2 / (2 * c)];
}

/** (x_i, x_j) ← (c x_i + s x_j, c x_j − s x_i) for the columns i and j. */
function rotateColumns(m: Matrix, i: number, j: number, c: number, s: number): void {
  for (let k = 0, row = 0; k < m.rows; k++, row += m.cols) {
    const [a, b] = [m.data[row + i], m.data[row + j]];
    m.data[row + i] = c * a + s * b;
    m.data[row + j] = c * b - s * a;
  }
}

/** The same for the rows i and j. */
function rotateRows(m: Matrix, i: number, j: number, c: number, s: number): void {
  for (let k = 0, p = i * m.cols, q = j * m.cols; k < m.cols; k++, p++, q++) {
    const [a, b] = [m.data[p], m.data[q]];
    m.data[p] = c * a + s * b;
    m.data[q] = c * b - s * a;
  }
}
