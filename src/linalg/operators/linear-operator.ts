/** @file Linear operators: the interface, and operators made of a matrix, of a function, or of nothing but a size. */
import { checkFunction, checkObject, checkOneOf } from '../border/arguments.ts';
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { asVector, type VectorInput } from '../border/vector.ts';
import { checkInteger, checkLength, checkShape, checkSquare } from '../checks.ts';
import { ShapeError, UnsupportedError } from '../errors.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { matmul, matvec, transpose } from '../products.ts';

/** What is known of a matrix by construction: nothing, A = Aᵀ, or A = Aᵀ with xᵀ A x ≥ 0 for every x. */
export type Structure = 'general' | 'symmetric' | 'psd';

const STRUCTURES: readonly Structure[] = ['general', 'symmetric', 'psd'];

/** Throws {@link DomainError} unless `structure` is one of the three. */
export function checkStructure(where: string, structure: unknown, argument = 'structure'): void {
  checkOneOf(where, argument, structure, STRUCTURES);
}

/**
 * A real linear map ℝᶜᵒˡˢ → ℝʳᵒʷˢ. Implement it; never extend an implementation of it. Every method returns a new array and
 * leaves its argument alone; equal arguments give equal bits.
 */
export interface LinearOperator {
  readonly rows: number;
  readonly cols: number;
  /** Promised, never measured: solvers and tests dispatch on it, and a false promise gives wrong answers silently. */
  readonly structure: Structure;
  /** A x for x of shape [cols]; shape [rows]. */
  matvec(x: Vec): Vec;
  /** X Aᵀ: A applied to every row of X, shape [k, cols] → [k, rows]. The primitive that implementations write. */
  applyRows(x: Matrix): Matrix;
  /** A X: A applied to every column of X, shape [cols, k] → [rows, k]. */
  matmat(x: Matrix): Matrix;
  /** Aᵀ. @throws {UnsupportedError} a function that came without its transpose. */
  transpose(): LinearOperator;
  /** A as a matrix, shape [rows, cols]. */
  toDense(): Matrix;
}

/** Rows of the identity that `toDense` hands to `applyRows` at once. */
const DENSE_CHUNK = 256;

/** What a {@link RowOperator} is made of. */
export interface RowOperatorParts {
  readonly rows: number;
  readonly cols: number;
  readonly structure: Structure;
  /** X ↦ X Aᵀ, [k, cols] → [k, rows]; must not modify X, nor return it. */
  readonly applyRows: (x: Matrix) => Matrix;
  /** Makes Aᵀ; not called when the structure is symmetric. */
  readonly transposed: () => LinearOperator;
}

/**
 * An operator by what it does to a batch of rows: everything else follows. The algebra of operator-algebra.ts makes these.
 *
 * @throws {DomainError} sizes. @throws {ShapeError} a symmetric operator that is not square; from its methods: an argument,
 * or the result of `applyRows`, of another shape.
 */
export class RowOperator implements LinearOperator {
  readonly rows: number;
  readonly cols: number;
  readonly structure: Structure;
  private readonly parts: RowOperatorParts;

  constructor(parts: RowOperatorParts) {
    checkObject('RowOperator', 'parts', parts);
    checkInteger('RowOperator', 'rows', parts.rows, 0, Number.MAX_SAFE_INTEGER);
    checkInteger('RowOperator', 'cols', parts.cols, 0, Number.MAX_SAFE_INTEGER);
    checkStructure('RowOperator', parts.structure);
    checkFunction('RowOperator', 'applyRows', parts.applyRows);
    checkFunction('RowOperator', 'transposed', parts.transposed);
    checkSquareIf('RowOperator', parts.structure, parts.rows, parts.cols);
    this.rows = parts.rows;
    this.cols = parts.cols;
    this.structure = parts.structure;
    this.parts = parts;
  }

  matvec(x: VectorInput): Vec {
    const vector = asVector('RowOperator.matvec', 'x', x);
    checkLength('RowOperator.matvec', 'x', vector, this.cols);
    return this.applyRows(new Matrix(1, this.cols, vector)).data;
  }

  applyRows(x: MatrixInput): Matrix {
    const where = 'RowOperator.applyRows';
    const rows = asMatrix(where, 'x', x);
    checkShape(where, 'x', rows, rows.rows, this.cols);
    const y = asMatrix(where, 'the result of its function', this.parts.applyRows(rows));
    checkShape(where, 'the result of its function', y, rows.rows, this.rows);
    return y;
  }

  matmat(x: MatrixInput): Matrix {
    const columns = asMatrix('RowOperator.matmat', 'x', x);
    checkShape('RowOperator.matmat', 'x', columns, this.cols, columns.cols);
    return transpose(this.applyRows(transpose(columns)));
  }

  transpose(): LinearOperator {
    return this.structure === 'general' ? this.parts.transposed() : this;
  }

  toDense(): Matrix {
    const out = new Matrix(this.rows, this.cols);
    for (let start = 0; start < this.cols; start += DENSE_CHUNK) {
      const count = Math.min(DENSE_CHUNK, this.cols - start);
      const unit = new Matrix(count, this.cols);
      for (let i = 0; i < count; i++) unit.data[i * this.cols + start + i] = 1;
      const columns = this.applyRows(unit);
      for (let i = 0; i < count; i++)
        for (let r = 0; r < this.rows; r++)
          out.data[r * this.cols + start + i] = columns.data[i * this.rows + r];
    }
    return out;
  }
}

/** A matrix as an operator. Make one with {@link denseOperator}. */
export class DenseOperator implements LinearOperator {
  readonly rows: number;
  readonly cols: number;
  readonly structure: Structure;
  private readonly matrix: Matrix;

  constructor(matrix: Matrix, structure: Structure) {
    this.rows = matrix.rows;
    this.cols = matrix.cols;
    this.structure = structure;
    this.matrix = matrix;
  }

  matvec(x: VectorInput): Vec {
    return matvec(this.matrix, x);
  }

  applyRows(x: MatrixInput): Matrix {
    const rows = asMatrix('DenseOperator.applyRows', 'x', x);
    checkShape('DenseOperator.applyRows', 'x', rows, rows.rows, this.cols);
    return matmul(rows, this.matrix, { transposeB: true });
  }

  matmat(x: MatrixInput): Matrix {
    const columns = asMatrix('DenseOperator.matmat', 'x', x);
    checkShape('DenseOperator.matmat', 'x', columns, this.cols, columns.cols);
    return matmul(this.matrix, columns);
  }

  transpose(): LinearOperator {
    return this.structure === 'general' ? new DenseOperator(transpose(this.matrix), 'general') : this;
  }

  toDense(): Matrix {
    return this.matrix.clone();
  }
}

/**
 * x ↦ A x.
 *
 * @param a - Shape [m, n]. Kept by reference: it must not change while the operator is used.
 * @param structure - What you promise about A. Default 'general'.
 * @throws {ShapeError} 'symmetric' or 'psd' of a matrix that is not square. Not checked: that the promise holds.
 * Cost: 2mn flops per vector; batches go through `matmul`.
 * @example denseOperator(Matrix.of([[1, 2], [3, 4]])).matvec(Float64Array.of(1, 1)); // Float64Array [3, 7]
 */
export function denseOperator(a: MatrixInput, structure: Structure = 'general'): LinearOperator {
  checkStructure('denseOperator', structure);
  const matrix = asMatrix('denseOperator', 'a', a);
  if (structure !== 'general') checkSquare('denseOperator', 'a', matrix);
  return new DenseOperator(matrix, structure);
}

/**
 * An operator by a function of row batches, for matrices that are never formed.
 *
 * @param size - n of a square operator, or [rows, cols].
 * @param applyRows - X ↦ X Aᵀ, shape [k, cols] → [k, rows]: one vector per row. Must be linear and give the same bits for
 * the same rows; must not modify X. @param structure - What you promise about A. Default 'general'.
 * @param applyTransposedRows - Y ↦ Y A, shape [k, rows] → [k, cols]. Not needed for 'symmetric' and 'psd'.
 * @throws {ShapeError} 'symmetric' or 'psd', but not square. From `transpose`: {@link UnsupportedError} without the function.
 * @example functionOperator(2, (x) => x.clone(), 'psd').matvec(Float64Array.of(5, 6)); // Float64Array [5, 6]
 */
export function functionOperator(
  size: number | readonly [number, number],
  applyRows: (x: Matrix) => Matrix,
  structure: Structure = 'general',
  applyTransposedRows?: (y: Matrix) => Matrix,
): LinearOperator {
  const where = 'functionOperator';
  const [rows, cols] = typeof size === 'number' ? [size, size] : asVector(where, 'size', size);
  if (typeof size !== 'number') checkLength(where, 'size', size, 2);
  checkInteger(where, 'size', rows, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'size', cols, 0, Number.MAX_SAFE_INTEGER);
  checkFunction(where, 'applyRows', applyRows);
  checkStructure(where, structure);
  checkSquareIf(where, structure, rows, cols);
  if (applyTransposedRows !== undefined) checkFunction(where, 'applyTransposedRows', applyTransposedRows);
  const transposed = (): LinearOperator => {
    if (applyTransposedRows === undefined)
      throw new UnsupportedError(
        'functionOperator: transpose of a general function. Give applyTransposedRows, or promise symmetry.',
      );
    return functionOperator([cols, rows], applyTransposedRows, structure, applyRows);
  };
  return new RowOperator({ rows, cols, structure, applyRows, transposed });
}

/**
 * Iₙ. @param n - Integer ≥ 0. @throws {DomainError} otherwise.
 * @example identityOperator(2).toDense(); // I₂
 */
export function identityOperator(n: number): LinearOperator {
  checkInteger('identityOperator', 'n', n, 0, Number.MAX_SAFE_INTEGER);
  return functionOperator(n, (x) => x.clone(), 'psd');
}

/**
 * diag(d), 'psd' when no element is negative, else 'symmetric'.
 *
 * @param d - Shape [n]. Kept by reference. NaN counts as negative.
 * @example diagonalOperator(Float64Array.of(2, 3)).matvec(Float64Array.of(1, 1)); // Float64Array [2, 3]
 */
export function diagonalOperator(d: VectorInput): LinearOperator {
  const diagonal = asVector('diagonalOperator', 'd', d);
  const scaleColumns = (x: Matrix): Matrix => {
    const out = x.clone();
    for (let i = 0, k = 0; i < out.rows; i++)
      for (let j = 0; j < out.cols; j++, k++) out.data[k] *= diagonal[j];
    return out;
  };
  return functionOperator(
    diagonal.length,
    scaleColumns,
    diagonal.every((value) => value >= 0) ? 'psd' : 'symmetric',
  );
}

/** Throws {@link ShapeError} when a structure that only square matrices have is promised of another. */
function checkSquareIf(where: string, structure: Structure, rows: number, cols: number): void {
  if (structure !== 'general' && rows !== cols)
    throw new ShapeError(where, `a ${structure} operator`, 'square', `[${rows}, ${cols}]`);
}
