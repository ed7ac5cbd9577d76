/** @file Kronecker products G ⊗ A that are never formed, and the formed one for comparison. */
import { checkBoolean, checkOptions } from '../border/arguments.ts';
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkNoMore } from '../border/no-more.ts';
import { asVector, type VectorInput } from '../border/vector.ts';
import { checkLength, checkShape } from '../checks.ts';
import { ShapeError } from '../errors.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { matmul, transpose } from '../products.ts';
import { checkStructure, type LinearOperator, type Structure } from './linear-operator.ts';

/**
 * G ⊗ A as a matrix: element (i·m + k, j·n + l) is G[i, j]·A[k, l]. For comparison and small sizes.
 *
 * @param g - Shape [p, q]. @param a - Shape [m, n]. Neither is modified.
 * @returns shape [p·m, q·n]. Cost: one multiplication per element.
 * @example kron(Matrix.of([[1, 2]]), Matrix.of([[1], [10]])).toArray(); // [[1, 2], [10, 20]]
 */
export function kron(g: MatrixInput, a: MatrixInput): Matrix;
export function kron(g: MatrixInput, a: MatrixInput, more?: unknown, list?: unknown): Matrix {
  checkNoMore('kron', 'two factors', undefined, more, list);
  const left = asMatrix('kron', 'g', g);
  const right = asMatrix('kron', 'a', a);
  const out = new Matrix(left.rows * right.rows, left.cols * right.cols);
  for (let i = 0, at = 0; i < left.rows; i++)
    for (let k = 0; k < right.rows; k++)
      for (let j = 0; j < left.cols; j++) {
        const factor = left.data[i * left.cols + j];
        for (let l = 0; l < right.cols; l++, at++) out.data[at] = factor * right.data[k * right.cols + l];
      }
  return out;
}

/** Which factors {@link kroneckerApplyRows} takes transposed. */
export interface KroneckerOptions {
  /** Gᵀ ⊗ Aᵀ = (G ⊗ A)ᵀ. Default false. */
  readonly transpose?: boolean;
}

/**
 * (G ⊗ A) applied to every row of x: row vec(V) ↦ vec(G V Aᵀ), V row-major.
 *
 * @param g - Shape [p', p]. @param a - Shape [q', q]. @param x - Shape [k, p·q]. None is modified.
 * @returns shape [k, p'·q'].
 * @throws {ShapeError} x.cols ≠ p·q (p'·q' with `transpose`).
 * Cost: 2k(p·q·q' + p·p'·q') flops, against 2k·p·q·p'·q' of the formed product: A acts on all rows in one product, G on all
 * rows in another, between two transpositions of every V. A row of the result does not depend on the other rows.
 * Reference: Van Loan, The ubiquitous Kronecker product (J. Comput. Appl. Math. 123, 2000), §2.
 * @example kroneckerApplyRows(g, a, gradients); // the K-FAC block applied to one gradient per row
 */
export function kroneckerApplyRows(
  g: MatrixInput,
  a: MatrixInput,
  x: MatrixInput,
  options: KroneckerOptions = {},
): Matrix {
  const where = 'kroneckerApplyRows';
  checkOptions(where, options, ['transpose']);
  const { transpose: transposed = false } = options;
  checkBoolean(where, 'transpose', transposed);
  const left = asMatrix(where, 'g', g);
  const right = asMatrix(where, 'a', a);
  const rows = asMatrix(where, 'x', x);
  const [p, pOut] = transposed ? [left.rows, left.cols] : [left.cols, left.rows];
  const [q, qOut] = transposed ? [right.rows, right.cols] : [right.cols, right.rows];
  checkShape(where, 'x', rows, rows.rows, p * q);
  const k = rows.rows;
  const wide = matmul(new Matrix(k * p, q, rows.data), right, { transposeB: !transposed }); // every V Aᵀ
  const turned = new Matrix(k * qOut, p, transposeEach(wide.data, k, p, qOut));
  const narrow = matmul(turned, left, { transposeB: !transposed }); // every (V Aᵀ)ᵀ Gᵀ
  return new Matrix(k, pOut * qOut, transposeEach(narrow.data, k, qOut, pOut));
}

/**
 * (G ⊗ A) x = vec(G V Aᵀ) for x = vec(V), V row-major of shape [p, q].
 *
 * @param g - Shape [p', p]. @param a - Shape [q', q]. @param x - Shape [p·q]. None is modified.
 * @returns shape [p'·q']. @throws {ShapeError} x.length ≠ p·q. Cost: as {@link kroneckerApplyRows} with k = 1.
 * @example kroneckerMatvec(Matrix.of([[2]]), Matrix.identity(2), Float64Array.of(1, 3)); // Float64Array [2, 6]
 */
export function kroneckerMatvec(g: MatrixInput, a: MatrixInput, x: VectorInput): Vec {
  const left = asMatrix('kroneckerMatvec', 'g', g);
  const right = asMatrix('kroneckerMatvec', 'a', a);
  const vector = asVector('kroneckerMatvec', 'x', x);
  checkLength('kroneckerMatvec', 'x', vector, left.cols * right.cols);
  return kroneckerApplyRows(left, right, new Matrix(1, vector.length, vector)).data;
}

/**
 * G ⊗ A as a linear operator.
 *
 * @param g - Shape [p', p]. @param a - Shape [q', q]. Kept by reference: they must not change while the operator is used.
 * @param structure - 'symmetric' if both factors are, 'psd' if both are. Promised, not checked. Default 'general'.
 * @throws {ShapeError} 'symmetric' or 'psd' with factors that are not square.
 * @example new KroneckerOperator(g, a, 'psd').matvec(x);
 */
export class KroneckerOperator implements LinearOperator {
  readonly rows: number;
  readonly cols: number;
  readonly structure: Structure;
  readonly left: Matrix;
  readonly right: Matrix;

  constructor(g: MatrixInput, a: MatrixInput, structure: Structure = 'general') {
    checkStructure('KroneckerOperator', structure);
    this.left = asMatrix('KroneckerOperator', 'g', g);
    this.right = asMatrix('KroneckerOperator', 'a', a);
    const [left, right] = [this.left, this.right];
    if (structure !== 'general' && (left.rows !== left.cols || right.rows !== right.cols))
      throw new ShapeError(
        'KroneckerOperator',
        `factors of a ${structure} product`,
        'square',
        `[${left.rows}, ${left.cols}] and [${right.rows}, ${right.cols}]`,
      );
    this.rows = left.rows * right.rows;
    this.cols = left.cols * right.cols;
    this.structure = structure;
  }

  matvec(x: VectorInput): Vec {
    return kroneckerMatvec(this.left, this.right, x);
  }

  applyRows(x: MatrixInput): Matrix {
    return kroneckerApplyRows(this.left, this.right, x);
  }

  matmat(x: MatrixInput): Matrix {
    const columns = asMatrix('KroneckerOperator.matmat', 'x', x);
    checkShape('KroneckerOperator.matmat', 'x', columns, this.cols, columns.cols);
    return transpose(this.applyRows(transpose(columns)));
  }

  transpose(): LinearOperator {
    if (this.structure !== 'general') return this;
    return new KroneckerOperator(transpose(this.left), transpose(this.right));
  }

  toDense(): Matrix {
    return kron(this.left, this.right);
  }
}

/** Every one of `count` row-major [rows, cols] matrices, one after the other, transposed. */
function transposeEach(x: Vec, count: number, rows: number, cols: number): Vec {
  if (rows === 1 || cols === 1) return x;
  const out = new Float64Array(x.length);
  const size = rows * cols;
  for (let start = 0; start < count * size; start += size)
    for (let i = 0, from = start; i < rows; i++)
      for (let j = 0, to = start + i; j < cols; j++, from++, to += rows) out[to] = x[from];
  return out;
}
