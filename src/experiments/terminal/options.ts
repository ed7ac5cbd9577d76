/** @file Kinds of options, and their parsers, strict: a value that is not wholly what it should be is refused. */
import { InvalidArgumentError, Option } from 'commander';
import { ACTIVATIONS } from '../../autodiff/index.ts';
import { Flag } from './command.ts';
import { type ListOf, listOf } from './strict-options.ts';

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Parses an integer in low..high. */
export function integerIn(low: number, high: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value) || value < low || value > high)
      throw new InvalidArgumentError(
        high === Number.MAX_SAFE_INTEGER
          ? `Expected an integer ≥ ${low}.`
          : `Expected an integer in ${low}..${high}.`,
      );
    return value;
  };
}

/** Parses a finite decimal number for which `accept` holds; `expected` says which those are. */
export function numberWhere(accept: (value: number) => boolean, expected: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!DECIMAL.test(text) || !Number.isFinite(value) || !accept(value))
      throw new InvalidArgumentError(`Expected ${expected}.`);
    return value;
  };
}

/** Parses a finite number ≥ 0. */
export const nonNegative: (text: string) => number = numberWhere((x) => x >= 0, 'a number ≥ 0');

/** Parses a finite number > 0. */
export const positive: (text: string) => number = numberWhere((x) => x > 0, 'a number > 0');

/** `--name <a|b|c>` with its choices and default. */
export function choice(
  flags: string,
  description: string,
  values: readonly string[],
  fallback?: string,
): Option {
  const option = new Option(flags, description).choices(values);
  return fallback === undefined ? option : option.default(fallback);
}

/** An option whose value is taken as it is. */
export function text(argument: string, help: string): Flag<string | undefined> {
  return new Flag(argument, help);
}

/** An option with several values behind it, as its argument `<names...>` says. */
export function texts(
  argument: string,
  help: string,
  of: ListOf = 'words',
): Flag<readonly string[] | undefined> {
  return new Flag(argument, help, (option) => listOf(option, of));
}

/** Names joined by commas, as they stand; one twice is refused. */
export function nameList(value: string): string {
  const names = value.split(',').map((name) => name.trim());
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new InvalidArgumentError(`${twice} is named twice.`);
  return value;
}

/** An option without a value. */
export function yes(help: string): Flag<true | undefined> {
  return new Flag('', help);
}

/** An option whose value is parsed. */
export function parsed<T>(argument: string, help: string, parse: (text: string) => T): Flag<T | undefined> {
  return new Flag(argument, help, (option) => option.argParser(parse));
}

/** An integer in low..high. */
export function whole(argument: string, help: string, low: number, high?: number): Flag<number | undefined> {
  return parsed(argument, help, integerIn(low, high));
}

/** One of some names. */
export function oneOf<const V extends string>(
  argument: string,
  help: string,
  values: readonly V[],
): Flag<V | undefined> {
  return new Flag(argument, help, (option) => option.choices(values));
}

/** A path that may be given several times. */
export function paths(argument: string, help: string): Flag<readonly string[] | undefined> {
  const more = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];
  return new Flag(argument, help, (option) => listOf(option.argParser(more), 'files'));
}

/** What `--params` takes. */
export const PARAMS_FORM =
  'safetensors of a PyTorch network of linear layers, with or without bias: 0.weight, 0.bias, 2.weight, … or fc1.weight, net.0.weight, …';

/** What a file of parameters may not say. */
export const ARCHITECTURE = {
  activation: oneOf(
    '<name>',
    'between the linear layers; files of train say it themselves, and are checked against it',
    ACTIVATIONS,
  ),
  layers: text(
    '<a,b,c>',
    'names of the linear modules in their order, where names and shapes do not tell it',
  ),
};

/** Why --samples and --seed may not apply. */
export const SAMPLED_LABELS = 'has no effect without --fisher mc, which draws labels';
