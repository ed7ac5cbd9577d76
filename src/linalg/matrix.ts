/** @file The dense matrix of the library: readonly shape, row-major contiguous Float64Array. */
import { allocate } from './border/allocate.ts';
import { checkFunction, checkNumber } from './border/arguments.ts';
import { describe, isArray } from './border/describe.ts';
import { checkNoMore } from './border/no-more.ts';
import {
  asVector,
  checkedData,
  convert,
  gather,
  isMatrixShaped,
  isStrided,
  type MatrixShaped,
  stackRows,
  type VectorInput,
} from './border/vector.ts';
import { DomainError, ShapeError } from './errors.ts';
import { Inspected } from './inspected.ts';
import { tableText } from './table-text.ts';

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

/** A matrix as JSON can keep it: what JSON has no number for is a word, 'NaN', 'Infinity', '-Infinity' or '-0'. */
export interface MatrixJson {
  readonly rows: number;
  readonly cols: number;
  readonly data: readonly (number | string)[];
}

const WORDS: readonly unknown[] = ['NaN', 'Infinity', '-Infinity', '-0'];

/**
 * A real matrix, shape [rows, cols], row-major and contiguous: element (i, j) is `data[i·cols + j]`.
 *
 * @param data - Taken over, not copied; zeros when absent.
 * @throws {DomainError} a dimension is not an integer ≥ 0. @throws {ShapeError} data.length ≠ rows·cols.
 * `String(a)` and `console.log(a)` give a table. `for (const row of a)` walks over the rows, as views. `JSON.stringify(a)` and
 * `structuredClone(a)` keep every bit; {@link Matrix.from} makes a matrix of what `JSON.parse` or the clone gives.
 * @example Matrix.of([[2, 1], [1, 2]]).at(0, 1); // 1
 */
export class Matrix extends Inspected {
  readonly rows: number;
  readonly cols: number;
  readonly data: Vec;

  constructor(rows: number, cols: number, data?: VectorInput) {
    super();
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

  /** All ones, shape [rows, cols]. */
  static ones(rows: number, cols: number): Matrix {
    const out = new Matrix(rows, cols);
    out.data.fill(1);
    return out;
  }

  /** Iₙ. */
  static identity(n: number): Matrix;
  static identity(n: number, more?: unknown, list?: unknown): Matrix {
    checkNoMore('Matrix.identity', 'it is square', n, more, list);
    const out = new Matrix(n, n);
    for (let i = 0; i < n; i++) out.data[i * n + i] = 1;
    return out;
  }

  /** diag(values). @throws {DomainError} not a vector. */
  static diagonal(values: VectorInput): Matrix;
  static diagonal(values: VectorInput, more?: unknown, list?: unknown): Matrix {
    checkNoMore('Matrix.diagonal', 'the main one', undefined, more, list);
    const diagonal = asVector('Matrix.diagonal', 'values', values);
    const n = diagonal.length;
    const out = new Matrix(n, n);
    for (let i = 0; i < n; i++) out.data[i * n + i] = diagonal[i];
    return out;
  }

  /** A matrix from its rows, all of one length. A copy. @throws {ShapeError} ragged rows. @throws {DomainError} not an array of vectors. */
  static of(rows: readonly VectorInput[]): Matrix {
    if (!isArray(rows)) throw new DomainError('Matrix.of', 'rows', 'an array of rows', rows, describe(rows));
    return toMatrix('Matrix.of', 'rows', rows);
  }

  /**
   * A copy of whatever stands for a matrix: nested arrays, a matrix, its structured clone or its JSON, an `ndarray` or another strided
   * array.
   *
   * @throws {ShapeError} ragged, not two-dimensional, or offset and strides lead outside the data. @throws {DomainError} nothing of the kind.
   * @example Matrix.from(JSON.parse(JSON.stringify(Matrix.of([[1, 2]])))).toArray(); // [[1, 2]]
   */
  static from(like: MatrixLike | MatrixShaped | MatrixJson | readonly VectorInput[]): Matrix {
    return convert('Matrix.from', 'like', () => {
      const made = toMatrix('Matrix.from', 'like', isMatrixShaped(like) ? withoutWords(like) : like);
      return made.data === (like as MatrixShaped).data ? made.clone() : made;
    });
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
    checkPlace('Matrix.row', 'i', i, this.rows);
    return this.data.subarray(i * this.cols, (i + 1) * this.cols);
  }

  /** Column j as a copy. */
  column(j: number): Vec {
    checkPlace('Matrix.column', 'j', j, this.cols);
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

  /**
   * f of every element, as a new matrix.
   *
   * @param f - Given the element and its place. @throws {DomainError} f is no function, or returns something that is not a number.
   * @example Matrix.of([[1, 4]]).map(Math.sqrt).toArray(); // [[1, 2]]
   */
  map(f: (value: number, i: number, j: number) => number): Matrix {
    checkFunction('Matrix.map', 'f', f);
    const out = new Matrix(this.rows, this.cols);
    for (let i = 0, at = 0; i < this.rows; i++)
      for (let j = 0; j < this.cols; j++, at++) {
        const value = f(this.data[at], i, j);
        checkNumber('Matrix.map', `f of element (${i}, ${j})`, value);
        out.data[at] = value;
      }
    return out;
  }

  /** The rows in order, as views: writing to one writes to the matrix. */
  *[Symbol.iterator](): Generator<Vec, void, undefined> {
    for (let i = 0; i < this.rows; i++) yield this.row(i);
  }

  /** What JSON.stringify writes; {@link Matrix.from} reads it, to the last bit. */
  toJSON(): MatrixJson {
    const plain = (x: number): number | string => (Number.isFinite(x) && !Object.is(x, -0) ? x : word(x));
    return { rows: this.rows, cols: this.cols, data: Array.from(this.data, plain) };
  }

  /** Its shape and a table of its elements to five digits; of a large matrix the corners. */
  override toString(): string {
    const { rows, cols, data } = this;
    return `Matrix [${rows}, ${cols}]${tableText(rows, cols, data)}`;
  }

  /** The rows as plain arrays. */
  toArray(): number[][] {
    return Array.from({ length: this.rows }, (_, i) => Array.from(this.row(i)));
  }

  private position(i: number, j: number): number {
    checkPlace('Matrix', 'row index', i, this.rows);
    checkPlace('Matrix', 'column index', j, this.cols);
    return i * this.cols + j;
  }
}

/** Throws {@link DomainError} unless `i` is one of the places 0..n−1. */
function checkPlace(where: string, argument: string, i: number, n: number): void {
  if (!(Number.isInteger(i) && i >= 0 && i < n)) throw new DomainError(where, argument, `in 0..${n - 1}`, i);
}

function refuseSize(argument: string, value: unknown): never {
  throw new DomainError('Matrix', argument, 'an integer ≥ 0', value, describe(value));
}

/**
 * The matrix that `a` stands for, as a new object; it shares the data of `{ rows, cols, data }` where they are a Float64Array.
 *
 * @throws {DomainError} nothing that stands for a matrix. @throws {ShapeError} it does not fit its shape.
 */
export function toMatrix(where: string, argument: string, a: unknown): Matrix {
  if (isMatrixShaped(a)) return new Matrix(a.rows, a.cols, checkedData(where, argument, a));
  if (isStrided(a)) {
    if (a.shape.length !== 2)
      throw new ShapeError(where, argument, 'two-dimensional', `shape [${a.shape.join(', ')}]`);
    return new Matrix(a.shape[0], a.shape[1], gather(where, argument, a));
  }
  if (!isArray(a) || typeof a[0] === 'number')
    throw new DomainError(
      where,
      argument,
      'a matrix: a Matrix, an array of rows, or an ndarray; of a vector, reshape(x, -1, 1)',
      a,
      describe(a),
    );
  const { rows, cols, data } = stackRows(where, argument, a);
  return new Matrix(rows, cols, data);
}

function word(x: number): string {
  return x === 0 ? '-0' : String(x);
}

/** The same with numbers for the words of {@link MatrixJson}. */
function withoutWords({ rows, cols, data }: MatrixShaped): MatrixShaped {
  return {
    rows,
    cols,
    data: isArray(data) ? data.map((x) => (WORDS.includes(x) ? Number(x) : x)) : data,
  };
}
