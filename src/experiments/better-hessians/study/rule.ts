/** @file How the study inverts a curvature: regularisation, negative eigenvalues, products or factors. */
import {
  type EigenOperator,
  type FactorMode,
  type InverseRule,
  type LadderKind,
  spectralInverse,
} from '../../../curvature/index.ts';
import { NumericalError, SingularError, type Vec } from '../../../linalg/index.ts';

/** `truncated` by ε without damping, `damped` by λ without truncation, or the filter of training for a time t. */
export type Family = 'truncated' | 'damped' | 'unrolled';

/** What stands in for σ before it is inverted: σ itself, max(σ, 0), or |σ|. */
export type Negative = 'keep' | 'drop' | 'absolute';

/** One way to invert. `value` is ε, λ or t. */
export interface StudyRule {
  readonly family: Family;
  readonly value: number;
  readonly negative: Negative;
  readonly factors: FactorMode;
}

export const FAMILIES: readonly Family[] = ['truncated', 'damped', 'unrolled'];
export const NEGATIVES: readonly Negative[] = ['keep', 'drop', 'absolute'];

/** ε over 1e-8..1e-2 and λ over 1e-8..1e-1, the ablation that the authors name as open (§5). */
export const EPSILONS: readonly number[] = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2];
export const LAMBDAS: readonly number[] = [...EPSILONS, 1e-1];

/**
 * Every rule that makes a difference for a curvature. Only the Hessian has negative eigenvalues to treat; only K-FAC can be
 * inverted factor by factor.
 */
export function studyRules(kind: LadderKind, time: number): StudyRule[] {
  const family = (negative: Negative): StudyRule[] => [
    ...strengths(negative, 'product'),
    { family: 'unrolled', value: time, negative, factors: 'product' },
  ];
  if (kind === 'hessian') return NEGATIVES.flatMap(family);
  return kind === 'kfac' ? [...family('keep'), ...strengths('keep', 'separate')] : family('keep');
}

function strengths(negative: Negative, factors: FactorMode): StudyRule[] {
  return [
    ...EPSILONS.map((value) => ({ family: 'truncated', value, negative, factors }) as const),
    ...LAMBDAS.map((value) => ({ family: 'damped', value, negative, factors }) as const),
  ];
}

/**
 * f(σ) for every eigenvalue, in the order of `operator.values`; undefined where the rule has no finite answer: a damped
 * denominator vanishes, or the unrolled filter overflows on negative curvature.
 */
export function inverseWeights(operator: EigenOperator, rule: StudyRule): Vec | undefined {
  try {
    const { values } = operator;
    if (rule.factors === 'separate') return operator.inverseValues(inverseRule(rule));
    const seen = values.map(treatment(rule.negative));
    const scale = seen.reduce((top, sigma) => Math.max(top, Math.abs(sigma)), 0);
    const f = spectralInverse(inverseRule(rule), scale);
    return seen.map((sigma) => f(sigma));
  } catch (error) {
    if (error instanceof SingularError || error instanceof NumericalError) return undefined;
    throw error;
  }
}

/** The rule as curvatures take it, of σ as it is. */
export function inverseRule({ family, value, factors }: StudyRule): InverseRule {
  switch (family) {
    case 'truncated':
      return { kind: 'truncated', eps: value, negative: 'keep', factors };
    case 'damped':
      return { kind: 'damped', lambda: value, factors };
    case 'unrolled':
      return { kind: 'unrolled', time: value };
  }
}

function treatment(negative: Negative): (sigma: number) => number {
  switch (negative) {
    case 'keep':
      return (sigma) => sigma;
    case 'drop':
      return (sigma) => Math.max(sigma, 0);
    case 'absolute':
      return Math.abs;
  }
}

/** A rule in words, e.g. `ε = 1e-4`, `λ = 1e-3, |σ|`. */
export function ruleLabel({ family, value, negative, factors }: StudyRule): string {
  const strength = {
    truncated: `ε = ${exponential(value)}`,
    damped: `λ = ${exponential(value)}`,
    unrolled: 'unrolled',
  };
  const signs = { keep: '', drop: ', negatives dropped', absolute: ', |σ|' };
  return `${strength[family]}${signs[negative]}${factors === 'separate' ? ', by factors' : ''}`;
}

/** 1e-4 for 0.0001. */
export function exponential(value: number): string {
  return value.toExponential().replace('e+', 'e');
}
