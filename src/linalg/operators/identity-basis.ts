/** @file The standard basis, for curvatures that are diagonal as they stand. */
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkInteger, checkShape } from '../checks.ts';
import { Matrix } from '../matrix.ts';
import type { OrthogonalBasis } from './basis.ts';

/**
 * Q = Iₙ: coordinates are the vectors themselves. @param size - n, an integer ≥ 0. @throws {DomainError} otherwise.
 * @example new EigenOperator(new IdentityBasis(2), Float64Array.of(2, 3)).toDense(); // diag(2, 3)
 */
export class IdentityBasis implements OrthogonalBasis {
  readonly size: number;
  readonly width: number;

  constructor(size: number) {
    checkInteger('IdentityBasis', 'size', size, 0, Number.MAX_SAFE_INTEGER);
    this.size = size;
    this.width = size;
  }

  rotate(rows: MatrixInput): Matrix {
    const x = asMatrix('IdentityBasis.rotate', 'x', rows);
    checkShape('IdentityBasis.rotate', 'x', x, x.rows, this.size);
    return x.clone();
  }

  unrotate(coordinates: MatrixInput): Matrix {
    const z = asMatrix('IdentityBasis.unrotate', 'z', coordinates);
    checkShape('IdentityBasis.unrotate', 'z', z, z.rows, this.size);
    return z.clone();
  }

  toDense(): Matrix {
    return Matrix.identity(this.size);
  }
}
