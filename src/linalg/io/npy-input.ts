/** @file What writeNpy takes, brought to one form: shape, dtype, data. */
import { checkObject } from '../border/arguments.ts';
import { describe, isArray } from '../border/describe.ts';
import { checkAttached } from '../border/vector.ts';
import { DomainError, ShapeError } from '../errors.ts';
import type { Matrix } from '../matrix.ts';
import { MAX_DIMENSIONS, type WritableKind } from './elements.ts';

/** Typed arrays that can be written, with the smallest written type that holds them exactly. */
const TYPES = {
  Float64Array: 'f8',
  Float32Array: 'f4',
  Int32Array: 'i4',
  Int16Array: 'i4',
  Uint16Array: 'i4',
  Int8Array: 'i4',
  Uint8Array: 'i4',
  Uint8ClampedArray: 'i4',
  Uint32Array: 'i8',
} as const satisfies Record<string, WritableKind>;

type Numbers =
  | Float64Array
  | Float32Array
  | Int32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint32Array;

/** Numbers, or equally long arrays of such, to any depth. */
export type Nested = readonly (number | Nested | ArrayLike<number>)[];

/**
 * What {@link writeNpy} takes: a matrix (or anything with its rows, cols and data), a typed array, nested arrays of
 * numbers, or shape, dtype and data in C order.
 */
export type NpyInput =
  | Matrix
  | { readonly rows: number; readonly cols: number; readonly data: ArrayLike<number> }
  | Numbers
  | Nested
  | { readonly shape: readonly number[]; readonly dtype?: WritableKind; readonly data: ArrayLike<number> };

export interface Described {
  readonly shape: readonly number[];
  readonly dtype: WritableKind;
  readonly data: ArrayLike<number>;
}

/**
 * Shape, dtype and data of an input; data is shared where it can be. The product of `shape` is not checked.
 *
 * @throws {DomainError} not one of the forms above, or an element that is not a number.
 * @throws {ShapeError} rows of unequal length.
 */
export function describeInput(where: string, input: NpyInput): Described {
  const type = typedKind(input);
  if (type !== undefined) {
    const data = numbers(where, input);
    return { shape: [data.length], dtype: type, data };
  }
  if (isArray(input)) return fromNested(where, input);
  if (typeof input !== 'object' || input === null)
    throw new DomainError(
      where,
      'array',
      'a Matrix, an array of numbers, or { shape, data }',
      describe(input),
    );
  checkObject(where, 'array', input);
  const {
    shape,
    rows,
    cols,
    dtype = 'f8',
    data,
  } = input as Partial<Described> & { rows?: number; cols?: number };
  if (shape === undefined && (rows === undefined || cols === undefined))
    throw new DomainError(
      where,
      'array',
      'a Matrix, an array of numbers, or { shape, data }',
      describe(input),
    );
  if (shape !== undefined && !isArray(shape))
    throw new DomainError(where, 'shape', 'an array of integers ≥ 0', describe(shape));
  if (!['f8', 'f4', 'i8', 'i4'].includes(dtype))
    throw new DomainError(where, 'dtype', "'f8', 'f4', 'i8' or 'i4'", describe(dtype));
  return { shape: shape ?? [rows as number, cols as number], dtype, data: numbers(where, data) };
}

/** An array whose every element is a number. Typed arrays are so by construction. */
export function numbers(where: string, data: unknown): ArrayLike<number> {
  if (typedKind(data) !== undefined) {
    if ((data as Numbers).length === 0) checkAttached(where, 'array', data as Numbers);
    return data as Numbers;
  }
  if (!isArray(data)) throw new DomainError(where, 'data', 'an array of numbers', describe(data));
  for (let i = 0; i < data.length; i++)
    if (typeof data[i] !== 'number')
      throw new DomainError(where, `data[${i}]`, 'a number', describe(data[i]));
  return data as number[];
}

function fromNested(where: string, input: readonly unknown[]): Described {
  const shape: number[] = [];
  for (let level: unknown = input; isList(level); level = level[0])
    if (shape.push(level.length) > MAX_DIMENSIONS)
      throw new ShapeError(where, 'array', `of at most ${MAX_DIMENSIONS} dimensions`, 'deeper nesting');
  const data: number[] = [];
  const visit = (value: unknown, depth: number): void => {
    if (!isList(value)) {
      if (depth < shape.length)
        throw new ShapeError(where, 'array', rectangular(shape), 'a number beside rows');
      if (typeof value !== 'number')
        throw new DomainError(where, `element ${data.length}`, 'a number', describe(value));
      data.push(value);
      return;
    }
    if (depth >= shape.length)
      throw new ShapeError(where, 'array', rectangular(shape), 'a row beside numbers');
    if (value.length !== shape[depth])
      throw new ShapeError(where, 'array', rectangular(shape), `a row of ${value.length}`);
    for (let i = 0; i < value.length; i++) visit(value[i], depth + 1);
  };
  visit(input, 0);
  return { shape, dtype: 'f8', data };
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return isArray(value) || typedKind(value) !== undefined;
}

function rectangular(shape: readonly number[]): string {
  return `of one shape, here [${shape.join(', ')}]`;
}

/** 'f8' for a Float64Array and so on, of any realm; undefined for what is no array of numbers. */
export function typedKind(value: unknown): WritableKind | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  const kind = kindOf(value);
  return Object.hasOwn(TYPES, kind) ? TYPES[kind as keyof typeof TYPES] : undefined;
}

function kindOf(value: ArrayBufferView): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
