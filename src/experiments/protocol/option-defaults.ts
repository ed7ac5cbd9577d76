/** @file The defaults of a method as a part of stored tasks: another default asks for new results, another sentence about it does not. */
import { METHODS, type MethodName } from '../../influence/index.ts';
import { defaultValue } from '../../influence/methods/option.ts';
import type { Json } from '../files/digest.ts';

/** Defaults as values, a rule by its name, version and constants; without options that came later and change nothing at their default (`implied`). */
export function optionDefaults(method: MethodName): { readonly [name: string]: Json } {
  return Object.fromEntries(
    METHODS[method].hyperparameters
      .filter(({ implied, default: value }) => implied === undefined || value !== implied)
      .map((option) => [option.name, defaultValue(option) as Json]),
  );
}
