/** @file Orthogonal bases as data, complete or partial: dense, Kronecker, and direct sums over index lists. */
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkShape, checkSquare } from '../checks.ts';
import { ShapeError } from '../errors.ts';
import { Matrix } from '../matrix.ts';
import { matmul } from '../products.ts';
import { kron, kroneckerApplyRows } from './kronecker.ts';

/**
 * A matrix Q, shape [n, w], with orthonormal columns, for batches of row vectors: complete when w = n, else a basis of a part
 * of the space. Orthogonality is promised by who makes it, not measured. Its laws: rotate(unrotate(Z)) = Z, and unrotate keeps
 * every row's norm; unrotate(rotate(X)) is the orthogonal projection of X, X itself when Q is complete.
 */
export interface OrthogonalBasis {
  /** n, the length of the vectors. */
  readonly size: number;
  /** w ≤ n, how many basis vectors there are. */
  readonly width: number;
  /** X Q, shape [k, n] → [k, w]: the coordinates Qᵀx of every row x. A new matrix. */
  rotate(x: Matrix): Matrix;
  /** Z Qᵀ, shape [k, w] → [k, n]: the vector Qz of every row z of coordinates. A new matrix. */
  unrotate(z: Matrix): Matrix;
  /** Q, shape [n, w]; basis vectors in columns. */
  toDense(): Matrix;
}

/**
 * A basis given as a matrix.
 *
 * @param matrix - Q, orthonormal columns, shape [n, w] with w ≤ n. Kept by reference. Orthogonality is not checked.
 * @throws {ShapeError} w > n. Cost: 2nw flops per rotated row.
 * @example new DenseBasis(symmetricEigen(a).vectors).rotate(x);
 */
export class DenseBasis implements OrthogonalBasis {
  readonly size: number;
  readonly width: number;
  /** Q. */
  readonly matrix: Matrix;

  constructor(matrix: MatrixInput) {
    const q = asMatrix('DenseBasis', 'q', matrix);
    if (q.cols > q.rows)
      throw new ShapeError('DenseBasis', 'q', 'no wider than high', `[${q.rows}, ${q.cols}]`);
    this.size = q.rows;
    this.width = q.cols;
    this.matrix = q;
  }

  rotate(rows: MatrixInput): Matrix {
    const x = asMatrix('DenseBasis.rotate', 'x', rows);
    checkShape('DenseBasis.rotate', 'x', x, x.rows, this.size);
    return matmul(x, this.matrix);
  }

  unrotate(coordinates: MatrixInput): Matrix {
    const z = asMatrix('DenseBasis.unrotate', 'z', coordinates);
    checkShape('DenseBasis.unrotate', 'z', z, z.rows, this.width);
    return matmul(z, this.matrix, { transposeB: true });
  }

  toDense(): Matrix {
    return this.matrix.clone();
  }
}

/**
 * Q_G ⊗ Q_A on row-major vectors of V, shape [p, q]: rotate takes V to Q_Gᵀ V Q_A, unrotate takes Z to Q_G Z Q_Aᵀ.
 *
 * @param left - Q_G, orthogonal, shape [p, p]. @param right - Q_A, orthogonal, shape [q, q]. Kept by reference, not checked.
 * @throws {ShapeError} a factor is not square. Cost: 2pq(p + q) flops per rotated row.
 * @example new KroneckerBasis(eigenG.vectors, eigenA.vectors).size; // p·q
 */
export class KroneckerBasis implements OrthogonalBasis {
  readonly size: number;
  readonly width: number;
  readonly left: Matrix;
  readonly right: Matrix;

  constructor(left: MatrixInput, right: MatrixInput) {
    this.left = asMatrix('KroneckerBasis', 'left', left);
    this.right = asMatrix('KroneckerBasis', 'right', right);
    checkSquare('KroneckerBasis', 'left', this.left);
    checkSquare('KroneckerBasis', 'right', this.right);
    this.size = this.left.rows * this.right.rows;
    this.width = this.size;
  }

  rotate(rows: MatrixInput): Matrix {
    const x = asMatrix('KroneckerBasis.rotate', 'x', rows);
    checkShape('KroneckerBasis.rotate', 'x', x, x.rows, this.size);
    return kroneckerApplyRows(this.left, this.right, x, { transpose: true });
  }

  unrotate(coordinates: MatrixInput): Matrix {
    const z = asMatrix('KroneckerBasis.unrotate', 'z', coordinates);
    checkShape('KroneckerBasis.unrotate', 'z', z, z.rows, this.size);
    return kroneckerApplyRows(this.left, this.right, z);
  }

  toDense(): Matrix {
    return kron(this.left, this.right);
  }
}

/** One summand of a {@link BlockBasis}: a basis of the coordinates in `indices`, in that order. */
export interface BasisBlock {
  readonly indices: Int32Array;
  readonly basis: OrthogonalBasis;
  /** Where the rotated coordinates of this block lie, shape [basis.width]; `indices` when absent. */
  readonly coordinates?: Int32Array;
}

/** A direct sum of bases, as the library itself makes it from blocks that it cut out. */
export class BlockBasis implements OrthogonalBasis {
  readonly size: number;
  readonly width: number;
  readonly blocks: readonly BasisBlock[];

  /** Not checked: see `CheckedBlockBasis`. */
  constructor(blocks: readonly BasisBlock[]) {
    this.size = blocks.reduce((n, { basis }) => n + basis.size, 0);
    this.width = blocks.reduce((w, { basis }) => w + basis.width, 0);
    this.blocks = blocks;
  }

  rotate(rows: MatrixInput): Matrix {
    const x = asMatrix('BlockBasis.rotate', 'x', rows);
    checkShape('BlockBasis.rotate', 'x', x, x.rows, this.size);
    const out = new Matrix(x.rows, this.width);
    for (const { indices, basis, coordinates = indices } of this.blocks)
      scatterColumns(basis.rotate(gatherColumns(x, indices)), coordinates, out);
    return out;
  }

  unrotate(coordinates: MatrixInput): Matrix {
    const z = asMatrix('BlockBasis.unrotate', 'z', coordinates);
    checkShape('BlockBasis.unrotate', 'z', z, z.rows, this.width);
    const out = new Matrix(z.rows, this.size);
    for (const { indices, basis, coordinates = indices } of this.blocks)
      scatterColumns(basis.unrotate(gatherColumns(z, coordinates)), indices, out);
    return out;
  }

  toDense(): Matrix {
    const out = new Matrix(this.size, this.width);
    for (const { indices, basis, coordinates = indices } of this.blocks) {
      const q = basis.toDense();
      for (let i = 0, k = 0; i < q.rows; i++)
        for (let j = 0; j < q.cols; j++, k++) out.data[indices[i] * out.cols + coordinates[j]] = q.data[k];
    }
    return out;
  }
}

/** The given columns of x, in that order. */
function gatherColumns(x: Matrix, places: Int32Array): Matrix {
  const out = new Matrix(x.rows, places.length);
  for (let i = 0, k = 0; i < x.rows; i++)
    for (let j = 0; j < places.length; j++, k++) out.data[k] = x.data[i * x.cols + places[j]];
  return out;
}

/** Column j of `part` becomes column places[j] of `out`. */
function scatterColumns(part: Matrix, places: Int32Array, out: Matrix): void {
  for (let i = 0, k = 0; i < part.rows; i++)
    for (let j = 0; j < places.length; j++, k++) out.data[i * out.cols + places[j]] = part.data[k];
}
