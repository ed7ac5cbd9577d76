/** @file Products of dense vectors and matrices, checked: what callers use in place of bare kernels. */
import { checkBoolean, checkNumber, checkOptions } from './border/arguments.ts';
import { asMatrix, asOutputMatrix, type MatrixInput } from './border/matrix.ts';
import { asOutput, asVector, type VectorInput } from './border/vector.ts';
import { checkLength, checkNoAlias } from './checks.ts';
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
export function dot(x: VectorInput, y: VectorInput): number {
  const left = asVector('dot', 'x', x);
  const right = asVector('dot', 'y', y);
  checkLength('dot', 'y', right, left.length);
  return kernels().dot(left.length, left, 0, right, 0);
}

/**
 * y ← y + α x, in place.
 *
 * @param x - Shape [n]. Not modified. @param y - Shape [n]. Modified and returned; may not overlap x.
 * @throws {ShapeError} lengths differ. @throws {DomainError} y overlaps x.
 * @example axpy(2, Float64Array.of(1, 2), Float64Array.of(10, 10)); // Float64Array [12, 14]
 */
export function axpy(alpha: number, x: VectorInput, y: Vec): Vec {
  checkNumber('axpy', 'alpha', alpha);
  const added = asVector('axpy', 'x', x);
  asOutput('axpy', 'y', y, added.length);
  checkNoAlias('axpy', added, y);
  kernels().axpy(added.length, alpha, added, 0, y, 0);
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
export function matvec(a: MatrixInput, x: VectorInput, options: MatvecOptions = {}): Vec {
  checkOptions('matvec', options, ['transpose', 'out']);
  const { transpose: transposed = false } = options;
  checkBoolean('matvec', 'transpose', transposed);
  const { rows, cols, data } = asMatrix('matvec', 'a', a);
  const vector = asVector('matvec', 'x', x);
  checkLength('matvec', 'x', vector, transposed ? rows : cols);
  const length = transposed ? cols : rows;
  const out =
    options.out === undefined ? new Float64Array(length) : asOutput('matvec', 'out', options.out, length);
  if (options.out !== undefined) {
    checkNoAlias('matvec', vector, out);
    checkNoAlias('matvec', data, out);
    out.fill(0);
  }
  if (transposed) kernels().gemvT(rows, cols, 1, data, 0, cols, vector, 0, out, 0);
  else kernels().gemv(rows, cols, 1, data, 0, cols, vector, 0, out, 0);
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

const MATMUL_OPTIONS = ['transposeA', 'transposeB', 'alpha', 'out', 'accumulate'];

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
export function matmul(a: MatrixInput, b: MatrixInput, options: MatmulOptions = {}): Matrix {
  checkOptions('matmul', options, MATMUL_OPTIONS);
  const { transposeA = false, transposeB = false, alpha = 1, accumulate = false } = options;
  checkBoolean('matmul', 'transposeA', transposeA);
  checkBoolean('matmul', 'transposeB', transposeB);
  checkBoolean('matmul', 'accumulate', accumulate);
  checkNumber('matmul', 'alpha', alpha);
  const left = asMatrix('matmul', 'a', a);
  const right = asMatrix('matmul', 'b', b);
  const [m, k] = transposeA ? [left.cols, left.rows] : [left.rows, left.cols];
  const [inner, n] = transposeB ? [right.cols, right.rows] : [right.rows, right.cols];
  if (inner !== k)
    throw new ShapeError(
      'matmul',
      'b',
      `such that op(b) has ${k} rows`,
      `[${right.rows}, ${right.cols}]${transposeB ? ', transposed' : ''}`,
    );
  const out = destination('matmul', m, n, options.out, accumulate, [left, right]);
  kernels().gemm(
    m,
    n,
    k,
    alpha,
    left.data,
    0,
    transposeA ? 1 : left.cols,
    transposeA ? left.cols : 1,
    right.data,
    0,
    transposeB ? 1 : right.cols,
    transposeB ? right.cols : 1,
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
export function syrk(a: MatrixInput, options: SyrkOptions = {}): Matrix {
  checkOptions('syrk', options, ['transpose', 'alpha', 'out', 'accumulate']);
  const { transpose: transposed = false, alpha = 1, accumulate = false } = options;
  checkBoolean('syrk', 'transpose', transposed);
  checkBoolean('syrk', 'accumulate', accumulate);
  checkNumber('syrk', 'alpha', alpha);
  const factor = asMatrix('syrk', 'a', a);
  const { rows, cols, data } = factor;
  const [n, k] = transposed ? [cols, rows] : [rows, cols];
  const out = destination('syrk', n, n, options.out, accumulate, [factor]);
  kernels().syrk(n, k, alpha, data, 0, transposed ? 1 : cols, transposed ? cols : 1, out.data, 0, n);
  return out;
}

/**
 * Aᵀ as a new matrix. Products take transposes by option; this is for keeping one.
 *
 * @param a - Shape [m, n]. Not modified. @returns shape [n, m].
 * @example transpose(Matrix.of([[1, 2]])).toArray(); // [[1], [2]]
 */
export function transpose(a: MatrixInput): Matrix {
  const { rows, cols, data } = asMatrix('transpose', 'a', a);
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
  asOutputMatrix(where, 'out', out, rows, cols);
  for (const input of inputs) checkNoAlias(where, input.data, out.data);
  if (!accumulate) out.data.fill(0);
  return out;
}
