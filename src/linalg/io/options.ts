/** @file Options of the readers: names by the border's check, values by a rule for each. */
import { checkOptions as checkNames } from '../border/arguments.ts';
import { describe } from '../border/describe.ts';
import { DomainError } from '../errors.ts';

/** Allowed values of an option, or a predicate with the words for what it wants. */
export type OptionRule =
  | readonly unknown[]
  | { readonly test: (value: unknown) => boolean; readonly want: string };

/**
 * Throws {@link DomainError} unless `options` is an object whose every name is in `rules` and whose every value, undefined
 * apart, obeys its rule.
 */
export function checkOptions(
  where: string,
  options: object,
  rules: Readonly<Record<string, OptionRule>>,
): void {
  checkNames(where, options, Object.keys(rules));
  for (const [name, rule] of Object.entries(rules)) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined) continue;
    const [good, want] =
      'want' in rule
        ? [rule.test(value), rule.want]
        : [rule.includes(value), rule.map(describe).join(' or ')];
    if (!good) throw new DomainError(where, name, want, value, describe(value));
  }
}
