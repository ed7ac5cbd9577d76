/** @file What every option of every command refuses: a second mention, an empty value, another option as its value, and in a list one thing twice. */
import type { Command, Option } from 'commander';
import { CommandError, USAGE } from '../files/command-error.ts';
import { sameFile } from '../files/targets.ts';

/** What the values of a list are, which says when two are the same: words and numbers may be joined by commas, a file may have several names. */
export type ListOf = 'words' | 'numbers' | 'files';

const LISTS = new WeakMap<Option, ListOf>();

/** Marks an option that takes several values. */
export function listOf(option: Option, of: ListOf): Option {
  LISTS.set(option, of);
  return option;
}

/** What an option that takes several values takes; undefined: it takes one, or none. */
export function listed(option: Option): ListOf | undefined {
  return LISTS.get(option) ?? (option.variadic ? 'words' : undefined);
}

/** Makes every option of a command strict. To be called when it has all of them. */
export function beStrict(command: Command): void {
  for (const option of command.options) {
    let seen = false;
    const list = listed(option);
    const values: string[] = [];
    command.on(`option:${option.name()}`, (value: string | null | undefined) => {
      if (seen && list === undefined)
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
      if (list === undefined) return;
      values.push(...(list === 'files' ? [value] : value.split(',')));
      checkDistinct(option.long ?? '', values, list);
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
 */
export function checkDistinct(option: string, values: readonly string[], of: ListOf): void {
  const same = SAME[of];
  for (const [i, value] of values.entries())
    if (values.slice(0, i).some((other) => same(other, value)))
      throw new CommandError(`${option}: ${value.trim()} is named twice.`, USAGE);
}

const SAME: Readonly<Record<ListOf, (a: string, b: string) => boolean>> = {
  words: (a, b) => a.trim() === b.trim(),
  numbers: (a, b) => a.trim() === b.trim() || Number(a) === Number(b),
  files: sameFile,
};
