/** @file One comparison that a claim makes, and how it came out. */

import { type Estimate, type Sign, signOf } from './estimate.ts';

/** What the range of a number comes from: the choice of subsets that were retrained on, or the base networks. */
export type Basis = 'retrainings' | 'networks';

/** One comparison. */
export interface Check<Setting extends { readonly name: string } = { readonly name: string }> {
  /** What is compared, short: "GGN over Block-GGN, d8-w16-e10". */
  readonly label: string;
  readonly found: Estimate;
  /** The sign that the claim expects. */
  readonly expected: 'positive' | 'negative';
  readonly basis: Basis;
  /** The settings whose numbers are compared. */
  readonly settings: readonly Setting[];
}

/** How a comparison came out. `open`: the range includes zero, so nothing is claimed. */
export type Outcome = 'as-stated' | 'opposite' | 'open' | 'missing';

/** An ordering is claimed only where the range excludes zero. */
export function outcomeOf({ found, expected }: Pick<Check, 'found' | 'expected'>): Outcome {
  const outcomes: Readonly<Record<Sign, Outcome>> = {
    positive: expected === 'positive' ? 'as-stated' : 'opposite',
    negative: expected === 'negative' ? 'as-stated' : 'opposite',
    undecided: 'open',
    undefined: 'missing',
  };
  return outcomes[signOf(found)];
}
