/** @file Matrices in one workspace of the kernels, lent one behind the other and given back together. */
import { EigenfluenceError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { workspace } from '../linalg/workspace.ts';

/** Kernels are fastest on operands that lie in one workspace; this hands out its parts. */
export class MatrixStack {
  private readonly room: Vec;
  private used = 0;

  /** @param length - Doubles that are lent at most at the same time. */
  constructor(length: number) {
    this.room = workspace(length);
  }

  /** A matrix with undefined elements. @throws {EigenfluenceError} the workspace is shorter than planned. */
  lend(rows: number, cols: number): Matrix {
    const end = this.used + rows * cols;
    if (end > this.room.length)
      throw new EigenfluenceError(`MatrixStack: ${end} doubles, ${this.room.length} planned.`);
    const out = new Matrix(rows, cols, this.room.subarray(this.used, end));
    this.used = end;
    return out;
  }

  zeros(rows: number, cols: number): Matrix {
    const out = this.lend(rows, cols);
    out.data.fill(0);
    return out;
  }

  /** A copy. */
  copy({ rows, cols, data }: Matrix): Matrix {
    const out = this.lend(rows, cols);
    out.data.set(data);
    return out;
  }

  /** Gives back what `body` was lent. */
  scoped(body: () => void): void {
    const before = this.used;
    body();
    this.used = before;
  }
}
