/** @file Orthonormal bases of the null space and the range of a matrix. */

import { checkOptions } from '../border/arguments.ts';
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkNonNegative } from '../checks.ts';
import { Matrix } from '../matrix.ts';
import type { RankOptions } from './least-squares.ts';
import { svd } from './svd.ts';

/**
 * Columns that span { x : A x = 0 }, orthonormal, shape [n, n − rank].
 *
 * @param a - Shape [m, n]. Not modified. @param options - `rcond`: singular values up to this part of the largest count as 0; default max(m, n) ε.
 * @throws {NonFiniteError} a holds NaN or ±∞. @throws {DomainError} rcond. Cost: that of `svd`. Accuracy as tested: ‖A N‖ ≤ 16 k ε ‖A‖, k = max(m, n), where A
 * has its rank exactly.
 * @example Math.abs(nullSpace([[1, -1]]).at(0, 0)); // 0.7071067811865476
 */
export function nullSpace(a: MatrixInput, options: RankOptions = {}): Matrix {
  const { v, rank } = parted('nullSpace', a, options);
  return new Matrix(v.rows, v.rows - rank).map((_, i, j) => v.at(i, rank + j));
}

/** Columns that span the range of A, orthonormal, shape [m, rank]. As {@link nullSpace}. @example Math.abs(rangeBasis([[3], [4]]).at(0, 0)); // 0.6 */
export function rangeBasis(a: MatrixInput, options: RankOptions = {}): Matrix {
  const { u, rank } = parted('rangeBasis', a, options);
  return new Matrix(u.rows, rank).map((_, i, j) => u.at(i, j));
}

function parted(where: string, a: MatrixInput, options: RankOptions): { u: Matrix; v: Matrix; rank: number } {
  checkOptions(where, options, ['rcond']);
  const { rcond } = options;
  if (rcond !== undefined) checkNonNegative(where, 'rcond', rcond);
  const factor = svd(asMatrix(where, 'a', a), { size: 'full' });
  return { u: factor.u, v: factor.v, rank: factor.rank(rcond) };
}
