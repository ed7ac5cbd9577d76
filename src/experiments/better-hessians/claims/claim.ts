/** @file A claim of the paper as data, and the verdict that follows from comparisons with ranges. */

import { type Basis, type Outcome, outcomeOf } from '../../judging/check.ts';
import { type Estimate, type Format, isDefined, signed } from '../../judging/estimate.ts';
import {
  type ClaimVerdict,
  type Demand,
  holds,
  OUTCOME_WORDS,
  outcomeCounts,
  verdictOf,
} from '../../judging/verdict.ts';
import type { ConventionResult } from '../study/study.ts';
import { type ConventionTally, conventionSupport } from './convention-tally.ts';
import { isFew, isSingle, type Mark } from './reservation.ts';
import type { Axis, NamedResults, Sweep, SweepCheck } from './sweeps.ts';

/** What claims are judged by: the sweeps of results.json. */
export type Sweeps = Partial<Readonly<Record<Axis, Sweep>>>;

/** The figures of the paper that show results; Figure 4 is a diagram. */
export type PaperFigure = 1 | 2 | 3 | 5 | 6 | 7 | 8;

/** A number that the paper gives. */
export interface StatedNumber {
  readonly label: string;
  readonly stated: number;
  readonly found: Estimate;
  readonly basis: Basis;
  readonly settings: readonly NamedResults[];
}

/** A claim of the paper, in our words. Nothing here is a result. */
export interface Claim {
  readonly id: string;
  /** Section of the paper: "§4.2 (1)", "C.1". */
  readonly section: string;
  /** The figures that it bears on. */
  readonly figures: readonly PaperFigure[];
  readonly claim: string;
  readonly format: Format;
  readonly demand: Demand;
  readonly checks: (sweeps: Sweeps) => readonly SweepCheck[];
  readonly numbers?: (sweeps: Sweeps) => readonly StatedNumber[];
  /** What one convention of the study says to it; absent for claims that no single setting can answer. */
  readonly underConvention?: (convention: ConventionResult) => Outcome;
}

/** A comparison as it is written: every page shows these words. */
export interface Finding {
  readonly label: string;
  /** "+0.074 [0.056, 0.094]", with the paper's number where it gives one. */
  readonly found: string;
  readonly outcome: Outcome;
  /** The outcome in words; empty where it is as stated. */
  readonly remark: string;
  /** What makes it weaker than the paper's protocol would. */
  readonly marks: readonly Mark[];
}

/** A claim with what was found. */
export interface JudgedClaim {
  readonly id: string;
  readonly figures: readonly PaperFigure[];
  /** Section and figures, in words. */
  readonly place: string;
  readonly claim: string;
  readonly verdict: ClaimVerdict;
  /** How the comparisons came out, counted. */
  readonly summary: string;
  readonly findings: readonly Finding[];
  readonly conventions: ConventionTally | undefined;
}

/** How a number that the paper gives came out, in words. */
const NUMBER_WORDS: Readonly<Record<Outcome, string>> = {
  ...OUTCOME_WORDS,
  opposite: 'which lies outside',
};

/** "label: +0.074 [0.056, 0.094] †, the other way". */
export function findingText({ label, found, remark, marks }: Finding): string {
  return `${label}: ${[found, ...marks].join(' ')}${remark === '' ? '' : `, ${remark}`}`;
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
  const { id, figures, format } = claim;
  const checks = claim.checks(sweeps);
  const numbers = claim.numbers?.(sweeps) ?? [];
  const findings = [
    ...checks.map((check) => finding(check, signed(check.found, format), outcomeOf(check), OUTCOME_WORDS)),
    ...numbers.map((number) =>
      finding(
        number,
        `${signed(number.found, format)}, the paper ${format.digits(number.stated).replace('-', '−')}${format.unit ?? ''}`,
        numberOutcome(number),
        NUMBER_WORDS,
      ),
    ),
  ];
  const outcomes = findings.map(({ outcome }) => outcome);
  const tested = outcomes.some((outcome) => outcome !== 'missing');
  return {
    id,
    figures,
    place: placeOf(claim),
    claim: claim.claim,
    verdict: tested
      ? verdictOf(holds(claim.demand, outcomes), conventions && conventionSupport(conventions))
      : 'not testable here',
    summary: tested ? summaryOf(findings) : 'the settings that it needs were not run',
    findings: findings.filter(({ outcome }) => outcome !== 'missing'),
    conventions,
  };
}

function finding(
  { label, settings, basis }: Pick<SweepCheck, 'label' | 'settings' | 'basis'>,
  found: string,
  outcome: Outcome,
  words: Readonly<Record<Outcome, string>>,
): Finding {
  const marks: readonly (readonly [Mark, boolean])[] = [
    ['†', basis === 'retrainings' && settings.some(({ results }) => isFew(results))],
    ['‡', basis === 'networks' && settings.some(({ results }) => isSingle(results))],
  ];
  return {
    label,
    found,
    outcome,
    remark: outcome === 'as-stated' ? '' : words[outcome],
    marks: marks.filter(([, applies]) => applies).map(([mark]) => mark),
  };
}

/** "6 as stated, 1 undecided, 1 the other way; 4 of them with few retrainings (†)". */
function summaryOf(findings: readonly Finding[]): string {
  const marked = (mark: Mark): number => findings.filter(({ marks }) => marks.includes(mark)).length;
  const few = marked('†') === 0 ? '' : `; ${marked('†')} with few retrainings (†)`;
  const single = marked('‡') === 0 ? '' : `; ${marked('‡')} with a single base network (‡)`;
  return outcomeCounts(findings.map(({ outcome }) => outcome)) + few + single;
}

/** "§4.2 (1), Figures 1–3", "C.1, Figure 5". */
function placeOf({ section, figures }: Claim): string {
  const [first, last] = [figures[0], figures[figures.length - 1]];
  return `${section}, ${first === last ? `Figure ${first}` : `Figures ${first}–${last}`}`;
}

/** Whether a stated number lies in the range over base networks; a single network has no range, and decides nothing. */
export function numberOutcome({ stated, found }: Pick<StatedNumber, 'stated' | 'found'>): Outcome {
  if (!isDefined(found)) return 'missing';
  if (found.lo === found.hi) return 'open';
  return found.lo <= stated && stated <= found.hi ? 'as-stated' : 'opposite';
}
