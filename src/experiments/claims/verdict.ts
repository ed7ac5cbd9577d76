/** @file From the outcomes of comparisons to a verdict, and the words and marks for both. */
import type { Outcome } from './check.ts';

/** `strict`: every comparison must come out as stated. `not-below`: none the other way, and at least one as stated (≳, “in almost all settings”). */
export type Demand = 'strict' | 'not-below';

/** How a comparison came out, in words. */
export const OUTCOME_WORDS = {
  'as-stated': 'as stated',
  open: 'undecided',
  opposite: 'the other way',
  missing: 'not computed',
} as const satisfies Readonly<Record<Outcome, string>>;

/** What stands before a claim in a table. */
export const MARKS = { confirmed: '✔', 'not confirmed': '✘', 'not testable here': '–' } as const;

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

/** "12 confirmed, 29 not confirmed": in the given order, without verdicts that no claim has. */
export function countVerdicts<V extends string>(
  claims: readonly { readonly verdict: V }[],
  verdicts: readonly V[],
): string {
  return verdicts
    .flatMap((verdict) => {
      const count = claims.filter((claim) => claim.verdict === verdict).length;
      return count === 0 ? [] : [`${count} ${verdict}`];
    })
    .join(', ');
}
