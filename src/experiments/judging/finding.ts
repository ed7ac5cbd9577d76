/** @file Comparisons of numbers with intervals as findings. A number that was not computed gives none; one without an interval decides nothing. */
import { outcomeOf } from './check.ts';
import { DECIMALS, type Defined, type Estimate, type Format, isDefined, signed } from './estimate.ts';
import type { PaperFinding, PaperOutcome } from './paper-claim.ts';

/** A number that should be positive, or negative: its interval must leave out zero. */
export function ordered(
  label: string,
  found: Estimate,
  expected: 'positive' | 'negative' = 'positive',
  format: Format = DECIMALS,
): PaperFinding[] {
  const outcome = outcomeOf({ found, expected });
  return finding(label, found, outcome === 'missing' ? 'open' : outcome, format);
}

/** A difference that should lie within ±tolerance, with all of its interval. */
export function within(label: string, found: Estimate, tolerance: number): PaperFinding[] {
  const outcome = ({ lo, hi }: Defined): PaperOutcome => {
    if (lo >= -tolerance && hi <= tolerance) return 'as-stated';
    return lo > tolerance || hi < -tolerance ? 'opposite' : 'open';
  };
  return finding(label, found, isDefined(found) ? outcome(found) : 'open');
}

/** A difference that should not be there: as stated while its interval includes zero, which is not the same as equal. */
export function consistent(label: string, found: Estimate): PaperFinding[] {
  const outcome = ({ lo, hi }: Defined): PaperOutcome => (lo <= 0 && hi >= 0 ? 'as-stated' : 'opposite');
  return finding(label, found, isDefined(found) ? outcome(found) : 'open');
}

/** What is so or is not, without an interval. */
export function fact(text: string, isSo: boolean): PaperFinding {
  return { text, outcome: isSo ? 'as-stated' : 'opposite' };
}

function finding(
  label: string,
  found: Estimate,
  outcome: PaperOutcome,
  format: Format = DECIMALS,
): PaperFinding[] {
  return found.value === null ? [] : [{ text: `${label}: ${signed(found, format)}`, outcome }];
}
