/** @file Norms of vectors and matrices, the trace, and whether two arrays are the same up to rounding. */
import { checkOneOf, checkOptions } from '../border/arguments.ts';
import { asMatrix, asVectorOrMatrix, type ElementsInput, type MatrixInput } from '../border/matrix.ts';
import { checkNoMore } from '../border/no-more.ts';
import { asElements, type VectorInput } from '../border/vector.ts';
import { checkNonNegative, checkSquare } from '../checks.ts';
import { ShapeError } from '../errors.ts';
import { svd } from '../factorisations/svd.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { frobenius, maxAbs, norm2, sum } from '../sum.ts';
import { linesOf } from './lines.ts';
import { diagonal } from './selection.ts';

/** 1, 2 or ∞; of a matrix these are the operator norms, and 'frobenius' is √Σ aᵢⱼ². */
export type NormOrder = 1 | 2 | typeof Number.POSITIVE_INFINITY | 'frobenius';

/**
 * ‖x‖ of a vector or a matrix, right wherever the result is a double: no square overflows or underflows.
 *
 * @param x - A vector or a matrix, of any size; ‖·‖ of nothing is 0. Not modified.
 * @param order - Vector: 1: Σ |xᵢ|; 2, the default: √Σ xᵢ²; ∞: max |xᵢ|. Matrix: 1: the greatest column sum of |aᵢⱼ|; 2: σ₀, the
 * greatest singular value; ∞: the greatest row sum; 'frobenius', the default: √Σ aᵢⱼ².
 * @throws {DomainError} another order. @throws {NonFiniteError} order 2 of a matrix with NaN or ±∞; other orders give NaN or ∞.
 * Cost: one or two passes; order 2 of a matrix, that of `svd`. Accuracy as tested: relative error ≤ n ε; order 2 of a matrix 4 n ε.
 * @example norm([3, 4]); // 5
 * @example norm([[1, -2], [3, 4]], 1); // 6
 */
export function norm(x: VectorInput | MatrixInput, order?: NormOrder): number;
export function norm(x: VectorInput | MatrixInput, order?: NormOrder, more?: unknown): number {
  checkNoMore('norm', 'of each row Array.from(a, (row) => norm(row))', x, more);
  const value = asVectorOrMatrix('norm', 'x', x);
  const matrix = value instanceof Matrix;
  const kind = order ?? (matrix ? 'frobenius' : 2);
  checkOneOf(
    'norm',
    'order',
    kind,
    matrix ? [1, 2, Number.POSITIVE_INFINITY, 'frobenius'] : [1, 2, Number.POSITIVE_INFINITY],
  );
  if (!matrix) return kind === 2 ? norm2(value) : kind === 1 ? absoluteSum(value) : maxAbs(value);
  if (kind === 'frobenius') return frobenius(value);
  if (kind === 2) return svd(value).values[0] ?? 0;
  const lines = linesOf('norm', value, kind === 1 ? 0 : 1);
  return maxAbs(Float64Array.from({ length: lines.rows }, (_, i) => absoluteSum(lines.row(i))));
}

/**
 * tr A = Σ aᵢᵢ.
 *
 * @param a - Shape [n, n]. Not modified. @throws {ShapeError} not square.
 * @example trace([[1, 2], [3, 4]]); // 5
 */
export function trace(a: MatrixInput): number;
export function trace(a: MatrixInput, more?: unknown, list?: unknown): number {
  checkNoMore('trace', 'of another diagonal sum(diagonal(a, k))', a, more, list);
  const matrix = asMatrix('trace', 'a', a);
  checkSquare('trace', 'a', matrix);
  return sum(diagonal(matrix));
}

/** How far apart two numbers may be. */
export interface ToleranceOptions {
  /** In parts of |y|. Default 1e-9. */
  readonly relative?: number;
  /** In units of x. Default 0: no tolerance is absolute unless it is asked for. */
  readonly absolute?: number;
}

/**
 * Whether |xᵢ − yᵢ| ≤ absolute + relative · |yᵢ| for every element; equal infinities are close, NaN is close to nothing.
 *
 * @param x - A vector, a matrix or nested arrays. @param y - With as many elements. @throws {ShapeError} numbers of elements, or shapes of matrices, differ.
 * @throws {DomainError} a tolerance that is negative or not finite.
 * @example Number(allClose([0.1 + 0.2], [0.3])); // 1
 */
export function allClose(x: ElementsInput, y: ElementsInput, options: ToleranceOptions = {}): boolean {
  checkOptions('allClose', options, ['relative', 'absolute']);
  const { relative = 1e-9, absolute = 0 } = options;
  checkNonNegative('allClose', 'relative', relative);
  checkNonNegative('allClose', 'absolute', absolute);
  const [p, q] = [asElements('allClose', 'x', x), asElements('allClose', 'y', y)];
  if (p.length !== q.length) throw new ShapeError('allClose', 'y', `of ${p.length} elements`, `${q.length}`);
  const { rows, cols } = x as Partial<Matrix>;
  const other = y as Partial<Matrix>;
  if (x instanceof Matrix && y instanceof Matrix && (rows !== other.rows || cols !== other.cols))
    throw new ShapeError('allClose', 'y', `[${rows}, ${cols}]`, `[${other.rows}, ${other.cols}]`);
  return p.every((value, i) => {
    const size = Math.abs(q[i]);
    return (
      value === q[i] ||
      (size < Number.POSITIVE_INFINITY && Math.abs(value - q[i]) <= absolute + relative * size)
    );
  });
}

function absoluteSum(x: Vec): number {
  return sum(x.map(Math.abs));
}
