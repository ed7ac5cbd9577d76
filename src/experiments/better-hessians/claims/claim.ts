/** @file A claim of Better Hessians Matter: comparisons of quantities over sweeps of settings. */
import { type Claim, type Finding, finding } from '../../judging/claim.ts';
import { DECIMALS, type Estimate, type Format, isDefined, signed } from '../../judging/estimate.ts';
import { OUTCOME_WORDS, type Outcome, outcomeOf } from '../../judging/verdict.ts';
import type { ConventionResult } from '../study/study.ts';
import { isFew, isSingle, isSubsetsOnly } from './reservation.ts';
import type { Axis, NamedResults, Sweep } from './sweeps.ts';

/** What claims are judged by: the sweeps of results.json. */
export type Sweeps = Partial<Readonly<Record<Axis, Sweep>>>;

/** The figures of the paper that show results; Figure 4 is a diagram. */
export type PaperFigure = 1 | 2 | 3 | 5 | 6 | 7 | 8;

/** What a number is judged by: retraining, or the base models alone. */
export type RangeSource = 'retrainings' | 'networks';

/** The sign that a claim expects, or a number that the paper gives. */
export type Expected = 'positive' | 'negative' | { readonly stated: number };

/** One comparison of numbers from results.json. */
export interface Comparison {
  /** What is compared, short: "GGN over Block-GGN, d8-w16-e10". */
  readonly label: string;
  readonly found: Estimate;
  readonly expected: Expected;
  readonly source: RangeSource;
  /** The settings whose numbers are compared. */
  readonly settings: readonly NamedResults[];
  /** They cannot be: LDS of scores averaged over unlike numbers of networks. Nothing is decided then. */
  readonly unlike?: boolean;
}

/** The comparisons that a claim makes of the sweeps at hand. */
export type Comparisons = (sweeps: Sweeps) => readonly Comparison[];

/** A claim of the paper with the figures that it bears on. */
export interface PaperClaim extends Claim<Sweeps> {
  readonly figures: readonly PaperFigure[];
  /** What one convention of the study says to it; absent for claims that no single setting can answer. */
  readonly underConvention?: (convention: ConventionResult) => Outcome;
}

/** How a claim is read, where it is not strict, or not about an LDS. */
interface Reading extends Pick<PaperClaim, 'demand' | 'underConvention'> {
  readonly format?: Format;
}

/** A claim at its place: a section, "§4.2 (1)" or "C.1", and figures. */
export function claim(
  id: string,
  [section, ...figures]: readonly [section: string, ...figures: PaperFigure[]],
  text: string,
  comparisons: Comparisons,
  { format = DECIMALS, ...rest }: Reading = {},
): PaperClaim {
  const [first, last] = [figures[0], figures[figures.length - 1]];
  return {
    id,
    figures,
    place: `${section}, ${first === last ? `Figure ${first}` : `Figures ${first}–${last}`}`,
    claim: text,
    findings: (sweeps) => comparisons(sweeps).map((comparison) => findingOf(comparison, format)),
    ...rest,
  };
}

function findingOf(comparison: Comparison, format: Format): Finding {
  const { label, found, expected, source, settings, unlike = false } = comparison;
  const marks = [
    ...(source === 'retrainings' && settings.some(({ results }) => isFew(results)) ? ['†'] : []),
    ...(source === 'retrainings' && settings.some(({ results }) => isSubsetsOnly(results)) ? ['§'] : []),
    ...(source === 'networks' && settings.some(({ results }) => isSingle(results)) ? ['‡'] : []),
  ];
  const text = signed(found, format);
  if (unlike)
    return { ...finding(label, '', 'open'), remark: 'averages over unlike numbers of networks', marks };
  if (found.value !== null && !isDefined(found))
    return { ...finding(label, text, 'open'), remark: 'no interval over networks', marks };
  if (typeof expected === 'string') return { ...finding(label, text, outcomeOf(found, expected)), marks };
  const stated = `${format.digits(expected.stated).replace('-', '−')}${format.unit ?? ''}`;
  const outcome = numberOutcome(expected.stated, found);
  return { ...finding(label, `${text}, the paper ${stated}`, outcome, NUMBER_WORDS), marks };
}

/** How a number that the paper gives came out, in words. */
const NUMBER_WORDS: Readonly<Record<Outcome, string>> = { ...OUTCOME_WORDS, opposite: 'which lies outside' };

/** Whether a stated number lies in the range over base models; a single network has no range, and decides nothing. */
export function numberOutcome(stated: number, found: Estimate): Outcome {
  if (!isDefined(found)) return 'missing';
  if (found.lo === found.hi) return 'open';
  return found.lo <= stated && stated <= found.hi ? 'as-stated' : 'opposite';
}
