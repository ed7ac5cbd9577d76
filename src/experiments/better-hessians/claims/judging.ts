/** @file How claims are judged, in the words that every page uses. */
import { type ClaimVerdict, CONVENTION_SHARE } from '../../judging/verdict.ts';

/** The rule, a paragraph. */
export const HOW_JUDGED =
  'Ranges decide, never point values: a comparison whose range includes zero is undecided, and no ordering is claimed from it. LDS are those of the scores averaged over the base networks of a setting; ' +
  'what single networks say stands beside it. Differences of LDS within a setting have 95 % intervals that cover the draw of the networks and that of the subsets (a hierarchical bootstrap, studentised, the methods paired on ' +
  'the same draws); where one network was trained, or networks were not resampled, BCa intervals over subsets alone, marked §. Differences between settings have an interval made of both. Errors, shares of the error and ' +
  'distances between matrices have Student’s interval of their mean over base networks. A number of the paper agrees ' +
  'when it lies in the range over our single base networks. None of these ranges covers another split of the data, and they are not corrected for their number: of twenty ' +
  'comparisons without a difference one would be decided by chance. No threshold was chosen with a result in mind.';

/** What each verdict means. */
export const VERDICT_MEANINGS: Readonly<Record<ClaimVerdict, string>> = {
  confirmed:
    'it stands here, every comparison as stated (where it says “at least”, none the other way), and no convention of the study turns it',
  'confirmed only under some conventions': `it falls short of that, but holds under at least ${100 * CONVENTION_SHARE} % of the conventions that were studied; each claim says under how many, and they are named`,
  'not confirmed': `at least one comparison is undecided or the other way, or a convention turns the claim, and it holds under fewer than ${100 * CONVENTION_SHARE} % of the conventions that were studied`,
  'not testable here': 'what it needs was not run',
};
