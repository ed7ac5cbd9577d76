/** @file Kronecker products G ⊗ A that are never formed, and the formed one for comparison. */
import { checkLength, checkShape } from './checks.ts';
import { ShapeError } from './errors.ts';
import type { LinearOperator, Structure } from './linear-operator.ts';
import { Matrix, type Vec } from './matrix.ts';
import { matmul, transpose } from './products.ts';

/**
 * G ⊗ A as a matrix: element (i·m + k, j·n + l) is G[i, j]·A[k, l]. For comparison and small sizes.
 *
 * @param g - Shape [p, q]. @param a - Shape [m, n]. Neither is modified.
 * @returns shape [p·m, q·n]. Cost: one multiplication per element.
 * @example kron(Matrix.of([[1, 2]]), Matrix.of([[1], [10]])).toArray(); // [[1, 2], [10, 20]]
 */
export function kron(g: Matrix, a: Matrix): Matrix {
  const out = new Matrix(g.rows * a.rows, g.cols * a.cols);
  for (let i = 0, at = 0; i < g.rows; i++)
    for (let k = 0; k < a.rows; k++)
      for (let j = 0; j < g.cols; j++)
        for (let l = 0; l < a.cols; l++, at++) out.data[at] = g.data[i * g.cols + j] * a.data[k * a.cols + l];
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
export function kroneckerApplyRows(g: Matrix, a: Matrix, x: Matrix, options: KroneckerOptions = {}): Matrix {
  const { transpose: transposed = false } = options;
  const [p, pOut] = transposed ? [g.rows, g.cols] : [g.cols, g.rows];
  const [q, qOut] = transposed ? [a.rows, a.cols] : [a.cols, a.rows];
  checkShape('kroneckerApplyRows', 'x', x, x.rows, p * q);
  const k = x.rows;
  const wide = matmul(new Matrix(k * p, q, x.data), a, { transposeB: !transposed }); // every V Aᵀ
  const turned = new Matrix(k * qOut, p, transposeEach(wide.data, k, p, qOut));
  const narrow = matmul(turned, g, { transposeB: !transposed }); // every (V Aᵀ)ᵀ Gᵀ
  return new Matrix(k, pOut * qOut, transposeEach(narrow.data, k, qOut, pOut));
}

/**
 * (G ⊗ A) x = vec(G V Aᵀ) for x = vec(V), V row-major of shape [p, q].
 *
 * @param g - Shape [p', p]. @param a - Shape [q', q]. @param x - Shape [p·q]. None is modified.
 * @returns shape [p'·q']. @throws {ShapeError} x.length ≠ p·q. Cost: as {@link kroneckerApplyRows} with k = 1.
 * @example kroneckerMatvec(Matrix.of([[2]]), Matrix.identity(2), Float64Array.of(1, 3)); // Float64Array [2, 6]
 */
export function kroneckerMatvec(g: Matrix, a: Matrix, x: Vec): Vec {
  checkLength('kroneckerMatvec', 'x', x, g.cols * a.cols);
  return kroneckerApplyRows(g, a, new Matrix(1, x.length, x)).data;
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

  constructor(g: Matrix, a: Matrix, structure: Structure = 'general') {
    if (structure !== 'general' && (g.rows !== g.cols || a.rows !== a.cols))
      throw new ShapeError(
        'KroneckerOperator',
        `factors of a ${structure} product`,
        'square',
        `[${g.rows}, ${g.cols}] and [${a.rows}, ${a.cols}]`,
      );
    this.left = g;
    this.right = a;
    this.rows = g.rows * a.rows;
    this.cols = g.cols * a.cols;
    this.structure = structure;
  }

  matvec(x: Vec): Vec {
    return kroneckerMatvec(this.left, this.right, x);
  }

  applyRows(x: Matrix): Matrix {
    return kroneckerApplyRows(this.left, this.right, x);
  }

  matmat(x: Matrix): Matrix {
    checkShape('KroneckerOperator.matmat', 'x', x, this.cols, x.cols);
    return transpose(this.applyRows(transpose(x)));
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
