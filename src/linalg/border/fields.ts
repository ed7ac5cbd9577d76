/** @file Records at the public border, held against a table of checks. */
import { checkInteger } from '../checks.ts';
import { DomainError } from '../errors.ts';
import { checkOneOf, checkOptions } from './arguments.ts';
import { describe } from './describe.ts';
import { asList } from './instances.ts';

/** Throws an error that names `where` and `argument` unless `value` is what is wanted. */
export type Check = (where: string, argument: string, value: never) => void;

/** What each part of a record must be. */
export type Checks = Readonly<Record<string, Check>>;

/**
 * Throws {@link DomainError} unless `record` is an object whose names all stand in the table and whose values pass its checks. An absent
 * value passes, unless its name is `required`.
 *
 * @param argument - What the record is called; its parts are named alone when that is 'options'.
 */
export function checkFields(
  where: string,
  record: unknown,
  checks: Checks,
  argument = 'options',
  required: readonly string[] = [],
): void {
  checkOptions(where, record, Object.keys(checks), argument);
  for (const [name, check] of Object.entries(checks)) {
    const value = (record as Record<string, never>)[name];
    if (value !== undefined || required.includes(name))
      check(where, argument === 'options' ? name : `${argument}.${name}`, value);
  }
}

/** An integer in low..high. */
export function integer(low: number, high: number = Number.POSITIVE_INFINITY): Check {
  return (where, argument, value) => checkInteger(where, argument, value, low, high);
}

/** One of the choices. */
export function oneOf(...choices: readonly (string | number)[]): Check {
  return (where, argument, value) => checkOneOf(where, argument, value, choices);
}

/** A finite number above a bound. */
export function above(bound: number): Check {
  return (where, argument, value: unknown) => {
    if (!(Number.isFinite(value) && (value as number) > bound))
      throw new DomainError(where, argument, `finite and > ${bound}`, value, describe(value));
  };
}

/** Either a given word, or what the check asks. */
export function orWord(word: string, check: Check): Check {
  return (where, argument, value) => {
    if (value === word) return;
    if (typeof value === 'string')
      throw new DomainError(where, argument, `'${word}' or a number`, value, describe(value));
    check(where, argument, value);
  };
}

/** What names random streams: any safe integer. */
export const checkSeed: Check = (where, argument, value) =>
  checkInteger(where, argument, value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

/** The further part of a stream's name: strings and finite numbers. */
export const checkPath: Check = (where, argument, value: readonly unknown[]) => {
  for (const [i, part] of asList(where, argument, value, 'strings and numbers').entries())
    if (typeof part !== 'string' && !Number.isFinite(part))
      throw new DomainError(where, `${argument}[${i}]`, 'a string or a finite number', part, describe(part));
};
