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
  METHOD_NAMES,
  METHODS,
  type MethodName,
  type MethodOptions,
  type Momentum,
  type OptionName,
  type StepDecay,
  type StepSize,
} from '../../influence/index.ts';
import { CommandError } from '../files/command-error.ts';
import {
  choice,
  integerIn,
  nonNegative,
  numberWhere,
  positive,
  SAMPLED_LABELS,
} from '../terminal/options.ts';
import { dashed, type Given, refuseGiven } from '../terminal/strict-options.ts';

/** What `withMethodOptions` parses. Those with a default are the ones that the first six methods have always taken. */
export interface MethodFlags {
  readonly rule?: 'auto' | 'paper';
  readonly eps?: number;
  readonly negative?: 'keep' | 'drop';
  readonly damping?: number | 'auto';
  readonly absolute?: number;
  readonly time?: number;
  readonly factors?: 'product' | 'separate';
  readonly fisher: FisherType['kind'];
  readonly samples: number;
  readonly seed: number;
  readonly partition: 'layer' | 'tensor';
  readonly curvature?: 'ggn' | 'hessian';
  readonly iterations?: number;
  readonly batch?: number | 'full';
  readonly alpha?: StepSize;
  readonly decay?: StepDecay | 'none';
  readonly momentum?: Momentum;
  readonly repeats?: number;
  readonly tolerance?: number;
  readonly preconditioner?: 'ekfac' | 'none';
  readonly chains?: number;
  readonly draws?: number;
  readonly burnIn?: number;
  readonly stepSize?: number;
  readonly nBeta?: number;
  readonly gamma?: number;
  readonly sampler?: 'sgld' | 'rmsprop-sgld';
  readonly dimension?: number;
  readonly initialisation?: 'random' | 'pca';
  readonly ridge?: number;
  readonly rank?: number;
  readonly segments?: number;
  readonly weights?: 'rate' | 'time';
}

/** Which option of a method each flag sets; `rule` is set by six flags together. */
const SETS: { readonly [F in keyof MethodFlags]-?: OptionName } = {
  rule: 'rule',
  eps: 'rule',
  negative: 'rule',
  absolute: 'rule',
  time: 'rule',
  factors: 'rule',
  damping: 'damping',
  fisher: 'fisher',
  samples: 'fisher',
  seed: 'seed',
  partition: 'partition',
  curvature: 'curvature',
  iterations: 'iterations',
  batch: 'batch',
  alpha: 'alpha',
  decay: 'decay',
  momentum: 'momentum',
  repeats: 'repeats',
  tolerance: 'tolerance',
  preconditioner: 'preconditioner',
  chains: 'chains',
  draws: 'draws',
  burnIn: 'burnIn',
  stepSize: 'stepSize',
  nBeta: 'nBeta',
  gamma: 'gamma',
  sampler: 'sampler',
  dimension: 'dimension',
  initialisation: 'initialisation',
  ridge: 'ridge',
  rank: 'rank',
  segments: 'segments',
  weights: 'weights',
};

/** Steps, draws, repeats, dimensions: more has no use, and at a microsecond each the machine gets through this many. */
const MOST = 1_000_000;

const count = (low: number): ((text: string) => number) => integerIn(low, MOST);

/** A parser that also takes a word. */
function wordOr<W extends string>(word: W, parse: (text: string) => number): (text: string) => number | W {
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
  return { factor, every: count(1)(parts[2]) };
}

/** Adds every option that some method reads; which reads which is the registry's to say. */
export function withMethodOptions(command: Command): Command {
  const option = <T>(
    flags: string,
    description: string,
    parse: (text: string) => T,
    fallback?: T,
  ): Command => {
    const made = new Option(flags, description).argParser(parse);
    return command.addOption(fallback === undefined ? made : made.default(fallback));
  };
  const oneOf = (flags: string, description: string, values: readonly string[], fallback?: string): Command =>
    command.addOption(choice(flags, description, values, fallback));
  command.addOption(
    choice(
      '--rule <name>',
      'how C is inverted: auto, damped by λ = 0.1 tr(G)/D, which follows the units of loss and features (default); ' +
        'paper, 1/σ where |σ| > 1e-4, else 0',
      ['auto', 'paper'],
    ).conflicts(['eps', 'negative', 'damping', 'absolute', 'time']),
  );
  option(
    '--eps <number>',
    'invert σ where |σ| > eps, in the units of the loss; the rest is discarded',
    nonNegative,
  );
  oneOf('--negative <what>', 'with --eps: eigenvalues below −eps (default: keep)', ['keep', 'drop']);
  command
    .addOption(
      new Option('--damping <λ>', 'invert C + λI instead of truncating; auto for the rule of the table')
        .argParser(wordOr('auto', nonNegative))
        .conflicts(['eps', 'negative']),
    )
    .addOption(
      new Option('--absolute <λ>', 'invert |C| + λI: 1/(|σ| + λ)')
        .argParser(nonNegative)
        .conflicts(['eps', 'negative', 'damping']),
    )
    .addOption(
      new Option('--time <t>', 'unrolled filter (1 − e^(−σt))/σ, t = Σ learning rates/(1 − momentum)')
        .argParser(nonNegative)
        .conflicts(['eps', 'negative', 'damping', 'absolute']),
    )
    .addOption(
      choice('--factors <mode>', 'kfac: invert the product, or each Kronecker factor by itself', [
        'product',
        'separate',
      ]).conflicts(['absolute', 'time']),
    );
  oneOf('--fisher <type>', 'expectation over labels', ['type-2', 'mc', 'empirical'], 'type-2');
  option('--samples <n>', 'labels drawn per example for --fisher mc', integerIn(1, 1e6), 1);
  option('--seed <n>', 'names every random stream', integerIn(0), 0);
  oneOf('--partition <kind>', 'blocks: per layer or per parameter tensor', ['layer', 'tensor'], 'layer');
  oneOf('--curvature <C>', 'what is inverted', ['ggn', 'hessian']);
  option('--iterations <n>', 'of a solver', count(0));
  option('--batch <n>', 'examples per step, or full', wordOr('full', count(1)));
  option('--alpha <α>', 'step of a solver: a number, 0.1lambda, or auto', stepSize);
  option('--decay <factor/steps>', 'of α: 0.5/50 halves it every 50 steps; or none', stepDecay);
  const momentum = numberWhere((x) => x >= 0 && x < 1, 'a number ≥ 0 and < 1');
  option('--momentum <m>', 'of a solver: a number, or auto', wordOr('auto', momentum));
  option('--repeats <R>', 'independent solves that are averaged', count(1));
  option('--tolerance <r>', 'relative residual at which a solve is done', nonNegative);
  oneOf('--preconditioner <P>', 'of conjugate gradients', ['none', 'ekfac']);
  option('--chains <C>', 'independent chains of a sampler', count(1));
  option('--draws <T>', 'draws per chain', count(4));
  option('--burn-in <n>', 'steps before the first draw', count(0));
  option('--step-size <ε>', 'of a sampler', positive);
  option('--n-beta <nβ>', 'inverse temperature of the mean loss', positive);
  option('--gamma <γ>', 'localisation; γ/(nβ) damps the curvature', nonNegative);
  oneOf('--sampler <name>', 'of the chains', ['sgld', 'rmsprop-sgld']);
  option('--dimension <k>', 'of a projection', count(1));
  oneOf('--initialisation <what>', 'of projections', ['random', 'pca']);
  option('--ridge <ρ>', 'added to a sum of squared projected gradients', nonNegative);
  option('--rank <k>', 'eigenpairs kept', count(1));
  option('--segments <L>', 'that the training is cut into', count(1));
  return oneOf('--weights <what>', 'of checkpoints', ['rate', 'time']);
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
  const reads = (flag: keyof MethodFlags): boolean => readsFlag(method, flag);
  const { curvature, iterations, batch, alpha, decay, momentum, repeats, tolerance, preconditioner } = flags;
  for (const flag of Object.keys(SETS) as (keyof MethodFlags)[])
    if (given(flag) && !reads(flag) && !(flag === 'seed' && reads('samples')))
      throw new CommandError(`${dashed(flag)} does not apply to ${method}; it belongs to ${readers(flag)}.`);
  if (typeof decay === 'object' && iterations !== undefined && decay.every >= iterations)
    throw new CommandError(
      `--decay: the first of its steps comes after ${decay.every} iterations, and --iterations is ${iterations}.`,
    );
  const sampled = flags.fisher === 'mc';
  refuseGiven(given, sampled ? [] : ['samples', ...(reads('seed') ? [] : ['seed' as const])], SAMPLED_LABELS);
  const use = <F extends keyof MethodFlags>(flag: F): MethodFlags[F] | undefined =>
    given(flag) && reads(flag) ? flags[flag] : undefined;
  const { chains, draws, burnIn, stepSize, nBeta, gamma, sampler } = flags;
  const { dimension, initialisation, ridge, rank, segments, weights } = flags;
  const solver = { curvature, iterations, batch, alpha, decay, momentum, repeats, tolerance, preconditioner };
  const chain = { chains, draws, burnIn, stepSize, nBeta, gamma, sampler };
  const rest = { dimension, initialisation, ridge, rank, segments, weights };
  const rule = reads('rule') ? inverseRule(flags) : undefined;
  const own: { readonly [O in OptionName]?: MethodOptions[O] | undefined } = {
    ...solver,
    ...chain,
    ...rest,
    damping: rule === undefined ? use('damping') : undefined,
    rule,
    fisher: given('fisher') && reads('fisher') ? fisherType(flags) : undefined,
    partition: use('partition'),
    seed: use('seed'),
  };
  return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) as MethodOptions;
}

/**
 * The inverse rule of the flags; undefined for the automatic one, which needs the problem.
 *
 * @throws {CommandError} a flag that belongs to a rule which was not asked for.
 */
export function inverseRule(flags: MethodFlags): InverseRule | undefined {
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

function fisherType({ fisher, samples, seed }: MethodFlags): FisherType {
  return fisher === 'mc' ? { kind: 'mc', samples, seed } : { kind: fisher };
}

/** Whether a method looks at a flag. Only some curvatures have factors to invert separately. */
function readsFlag(method: MethodName, flag: keyof MethodFlags): boolean {
  if (flag === 'factors') return isCurvature(method) && CURVATURES[method].factored === true;
  return METHODS[method].hyperparameters.some(({ name }) => name === SETS[flag]);
}

function isCurvature(method: string): method is CurvatureKind {
  return Object.hasOwn(CURVATURES, method);
}

function readers(flag: keyof MethodFlags): string {
  return METHOD_NAMES.filter((method) => readsFlag(method, flag)).join(', ');
}

/** The flags that set an option of a method, for listings. */
export function flagsOf(method: MethodName, option: OptionName): string[] {
  const flags = (Object.keys(SETS) as (keyof MethodFlags)[]).filter((flag) => SETS[flag] === option);
  return flags.filter((flag) => readsFlag(method, flag)).map(dashed);
}
