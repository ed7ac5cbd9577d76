/** @file The choices that a paper leaves open, as values, and how a setting's name tells those that are not the default. */
import type { Precision, TrainingConfig } from '../../autodiff/index.ts';
import type { FisherType, InverseRule, PartitionKind } from '../../curvature/index.ts';
import type { ClassMeasurement } from '../../influence/index.ts';
import { CommandError } from '../files/command-error.ts';

/** Labels drawn for a sampled Fisher; the stream is named by the setting's seed. */
export type FisherChoice =
  | Exclude<FisherType, { kind: 'mc' }>
  | { readonly kind: 'mc'; readonly samples: number };

/** Pixels minus their mean over the training set by their deviation, or pixels by 16, so that they lie in 0..1. */
export type Scaling = 'standardised' | 'unit';

/** Every convention. {@link DEFAULT_CONVENTIONS} holds what a name without suffix means. */
export interface Conventions {
  readonly momentum: number;
  readonly scaling: Scaling;
  readonly initialisation: TrainingConfig['initialisation'];
  /** Of the retrainings; networks that are looked at are trained in float64. */
  readonly precision: Precision;
  readonly fisher: FisherChoice;
  readonly partition: PartitionKind;
  readonly rule: InverseRule;
  readonly measurement: ClassMeasurement;
}

/** Standardised inputs, momentum and initialisation of the released code; curvature and inverse as the paper defines them. */
export const DEFAULT_CONVENTIONS: Conventions = {
  momentum: 0.9,
  scaling: 'standardised',
  initialisation: 'torch',
  precision: 'float64',
  fisher: { kind: 'type-2' },
  partition: 'layer',
  rule: { kind: 'truncated', eps: 1e-4, negative: 'keep' },
  measurement: 'loss',
};

/**
 * The words of a name, in their order. The first three change the networks, the fourth only retrainings; the others only how
 * networks are looked at, so settings that differ in nothing else share base models and retrainings.
 */
export function conventionWords(c: Conventions): { training: string[]; curvature: string[] } {
  const d = DEFAULT_CONVENTIONS;
  return {
    training: [
      ...(c.momentum === d.momentum ? [] : [`m${numberWord(c.momentum)}`]),
      ...(c.scaling === d.scaling ? [] : [c.scaling]),
      ...(c.initialisation === d.initialisation ? [] : [c.initialisation]),
      ...(c.precision === d.precision ? [] : [c.precision]),
    ],
    curvature: [
      ...(c.fisher.kind === 'type-2' ? [] : [fisherWord(c.fisher)]),
      ...(c.partition === d.partition ? [] : [c.partition]),
      ...ruleWords(c.rule),
      ...(c.measurement === d.measurement ? [] : [c.measurement]),
    ],
  };
}

/**
 * Reads the words behind d…-w…-e…, e.g. ['m0', 'unit', 'mc10', 'drop', 'eps1e-6'].
 *
 * @throws {CommandError} a word that is none, or words in another order than {@link conventionWords} gives them: one
 * configuration has one name.
 */
export function parseConventionWords(words: readonly string[]): Conventions {
  const conventions = words.reduce(applyWord, DEFAULT_CONVENTIONS);
  const { training, curvature } = conventionWords(conventions);
  const canonical = [...training, ...curvature];
  if (canonical.join('-') !== words.join('-'))
    throw new CommandError(
      `--setting: the conventions ${JSON.stringify(words.join('-'))} are written ${JSON.stringify(canonical.join('-'))}.`,
    );
  return conventions;
}

/** What a word may be, for a refusal. */
export const CONVENTION_WORDS =
  'm{momentum}, unit, xavier, float32, mc{samples}, empirical, tensor, eps{ε}, drop, damped{λ}, absolute{λ}, unrolled{t}, separate, margin';

const NUMBER = String.raw`(\d+(?:\.\d+)?(?:e[+-]?\d+)?)`;
const NUMBERED = new RegExp(`^(m|mc|eps|damped|absolute|unrolled)${NUMBER}$`);

function applyWord(c: Conventions, word: string): Conventions {
  switch (word) {
    case 'unit':
      return { ...c, scaling: 'unit' };
    case 'xavier':
      return { ...c, initialisation: 'xavier' };
    case 'float32':
      return { ...c, precision: 'float32' };
    case 'empirical':
      return { ...c, fisher: { kind: 'empirical' } };
    case 'tensor':
      return { ...c, partition: 'tensor' };
    case 'margin':
      return { ...c, measurement: 'margin' };
    case 'drop':
      if (c.rule.kind !== 'truncated') break;
      return { ...c, rule: { ...c.rule, negative: 'drop' } };
    case 'separate':
      if (c.rule.kind !== 'truncated' && c.rule.kind !== 'damped') break;
      return { ...c, rule: { ...c.rule, factors: 'separate' } };
    default: {
      const match = NUMBERED.exec(word);
      if (match !== null) return applyNumber(c, match[1], Number(match[2]));
    }
  }
  throw new CommandError(
    `--setting: ${JSON.stringify(word)} is no convention here: expected ${CONVENTION_WORDS}.`,
  );
}

function applyNumber(c: Conventions, name: string, value: number): Conventions {
  switch (name) {
    case 'm':
      return { ...c, momentum: value };
    case 'mc':
      return { ...c, fisher: { kind: 'mc', samples: value } };
    case 'damped':
      return { ...c, rule: { kind: 'damped', lambda: value } };
    case 'absolute':
      return { ...c, rule: { kind: 'absolute', lambda: value } };
    case 'unrolled':
      return { ...c, rule: { kind: 'unrolled', time: value } };
    default:
      return { ...c, rule: { kind: 'truncated', eps: value, negative: 'keep' } };
  }
}

function fisherWord(fisher: FisherChoice): string {
  return fisher.kind === 'mc' ? `mc${fisher.samples}` : fisher.kind;
}

/** Nothing for the published rule; otherwise the rule's number first, then what bends it. */
function ruleWords(rule: InverseRule): string[] {
  const separate = 'factors' in rule && rule.factors === 'separate' ? ['separate'] : [];
  switch (rule.kind) {
    case 'truncated': {
      const published = DEFAULT_CONVENTIONS.rule;
      const eps =
        published.kind === 'truncated' && rule.eps === published.eps ? [] : [`eps${numberWord(rule.eps)}`];
      return [...eps, ...(rule.negative === 'drop' ? ['drop'] : []), ...separate];
    }
    case 'damped':
      return [`damped${numberWord(rule.lambda)}`, ...separate];
    case 'absolute':
      return [`absolute${numberWord(rule.lambda)}`];
    case 'unrolled':
      return [`unrolled${numberWord(rule.time)}`];
  }
}

/** 0.9, 0.01, 1e-3, 1500, 1e+6: the one way to write a number in a name. */
function numberWord(x: number): string {
  return x !== 0 && (x < 0.01 || x >= 1e6) ? x.toExponential() : String(x);
}
