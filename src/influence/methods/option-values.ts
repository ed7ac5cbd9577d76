/** @file What options of methods may be: each a check for callers and a form for the command line. */
import { checkFisher, type FisherType } from '../../curvature/fisher.ts';
import { checkInverseRule } from '../../curvature/inverse-rule.ts';
import type { ModuleSelection } from '../../curvature/module-subset.ts';
import { describe, isArray } from '../../linalg/border/describe.ts';
import { above, type Check, checkSeed, integer, oneOf, orWord } from '../../linalg/border/fields.ts';
import { checkNonNegative } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import { chosenRule, type RuleChoice } from '../attributors/damping-rule.ts';
import { decayCheck, momentumCheck, type StepDecay, type StepSize, stepSize } from '../solvers/step-size.ts';
import type { Values } from './option.ts';

/** Steps, draws, repeats, dimensions: more has no use, and at a microsecond each the machine gets through this many. */
const MOST = 1_000_000;

/** One of some words. */
export function choice<const Words extends readonly string[]>(...of: Words): Values<Words[number]> {
  return { form: { kind: 'choice', of }, check: oneOf(...of) };
}

/** An integer ≥ `least`. */
export function whole(least: number): Values<number> {
  return { form: { kind: 'integer', least, most: MOST }, check: integer(least) };
}

/** An integer ≥ 1, or a word. */
export function countOr<const Word extends string>(word: Word): Values<number | Word> {
  return { form: { kind: 'integer', least: 1, most: MOST, word }, check: orWord(word, integer(1)) };
}

/** What names random streams. */
export const SEEDS: Values<number> = { form: { kind: 'integer', least: 0 }, check: checkSeed };

/** A number ≥ 0. */
export const NON_NEGATIVE: Values<number> = { form: { kind: 'number', least: 0 }, check: checkNonNegative };

/** A number > 0. */
export const POSITIVE: Values<number> = { form: { kind: 'number', above: 0 }, check: above(0) };

/** A number ≥ 0, or 'auto'. */
export const DAMPINGS: Values<number | 'auto'> = {
  form: { kind: 'number', least: 0, word: 'auto' },
  check: orWord('auto', checkNonNegative),
};

/** A number in [0, 1), or 'auto'. */
export const MOMENTA: Values<number | 'auto'> = {
  form: { kind: 'number', least: 0, below: 1, word: 'auto' },
  check: orWord('auto', momentumCheck),
};

/** α. */
export const STEP_SIZES: Values<StepSize> = { form: { kind: 'step-size' }, check: stepSize };

/** A schedule, or 'none'. */
export const STEP_DECAYS: Values<StepDecay | 'none'> = {
  form: { kind: 'step-decay' },
  check: orWord('none', decayCheck),
};

/** Expectations over labels. */
export const FISHER_TYPES: Values<FisherType> = {
  form: { kind: 'fisher' },
  check: (where, _, value) => checkFisher(where, value),
};

/** Ways to invert eigenvalues. */
export const INVERSE_RULES: Values<RuleChoice> = {
  form: { kind: 'inverse-rule' },
  check: ((where, _, value) => {
    const rule = chosenRule(where, value);
    if (rule !== undefined) checkInverseRule(where, rule);
  }) as Check,
};

/** Modules of a network by name or number; which there are, the network says. */
export const MODULES: Values<ModuleSelection> = {
  form: { kind: 'names' },
  check: ((where, argument, value: unknown) => {
    if (typeof value === 'string' && value.trim() !== '') return;
    if (isArray(value) && value.length > 0) return;
    throw new DomainError(where, argument, "'all', 'last', or names of modules", value, describe(value));
  }) as Check,
};
