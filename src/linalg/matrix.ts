/** @file The dense matrix of the library: readonly shape, row-major contiguous Float64Array. */
import { DomainError, ShapeError } from './errors.ts';

/** A dense real vector. */
export type Vec = Float64Array;

/**
 * Anything that looks like a strided two-dimensional array: an `ndarray`, or a literal. Element (i, j) is
 * `data[offset + i·stride[0] + j·stride[1]]`. Accepted at the border by {@link Matrix.from}.
 */
export interface MatrixLike {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
}

/**
 * A real matrix, shape [rows, cols], row-major and contiguous: element (i, j) is `data[i·cols + j]`.
 *
 * @param data - Taken over, not copied; zeros when absent.
 * @throws {DomainError} a dimension is not an integer ≥ 0. @throws {ShapeError} data.length ≠ rows·cols.
 * @example Matrix.of([[2, 1], [1, 2]]).at(0, 1); // 1
 */
export class Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Vec;

  constructor(rows: number, cols: number, data?: Vec) {
    for (const [name, value] of [
      ['rows', rows],
      ['cols', cols],
    ] as const)
      if (!Number.isInteger(value) || value < 0)
        throw new DomainError('Matrix', name, 'an integer ≥ 0', value);
    this.rows = rows;
    this.cols = cols;
    this.data = data ?? new Float64Array(rows * cols);
    if (this.data.length !== rows * cols)
      throw new ShapeError(
        'Matrix',
        'data',
        `of length ${rows}·${cols} = ${rows * cols}`,
        `length ${this.data.length}`,
      );
  }

  /** All zeros, shape [rows, cols]. */
  static zeros(rows: number, cols: number): Matrix {
    return new Matrix(rows, cols);
  }

  /** Iₙ. */
  static identity(n: number): Matrix {
    const out = new Matrix(n, n);
    for (let i = 0; i < n; i++) out.data[i * n + i] = 1;
    return out;
  }

  /** diag(values). */
  static diagonal(values: ArrayLike<number>): Matrix {
    const n = values.length;
    const out = new Matrix(n, n);
    for (let i = 0; i < n; i++) out.data[i * n + i] = values[i];
    return out;
  }

  /** A matrix from its rows, all of one length. @throws {ShapeError} ragged rows. */
  static of(rows: readonly ArrayLike<number>[]): Matrix {
    const cols = rows[0]?.length ?? 0;
    const out = new Matrix(rows.length, cols);
    for (const [i, row] of rows.entries()) {
      if (row.length !== cols)
        throw new ShapeError('Matrix.of', `row ${i}`, `of length ${cols}`, `length ${row.length}`);
      for (let j = 0; j < cols; j++) out.data[i * cols + j] = row[j];
    }
    return out;
  }

  /**
   * A copy of any strided two-dimensional array, e.g. an `ndarray` view.
   *
   * @throws {ShapeError} not two-dimensional, or offset and strides lead outside its data.
   */
  static from(like: MatrixLike): Matrix {
    if (like.shape.length !== 2 || like.stride.length !== 2)
      throw new ShapeError('Matrix.from', 'shape', 'two-dimensional', `[${like.shape.join(', ')}]`);
    const [rows, cols] = like.shape as readonly [number, number];
    const [rowStride, colStride] = like.stride as readonly [number, number];
    const out = new Matrix(rows, cols);
    if (out.data.length > 0)
      checkReach(like.offset, (rows - 1) * rowStride, (cols - 1) * colStride, like.data.length);
    for (let i = 0, k = 0; i < rows; i++)
      for (let j = 0, p = like.offset + i * rowStride; j < cols; j++, k++, p += colStride)
        out.data[k] = like.data[p];
    return out;
  }

  /** [rows, cols]. */
  get shape(): readonly [number, number] {
    return [this.rows, this.cols];
  }

  /** Element (i, j). @throws {DomainError} outside the matrix. */
  at(i: number, j: number): number {
    return this.data[this.position(i, j)];
  }

  /** Sets element (i, j). @throws {DomainError} outside the matrix. */
  set(i: number, j: number, value: number): void {
    this.data[this.position(i, j)] = value;
  }

  /** Row i as a view: writing to it writes to the matrix. */
  row(i: number): Vec {
    if (!Number.isInteger(i) || i < 0 || i >= this.rows)
      throw new DomainError('Matrix.row', 'i', `in 0..${this.rows - 1}`, i);
    return this.data.subarray(i * this.cols, (i + 1) * this.cols);
  }

  /** Column j as a copy. */
  column(j: number): Vec {
    if (!Number.isInteger(j) || j < 0 || j >= this.cols)
      throw new DomainError('Matrix.column', 'j', `in 0..${this.cols - 1}`, j);
    const out = new Float64Array(this.rows);
    for (let i = 0; i < this.rows; i++) out[i] = this.data[i * this.cols + j];
    return out;
  }

  /** Rows start..end−1 as a view that shares memory. */
  rowRange(start: number, end: number): Matrix {
    if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= this.rows))
      throw new DomainError(
        'Matrix.rowRange',
        'start, end',
        `0 ≤ start ≤ end ≤ ${this.rows}`,
        `${start}, ${end}`,
      );
    return new Matrix(end - start, this.cols, this.data.subarray(start * this.cols, end * this.cols));
  }

  /** A deep copy. */
  clone(): Matrix {
    return new Matrix(this.rows, this.cols, this.data.slice());
  }

  /** The rows as plain arrays, for printing and tests. */
  toArray(): number[][] {
    return Array.from({ length: this.rows }, (_, i) => Array.from(this.row(i)));
  }

  private position(i: number, j: number): number {
    if (!(Number.isInteger(i) && i >= 0 && i < this.rows))
      throw new DomainError('Matrix', 'row index', `in 0..${this.rows - 1}`, i);
    if (!(Number.isInteger(j) && j >= 0 && j < this.cols))
      throw new DomainError('Matrix', 'column index', `in 0..${this.cols - 1}`, j);
    return i * this.cols + j;
  }
}

/** Refuses an array whose first to last element, `down` and `across` apart, is not all in its data. */
function checkReach(offset: number, down: number, across: number, length: number): void {
  const first = offset + Math.min(0, down) + Math.min(0, across);
  const last = offset + Math.max(0, down) + Math.max(0, across);
  if (!(Number.isInteger(first) && Number.isInteger(last) && first >= 0 && last < length))
    throw new ShapeError(
      'Matrix.from',
      'offset and stride',
      `within 0..${length - 1}, the data`,
      `${first}..${last}`,
    );
}
