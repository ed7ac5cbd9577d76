/** @file Products of dense vectors and matrices, checked: what callers use in place of bare kernels. */
import { checkLength, checkNoAlias, checkShape } from './checks.ts';
import { ShapeError } from './errors.ts';
import { kernels } from './kernels/select.ts';
import { Matrix, type Vec } from './matrix.ts';
import { transposeScaled } from './transposition.ts';

/**
 * xᵀ y.
 *
 * @param x - Shape [n]. @param y - Shape [n].
 * @throws {ShapeError} lengths differ.
 * Not checked: NaN and ±∞ pass through as IEEE arithmetic has it; so in every function of this file.
 * Accuracy as tested: error ≤ n ε |x|ᵀ|y|. The order of additions is fixed, so the bits are too.
 * @example dot(Float64Array.of(1, 2), Float64Array.of(3, 4)); // 11
 */
export function dot(x: Vec, y: Vec): number {
  checkLength('dot', 'y', y, x.length);
  return kernels().dot(x.length, x, 0, y, 0);
}

/**
 * y ← y + α x, in place.
 *
 * @param x - Shape [n]. Not modified. @param y - Shape [n]. Modified and returned; may not overlap x.
 * @throws {ShapeError} lengths differ. @throws {DomainError} y overlaps x.
 * @example axpy(2, Float64Array.of(1, 2), Float64Array.of(10, 10)); // Float64Array [12, 14]
 */
export function axpy(alpha: number, x: Vec, y: Vec): Vec {
  checkLength('axpy', 'y', y, x.length);
  checkNoAlias('axpy', x, y);
  kernels().axpy(x.length, alpha, x, 0, y, 0);
  return y;
}

/** Options of {@link matvec}. */
export interface MatvecOptions {
  /** Multiply by Aᵀ. Default false. */
  readonly transpose?: boolean;
  /** Where the result goes: overwritten and returned. May not overlap the inputs. */
  readonly out?: Vec;
}

/**
 * A x, or Aᵀ x with `transpose`.
 *
 * @param a - Shape [m, n]. @param x - Shape [n], or [m] with `transpose`. Neither is modified.
 * @returns shape [m], or [n] with `transpose`: `out` if given.
 * @throws {ShapeError} x or out has another length. @throws {DomainError} out overlaps an input.
 * Cost: 2mn flops, each element of A read once.
 * @example matvec(Matrix.of([[1, 2], [3, 4]]), Float64Array.of(1, 1)); // Float64Array [3, 7]
 */
export function matvec(a: Matrix, x: Vec, options: MatvecOptions = {}): Vec {
  const { transpose: transposed = false } = options;
  checkLength('matvec', 'x', x, transposed ? a.rows : a.cols);
  const out = options.out ?? new Float64Array(transposed ? a.cols : a.rows);
  if (options.out !== undefined) {
    checkLength('matvec', 'out', out, transposed ? a.cols : a.rows);
    checkNoAlias('matvec', x, out);
    checkNoAlias('matvec', a.data, out);
    out.fill(0);
  }
  if (transposed) kernels().gemvT(a.rows, a.cols, 1, a.data, 0, a.cols, x, 0, out, 0);
  else kernels().gemv(a.rows, a.cols, 1, a.data, 0, a.cols, x, 0, out, 0);
  return out;
}

/** Options of {@link matmul}. */
export interface MatmulOptions {
  /** op(A) = Aᵀ. Default false. */
  readonly transposeA?: boolean;
  /** op(B) = Bᵀ. Default false. */
  readonly transposeB?: boolean;
  /** α. Default 1. */
  readonly alpha?: number;
  /** Where the result goes, shape [m, n]; returned. May not overlap A or B. */
  readonly out?: Matrix;
  /** Add to `out` instead of overwriting it. Default false. */
  readonly accumulate?: boolean;
}

/**
 * α op(A) op(B), or out + α op(A) op(B) with `accumulate`, where op(X) is X or Xᵀ. No transpose is ever formed.
 *
 * @param a - op(A) has shape [m, k]. @param b - op(B) has shape [k, n]. Neither is modified. Any of m, n, k may be 0.
 * @returns shape [m, n]: `out` if given, else a new matrix.
 * @throws {ShapeError} inner dimensions differ, or out is not [m, n]. @throws {DomainError} out overlaps A or B.
 * Cost: 2mnk flops, packed and cache blocked. Accuracy as tested: |error| ≤ k ε |A||B| element by element. An element of the
 * result has the same bits whatever the other rows and columns are.
 * Reference: Goto and van de Geijn (2008), Anatomy of high-performance matrix multiplication, ACM TOMS 34(3).
 * @example matmul(Matrix.of([[1, 2]]), Matrix.of([[3, 4]]), { transposeB: true }).at(0, 0); // 11
 */
export function matmul(a: Matrix, b: Matrix, options: MatmulOptions = {}): Matrix {
  const { transposeA = false, transposeB = false, alpha = 1, accumulate = false } = options;
  const [m, k] = transposeA ? [a.cols, a.rows] : [a.rows, a.cols];
  const [inner, n] = transposeB ? [b.cols, b.rows] : [b.rows, b.cols];
  if (inner !== k)
    throw new ShapeError(
      'matmul',
      'b',
      `such that op(b) has ${k} rows`,
      `[${b.rows}, ${b.cols}]${transposeB ? ', transposed' : ''}`,
    );
  const out = destination('matmul', m, n, options.out, accumulate, [a, b]);
  kernels().gemm(
    m,
    n,
    k,
    alpha,
    a.data,
    0,
    transposeA ? 1 : a.cols,
    transposeA ? a.cols : 1,
    b.data,
    0,
    transposeB ? 1 : b.cols,
    transposeB ? b.cols : 1,
    out.data,
    0,
    n,
  );
  return out;
}

/** Options of {@link syrk}. */
export interface SyrkOptions {
  /** Aᵀ A in place of A Aᵀ. Default false. */
  readonly transpose?: boolean;
  /** α. Default 1. */
  readonly alpha?: number;
  /** Where the result goes, shape [n, n]; returned. May not overlap A. */
  readonly out?: Matrix;
  /** Add to `out`, of which only the lower triangle is read, instead of overwriting it. Default false. */
  readonly accumulate?: boolean;
}

/**
 * α A Aᵀ, or α Aᵀ A with `transpose` (the uncentred covariance of rows, with α = 1 / rows); plus out with `accumulate`.
 *
 * @param a - Shape [n, k], or [k, n] with `transpose`. Not modified.
 * @returns shape [n, n], exactly symmetric; its bits are those of {@link matmul}.
 * @throws {ShapeError} out is not [n, n]. @throws {DomainError} out overlaps A.
 * Cost: about n²k flops, half of {@link matmul}.
 * @example syrk(Matrix.of([[1, 2], [3, 4]])).toArray(); // [[5, 11], [11, 25]]
 */
export function syrk(a: Matrix, options: SyrkOptions = {}): Matrix {
  const { transpose: transposed = false, alpha = 1, accumulate = false } = options;
  const [n, k] = transposed ? [a.cols, a.rows] : [a.rows, a.cols];
  const out = destination('syrk', n, n, options.out, accumulate, [a]);
  kernels().syrk(n, k, alpha, a.data, 0, transposed ? 1 : a.cols, transposed ? a.cols : 1, out.data, 0, n);
  return out;
}

/**
 * Aᵀ as a new matrix. Products take transposes by option; this is for keeping one.
 *
 * @param a - Shape [m, n]. Not modified. @returns shape [n, m].
 * @example transpose(Matrix.of([[1, 2]])).toArray(); // [[1], [2]]
 */
export function transpose(a: Matrix): Matrix {
  const { rows, cols, data } = a;
  const out = new Matrix(cols, rows);
  transposeScaled(rows, cols, data, cols, [1, 1], out.data, rows);
  return out;
}

/** The checked output of a product: zeros unless it accumulates. */
function destination(
  where: string,
  rows: number,
  cols: number,
  out: Matrix | undefined,
  accumulate: boolean,
  inputs: readonly Matrix[],
): Matrix {
  if (out === undefined) {
    if (accumulate) throw new ShapeError(where, 'out', `[${rows}, ${cols}] with accumulate`, 'none');
    return new Matrix(rows, cols);
  }
  checkShape(where, 'out', out, rows, cols);
  for (const input of inputs) checkNoAlias(where, input.data, out.data);
  if (!accumulate) out.data.fill(0);
  return out;
}
