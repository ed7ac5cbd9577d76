/** @file Options of the readers, checked by name and value: a misspelt option must not be as good as none. */
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
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new DomainError(where, 'options', 'an object', shown(options));
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined)
      throw new DomainError(where, 'an option', `one of ${Object.keys(rules).join(', ')}`, name);
    if (value === undefined) continue;
    const [good, want] = 'want' in rule ? [rule.test(value), rule.want] : [rule.includes(value), oneOf(rule)];
    if (!good) throw new DomainError(where, name, want, shown(value));
  }
}

function oneOf(values: readonly unknown[]): string {
  return values.map(shown).join(' or ');
}

/** A value for a message: strings in quotes, others by type when they have no short text. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
