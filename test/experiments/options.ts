/** @file Calls of every command with one option gone wrong, made from the program itself, so that a new option is tried without being named here. */
import type { Command, Option } from 'commander';
import { createProgram } from '../../src/experiments/program.ts';
import { listed } from '../../src/experiments/terminal/strict-options.ts';

/** A call, and what is wrong with it. */
export interface Call {
  readonly name: string;
  readonly args: readonly string[];
  /** Whether it must fail: a value that no option can mean. */
  readonly wrong: boolean;
}

/** A complete call of a command: options with their values. */
export type Base = Readonly<Record<string, readonly string[]>>;

/** Values that no option takes. */
const NEVER = ['', ' ', '--json', '--nothing', '-x'];

/** Numbers that are none, or larger than any machine. */
const NUMBERS = ['NaN', 'nan', 'Infinity', '-Infinity', 'inf', '1e309', '-1', '0', '-0', '0.5', '1.0', '1e-320', '5e-324', '1e-300', '1e308', '0x10', '0b1', '1_000', '1,5', '١', '1e', '1e9', '999999999', '1000000000', '2147483648', '4294967296', '9007199254740991', '9007199254740993', '1e18', '+3', '03', ' 3', '3 ', 'null', 'true', '[object Object]', 'auto', 'none', 'full']; // biome-ignore format: one list

/** Paths that cannot be written or read, or are of something else. */
const PATHS = ['nowhere/deep/x', '/proc/nowhere/x', '/dev/full', '/dev/null', '.', '..', './', 'folder', 'folder/', 'x.npy', 'x.npy/x', 'dangling', 'circle', 'text', 'a\nb', '\u001b[31m', 'ä\u0000'.slice(0, 1), 'x'.repeat(300), 'nan.npy', 'empty', 'good.npz']; // biome-ignore format: one list

const WORDS = ['', 'HESSIAN', 'hessian ', 'toString', '__proto__', 'constructor', 'ggn,hessian', '0', 'tanh', 'paper', 'quick', 'd1-w2-e1', 'd1-w2-e1,d1-w2-e1', 'd0-w1-e1', 'd999-w99999-e9999999', 'd1-w3-e3-m0', 'd1-w3-e3-magic', 'd1-w3-e3;rm']; // biome-ignore format: one list

/** Every command, with what it says of its options. */
export async function commands(): Promise<readonly Command[]> {
  return (await createProgram()).commands;
}

function values(option: Option): readonly string[] {
  if (option.argChoices !== undefined) return [...WORDS, ...option.argChoices];
  if (/(npy|safetensors|file|folder|DIR)[>.]/.test(option.flags))
    return [...PATHS, ...NUMBERS.slice(0, 4), ...WORDS.slice(0, 4)];
  return [...NUMBERS, ...WORDS];
}

/** The call with other values for one option; a flag without a value where `given` is undefined. */
export function changed(base: Base, option: string, given: readonly string[] | undefined): string[] {
  const all = Object.entries({ ...base, [option]: given ?? [] });
  return all.flatMap(([name, list]) => [name, ...list]);
}

/** Every option of a command with every value that is tried, twice, without one, and left out. */
export function callsOf(command: Command, base: Base): Call[] {
  const calls: Call[] = [];
  const add = (what: string, args: readonly string[], wrong: boolean): void => {
    calls.push({ name: `${command.name()} ${what}`, args: [command.name(), ...args], wrong });
  };
  for (const option of command.options) {
    const name = option.long as string;
    if (name === '--help') continue;
    const takesValue = option.required || option.optional;
    const usual = base[name] ?? (takesValue ? ['1'] : []);
    if (listed(option) === undefined)
      add(`${name} twice`, [...changed(base, name, usual), name, ...usual], true);
    if (!takesValue) {
      add(name, changed(base, name, undefined), false);
      add(`${name}=x`, [...changed({ ...base }, '--json', undefined), `${name}=x`], true);
      continue;
    }
    for (const value of NEVER) add(`${name} ${JSON.stringify(value)}`, changed(base, name, [value]), true);
    add(`${name} without a value`, [...changed(without(base, name), '--json', undefined), name], true);
    for (const value of new Set(values(option)))
      add(`${name} ${JSON.stringify(value)}`, changed(base, name, [value]), false);
    if (base[name] !== undefined) add(`no ${name}`, changed(without(base, name), '--json', undefined), false);
  }
  return calls;
}

function without(base: Base, name: string): Base {
  return Object.fromEntries(Object.entries(base).filter(([other]) => other !== name));
}
