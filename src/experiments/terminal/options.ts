/** @file Parsers of option values, strict: a value that is not wholly what it should be is refused. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ACTIVATIONS } from '../../autodiff/index.ts';

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

/** `--json`, which every command has. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print one JSON object: figures, and seconds per stage');
}

/** What `--params` takes. */
export const PARAMS_FORM =
  'safetensors of a PyTorch network of linear layers, with or without bias: 0.weight, 0.bias, 2.weight, … or fc1.weight, net.0.weight, …';

/** `--activation` and `--layers`: what a file of parameters may not say. */
export function withArchitecture(command: Command): Command {
  return command
    .addOption(
      choice(
        '--activation <name>',
        'between the linear layers; files of train say it themselves, and are checked against it',
        ACTIVATIONS,
      ),
    )
    .option(
      '--layers <a,b,c>',
      'names of the linear modules in their order, where names and shapes do not tell it',
    );
}

/** `--params F --activation A --layers a,b`: a network trained elsewhere. */
export function withNetwork(command: Command): Command {
  return withArchitecture(command.requiredOption('--params <file>', PARAMS_FORM));
}

/** What `withCurvature` parses. */
export interface CurvatureFlags {
  readonly fisher: 'type-2' | 'mc' | 'empirical';
  readonly samples: number;
  readonly seed: number;
  readonly partition: 'layer' | 'tensor';
}

/** Why --samples and --seed may not apply. */
export const SAMPLED_LABELS = 'has no effect without --fisher mc, which draws labels';

/** `--fisher`, `--samples`, `--seed`, `--partition`: the conventions of the Gauss–Newton kinds. */
export function withCurvature(command: Command): Command {
  return command
    .addOption(choice('--fisher <type>', 'expectation over labels', ['type-2', 'mc', 'empirical'], 'type-2'))
    .option('--samples <n>', 'labels drawn per example for --fisher mc', integerIn(1, 1e6), 1)
    .option('--seed <n>', 'names the random stream of --fisher mc', integerIn(0), 0)
    .addOption(
      choice('--partition <kind>', 'blocks: per layer or per parameter tensor', ['layer', 'tensor'], 'layer'),
    );
}
