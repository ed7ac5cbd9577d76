/** @file From the outcomes of comparisons to a verdict, and the words and marks for both: one form for every system of claims. */
import { type Estimate, type Sign, signOf } from './estimate.ts';

/** What can be said of a statement. Statements that no conventions were studied for are confirmed or not. */
export const VERDICTS = [
  'confirmed',
  'confirmed only under some conventions',
  'not confirmed',
  'not testable here',
] as const;
export type ClaimVerdict = (typeof VERDICTS)[number];

/** In how many of the conventions that were studied a statement holds, and whether one of them turns it. */
export interface ConventionSupport {
  readonly holding: number;
  readonly studied: number;
  readonly turned: boolean;
}

/**
 * The share of conventions from which on a statement is confirmed under some of them: half. Conventions are choices that
 * a paper leaves open, none better than another, so a statement is said to depend on them when it holds under as many
 * as not; below that its failing is the rule. Fixed without regard to which statements pass; see docs/decisions.md.
 */
export const CONVENTION_SHARE = 0.5;

/** `strict`: every comparison must come out as stated. `not-below`: none the other way, and at least one as stated (≳, “in almost all settings”). */
export type Demand = 'strict' | 'not-below';

/** How a comparison came out. `open`: the interval includes zero, so nothing is claimed. */
export const OUTCOMES = ['as-stated', 'opposite', 'open', 'missing'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** An ordering is claimed only where the interval excludes zero. */
export function outcomeOf(found: Estimate, expected: 'positive' | 'negative'): Outcome {
  const outcomes: Readonly<Record<Sign, Outcome>> = {
    positive: expected === 'positive' ? 'as-stated' : 'opposite',
    negative: expected === 'negative' ? 'as-stated' : 'opposite',
    undecided: 'open',
    undefined: 'missing',
  };
  return outcomes[signOf(found)];
}

/** How a comparison came out, in words. */
export const OUTCOME_WORDS = {
  'as-stated': 'as stated',
  open: 'undecided',
  opposite: 'the other way',
  missing: 'not computed',
} as const satisfies Readonly<Record<Outcome, string>>;

/** What stands before a claim in a table. */
export const MARKS: Readonly<Record<ClaimVerdict, string>> = {
  confirmed: '✔',
  'confirmed only under some conventions': '◐',
  'not confirmed': '✘',
  'not testable here': '–',
};

/** The verdict on a statement that holds here or not. Without conventions nothing can turn it. */
export function verdictOf(stands: boolean, conventions?: ConventionSupport): ClaimVerdict {
  const { holding, studied, turned } = conventions ?? { holding: 0, studied: 0, turned: false };
  if (stands && !turned) return 'confirmed';
  return studied > 0 && holding >= CONVENTION_SHARE * studied
    ? 'confirmed only under some conventions'
    : 'not confirmed';
}

/** What stands behind a verdict: "Comparisons: 6 as stated, 1 undecided, 1 the other way. Holds under 5 of 127 conventions." */
export function verdictGrounds(comparisons: string, conventions?: ConventionSupport): string {
  const support = conventions === undefined ? '' : ` ${supportText(conventions)}`;
  return `Comparisons: ${comparisons}.${support}`;
}

/** "Holds under 5 of 127 conventions." */
export function supportText({ holding, studied }: ConventionSupport): string {
  return `Holds under ${holding} of ${studied} convention${studied === 1 ? '' : 's'}.`;
}

/** Whether a claim holds. Comparisons that were not made count for neither side; there must be one that was. */
export function holds(demand: Demand, outcomes: readonly Outcome[]): boolean {
  const count = (outcome: Outcome): number => outcomes.filter((o) => o === outcome).length;
  const known = outcomes.length - count('missing');
  return (
    count('as-stated') > 0 &&
    (count('as-stated') === known || (demand === 'not-below' && count('opposite') === 0))
  );
}

/** "6 as stated, 1 undecided, 1 the other way". */
export function outcomeCounts(outcomes: readonly Outcome[]): string {
  const count = (outcome: Outcome): number => outcomes.filter((o) => o === outcome).length;
  const always = (['as-stated', 'open', 'opposite'] as const).map((o) => `${count(o)} ${OUTCOME_WORDS[o]}`);
  const missing = count('missing') === 0 ? [] : [`${count('missing')} ${OUTCOME_WORDS.missing}`];
  return [...always, ...missing].join(', ');
}

/** "12 confirmed, 29 not confirmed": in the order of {@link VERDICTS}, without those that no claim has. */
export function countVerdicts(claims: readonly { readonly verdict: ClaimVerdict }[]): string {
  return VERDICTS.flatMap((verdict) => {
    const count = claims.filter((claim) => claim.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  }).join(', ');
}
