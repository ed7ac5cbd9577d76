/** @file A statement of the paper as data, and the verdict that follows from comparisons with ranges. */
import { type Estimate, type Format, isDefined, signed } from '../report/estimate.ts';
import { type Check, type Outcome, outcomeOf } from '../report/statement.ts';
import type { Axis, Sweep } from '../report/sweeps.ts';
import type { ConventionResult } from '../study/study.ts';
import type { ConventionTally } from './convention-tally.ts';

/** What claims are judged by: the sweeps of results.json. */
export type Sweeps = Partial<Readonly<Record<Axis, Sweep>>>;

/** A number that the paper gives. */
export interface StatedNumber {
  readonly label: string;
  readonly stated: number;
  readonly found: Estimate;
}

/** A claim of the paper, in our words. Nothing here is a result. */
export interface Claim {
  readonly id: string;
  readonly place: string;
  readonly claim: string;
  readonly format: Format;
  /** `strict`: every comparison must come out as stated. `not-below`: none the other way, and at least one as stated (the paper's ≳). */
  readonly demand: 'strict' | 'not-below';
  readonly checks: (sweeps: Sweeps) => readonly Check[];
  readonly numbers?: (sweeps: Sweeps) => readonly StatedNumber[];
  /** What one convention of the study says to it; absent for claims that no single setting can answer. */
  readonly underConvention?: (convention: ConventionResult) => Outcome;
}

export const VERDICTS = [
  'confirmed',
  'confirmed only under these conventions',
  'not confirmed',
  'not testable with this run',
] as const;
export type ClaimVerdict = (typeof VERDICTS)[number];

/** A claim with what was found. */
export interface JudgedClaim {
  readonly id: string;
  readonly place: string;
  readonly claim: string;
  readonly verdict: ClaimVerdict;
  /** How the comparisons came out, counted; then each with its range. */
  readonly summary: string;
  readonly findings: readonly string[];
  readonly conventions: ConventionTally | undefined;
}

/**
 * The verdict of a claim. Ranges decide, never point values: a comparison whose range includes zero is open, and open
 * comparisons confirm nothing where the claim is strict.
 */
export function judgeClaim(
  claim: Claim,
  sweeps: Sweeps,
  conventions: ConventionTally | undefined,
): JudgedClaim {
  const { id, place, format } = claim;
  const checks = claim.checks(sweeps);
  const numbers = claim.numbers?.(sweeps) ?? [];
  const outcomes = [...checks.map(outcomeOf), ...numbers.map(numberOutcome)];
  const count = (outcome: Outcome): number => outcomes.filter((o) => o === outcome).length;
  const known = outcomes.length - count('missing');
  const holds =
    count('as-stated') === known ||
    (claim.demand === 'not-below' && count('opposite') === 0 && count('as-stated') > 0);
  return {
    id,
    place,
    claim: claim.claim,
    verdict: known === 0 ? 'not testable with this run' : verdictOf(holds, conventions),
    summary:
      known === 0
        ? 'The settings that it needs were not run.'
        : `${count('as-stated')} as stated, ${count('open')} undecided, ${count('opposite')} the other way` +
          (count('missing') === 0 ? '' : `, ${count('missing')} not computed`),
    findings: [
      ...checks
        .filter(({ found }) => isDefined(found))
        .map((check) => `${check.label}: ${signed(check.found, format)}${remark(outcomeOf(check))}`),
      ...numbers.map(
        (number) =>
          `${number.label}: ${signed(number.found, format)}, the paper ${format.digits(number.stated)}${format.unit ?? ''}${remark(numberOutcome(number))}`,
      ),
    ],
    conventions,
  };
}

/** A claim that holds here but is reversed elsewhere depends on conventions; so does one that only holds elsewhere. */
function verdictOf(holds: boolean, conventions: ConventionTally | undefined): ClaimVerdict {
  if (holds && (conventions?.opposite.length ?? 0) === 0) return 'confirmed';
  if (holds || (conventions?.asStated.length ?? 0) > 0) return 'confirmed only under these conventions';
  return 'not confirmed';
}

/** Whether a stated number lies in the range over base networks; a single network has no range, and decides nothing. */
export function numberOutcome({ stated, found }: StatedNumber): Outcome {
  if (!isDefined(found)) return 'missing';
  if (found.lo === found.hi) return 'open';
  return found.lo <= stated && stated <= found.hi ? 'as-stated' : 'opposite';
}

function remark(outcome: Outcome): string {
  switch (outcome) {
    case 'open':
      return ' (undecided)';
    case 'opposite':
      return ' (the other way)';
    case 'as-stated':
    case 'missing':
      return '';
  }
}
