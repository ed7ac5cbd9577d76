/** @file The dense matrix of the library: readonly shape, row-major contiguous Float64Array. */
import { allocate } from './border/allocate.ts';
import { checkNumber } from './border/arguments.ts';
import { describe, isArray } from './border/describe.ts';
import { asVector, gather, isStrided, stackRows, type VectorInput } from './border/vector.ts';
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

  constructor(rows: number, cols: number, data?: VectorInput) {
    if (!(Number.isInteger(rows) && rows >= 0)) refuseSize('rows', rows);
    if (!(Number.isInteger(cols) && cols >= 0)) refuseSize('cols', cols);
    this.rows = rows;
    this.cols = cols;
    this.data = data === undefined ? allocate('Matrix', rows, cols) : asVector('Matrix', 'data', data);
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

  /** diag(values). @throws {DomainError} not a vector. */
  static diagonal(values: VectorInput): Matrix {
    const diagonal = asVector('Matrix.diagonal', 'values', values);
    const n = diagonal.length;
    const out = new Matrix(n, n);
    for (let i = 0; i < n; i++) out.data[i * n + i] = diagonal[i];
    return out;
  }

  /** A matrix from its rows, all of one length. A copy. @throws {ShapeError} ragged rows. @throws {DomainError} not an array of vectors. */
  static of(rows: readonly VectorInput[]): Matrix {
    if (!isArray(rows)) throw new DomainError('Matrix.of', 'rows', 'an array of rows', rows, describe(rows));
    const stacked = stackRows('Matrix.of', 'rows', rows);
    return new Matrix(stacked.rows, stacked.cols, stacked.data);
  }

  /**
   * A copy of any strided two-dimensional array, e.g. an `ndarray` view.
   *
   * @throws {ShapeError} not two-dimensional, or offset and strides lead outside its data. @throws {DomainError} nothing of the kind.
   */
  static from(like: MatrixLike): Matrix {
    const where = 'Matrix.from';
    if (!isStrided(like))
      throw new DomainError(
        where,
        'like',
        'a strided array: data, shape, stride, offset',
        like,
        describe(like),
      );
    if (like.shape.length !== 2 || like.stride.length !== 2)
      throw new ShapeError(where, 'shape', 'two-dimensional', `[${like.shape.join(', ')}]`);
    return new Matrix(like.shape[0], like.shape[1], gather(where, 'like', like));
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
    checkNumber('Matrix.set', 'value', value);
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
        `${describe(start)}, ${describe(end)}`,
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

function refuseSize(argument: string, value: unknown): never {
  throw new DomainError('Matrix', argument, 'an integer ≥ 0', value, describe(value));
}
