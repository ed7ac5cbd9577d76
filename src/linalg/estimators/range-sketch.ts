/** @file An orthonormal basis of the range of an operator as random vectors show it, which can be extended. */
import { checkFinite } from '../checks.ts';
import { solveTriangular } from '../factorisations/triangular.ts';
import { Matrix, type Vec } from '../matrix.ts';
import type { LinearOperator } from '../operators/linear-operator.ts';
import { dot, matmul, matvec, transpose } from '../products.ts';
import { norm2 } from '../sum.ts';
import { stacked } from './probes.ts';

/**
 * Probes Ω, their images Y = AΩ = QR and Z = AQ, vectors in rows, of a symmetric A.
 *
 * When a probe adds nothing to the range (`complete`), the range of A is that of Q with probability one, and A = Q H Qᵀ with H = QᵀAQ.
 */
export class RangeSketch {
  /** Ω, Y, Q and Z, each [k, n]. */
  probes: Matrix;
  images: Matrix;
  basis: Matrix;
  products: Matrix;
  complete = false;
  private readonly op: LinearOperator;
  private readonly draw: (count: number) => Matrix;
  /** Column j of R: the coordinates of image j. */
  private readonly columns: Vec[] = [];

  constructor(op: LinearOperator, draw: (count: number) => Matrix) {
    const none = new Matrix(0, op.cols);
    this.op = op;
    this.draw = draw;
    this.probes = none;
    this.images = none;
    this.basis = none;
    this.products = none;
  }

  /** k. */
  get size(): number {
    return this.basis.rows;
  }

  /** Extends to k probes, by 2 products each, or until the range is complete. */
  extend(k: number, where: string): void {
    const count = k - this.size;
    if (count <= 0 || this.complete) return;
    const fresh = this.draw(count);
    const images = this.op.applyRows(fresh);
    checkFinite(where, 'A ω', images.data);
    const before = this.size;
    const basis = stacked(this.basis, new Matrix(count, this.op.cols));
    let size = before;
    while (size < k && this.append(basis, size, images.row(size - before))) size++;
    this.complete = size < k;
    const added = size - before;
    this.basis = basis.rowRange(0, size);
    this.probes = stacked(this.probes, fresh.rowRange(0, added));
    this.images = stacked(this.images, images.rowRange(0, added));
    if (added > 0) this.products = stacked(this.products, this.op.applyRows(basis.rowRange(before, size)));
  }

  /** Row `size` of the basis from the next image; false when that lies in the span of the others. */
  private append(basis: Matrix, size: number, image: Vec): boolean {
    const q = basis.row(size);
    q.set(image);
    const length = norm2(image);
    const coordinates = new Float64Array(size + 1);
    const known = basis.rowRange(0, size);
    for (let pass = 0; pass < 2 && size > 0; pass++) {
      const along = matvec(known, q);
      const inside = matvec(known, along, { transpose: true });
      for (let i = 0; i < q.length; i++) q[i] -= inside[i];
      for (let i = 0; i < size; i++) coordinates[i] += along[i];
    }
    const left = norm2(q);
    if (!(left > q.length * Number.EPSILON * length)) return false;
    for (let i = 0; i < q.length; i++) q[i] /= left;
    coordinates[size] = left;
    this.columns.push(coordinates);
    return true;
  }

  /** H = QᵀAQ, [k, k]. */
  compression(): Matrix {
    return matmul(this.basis, this.products, { transposeB: true });
  }

  /** tr H. */
  compressedTrace(): number {
    let trace = 0;
    for (let i = 0; i < this.size; i++) trace += dot(this.basis.row(i), this.products.row(i));
    return trace;
  }

  /**
   * Unit vectors s_i, row i of [k, k]: what Q loses when probe i is left out is Q s_i, since Rᵀs_i is a multiple of e_i.
   */
  leftOut(): Matrix {
    const k = this.size;
    const r = new Matrix(k, k);
    for (const [j, column] of this.columns.entries())
      for (let i = 0; i <= j; i++) r.data[i * k + j] = column[i];
    const rows = transpose(solveTriangular(r, Matrix.identity(k), { uplo: 'upper', transpose: true }));
    for (let i = 0; i < k; i++) {
      const row = rows.row(i);
      const length = norm2(row);
      for (let j = 0; j < k; j++) row[j] /= length;
    }
    return rows;
  }

  /** s_iᵀ R e_i for the rows s of {@link leftOut}. */
  ownParts(s: Matrix): Vec {
    return Float64Array.from(this.columns, (column, i) => dot(column, s.row(i).subarray(0, i + 1)));
  }
}
