/** @file Whether a kept fit was made under the options that are asked for. */
import { DomainError } from '../../linalg/errors.ts';
import type { MethodDescription } from './method.ts';
import type { MethodFit } from './method-fit.ts';
import { isRule } from './option.ts';

/**
 * Holds the options of a fit against those that are asked for, defaults filled in on both sides; `measurement` is free.
 *
 * @throws {DomainError} naming the first that differs, with both values.
 */
export function checkFitOptions(
  where: string,
  { hyperparameters }: Pick<MethodDescription, 'hyperparameters'>,
  { options: made }: MethodFit,
  asked: { readonly [option: string]: unknown },
): void {
  if (made === undefined) return;
  for (const { name, default: byDefault } of hyperparameters) {
    const value = (given: unknown): string =>
      given === undefined ? (isRule(byDefault) ? 'its rule' : text(byDefault)) : text(given);
    if (value(made[name]) !== value(asked[name]))
      throw new DomainError(where, `options.${name}`, `${value(made[name])}, under which the fit was made`, asked[name], value(asked[name])); // biome-ignore format: one line
  }
}

/** The same for equal values, whatever the order of their fields. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
