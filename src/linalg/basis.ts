/** @file Orthogonal bases as data: dense, Kronecker, and direct sums over index lists. */
import { checkInteger, checkShape, checkSquare } from './checks.ts';
import { DomainError, ShapeError } from './errors.ts';
import { kron, kroneckerApplyRows } from './kronecker.ts';
import { Matrix } from './matrix.ts';
import { matmul } from './products.ts';

/**
 * An orthogonal matrix Q of size n, for batches of row vectors. Orthogonality is promised by who makes it, not measured.
 * Its law: unrotate(rotate(X)) = X, and both keep every row's norm.
 */
export interface OrthogonalBasis {
  readonly size: number;
  /** X Q, shape [k, n] → [k, n]: the coordinates Qᵀx of every row x. A new matrix. */
  rotate(x: Matrix): Matrix;
  /** Z Qᵀ, shape [k, n] → [k, n]: the vector Qz of every row z of coordinates. A new matrix. */
  unrotate(z: Matrix): Matrix;
  /** Q, shape [n, n]; basis vectors in columns. */
  toDense(): Matrix;
}

/**
 * A basis given as a matrix.
 *
 * @param q - Orthogonal, shape [n, n], basis vectors in columns. Kept by reference. Orthogonality is not checked.
 * @throws {ShapeError} q is not square. Cost: 2n² flops per rotated row.
 * @example new DenseBasis(symmetricEigen(a).vectors).rotate(x);
 */
export class DenseBasis implements OrthogonalBasis {
  readonly size: number;
  private readonly q: Matrix;

  constructor(q: Matrix) {
    checkSquare('DenseBasis', 'q', q);
    this.size = q.rows;
    this.q = q;
  }

  rotate(x: Matrix): Matrix {
    checkShape('DenseBasis.rotate', 'x', x, x.rows, this.size);
    return matmul(x, this.q);
  }

  unrotate(z: Matrix): Matrix {
    checkShape('DenseBasis.unrotate', 'z', z, z.rows, this.size);
    return matmul(z, this.q, { transposeB: true });
  }

  toDense(): Matrix {
    return this.q.clone();
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
  readonly left: Matrix;
  readonly right: Matrix;

  constructor(left: Matrix, right: Matrix) {
    checkSquare('KroneckerBasis', 'left', left);
    checkSquare('KroneckerBasis', 'right', right);
    this.size = left.rows * right.rows;
    this.left = left;
    this.right = right;
  }

  rotate(x: Matrix): Matrix {
    checkShape('KroneckerBasis.rotate', 'x', x, x.rows, this.size);
    return kroneckerApplyRows(this.left, this.right, x, { transpose: true });
  }

  unrotate(z: Matrix): Matrix {
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
}

/**
 * A direct sum of bases over index lists. Rotated coordinate j of block b lies where its j-th index points, so that the
 * coordinates of a block stay at the places of its vectors.
 *
 * @param blocks - Their indices cover 0..n−1 once, in any order. Kept by reference.
 * @throws {ShapeError} a list and its basis differ in size. @throws {DomainError} an index outside 0..n−1, or twice.
 * Cost per row: that of the blocks, and four passes over the row.
 * @example new BlockBasis([{ indices: Int32Array.of(0, 2), basis }, { indices: Int32Array.of(1), basis: one }]);
 */
export class BlockBasis implements OrthogonalBasis {
  readonly size: number;
  readonly blocks: readonly BasisBlock[];

  constructor(blocks: readonly BasisBlock[]) {
    const size = blocks.reduce((n, block) => n + block.indices.length, 0);
    const seen = new Uint8Array(size);
    for (const [b, { indices, basis }] of blocks.entries()) {
      if (indices.length !== basis.size)
        throw new ShapeError(
          'BlockBasis',
          `blocks[${b}].indices`,
          `of length ${basis.size}`,
          `length ${indices.length}`,
        );
      for (let j = 0; j < indices.length; j++) {
        checkInteger('BlockBasis', `blocks[${b}].indices[${j}]`, indices[j], 0, size - 1);
        if (seen[indices[j]]++ !== 0)
          throw new DomainError('BlockBasis', `blocks[${b}].indices[${j}]`, 'in one block only', indices[j]);
      }
    }
    this.size = size;
    this.blocks = blocks;
  }

  rotate(x: Matrix): Matrix {
    return this.blockwise('BlockBasis.rotate', x, (basis, part) => basis.rotate(part));
  }

  unrotate(z: Matrix): Matrix {
    return this.blockwise('BlockBasis.unrotate', z, (basis, part) => basis.unrotate(part));
  }

  toDense(): Matrix {
    const out = new Matrix(this.size, this.size);
    for (const { indices, basis } of this.blocks) {
      const q = basis.toDense();
      for (let i = 0, k = 0; i < indices.length; i++)
        for (let j = 0; j < indices.length; j++, k++)
          out.data[indices[i] * this.size + indices[j]] = q.data[k];
    }
    return out;
  }

  private blockwise(
    where: string,
    x: Matrix,
    apply: (basis: OrthogonalBasis, part: Matrix) => Matrix,
  ): Matrix {
    const n = this.size;
    checkShape(where, 'x', x, x.rows, n);
    const out = new Matrix(x.rows, n);
    for (const { indices, basis } of this.blocks) {
      const m = indices.length;
      const part = new Matrix(x.rows, m);
      for (let i = 0, k = 0; i < x.rows; i++)
        for (let j = 0; j < m; j++, k++) part.data[k] = x.data[i * n + indices[j]];
      const image = apply(basis, part).data;
      for (let i = 0, k = 0; i < x.rows; i++)
        for (let j = 0; j < m; j++, k++) out.data[i * n + indices[j]] = image[k];
    }
    return out;
  }
}
