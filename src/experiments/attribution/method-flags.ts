/** @file The options of `influence` that belong to methods: parsed, held against the registry, and turned into method options. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  CURVATURES,
  type CurvatureKind,
  type FisherType,
  type InverseRule,
  PAPER_RULE,
} from '../../curvature/index.ts';
import {
  type Form,
  type Hyperparameter,
  METHOD_NAMES,
  METHODS,
  type MethodName,
  type MethodOptions,
  type StepDecay,
  type StepSize,
} from '../../influence/index.ts';
import { CommandError } from '../files/command-error.ts';
import {
  choice,
  integerIn,
  nameList,
  nonNegative,
  numberWhere,
  positive,
  SAMPLED_LABELS,
} from '../terminal/options.ts';
import { dashed, type Given, refuseGiven } from '../terminal/strict-options.ts';

/** What `withMethodOptions` parses: flags by name. */
export interface MethodFlags {
  readonly [flag: string]: unknown;
}

/** The flags of an inverse rule, which set one option together; and those of a Fisher type. */
const RULE_FLAGS = ['rule', 'eps', 'negative', 'absolute', 'time', 'factors'] as const;
const FISHER_FLAGS = ['fisher', 'samples'] as const;

/** Every option of the registry once, in the order in which methods name it. */
function options(): readonly Hyperparameter[] {
  const all = METHOD_NAMES.flatMap((method) => METHODS[method].hyperparameters);
  return all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i);
}

/** The flags that set an option. */
function flagsFor({ name, values: { form } }: Hyperparameter): readonly string[] {
  if (form.kind === 'inverse-rule') return RULE_FLAGS;
  return form.kind === 'fisher' ? FISHER_FLAGS : [name];
}

/** Every flag that some method reads. */
export function allMethodFlags(): readonly string[] {
  return [...new Set(options().flatMap(flagsFor))];
}

/** A parser that also takes a word. */
function wordOr<W extends string>(
  word: W | undefined,
  parse: (text: string) => number,
): (text: string) => number | W {
  return (text) => (text === word ? word : parse(text));
}

/** A number, auto, or a multiple of λ written 0.1lambda. */
function stepSize(text: string): StepSize {
  if (text === 'auto') return 'auto';
  const multiple = /^(.+?)\s*\*?\s*(lambda|λ)$/.exec(text);
  try {
    return multiple === null ? positive(text) : { timesDamping: positive(multiple[1]) };
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError('Expected a number > 0, a multiple of the damping as 0.1lambda, or auto.');
  }
}

/** 0.5/50, or none. */
function stepDecay(text: string): StepDecay | 'none' {
  if (text === 'none') return 'none';
  const parts = /^([^/]+)\/(\d+)$/.exec(text);
  if (parts === null)
    throw new InvalidArgumentError('Expected a factor in (0, 1] and a number of steps as 0.5/50, or none.');
  const factor = numberWhere((x) => x > 0 && x <= 1, 'a factor in (0, 1]')(parts[1]);
  return { factor, every: integerIn(1, 1e6)(parts[2]) };
}

/** "a number ≥ 0 and < 1", and what keeps to it. */
function numberOf({
  least,
  above,
  below,
  word,
}: Form & { readonly kind: 'number' }): (text: string) => unknown {
  const parts = [
    ...(least === undefined ? [] : [`≥ ${least}`]),
    ...(above === undefined ? [] : [`> ${above}`]),
    ...(below === undefined ? [] : [`< ${below}`]),
  ];
  const accept = (x: number): boolean =>
    (least === undefined || x >= least) &&
    (above === undefined || x > above) &&
    (below === undefined || x < below);
  return wordOr(word, numberWhere(accept, `a number ${parts.join(' and ')}`.trimEnd()));
}

/** The flag of an option whose value is written in one piece. */
function simpleFlag({ name, placeholder, brief, values: { form } }: Hyperparameter): Option {
  const flags = `${dashed(name)} ${placeholder}`;
  const parsed = (parse: (text: string) => unknown): Option => new Option(flags, brief).argParser(parse);
  switch (form.kind) {
    case 'choice':
      return choice(flags, brief, form.of);
    case 'integer':
      return parsed(wordOr(form.word, integerIn(form.least, form.most)));
    case 'number':
      return parsed(numberOf(form));
    case 'step-size':
      return parsed(stepSize);
    case 'step-decay':
      return parsed(stepDecay);
    case 'names':
      return parsed(nameList);
    case 'fisher':
    case 'inverse-rule':
      throw new Error(`${name} has flags of its own`);
  }
}

function ruleFlags(): Option[] {
  const number = (flags: string, description: string): Option =>
    new Option(flags, description).argParser(nonNegative);
  return [
    choice(
      '--rule <name>',
      'how C is inverted: auto, damped by λ = 0.1 tr(G)/D, which follows the units of loss and features (default); ' +
        'paper, 1/σ where |σ| > 1e-4, else 0',
      ['auto', 'paper'],
    ).conflicts(['eps', 'negative', 'damping', 'absolute', 'time']),
    number('--eps <number>', 'invert σ where |σ| > eps, in the units of the loss; the rest is discarded'),
    choice('--negative <what>', 'with --eps: eigenvalues below −eps (default: keep)', ['keep', 'drop']),
    number('--absolute <λ>', 'invert |C| + λI: 1/(|σ| + λ)').conflicts(['eps', 'negative', 'damping']),
    number('--time <t>', 'unrolled filter (1 − e^(−σt))/σ, t = Σ learning rates/(1 − momentum)').conflicts([
      'eps',
      'negative',
      'damping',
      'absolute',
    ]),
    choice('--factors <mode>', 'kfac: invert the product, or each Kronecker factor by itself', [
      'product',
      'separate',
    ]).conflicts(['absolute', 'time']),
  ];
}

function fisherFlags({ brief }: Hyperparameter): Option[] {
  return [
    choice('--fisher <type>', brief, ['type-2', 'mc', 'empirical'], 'type-2'),
    new Option('--samples <n>', 'labels drawn per example for --fisher mc')
      .argParser(integerIn(1, 1e6))
      .default(1),
  ];
}

/** Shown in --help of the options whose default is the same wherever it is looked at by the methods that most people take. */
const SHOWN: Readonly<Record<string, unknown>> = {
  seed: 0,
  partition: 'layer',
  kfac: 'expand',
};

/** Above the options of methods in the help. */
const HEADING = 'Of the method (--list says which reads what):';

/** Adds every option that some method reads; which reads which is the registry's to say. */
export function withMethodOptions(command: Command): Command {
  const add = (option: Option): Command => command.addOption(option.helpGroup(HEADING));
  for (const option of options()) {
    const { form } = option.values;
    if (form.kind === 'inverse-rule') for (const flag of ruleFlags()) add(flag);
    else if (form.kind === 'fisher') for (const flag of fisherFlags(option)) add(flag);
    else {
      const flag = simpleFlag(option);
      if (option.name === 'damping') flag.conflicts(['eps', 'negative']);
      add(Object.hasOwn(SHOWN, option.name) ? flag.default(SHOWN[option.name]) : flag);
    }
  }
  return command;
}

/**
 * The flags that were given, as options of a method.
 *
 * @param given - Whether a flag stood on the command line, rather than being a default.
 * @throws {CommandError} a flag that the method does not read; the message names those that do.
 */
export function methodOptions(
  method: MethodName,
  flags: MethodFlags,
  given: Given<MethodFlags>,
): MethodOptions {
  const reads = (flag: string): boolean => readsFlag(method, flag);
  for (const flag of options().flatMap(flagsFor))
    if (given(flag) && !reads(flag) && !(flag === 'seed' && reads('samples')))
      throw new CommandError(`${dashed(flag)} does not apply to ${method}; it belongs to ${readers(flag)}.`);
  const { decay, iterations } = flags as {
    readonly decay?: StepDecay | 'none';
    readonly iterations?: number;
  };
  if (typeof decay === 'object' && iterations !== undefined && decay.every >= iterations)
    throw new CommandError(
      `--decay: the first of its steps comes after ${decay.every} iterations, and --iterations is ${iterations}.`,
    );
  const sampled = flags['fisher'] === 'mc';
  refuseGiven(given, sampled ? [] : ['samples', ...(reads('seed') ? [] : ['seed'])], SAMPLED_LABELS);
  const shared = reads('dampingPer') && given('dampingPer') && flags['dampingPer'] !== 'network';
  const rule = reads('rule') ? inverseRule(shared ? { ...flags, damping: undefined } : flags) : undefined;
  const values = METHODS[method].hyperparameters.map((option): [string, unknown] => {
    const { name } = option;
    const { kind } = option.values.form;
    if (kind === 'inverse-rule') return [name, rule];
    if (name === 'damping' && rule !== undefined) return [name, undefined];
    if (!given(name)) return [name, undefined];
    return [name, kind === 'fisher' ? fisherType(flags as unknown as FisherFlags) : flags[name]];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as MethodOptions;
}

/** What an inverse rule is said by. */
interface RuleFlags {
  readonly rule?: 'auto' | 'paper';
  readonly eps?: number;
  readonly negative?: 'keep' | 'drop';
  readonly damping?: number | 'auto' | undefined;
  readonly absolute?: number;
  readonly time?: number;
  readonly factors?: 'product' | 'separate';
}

/** What a Fisher type is said by. */
interface FisherFlags {
  readonly fisher: FisherType['kind'];
  readonly samples: number;
  readonly seed: number;
}

/**
 * The inverse rule of the flags; undefined for the automatic one, which needs the problem.
 *
 * @throws {CommandError} a flag that belongs to a rule which was not asked for.
 */
function inverseRule(flags: RuleFlags): InverseRule | undefined {
  const { rule, eps, negative, damping, absolute, time, factors } = flags;
  const separate = factors === undefined ? {} : { factors };
  if (rule === 'paper') return { ...PAPER_RULE, ...separate };
  if (absolute !== undefined) return { kind: 'absolute', lambda: absolute };
  if (time !== undefined) return { kind: 'unrolled', time };
  if (eps !== undefined) return { kind: 'truncated', eps, negative: negative ?? 'keep', ...separate };
  if (damping !== undefined && damping !== 'auto') return { kind: 'damped', lambda: damping, ...separate };
  if (negative !== undefined)
    throw new CommandError('--negative says what a cut does with σ < −eps: give --eps with it.');
  if (factors === 'separate')
    throw new CommandError(
      '--factors separate inverts each factor by itself, for which there is no automatic rule: give --eps or --rule paper; or --damping, which must be a number then.',
    );
  return undefined;
}

function fisherType({ fisher, samples, seed }: FisherFlags): FisherType {
  return fisher === 'mc' ? { kind: 'mc', samples, seed } : { kind: fisher };
}

/** Whether a method looks at a flag. Only some curvatures have factors to invert separately. */
function readsFlag(method: MethodName, flag: string): boolean {
  if (flag === 'factors') return isCurvature(method) && CURVATURES[method].factored === true;
  return METHODS[method].hyperparameters.some((option) => flagsFor(option).includes(flag));
}

function isCurvature(method: string): method is CurvatureKind {
  return Object.hasOwn(CURVATURES, method);
}

function readers(flag: string): string {
  return METHOD_NAMES.filter((method) => readsFlag(method, flag)).join(', ');
}

/** The flags that set an option of a method, for listings. */
export function flagsOf(method: MethodName, option: Hyperparameter): string[] {
  return flagsFor(option)
    .filter((flag) => readsFlag(method, flag))
    .map(dashed);
}
