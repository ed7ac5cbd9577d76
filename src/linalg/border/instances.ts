/** @file Instances of a class, lists and iterables at the public border; none throws for a revoked proxy. */
import { DomainError } from '../errors.ts';
import { describe, isArray } from './describe.ts';

/** instanceof, false of a revoked proxy. */
export function isInstance<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/** Whether `for … of` can walk over it; false of a revoked proxy. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  try {
    return typeof (Object(value) as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
  } catch {
    return false;
  }
}

/** Throws {@link DomainError} unless `value` is an instance of the class; `expected` says in words what that is. */
export function checkInstance<T>(
  where: string,
  argument: string,
  value: unknown,
  type: abstract new (...args: never[]) => T,
  expected: string,
): asserts value is T {
  if (!isInstance(value, type)) throw new DomainError(where, argument, expected, value, describe(value));
}

/** The list itself. @throws {DomainError} `value` is no array, or has holes. Cost: one pass. */
export function asList<T>(where: string, argument: string, value: readonly T[], of: string): readonly T[] {
  if (!isArray(value)) throw new DomainError(where, argument, `a list of ${of}`, value, describe(value));
  for (let i = 0; i < value.length; i++)
    if (value[i] === undefined)
      throw new DomainError(where, `${argument}[${i}]`, `one of the ${of}`, value[i], 'nothing');
  return value;
}
