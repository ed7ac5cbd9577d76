/** @file Indices, labels and bytes at the public border. */
import { checkInteger } from '../checks.ts';
import { DomainError } from '../errors.ts';
import { describe } from './describe.ts';
import { asVector, checkAttached, convert, type VectorInput } from './vector.ts';

/** What stands for a list of whole numbers: an Int32Array, used as it is, or anything that stands for a vector. */
export type IntegersInput = VectorInput;

/**
 * The 32-bit integers that `x` stands for, all in low..high: `x` itself if it is an Int32Array, else a copy.
 *
 * @throws {DomainError} not a list of numbers, or an element that is not an integer in low..high. Cost: one pass.
 */
export function asIntegers(
  where: string,
  argument: string,
  x: unknown,
  low = -2147483648,
  high = 2147483647,
): Int32Array {
  if (ArrayBuffer.isView(x) && x instanceof Int32Array) {
    if (x.length === 0) checkAttached(where, argument, x);
    for (let i = 0; i < x.length; i++)
      if (x[i] < low || x[i] > high) checkInteger(where, `${argument}[${i}]`, x[i], low, high);
    return x;
  }
  const values = asVector(where, argument, x);
  for (let i = 0; i < values.length; i++) checkInteger(where, `${argument}[${i}]`, values[i], low, high);
  return Int32Array.from(values);
}

/** The bytes of a Uint8Array (a Buffer is one), or of an ArrayBuffer, without a copy. @throws {DomainError} anything else. */
export function asBytes(where: string, argument: string, x: unknown): Uint8Array {
  return convert(where, argument, () => {
    if (x instanceof ArrayBuffer) return new Uint8Array(x); // throws when it was transferred
    if (!(x instanceof Uint8Array && ArrayBuffer.isView(x)))
      throw new DomainError(where, argument, 'a Uint8Array', x, describe(x));
    if (x.length === 0) checkAttached(where, argument, x);
    return x;
  });
}
