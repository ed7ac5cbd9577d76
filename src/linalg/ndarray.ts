/** @file Bridge to ndarray and ndarray-ops: views of matrices, and elementwise operations on strided views. */
import ndarray, { type NdArray } from 'ndarray';
import ops from 'ndarray-ops';
import { type IndexRange, rangeOf } from './arrays/selection.ts';
import { checkBoolean, checkNumber, checkOptions } from './border/arguments.ts';
import { describe, isArray } from './border/describe.ts';
import { asMatrix, isMatrix, type MatrixInput } from './border/matrix.ts';
import { checkAttached, checkStrides, isStrided } from './border/vector.ts';
import { checkInteger, checkNoAlias } from './checks.ts';
import { DomainError, ShapeError } from './errors.ts';
import { Matrix, type MatrixLike, type Vec } from './matrix.ts';

/** What an `ndarray` over doubles offers; written out because the package has no types of its own. */
export interface NdarrayView {
  data: Float64Array;
  shape: number[];
  stride: number[];
  offset: number;
  readonly dtype: string;
  readonly size: number;
  readonly order: number[];
  readonly dimension: number;
  get(...index: number[]): number;
  set(...indexAndValue: number[]): number;
  index(...index: number[]): number;
  lo(...start: number[]): NdarrayView;
  hi(...end: number[]): NdarrayView;
  step(...step: number[]): NdarrayView;
  transpose(...axes: number[]): NdarrayView;
  pick(...index: (number | null)[]): NdarrayView;
}

/** A matrix of ours, or any strided two-dimensional array. */
export type Operand = Matrix | MatrixLike;

/**
 * The matrix as an `ndarray` of shape [rows, cols] that shares its memory: writing to one writes to the other.
 *
 * @example toNdarray(Matrix.of([[1, 2], [3, 4]])).transpose(1, 0).get(0, 1); // 3
 */
export function toNdarray(a: MatrixInput): NdarrayView {
  const { rows, cols, data } = asMatrix('toNdarray', 'a', a);
  return ndarray(data, [rows, cols]) as NdarrayView;
}

/**
 * Some rows and columns of a matrix, as an `ndarray` that shares its memory: writing to one writes to the other. `slice` of
 * eigenfluence/linalg copies.
 *
 * @param a - Shape [m, n]. @param rows - Which rows, all by default: an index, or `{ start, end, step }` as `slice` has it; negative
 * places count from the end, a negative step goes backwards. @param columns - Likewise.
 * @returns shape [chosen rows, chosen columns]. @throws {DomainError} a place outside the matrix. Cost: O(1).
 * @example fromNdarray(view([[1, 2, 3], [4, 5, 6]], undefined, { step: -2 })).toArray(); // [[3, 1], [6, 4]]
 */
export function view(
  a: MatrixInput,
  rows: number | IndexRange = {},
  columns: number | IndexRange = {},
): NdarrayView {
  const { rows: m, cols: n, data } = asMatrix('view', 'a', a);
  const [i, j] = [chosen('rows', rows, m), chosen('columns', columns, n)];
  const shape = [i.count, j.count];
  const offset = shape.includes(0) ? 0 : i.start * n + j.start;
  return ndarray(data, shape, [i.step * n, j.step], offset) as NdarrayView;
}

function chosen(
  argument: string,
  places: number | IndexRange,
  n: number,
): { start: number; step: number; count: number } {
  if (typeof places !== 'number') return rangeOf('view', argument, places, n);
  checkInteger('view', argument, places, -n, n - 1);
  return { start: places < 0 ? places + n : places, step: 1, count: 1 };
}

/** Options of {@link fromNdarray}. */
export interface FromNdarrayOptions {
  /** Never share memory. Default false. */
  readonly copy?: boolean;
}

/**
 * A strided two-dimensional array as a matrix. Memory is shared when the elements are doubles that lie row by row without
 * gaps (then `result.data.buffer` is the buffer of the view), and copied when not, or with `copy`.
 *
 * @param view - An `ndarray`, or a literal {@link MatrixLike}. Not modified.
 * @returns shape as the view.
 * @throws {ShapeError} the view is not two-dimensional, or reaches outside its data.
 * @example fromNdarray(toNdarray(Matrix.of([[1, 2], [3, 4]])).transpose(1, 0)).toArray(); // [[1, 3], [2, 4]]
 */
export function fromNdarray(view: MatrixLike, options: FromNdarrayOptions = {}): Matrix {
  checkOptions('fromNdarray', options, ['copy']);
  const { copy = false } = options;
  checkBoolean('fromNdarray', 'copy', copy);
  checkView('fromNdarray', 'view', view);
  const { data, shape, stride, offset } = view;
  const [rows, cols] = shape;
  const contiguous = (cols <= 1 || stride[1] === 1) && (rows <= 1 || stride[0] === cols);
  if (data instanceof Float64Array && contiguous && !copy)
    return new Matrix(
      rows,
      cols,
      rows * cols === 0 ? new Float64Array(0) : data.subarray(offset, offset + rows * cols),
    );
  return Matrix.from(view);
}

/**
 * A + B, element by element. A side of length 1 is repeated to the length of the other: a row [1, n] is added to every row, a column
 * [m, 1] to every column.
 *
 * @param a - Matrix or strided view, shape [m, n]. @param b - Likewise, or a number for all elements. Not modified.
 * @throws {ShapeError} sides that differ and are not 1, or a view that reaches outside its data.
 * @example add(Matrix.of([[1, 2]]), 10).toArray(); // [[11, 12]]
 */
export function add(a: Operand, b: Operand | number): Matrix;
/**
 * A + B into a matrix or view that is there.
 *
 * @param out - Where the result goes, a matrix or a writable view. It may be `a` or `b` itself (the same data, offset and strides); otherwise the
 * stretches of memory that they span may not overlap. @returns `out`. @throws {ShapeError} an out of another shape. @throws {DomainError} out overlaps an input.
 */
export function add<T extends Operand>(a: Operand, b: Operand | number, out: T): T;
export function add(a: Operand, b: Operand | number, out?: Operand): Operand {
  return binary('add', ops.add, ops.adds, a, b, out);
}

/** A − B, as {@link add}. @example subtract(Matrix.of([[1, 2]]), 1).toArray(); // [[0, 1]] */
export function subtract(a: Operand, b: Operand | number): Matrix;
export function subtract<T extends Operand>(a: Operand, b: Operand | number, out: T): T;
export function subtract(a: Operand, b: Operand | number, out?: Operand): Operand {
  return binary('subtract', ops.sub, ops.subs, a, b, out);
}

/** A ⊙ B, the product element by element, as {@link add}. @example multiply(Matrix.of([[1, 2]]), 3).toArray(); // [[3, 6]] */
export function multiply(a: Operand, b: Operand | number): Matrix;
export function multiply<T extends Operand>(a: Operand, b: Operand | number, out: T): T;
export function multiply(a: Operand, b: Operand | number, out?: Operand): Operand {
  return binary('multiply', ops.mul, ops.muls, a, b, out);
}

/** A ⊘ B, the quotient element by element, as {@link add}. @example divide(Matrix.of([[1, 3]]), 2).toArray(); // [[0.5, 1.5]] */
export function divide(a: Operand, b: Operand | number): Matrix;
export function divide<T extends Operand>(a: Operand, b: Operand | number, out: T): T;
export function divide(a: Operand, b: Operand | number, out?: Operand): Operand {
  return binary('divide', ops.div, ops.divs, a, b, out);
}

/**
 * out ← a, between any strides.
 *
 * @param out - Matrix or view, shape [m, n]. Modified and returned. @param a - The same shape, or a number for all elements.
 * @throws {ShapeError} shapes differ. @throws {DomainError} the two overlap and are not the same view.
 * @example assign(Matrix.zeros(1, 2), Matrix.of([[1, 2]])).toArray(); // [[1, 2]]
 */
export function assign<T extends Operand>(out: T, a: Operand | number): T {
  const target = asView('assign', 'out', out);
  if (typeof a === 'number') {
    ops.assigns(target, a);
    return out;
  }
  const source = asView('assign', 'a', a);
  checkSameShape('assign', source, target);
  checkOverlap('assign', source, target);
  ops.assign(target, source);
  return out;
}

/** A view as the packages type it; their `T` is declared but does not exist. */
type View = NdArray<Float64Array>;
type Ternary = (out: View, a: View, b: View) => unknown;
type WithScalar = (out: View, a: View, s: number) => unknown;

function binary(
  where: string,
  op: Ternary,
  opScalar: WithScalar,
  a: Operand,
  b: Operand | number,
  out: Operand | undefined,
): Operand {
  let left = asView(where, 'a', a);
  let right: View | undefined;
  if (typeof b === 'number') checkNumber(where, 'b', b);
  else right = asView(where, 'b', b);
  const shape = [0, 1].map((axis) => longer(left.shape[axis], right?.shape[axis] ?? 1));
  const result = out ?? new Matrix(shape[0], shape[1]);
  const target = asView(where, 'out', result);
  left = stretched(where, left, target);
  checkOverlap(where, left, target);
  if (right === undefined) {
    opScalar(target, left, b as number);
    return result;
  }
  right = stretched(where, right, target);
  checkOverlap(where, right, target);
  op(target, left, right);
  return result;
}

function longer(m: number, n: number): number {
  return m === 1 ? n : m;
}

/** The view with its sides of length 1 repeated to those of `target`, by steps of 0. */
function stretched(where: string, x: View, target: View): View {
  const repeated = [0, 1].map((axis) => x.shape[axis] === 1 && target.shape[axis] !== 1);
  if (!repeated.includes(true)) {
    checkSameShape(where, x, target);
    return x;
  }
  const shape = x.shape.map((n, axis) => (repeated[axis] ? target.shape[axis] : n));
  const stride = x.stride.map((step, axis) => (repeated[axis] ? 0 : step));
  const out = ndarray(x.data, shape, stride, x.offset);
  checkSameShape(where, out, target);
  return out;
}

/** An output is written to, hence no array that would have to be copied. */
function asView(where: string, argument: string, operand: Operand): View {
  if (isArray(operand) && argument !== 'out')
    return asView(where, argument, asMatrix(where, argument, operand));
  if (isMatrix(operand) || (argument !== 'out' && !isStrided(operand))) {
    const { rows, cols, data } = asMatrix(where, argument, operand);
    return ndarray(data, [rows, cols]);
  }
  checkView(where, argument, operand);
  const { data, shape, stride, offset } = operand;
  return ndarray(data as Vec, [...shape], [...stride], offset);
}

/** Refuses what is no two-dimensional strided array of numbers, or reaches outside its data. */
function checkView(where: string, argument: string, view: MatrixLike): void {
  if (!isStrided(view))
    throw new DomainError(
      where,
      argument,
      'a strided array: data, shape, stride, offset',
      view,
      describe(view),
    );
  if (view.shape.length !== 2)
    throw new ShapeError(where, argument, 'two-dimensional', `shape [${view.shape.join(', ')}]`);
  const { data, shape } = view;
  if (ArrayBuffer.isView(data)) checkAttached(where, argument, data);
  checkStrides(where, argument, view);
  if (shape.includes(0) || ArrayBuffer.isView(data)) return;
  Matrix.from(view); // elements that are not numbers are refused by their place
}

function checkSameShape(where: string, a: View, b: View): void {
  if (a.shape[0] !== b.shape[0] || a.shape[1] !== b.shape[1])
    throw new ShapeError(where, 'every operand', `[${a.shape.join(', ')}]`, `[${b.shape.join(', ')}]`);
}

/** Operands may be one and the same view; any other overlap in memory would read what was just written. */
function checkOverlap(where: string, a: View, out: View): void {
  const sameStrides = a.stride[0] === out.stride[0] && a.stride[1] === out.stride[1];
  if (a.data === out.data && a.offset === out.offset && sameStrides) return;
  if (a.data instanceof Float64Array && out.data instanceof Float64Array)
    checkNoAlias(where, span(a), span(out));
  else if (a.data === out.data)
    throw new DomainError(where, 'out', 'another array than an input', 'the same one');
}

/** The part of the data between the first and the last element of a view. */
function span(view: View): Vec {
  if (view.size === 0) return new Float64Array(0);
  const [lowest, highest] = reachOf(view);
  return view.data.subarray(lowest, highest + 1);
}

/** The lowest and the highest position of a view that has elements. */
function reachOf({
  shape,
  stride,
  offset,
}: Pick<MatrixLike, 'shape' | 'stride' | 'offset'>): [number, number] {
  const steps = [0, 1].map((axis) => (shape[axis] - 1) * stride[axis]);
  return [
    offset + Math.min(0, steps[0]) + Math.min(0, steps[1]),
    offset + Math.max(0, steps[0]) + Math.max(0, steps[1]),
  ];
}
