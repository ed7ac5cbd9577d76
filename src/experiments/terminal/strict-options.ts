/** @file What every option of every command refuses: a second mention, an empty value, another option as its value. */
import type { Command, Option } from 'commander';
import { CommandError, USAGE } from '../files/command-error.ts';
import { sameFile } from '../files/targets.ts';

const LISTS = new WeakSet<Option>();

/** Marks an option that may stand several times, each time with one more value. */
export function repeatable(option: Option): Option {
  LISTS.add(option);
  return option;
}

/** Whether an option takes several values. */
export function isList(option: Option): boolean {
  return option.variadic || LISTS.has(option);
}

/** Makes every option of a command strict. To be called when it has all of them. */
export function beStrict(command: Command): void {
  for (const option of command.options) {
    let seen = false;
    command.on(`option:${option.name()}`, (value: string | null | undefined) => {
      if (seen && !isList(option))
        throw new CommandError(`${option.long} is given twice: it takes one value.`, USAGE);
      seen = true;
      if (typeof value !== 'string') return; // it takes none
      if (value.trim() === '')
        throw new CommandError(`${option.long} names nothing: its value is empty.`, USAGE);
      if (/^--?[a-z]/i.test(value))
        throw new CommandError(
          `${option.long} expects a value, got ${JSON.stringify(value)}, which looks like an option; a file of that name is ./${value}.`,
          USAGE,
        );
    });
  }
}

/** Whether an option stood on the command line, rather than being a default. */
export type Given<F> = (flag: keyof F & string) => boolean;

/** {@link Given} of a command that has been parsed. */
export function givenTo<F>(command: Command): Given<F> {
  return (flag) => command.getOptionValueSource(flag) === 'cli';
}

/** burnIn → --burn-in. */
export function dashed(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * Refuses the flags that were given although they change nothing.
 *
 * @param why - "does not apply to hessian", "belongs to --fisher mc".
 */
export function refuseGiven<F>(given: Given<F>, flags: readonly (keyof F & string)[], why: string): void {
  for (const flag of flags) if (given(flag)) throw new CommandError(`${dashed(flag)} ${why}.`, USAGE);
}

/**
 * Refuses a list that names one thing twice: it would weigh double without a word.
 *
 * @param paths - The values are files or folders, and one may have several names.
 */
export function checkDistinct(option: string, values: readonly string[] = [], paths = false): void {
  for (const [i, value] of values.entries()) {
    const same = (other: string): boolean => (paths ? sameFile(other, value) : other === value);
    if (values.slice(0, i).some(same)) throw new CommandError(`${option}: ${value} is named twice.`, USAGE);
  }
}
