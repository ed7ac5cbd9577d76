/** @file How claims are judged, in the words that every page uses. */
import { type ClaimVerdict, type JudgedClaim, VERDICTS } from './claim.ts';
import { countVerdicts } from './verdict.ts';

/** The rule, a paragraph. */
export const HOW_JUDGED =
  'Ranges decide, never point values: a comparison whose range includes zero is undecided, and no ordering is claimed from it. Differences of LDS within a setting ' +
  'have paired 95 % BCa bootstrap intervals over subsets, differences between settings an interval made of both; errors, shares of the error and distances between ' +
  'matrices have no sampling interval, their range is that over base networks (between settings from the closest to the furthest pair). A number of the paper agrees ' +
  'when it lies in the range over our base networks. None of these ranges covers another split of the data, and they are not corrected for their number: of twenty ' +
  'comparisons without a difference one would be decided by chance. No threshold was chosen with a result in mind.';

/** What each verdict means. */
export const VERDICT_MEANINGS: Readonly<Record<ClaimVerdict, string>> = {
  confirmed: 'every comparison comes out as stated, and no convention of the study turns it',
  'confirmed only under these conventions':
    'it comes out as stated under some conventions, and is undecided or the other way under others; both are named',
  'not confirmed':
    'at least one comparison is undecided or the other way, and no convention of the study makes it hold',
  'not testable with this run': 'the settings that it needs are missing',
};

/** "12 confirmed, 8 confirmed only under these conventions, 29 not confirmed"; a verdict that no claim has is left out. */
export function verdictCounts(claims: readonly JudgedClaim[]): string {
  return countVerdicts(claims, VERDICTS);
}
