/** @file One form of claim: what a paper states, as data, and the verdict that follows from comparisons with intervals. */
import { type ConventionTally, conventionSupport } from './convention-tally.ts';
import { DECIMALS, type Defined, type Estimate, type Format, isDefined, signed } from './estimate.ts';
import {
  type ClaimVerdict,
  type Demand,
  holds,
  OUTCOME_WORDS,
  type Outcome,
  outcomeCounts,
  outcomeOf,
  verdictOf,
} from './verdict.ts';

/** A statement of a paper, in our words, and how it is read from results R. Nothing here is a result. */
export interface Claim<R> {
  readonly id: string;
  /** The paper, or the place in it: "§4.2 (1), Figures 1–3". */
  readonly place: string;
  /** The figures that it bears on, where pages show them. */
  readonly figures?: readonly number[];
  readonly claim: string;
  /** Absent: strict. */
  readonly demand?: Demand;
  /** What is compared and what counts: "paired difference of LDS". */
  readonly criterion?: string;
  /** Why nothing here can test it; such a claim has no findings. */
  readonly untestable?: string;
  /** The comparisons that could be made; absent where nothing can. */
  readonly findings?: (results: R) => readonly Finding[];
  /** What should be known beside them and decides nothing, a sentence each. */
  readonly notes?: (results: R) => readonly string[];
}

/** A comparison as it is written: every page shows these words. */
export interface Finding {
  /** The setting that it is about, where there are several. */
  readonly setting?: string;
  /** What is compared, short: "GGN over Block-GGN, d8-w16-e10". */
  readonly label: string;
  /** "+0.074 [0.056, 0.094]", with the paper's number where it gives one; empty where the label says all. */
  readonly found: string;
  readonly outcome: Outcome;
  /** The outcome in words; empty where it is as stated. */
  readonly remark: string;
  /** What makes it weaker than the paper's protocol would: †, § or ‡. */
  readonly marks: readonly string[];
  /** The number that `found` writes, for programs. */
  readonly estimate?: Estimate;
}

/** A claim with what was found. */
export interface JudgedClaim
  extends Pick<Claim<never>, 'id' | 'figures' | 'place' | 'claim' | 'criterion' | 'untestable'> {
  readonly verdict: ClaimVerdict;
  /** How the comparisons came out, counted; of none, why. */
  readonly summary: string;
  /** The comparisons that were made. */
  readonly findings: readonly Finding[];
  readonly conventions?: ConventionTally | undefined;
  readonly notes?: readonly string[];
}

/** Results, and the name of the setting where there are several: it is put before every finding. */
export interface Evidence<R> {
  readonly name?: string;
  readonly results: R;
}

/** What is known beside the comparisons. */
export interface Circumstances {
  /** What the conventions say that were studied; without any, only those of the run are known. */
  readonly conventions?: ConventionTally | undefined;
  /** What the summary says when there was nothing to compare. */
  readonly untested?: string;
}

/**
 * The verdict by the comparisons of all evidence together: a pure function. Intervals decide, never point values: a
 * comparison whose interval includes zero is open, and open comparisons confirm nothing where the claim is strict.
 * Without a comparison nothing is tested.
 */
export function judgeClaim<R>(
  claim: Claim<R>,
  evidence: readonly Evidence<R>[],
  { conventions, untested = 'none' }: Circumstances = {},
): JudgedClaim {
  const {
    demand = 'strict',
    findings: find = () => [],
    notes,
    figures,
    id,
    place,
    claim: text,
    criterion,
    untestable,
  } = claim;
  const all = evidence.flatMap(({ name, results }) =>
    find(results).map((finding) => (name === undefined ? finding : { setting: name, ...finding })),
  );
  const findings = all.filter(({ outcome }) => outcome !== 'missing');
  const tested = findings.length > 0;
  const holding = holds(
    demand,
    all.map(({ outcome }) => outcome),
  );
  return {
    id,
    ...(figures === undefined ? {} : { figures }),
    place,
    claim: text,
    verdict: tested ? verdictOf(holding, conventions && conventionSupport(conventions)) : 'not testable here',
    summary: tested ? summaryOf(all) : untested,
    findings,
    conventions,
    ...(criterion === undefined ? {} : { criterion }),
    ...(untestable === undefined ? {} : { untestable }),
    ...(notes === undefined ? {} : { notes: evidence.flatMap(({ results }) => notes(results)) }),
  };
}

/** Several questions to the same results, one after the other. */
export function all<R, F>(...questions: readonly ((results: R) => readonly F[])[]): (results: R) => F[] {
  return (results) => questions.flatMap((question) => question(results));
}

/** Every claim by the same evidence. */
export function judgeClaims<R>(claims: readonly Claim<R>[], evidence: readonly Evidence<R>[]): JudgedClaim[] {
  return claims.map((claim) => judgeClaim(claim, evidence));
}

/** "6 as stated, 1 undecided, 1 the other way; 4 with few retrainings (†)". */
function summaryOf(findings: readonly Finding[]): string {
  const marked = (mark: string): number => findings.filter(({ marks }) => marks.includes(mark)).length;
  const few = marked('†') === 0 ? '' : `; ${marked('†')} with few retrainings (†)`;
  const single = marked('‡') === 0 ? '' : `; ${marked('‡')} with a single base network (‡)`;
  const given = marked('§') === 0 ? '' : `; ${marked('§')} with intervals over subsets alone (§)`;
  return outcomeCounts(findings.map(({ outcome }) => outcome)) + few + given + single;
}

/** "setting: label: +0.074 [0.056, 0.094] †, the other way". */
export function findingText({ setting, label, found, remark, marks }: Finding): string {
  const words = [...(setting === undefined ? [] : [setting]), label, ...(found === '' ? [] : [found])];
  return `${[words.join(': '), ...marks].join(' ')}${remark === '' ? '' : `, ${remark}`}`;
}

/** A number that should be positive, or negative: its interval must leave out zero. */
export function ordered(
  label: string,
  found: Estimate,
  expected: 'positive' | 'negative' = 'positive',
  format: Format = DECIMALS,
): Finding[] {
  return decided(label, found, () => outcomeOf(found, expected), format);
}

/** A difference that should lie within ±tolerance, with all of its interval. */
export function within(label: string, found: Estimate, tolerance: number): Finding[] {
  return decided(label, found, ({ lo, hi }) => {
    if (lo >= -tolerance && hi <= tolerance) return 'as-stated';
    return lo > tolerance || hi < -tolerance ? 'opposite' : 'open';
  });
}

/** A difference that should not be there: as stated while its interval includes zero, which is not the same as equal. */
export function consistent(label: string, found: Estimate): Finding[] {
  return decided(label, found, ({ lo, hi }) => (lo <= 0 && hi >= 0 ? 'as-stated' : 'opposite'));
}

/** What is so or is not, without an interval. */
export function fact(label: string, isSo: boolean, found = ''): Finding {
  return finding(label, found, isSo ? 'as-stated' : 'opposite');
}

/** A number that was not computed gives no finding; one without an interval decides nothing. */
function decided(
  label: string,
  found: Estimate,
  outcome: (found: Defined) => Outcome,
  format?: Format,
): Finding[] {
  if (found.value === null) return [];
  return [
    {
      ...finding(label, signed(found, format), isDefined(found) ? outcome(found) : 'open'),
      estimate: found,
    },
  ];
}

/** A finding in words. */
export function finding(
  label: string,
  found: string,
  outcome: Outcome,
  words: Readonly<Record<Outcome, string>> = OUTCOME_WORDS,
): Finding {
  return { label, found, outcome, remark: outcome === 'as-stated' ? '' : words[outcome], marks: [] };
}
