/** @file Covariances and correlations of the columns of a matrix. */
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkNoMore } from '../border/no-more.ts';
import { checkFinite } from '../checks.ts';
import { DomainError } from '../errors.ts';
import type { Matrix } from '../matrix.ts';
import { syrk, transpose } from '../products.ts';
import { norm2 } from '../sum.ts';
import { subtract } from './broadcast.ts';
import { correctionOf, means, type SpreadOptions } from './reductions.ts';

/**
 * The covariance of every pair of columns, Σᵢ (xᵢ − x̄)(yᵢ − ȳ) / (n − c): each column is a variable, each row an observation.
 *
 * @param a - Shape [n, p], n > c. Not modified. @param options - `correction` c, default 1: the usual estimate, as in NumPy's `cov`.
 * @returns shape [p, p], exactly symmetric. @throws {DomainError} n ≤ c. @throws {NonFiniteError} a holds NaN or ±∞.
 * Not checked: products beyond the largest double give ∞. Cost: n p² flops.
 * @example covariance([[1, 2], [3, 6]]).toArray(); // [[2, 4], [4, 8]]
 */
export function covariance(a: MatrixInput, options: SpreadOptions = {}): Matrix {
  const matrix = asMatrix('covariance', 'a', a);
  const correction = correctionOf('covariance', matrix.rows, options, 1);
  checkFinite('covariance', 'a', matrix.data);
  const centred = subtract(matrix, means(matrix, 0));
  return syrk(centred, { transpose: true, alpha: 1 / (matrix.rows - correction) });
}

/**
 * Pearson's correlation of every pair of columns, in −1..1.
 *
 * @param a - Shape [n, p], n ≥ 2, each column a variable. Not modified. @returns shape [p, p], exactly symmetric, ones on the diagonal.
 * @throws {DomainError} fewer than two rows, or a constant column, which is correlated with nothing. @throws {NonFiniteError} a holds NaN or ±∞.
 * Cost: n p² flops. No square overflows: columns are brought to length 1 first.
 * @example correlation([[1, 2], [3, 6], [5, 10]]).at(0, 1); // 1
 */
export function correlation(a: MatrixInput): Matrix;
export function correlation(a: MatrixInput, more?: unknown, list?: unknown): Matrix {
  checkNoMore('correlation', 'of x and y correlation(hstack([x, y]))', a, more, list);
  const matrix = asMatrix('correlation', 'a', a);
  correctionOf('correlation', matrix.rows, {}, 1);
  checkFinite('correlation', 'a', matrix.data);
  const columns = transpose(subtract(matrix, means(matrix, 0)));
  for (const [j, column] of [...columns].entries()) {
    const length = norm2(column);
    const first = matrix.at(0, j);
    if (length === 0 || matrix.column(j).every((value) => value === first))
      throw new DomainError('correlation', `column ${j} of a`, 'not constant', first);
    for (let i = 0; i < column.length; i++) column[i] /= length;
  }
  return syrk(columns).map((value, i, j) => (i === j ? 1 : Math.max(-1, Math.min(1, value))));
}
