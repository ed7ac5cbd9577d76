/** @file All claims judged by one run: from results.json and study.json to verdicts. Every page reads this table. */
import { type JudgedClaim, judgeClaim } from '../../judging/claim.ts';
import { tallyConventions } from '../../judging/convention-tally.ts';
import { PROFILES } from '../../protocol/profile.ts';
import { type Reading, readingOf } from '../results/reading.ts';
import type { SettingTable } from '../results/results.ts';
import type { Study } from '../study/study.ts';
import { APPENDIX_CLAIMS } from './appendix-claims.ts';
import type { PaperClaim, Sweeps } from './claim.ts';
import { LADDER_CLAIMS } from './ladder-claims.ts';
import { SHARE_CLAIMS } from './share-claims.ts';
import { SWEEP_CLAIMS } from './sweep-claims.ts';
import { collectSweeps, stated } from './sweeps.ts';

/** What the claims speak of. */
export const PAPER_SETTINGS: readonly string[] = PROFILES.paper.settings;

/** Every claim, in the order of the paper. */
export const CLAIMS: readonly PaperClaim[] = [
  ...LADDER_CLAIMS,
  ...SWEEP_CLAIMS,
  ...SHARE_CLAIMS,
  ...APPENDIX_CLAIMS,
];

/**
 * Judges every claim: a pure function.
 *
 * @param settings - Only those of the paper are read; settings under other conventions belong to the study.
 * @param study - Absent: no claim is said to depend on conventions. @param reading - Of the LDS; distances and errors have none.
 */
export function judgeClaims(
  settings: SettingTable,
  study: Study | undefined,
  reading: Reading = 'ensemble',
): JudgedClaim[] {
  const named = Object.entries(settings)
    .filter(([name]) => PAPER_SETTINGS.includes(name))
    .map(([name, results]) => ({ name, results: readingOf(results, reading) }));
  const sweeps: Sweeps = Object.fromEntries(
    collectSweeps(named).flatMap((sweep) => {
      const own = sweep.paper ? stated(sweep) : undefined;
      return own === undefined ? [] : [[sweep.axis, own]];
    }),
  );
  return CLAIMS.map((claim) => {
    const { underConvention, demand } = claim;
    return judgeClaim(claim, [{ results: sweeps }], {
      conventions: underConvention && study && tallyConventions(study.settings, underConvention, demand),
      untested: 'the settings that it needs were not run',
    });
  });
}
