/** @file A command as a declaration: from its options follow the types of its flags, from what it answers what is printed. */
import { type Command, Option } from 'commander';
import { type Output, printOutput } from './output.ts';
import { checkDistinct, dashed, type Given, givenTo } from './strict-options.ts';

/** An option that holds a T. Its name is the key under which a command declares it: `trainInputs` is --train-inputs. */
export class Flag<T> {
  declare readonly holds: T;
  private readonly set: (option: Option) => Option;
  private readonly argument: string;
  private readonly help: string;

  /** @param argument - `<n>`, or nothing for a switch. @param set - What else the option is. */
  constructor(argument: string, help: string, set: (option: Option) => Option = (option) => option) {
    this.argument = argument;
    this.help = help;
    this.set = set;
  }

  /** The option under its name. */
  named(key: string): Option {
    return this.set(new Option(`${dashed(key)} ${this.argument}`.trim(), this.help));
  }

  /** With a value where it is not given. */
  or(value: NonNullable<T>): Flag<NonNullable<T>> {
    return new Flag(this.argument, this.help, (option) => this.set(option).default(value));
  }

  /** Below a heading of the help. */
  under(heading: string): Flag<T> {
    return new Flag(this.argument, this.help, (option) => this.set(option).helpGroup(`${heading}:`));
  }

  /** That must be given. */
  required(): Flag<NonNullable<T>> {
    return new Flag(this.argument, this.help, (option) => this.set(option).makeOptionMandatory());
  }
}

/** Options by key, in the order of the help; the first is below no heading. */
export type Options = Readonly<Record<string, Flag<unknown>>>;

/** Options below a heading of the help. Those without one stand below "Options:", first. */
export function under<O extends Options>(heading: string, options: O): O {
  return Object.fromEntries(Object.entries(options).map(([key, flag]) => [key, flag.under(heading)])) as O;
}

/** Headings that several commands have. */
export const HEADINGS = {
  network: 'Network',
  examples: 'Examples',
  queries: 'Training examples and queries',
  training: 'Training',
};

/** What commander makes of options. */
export type FlagsOf<O extends Options> = { readonly [K in keyof O]: O[K]['holds'] };

/** `--json`, which every command has, as its last option if it does not say where. */
export const JSON_OPTION = new Flag<true | undefined>(
  '',
  'print one JSON object: figures, and seconds per stage',
);

/** What every command is told, whatever its own options are. */
export interface Asked {
  readonly json?: true | undefined;
}

/** A command. */
export interface Declared<O extends Options> {
  readonly name: string;
  readonly description: string;
  readonly options: O;
  /** One or more words beside the options; without, there may be none. */
  readonly operands?: { readonly name: string; readonly help: string };
  /** Does it. @param given - Which flags stood on the command line. @param operands - At least one where the command takes some. */
  readonly run: (
    flags: FlagsOf<O> & Asked,
    given: Given<FlagsOf<O>>,
    operands: readonly string[],
  ) => Output | Promise<Output>;
}

/** What adds a command to the program. */
export type AddTo = (program: Command) => void;

/** A declaration as what adds it to the program. */
export function command<O extends Options>({
  name,
  description,
  options,
  operands,
  run,
}: Declared<O>): AddTo {
  return (program) => {
    const made = program.command(name).description(description);
    if (operands !== undefined) made.argument(`<${operands.name}...>`, operands.help);
    withOptions(made, { ...options, json: JSON_OPTION }).action(async () => {
      const flags = made.opts<FlagsOf<O> & Asked>();
      if (operands !== undefined) checkDistinct(operands.name, made.args, 'files');
      printOutput(await run(flags, givenTo(made), made.args), flags.json === true);
    });
  };
}

/** Adds options to a command. */
export function withOptions(to: Command, options: Options): Command {
  for (const [key, flag] of Object.entries(options)) to.addOption(flag.named(key));
  return to;
}
