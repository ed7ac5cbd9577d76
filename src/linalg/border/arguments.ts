/** @file Scalars, choices, functions and option objects at the public border, each refused by name. */
import { DomainError } from '../errors.ts';
import { describe, isArray } from './describe.ts';

/** Throws {@link DomainError} unless `value` is a number, NaN and ±∞ included: strings are not converted. */
export function checkNumber(where: string, argument: string, value: unknown): asserts value is number {
  if (typeof value !== 'number') throw new DomainError(where, argument, 'a number', value, describe(value));
}

/** Throws {@link DomainError} unless `value` is a finite number. */
export function checkFiniteNumber(where: string, argument: string, value: unknown): asserts value is number {
  if (!Number.isFinite(value))
    throw new DomainError(where, argument, 'a finite number', value, describe(value));
}

/** Throws {@link DomainError} unless `value` is true or false. */
export function checkBoolean(where: string, argument: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean')
    throw new DomainError(where, argument, 'true or false', value, describe(value));
}

/** Throws {@link DomainError} unless `value` is a string. */
export function checkString(where: string, argument: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw new DomainError(where, argument, 'a string', value, describe(value));
}

/** Throws {@link DomainError} unless `value` is a function. */
export function checkFunction(where: string, argument: string, value: unknown): void {
  if (typeof value !== 'function')
    throw new DomainError(where, argument, 'a function', value, describe(value));
}

/** Throws {@link DomainError} unless `value` is one of the choices. */
export function checkOneOf<T extends string | number>(
  where: string,
  argument: string,
  value: unknown,
  choices: readonly T[],
): asserts value is T {
  if (!choices.includes(value as T))
    throw new DomainError(where, argument, `one of ${choices.join(', ')}`, value, describe(value));
}

/** Throws {@link DomainError} unless `value` is an object, and neither an array nor a function. */
export function checkObject(where: string, argument: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || isArray(value) || !isReadable(value))
    throw new DomainError(where, argument, 'an object', value, describe(value));
}

/**
 * Throws {@link DomainError} unless `options` is an object, no Map or other collection, that has no other keys than `names`: a misspelt option would be ignored
 * without a word. The message gives the nearest name.
 */
export function checkOptions(
  where: string,
  options: unknown,
  names: readonly string[],
  argument = 'options',
): void {
  checkObject(where, argument, options);
  if (Symbol.iterator in (options as object))
    throw new DomainError(where, argument, 'an object', options, describe(options)); // a Map has no keys to read
  for (const key in options as object)
    if (!names.includes(key)) {
      const expected = `an option of ${where}: ${names.join(', ')}`;
      throw new DomainError(where, `${argument}.${key}`, expected, key, `'${key}'${suggestion(key, names)}`);
    }
}

/** False of a revoked proxy. */
export function isReadable(value: object): boolean {
  try {
    Reflect.has(value, '');
    return true;
  } catch {
    return false;
  }
}

function suggestion(key: string, names: readonly string[]): string {
  const [nearest] = [...names].sort((a, b) => distance(key, a) - distance(key, b));
  const near = nearest !== undefined && distance(key, nearest) <= Math.max(1, Math.floor(nearest.length / 3));
  return near ? `; did you mean '${nearest}'?` : '';
}

/** The edit distance of Levenshtein (1966), letter case aside. */
export function distance(a: string, b: string): number {
  const [from, to] = [a.slice(0, 40).toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++)
      next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (from[i] === to[j] ? 0 : 1)));
    row = next;
  }
  return row[to.length];
}
