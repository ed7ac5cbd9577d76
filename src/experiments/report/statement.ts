/** @file A sentence of the paper beside what was found: verdict and words follow from checks alone. */
import { type Estimate, type Format, isDefined, type Sign, signed, signOf } from './estimate.ts';

/** One comparison that a statement makes. */
export interface Check {
  /** What is compared, short: "GGN over Block-GGN at 10 epochs". */
  readonly label: string;
  readonly found: Estimate;
  /** The sign that the statement expects. */
  readonly expected: 'positive' | 'negative';
}

/** How a comparison came out. `open`: the range includes zero, so nothing is claimed. */
export type Outcome = 'as-stated' | 'opposite' | 'open' | 'missing';

/** What the comparisons say together. */
export type Verdict = 'found' | 'found in part' | 'mixed' | 'opposite' | 'undecided' | 'not computed';

/** A statement of the paper and what these results say to it. */
export interface Statement {
  /** The paper's statement in our words. */
  readonly claim: string;
  /** Where it stands in the paper. */
  readonly place: string;
  readonly verdict: Verdict;
  /** What was found, in plain words. */
  readonly found: string;
  readonly checks: readonly Check[];
  readonly format: Format;
}

/** What is said; how numbers are written. */
export interface StatementInput {
  readonly claim: string;
  readonly place: string;
  readonly checks: readonly Check[];
  readonly format: Format;
  /** A sentence that goes before the count, e.g. with values that the paper gives. */
  readonly lead?: string;
}

/** As many comparisons are named one by one, only a single one after a lead; of more the outcomes are counted. */
const NAMED = 3;

/** A statement from its checks: a pure function. */
export function statement({ claim, place, checks, format, lead }: StatementInput): Statement {
  const verdict = verdictOf(checks);
  const words =
    verdict === 'not computed'
      ? 'The settings that it needs were not run.'
      : tally(checks, format, lead === undefined ? NAMED : 1);
  return { claim, place, verdict, found: lead === undefined ? words : `${lead} ${words}`, checks, format };
}

/** How one comparison came out. */
export function outcomeOf({ found, expected }: Check): Outcome {
  const outcomes: Readonly<Record<Sign, Outcome>> = {
    positive: expected === 'positive' ? 'as-stated' : 'opposite',
    negative: expected === 'negative' ? 'as-stated' : 'opposite',
    undecided: 'open',
    undefined: 'missing',
  };
  return outcomes[signOf(found)];
}

/** A verdict needs decided comparisons; those with a range that includes zero count for neither side. */
export function verdictOf(checks: readonly Check[]): Verdict {
  const count = (outcome: Outcome): number => checks.filter((check) => outcomeOf(check) === outcome).length;
  const [agree, contradict, open] = [count('as-stated'), count('opposite'), count('open')];
  if (agree + contradict + open === 0) return 'not computed';
  if (agree > 0 && contradict > 0) return 'mixed';
  if (agree > 0) return open === 0 ? 'found' : 'found in part';
  return contradict > 0 ? 'opposite' : 'undecided';
}

function tally(checks: readonly Check[], format: Format, named: number): string {
  const known = checks.filter(({ found }) => isDefined(found));
  const gap = checks.length - known.length;
  const rest = gap === 0 ? '' : ` ${counted(gap, 'comparison')} could not be made.`;
  if (known.length <= named)
    return capital(
      `${known.map((check) => `${check.label}: ${signed(check.found, format)}${remark(check)}`).join('; ')}.${rest}`,
    );
  const outcomes: readonly (readonly [Outcome, string])[] = [
    ['as-stated', 'as stated in'],
    ['opposite', 'the opposite in'],
    ['open', 'undecided in'],
  ];
  const counts = outcomes.flatMap(([outcome, words]) => {
    const count = known.filter((check) => outcomeOf(check) === outcome).length;
    if (count === known.length) return [`${words} all`];
    return count === 0 ? [] : [`${words} ${count}`];
  });
  return `Of ${known.length} comparisons: ${counts.join(', ')}.${rest}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function remark(check: Check): string {
  return outcomeOf(check) === 'open' ? ', which includes zero' : '';
}

/** "1 comparison", "3 comparisons". */
export function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
