/** @file What is said where queries have no rank correlation, retrainings diverged or subsets are few: one sentence each. */
import type { ConstantQueries } from '../../influence/index.ts';
import type { Vec } from '../../linalg/index.ts';

/** As many query numbers are named in a sentence; programs find all of them in the JSON. */
const NAMED = 12;

/**
 * Below five subsets there are at most 35 distinct resamples, fewer than the 40 of which the end of a 95 % interval is
 * one: C(2K − 1, K) multisets of K items.
 */
const FEWEST_SUBSETS = 5;

/** Sentences about queries without a rank correlation; none where every query has one. @param whose - "S.npy". */
export function undefinedSentences(
  { predictions, outcomes }: ConstantQueries,
  queries: number,
  whose = 'the scores',
): string[] {
  return [
    ...(predictions.length === 0
      ? []
      : [
          `${whose}: ${predictions.length} of ${queries} queries have the same prediction for every subset, hence no rank correlation; they count as 0: ${named(predictions)}.`,
        ]),
    ...(outcomes.length === 0
      ? []
      : [
          `Retraining gave the same outcome on every subset for ${outcomes.length} of ${queries} queries: nothing can be ranked there, and they count as 0 for every method and in the noise ceiling: ${named(outcomes)}.`,
        ]),
  ];
}

/** The same where only numbers are kept: a sentence for every method with such queries. */
export function undefinedCounts(
  entries: readonly {
    readonly label: string;
    readonly undefinedQueries: number;
    readonly queries?: number;
  }[],
): string[] {
  return entries
    .filter(({ undefinedQueries }) => undefinedQueries > 0)
    .map(
      ({ label, undefinedQueries, queries }) =>
        `${label}: ${undefinedQueries}${queries === undefined ? '' : ` of ${queries}`} queries have constant predictions or outcomes, hence no rank correlation; they count as 0.`,
    );
}

/** Diverged retrainings: their infinite outcomes are ranked. */
export function divergedSentence(outcomes: Vec): string[] {
  const infinite = outcomes.filter((value) => !Number.isFinite(value)).length;
  return infinite === 0
    ? []
    : [
        `${infinite} of ${outcomes.length} outcomes are infinite: those retrainings diverged. They rank as the largest or least, and make the mean over their seeds infinite.`,
      ];
}

/** Intervals from too few subsets. */
export function fewSubsetsSentence(subsets: number): string[] {
  return subsets >= FEWEST_SUBSETS
    ? []
    : [
        `Only ${subsets} subsets: their resamples are too few for a 95 % interval, which is narrower than the truth. Use at least ${FEWEST_SUBSETS}.`,
      ];
}

function named(queries: readonly number[]): string {
  const more = queries.length - NAMED;
  return `${queries.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
