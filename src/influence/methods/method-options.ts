/** @file Which options a method reads, the refusal of the others, and the check of those it reads. */
import { UnsupportedError } from '../../linalg/errors.ts';
import type { MethodDescription } from './method.ts';

/**
 * Refuses options that a method would not look at, as a run should not seem to depend on what it ignores, and values that an option
 * cannot have.
 *
 * @throws {UnsupportedError} an option that the method does not read; the message lists those it does. @throws {DomainError} a value.
 */
export function checkMethodOptions(
  where: string,
  { name, hyperparameters }: Pick<MethodDescription, 'name' | 'hyperparameters'>,
  options: object,
): void {
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || option === 'measurement') continue;
    const read = hyperparameters.find((parameter) => parameter.name === option);
    if (read === undefined)
      throw new UnsupportedError(
        `${where}: ${name} does not read ${option}; it reads ${['measurement', ...hyperparameters.map((parameter) => parameter.name)].join(', ')}.`,
      );
    read.values.check(where, option, value as never);
  }
}
