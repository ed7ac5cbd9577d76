/** @file Which options a method reads, and the refusal of the others. */
import { checkNumber } from '../../linalg/border/arguments.ts';
import { type Checks, oneOf, orWord } from '../../linalg/border/fields.ts';
import { DomainError, UnsupportedError } from '../../linalg/errors.ts';
import { stepSize } from '../step-size.ts';
import type { MethodDescription, MethodOptions, OptionName } from './method.ts';

/** What is computed with before a factory has checked it. */
const READ_HERE: Checks = {
  damping: orWord('auto', checkNumber),
  preconditioner: oneOf('ekfac', 'none'),
  alpha: stepSize,
  iterations: checkNumber,
  rank: checkNumber,
};

/** Whether a method reads an option. */
export function readsOption({ hyperparameters }: MethodDescription, name: OptionName): boolean {
  return name === 'measurement' || hyperparameters.some((parameter) => parameter.name === name);
}

/**
 * Refuses options that a method would not look at: a run should not seem to depend on what it ignores.
 *
 * @throws {UnsupportedError} an option that the method does not read; the message lists those it does.
 */
export function checkMethodOptions(where: string, method: MethodDescription, options: MethodOptions): void {
  for (const name of Object.keys(options) as OptionName[]) {
    if (options[name] === null) throw new DomainError(where, name, 'a value, or left out', null);
    if (options[name] !== undefined) READ_HERE[name]?.(where, name, options[name] as never);
    if (options[name] !== undefined && !readsOption(method, name))
      throw new UnsupportedError(
        `${where}: ${method.name} does not read ${name}; it reads ${['measurement', ...method.hyperparameters.map((parameter) => parameter.name)].join(', ')}.`,
      );
  }
}
