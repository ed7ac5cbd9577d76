/** @file Vectors at the public border: what a person would pass becomes a Float64Array, or is refused by name. */
import { DomainError, ShapeError } from '../errors.ts';
import { allocate } from './allocate.ts';
import { describe } from './describe.ts';

/** A strided one-dimensional array, e.g. an `ndarray`: element i is `data[offset + i·stride[0]]`. */
export interface VectorLike {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
}

/**
 * What stands for a vector: a Float64Array, which is used as it is; another typed array, an array of numbers, or a one-dimensional
 * strided array, which are copied. A BigInt array is read where every element is within ±(2⁵³ − 1).
 */
export type VectorInput = ArrayLike<number> | BigInt64Array | BigUint64Array | VectorLike;

const EXPECTED = 'a vector: a typed array, or an array of numbers';

/**
 * The vector that `x` stands for: `x` itself if it is a Float64Array, else a copy.
 *
 * @throws {DomainError} `x` is nothing of {@link VectorInput}, its memory was transferred elsewhere, or an element is not a number:
 * strings, null and holes are not converted. NaN and ±∞ are numbers. Names `where` and `argument`.
 * Cost: a Float64Array, O(1).
 */
export function asVector(where: string, argument: string, x: unknown): Float64Array {
  if (ArrayBuffer.isView(x) && x instanceof Float64Array) {
    if (x.length === 0) checkAttached(where, argument, x);
    return x;
  }
  return convert(where, argument, () => copyOf(where, argument, x));
}

/**
 * As {@link asVector}, and a matrix, a structured clone of one, nested arrays or a strided array of any dimension as the list of all
 * its elements, row by row: for functions that speak of all elements, whatever their arrangement.
 */
export function asElements(where: string, argument: string, x: unknown): Float64Array {
  if (ArrayBuffer.isView(x) && x instanceof Float64Array) {
    if (x.length === 0) checkAttached(where, argument, x);
    return x;
  }
  return convert(where, argument, () => {
    if (Array.isArray(x) && x.some((part) => typeof part === 'object' && part !== null))
      return stack(
        where,
        argument,
        Array.from(x, (part: unknown, i) => asElements(where, `${argument}[${i}]`, part)),
      ).data;
    if (isMatrixShaped(x)) return checkedData(where, argument, x);
    if (isStrided(x)) return gather(where, argument, x);
    return copyOf(where, argument, x);
  });
}

/** Where a result goes: a Float64Array, of the given length if there is one, and nothing that would have to be copied. */
export function asOutput(where: string, argument: string, out: unknown, length?: number): Float64Array {
  if (!(ArrayBuffer.isView(out) && out instanceof Float64Array))
    throw new DomainError(where, argument, 'a Float64Array, which is written to', out, describe(out));
  if (out.length === 0) checkAttached(where, argument, out);
  if (length !== undefined && out.length !== length)
    throw new ShapeError(where, argument, `of length ${length}`, `length ${out.length}`);
  return out;
}

/** Throws {@link DomainError} when the memory behind an array was transferred elsewhere; its length is then 0. */
export function checkAttached(where: string, argument: string, x: ArrayBufferView): void {
  try {
    Uint8Array.prototype.at.call(new Uint8Array(x.buffer), 0);
    if ('at' in x) (x as Float64Array).at(0);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new DomainError(where, argument, 'an array with its memory', x, 'one whose memory was transferred');
  }
}

/** Runs a conversion; what its argument throws (a revoked proxy, a getter) becomes our refusal. */
export function convert<T>(where: string, argument: string, conversion: () => T): T {
  try {
    return conversion();
  } catch (error) {
    if (error instanceof DomainError || error instanceof ShapeError || isAllocation(error)) throw error;
    throw new DomainError(where, argument, 'readable', undefined, 'an object that cannot be read');
  }
}

function isAllocation(error: unknown): boolean {
  return error instanceof Error && error.name === 'AllocationError';
}

function copyOf(where: string, argument: string, x: unknown): Float64Array {
  if (ArrayBuffer.isView(x)) return copyOfTyped(where, argument, x);
  if (typeof x !== 'object' || x === null) throw new DomainError(where, argument, EXPECTED, x, describe(x));
  if (isStrided(x)) {
    if (x.shape.length !== 1)
      throw new ShapeError(where, argument, 'one-dimensional', `shape [${x.shape.join(', ')}]`);
    return gather(where, argument, x);
  }
  if (!Array.isArray(x) && !isArrayLike(x)) throw new DomainError(where, argument, EXPECTED, x, describe(x));
  return copyOfList(where, argument, x);
}

function copyOfTyped(where: string, argument: string, x: ArrayBufferView): Float64Array {
  if (!('length' in x)) throw new DomainError(where, argument, EXPECTED, x, describe(x)); // a DataView
  const list = x as unknown as ArrayLike<number | bigint>;
  if (list.length === 0) checkAttached(where, argument, x);
  const out = allocate(where, list.length);
  for (let i = 0; i < out.length; i++) {
    const value = list[i];
    out[i] = Number(value);
    if (typeof value === 'bigint' && !Number.isSafeInteger(out[i]))
      throw new DomainError(where, `${argument}[${i}]`, 'within ±(2^53 − 1)', value);
  }
  return out;
}

function copyOfList(where: string, argument: string, list: ArrayLike<unknown>): Float64Array {
  const { length } = list;
  if (length > 0) checkElement(where, argument, list, length - 1); // before memory is asked for
  const out = allocate(where, length);
  for (let i = 0; i < length; i++) {
    checkElement(where, argument, list, i);
    out[i] = list[i] as number;
  }
  return out;
}

function checkElement(where: string, argument: string, list: ArrayLike<unknown>, i: number): void {
  const value = list[i];
  if (typeof value === 'number') return;
  const what = value === undefined && !(i in list) ? 'a hole' : describe(value);
  throw new DomainError(where, `${argument}[${i}]`, 'a number', value, what);
}

/** The elements of a strided array of any dimension, in row-major order. */
export function gather(where: string, argument: string, x: VectorLike): Float64Array {
  const { data, shape, stride, offset } = x;
  checkStrides(where, argument, x);
  const out = allocate(where, ...shape);
  const last = shape.length - 1;
  const [count, step] = last < 0 ? [1, 1] : [shape[last], stride[last]];
  const index = new Array<number>(shape.length).fill(0);
  for (let k = 0, start = offset; k < out.length; ) {
    for (let j = 0, at = start; j < count; j++, at += step) {
      const value = data[at];
      if (typeof value !== 'number') checkElement(where, `${argument}.data`, data, at);
      out[k++] = value;
    }
    for (let d = last - 1; d >= 0; d--) {
      start += stride[d];
      if (++index[d] < shape[d]) break;
      start -= stride[d] * shape[d];
      index[d] = 0;
    }
  }
  return out;
}

/** Refuses a strided array that has other than whole numbers for a shape, or that leads outside its data. */
export function checkStrides(where: string, argument: string, x: VectorLike): void {
  const { data, shape, stride, offset } = x;
  const whole = (n: unknown): boolean => Number.isSafeInteger(n);
  if (stride.length !== shape.length || !shape.every((n) => whole(n) && n >= 0))
    throw new ShapeError(
      where,
      `${argument}.shape`,
      'whole numbers, with as many strides',
      `[${shape.join(', ')}] and ${stride.length} strides`,
    );
  if (shape.includes(0)) return;
  const steps = shape.map((n, d) => (n - 1) * stride[d]);
  const first = offset + steps.reduce((sum, step) => sum + Math.min(0, step), 0);
  const last = offset + steps.reduce((sum, step) => sum + Math.max(0, step), 0);
  if (!([offset, ...stride].every(whole) && first >= 0 && last < data.length))
    throw new ShapeError(
      where,
      `${argument}.offset and stride`,
      `within 0..${data.length - 1}, the data`,
      `${first}..${last}`,
    );
}

/** The elements of what looks like a {@link Matrix}, e.g. a structured clone: rows, cols and data of that many. */
export function checkedData(where: string, argument: string, x: MatrixShaped): Float64Array {
  const { rows, cols } = x;
  for (const n of [rows, cols])
    if (!Number.isSafeInteger(n) || n < 0)
      throw new ShapeError(where, argument, 'with whole rows and cols', `[${rows}, ${cols}]`);
  const data = asVector(where, `${argument}.data`, x.data);
  if (data.length !== rows * cols)
    throw new ShapeError(where, `${argument}.data`, `of length ${rows}·${cols}`, `length ${data.length}`);
  return data;
}

/** What looks like a matrix of ours. */
export interface MatrixShaped {
  readonly rows: number;
  readonly cols: number;
  readonly data: unknown;
}

export function isMatrixShaped(x: unknown): x is MatrixShaped {
  if (typeof x !== 'object' || x === null) return false;
  const { rows, cols } = x as { rows?: unknown; cols?: unknown };
  return typeof rows === 'number' && typeof cols === 'number' && 'data' in x;
}

export function isStrided(x: unknown): x is VectorLike {
  if (typeof x !== 'object' || x === null) return false;
  try {
    const { data, shape, stride } = x as { data?: unknown; shape?: unknown; stride?: unknown };
    return Array.isArray(shape) && Array.isArray(stride) && isArrayLike(data);
  } catch {
    return false; // a revoked proxy
  }
}

/** Something with a whole length and elements, functions and strings excluded. */
function isArrayLike(x: unknown): x is ArrayLike<unknown> {
  if (typeof x !== 'object' || x === null) return false;
  const { length } = x as { length?: unknown };
  return Number.isSafeInteger(length) && (length as number) >= 0;
}

/** What {@link stackRows} makes. */
interface Stacked {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/** The matrix with the given rows, each of them a vector, all of one length: its shape and data. Always a copy. */
export function stackRows(where: string, argument: string, rows: readonly unknown[]): Stacked {
  return stack(
    where,
    argument,
    Array.from(rows, (row, i) => asVector(where, `${argument}[${i}]`, row)),
  );
}

function stack(where: string, argument: string, parts: readonly Float64Array[]): Stacked {
  const cols = parts[0]?.length ?? 0;
  for (const [i, { length }] of parts.entries())
    if (length !== cols)
      throw new ShapeError(where, `${argument}[${i}]`, `of length ${cols}`, `length ${length}`);
  const data = allocate(where, parts.length, cols);
  for (const [i, part] of parts.entries()) data.set(part, i * cols);
  return { rows: parts.length, cols, data };
}
