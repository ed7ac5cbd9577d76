/** @file The conventions that the paper leaves open, as data: each row of the study's table. */
import type { FactorMode, PartitionKind } from '../../../curvature/index.ts';
import type { ClassMeasurement } from '../../../influence/index.ts';
import { EPSILONS, exponential, type Family, LAMBDAS, NEGATIVES, type Negative } from './rule.ts';
import { FISHERS, type FisherName, PARTITIONS } from './variant.ts';

/**
 * Which cases a method may take. One case in every list: it is the convention. More: each method takes its own best,
 * chosen on one half of the queries and judged on the other, both ways round.
 */
export interface Convention {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  readonly measurement: ClassMeasurement;
  readonly fishers: readonly FisherName[];
  readonly partitions: readonly PartitionKind[];
  readonly negatives: readonly Negative[];
  readonly factors: readonly FactorMode[];
  readonly strengths: readonly Strength[];
}

/** A family with its ε or λ; `unrolled` takes its time from training. */
export interface Strength {
  readonly family: Family;
  readonly value: number | undefined;
}

const truncated = (value: number) => ({ family: 'truncated', value }) as const;
const damped = (value: number) => ({ family: 'damped', value }) as const;
const UNROLLED: Strength = { family: 'unrolled', value: undefined };
const ALL_STRENGTHS: readonly Strength[] = [...EPSILONS.map(truncated), ...LAMBDAS.map(damped), UNROLLED];

/** What the paper states, and the exact expectation and layer blocks that its formulas write. */
const PAPER: Convention = {
  id: 'paper',
  group: 'the paper',
  label: 'as in the paper',
  measurement: 'loss',
  fishers: ['type-2'],
  partitions: ['layer'],
  negatives: ['keep'],
  factors: ['product'],
  strengths: [truncated(1e-4)],
};

/** What the released code does where it differs: one drawn label, tensors, negative eigenvalues dropped. */
const CODE: Partial<Convention> = { fishers: ['mc-1'], partitions: ['tensor'], negatives: ['drop'] };

const change = (group: string, id: string, label: string, part: Partial<Convention>): Convention => ({
  ...PAPER,
  ...part,
  group,
  id,
  label,
});

/** One strength for every method. */
function only(
  id: 'eps' | 'lambda',
  group: string,
  strength: Strength & { readonly value: number },
): Convention {
  const value = exponential(strength.value);
  return change(group, `${id}-${value}`, `${id === 'eps' ? 'ε' : 'λ'} = ${value}`, { strengths: [strength] });
}

/** The choices of one convention, used for fixed ε and again with everyone's own best regularisation. */
const SINGLE: readonly (readonly [id: string, label: string, part: Partial<Convention>])[] = [
  ['mc-1', 'Fisher by 1 drawn label', { fishers: ['mc-1'] }],
  ['mc-10', 'Fisher by 10 drawn labels', { fishers: ['mc-10'] }],
  ['empirical', 'empirical Fisher', { fishers: ['empirical'] }],
  ['tensor', 'blocks per parameter tensor', { partitions: ['tensor'] }],
  ['drop', 'negative eigenvalues dropped', { negatives: ['drop'] }],
  ['absolute', 'absolute eigenvalues', { negatives: ['absolute'] }],
  ['separate', 'K-FAC inverted factor by factor', { factors: ['separate'] }],
  ['margin', 'measurement: margin', { measurement: 'margin' }],
  ['code', 'as in the released code', CODE],
];

/** Every row, the paper's first. */
export const CONVENTIONS: readonly Convention[] = [
  PAPER,
  ...SINGLE.map(([id, label, part]) => change('one choice, ε = 1e-4', id, label, part)),
  ...EPSILONS.filter((eps) => eps !== 1e-4).map((eps) => only('eps', 'ε without damping', truncated(eps))),
  ...LAMBDAS.map((lambda) => only('lambda', 'λ without truncation', damped(lambda))),
  change('filter of training', 'unrolled', 'unrolled', { strengths: [UNROLLED] }),
  change('filter of training', 'unrolled-drop', 'unrolled, negatives dropped', {
    strengths: [UNROLLED],
    negatives: ['drop'],
  }),
  change('own best', 'best', 'best of ε, λ, unrolled', { strengths: ALL_STRENGTHS }),
  change('own best', 'best-eps', 'best ε', { strengths: EPSILONS.map(truncated) }),
  change('own best', 'best-lambda', 'best λ', { strengths: LAMBDAS.map(damped) }),
  ...SINGLE.map(([id, label, part]) =>
    change('own best', `best-${id}`, `best, ${label}`, { strengths: ALL_STRENGTHS, ...part }),
  ),
  change('own best', 'best-signs', 'best, signs and factors free', {
    strengths: ALL_STRENGTHS,
    negatives: NEGATIVES,
    factors: ['product', 'separate'],
  }),
  change('own best', 'best-all', 'best, everything free', {
    strengths: ALL_STRENGTHS,
    negatives: NEGATIVES,
    factors: ['product', 'separate'],
    fishers: FISHERS,
    partitions: PARTITIONS,
  }),
];

/** Whether each method chooses for itself. */
export function isBest({ strengths }: Convention): boolean {
  return strengths.length > 1;
}
