/** @file What two judgements of the same claims say differently: averaged scores and single networks, now and before. */
import type { JudgedClaim } from '../../judging/claim.ts';
import type { EarlierClaims } from '../../judging/claims-file.ts';
import {
  type ClaimVerdict,
  countVerdicts,
  MARKS,
  OUTCOME_WORDS,
  type Outcome,
} from '../../judging/verdict.ts';

/** A judgement as far as it is compared. */
interface Judged {
  readonly id: string;
  readonly verdict: ClaimVerdict;
  readonly findings: readonly { readonly label: string; readonly outcome?: Outcome }[];
}

/** A comparison that came out otherwise. */
interface Turned {
  readonly label: string;
  readonly from: string;
  readonly to: string;
}

/** "## Single networks": counts, and every claim of which single networks say something else than their averaged scores. */
export function singleSection(ensemble: readonly JudgedClaim[], single: readonly JudgedClaim[]): string[] {
  const differing = single.filter((one, i) => turned(ensemble[i], one).length > 0);
  return [
    '## Single networks',
    '',
    `The same by the mean LDS of single networks, for a reader who has one: ${countVerdicts(single)}. What it says otherwise than the scores averaged over networks:`,
    '',
    ...(differing.length === 0 ? ['Nothing.', ''] : turnedTable(ensemble, single, ['averaged', 'single'])),
  ];
}

/** "## What changed": against the verdicts of an earlier file. */
export function changesSection(before: EarlierClaims, now: readonly JudgedClaim[]): string[] {
  const earlier = now.map(({ id }) => before.claims.find((claim) => claim.id === id));
  const compared = now.filter((_, i) => earlier[i] !== undefined);
  const known = earlier.filter((claim) => claim !== undefined);
  const verdicts = compared.filter((claim, i) => claim.verdict !== known[i].verdict);
  const lines = turnedTable(known, compared, ['before', 'now']);
  return [
    '## What changed',
    '',
    `Against the verdicts of digest ${before.digest.slice(0, 16)} (${before.settings.join('; ')}): ` +
      (verdicts.length === 0
        ? 'no verdict changed.'
        : `${verdicts.length} of ${compared.length} verdicts changed: ${verdicts.map(({ id }) => `[${id}](#${id})`).join(', ')}.`) +
      (lines.length === 0
        ? ' No comparison came out otherwise.'
        : ' Comparisons that came out otherwise, with the verdicts that they belong to:'),
    '',
    ...lines,
  ];
}

function turnedTable(
  first: readonly Judged[],
  second: readonly JudgedClaim[],
  [from, to]: readonly [string, string],
): string[] {
  const rows = second.flatMap((claim, i) =>
    turned(first[i], claim).map(
      ({ label, ...words }) =>
        `| [${claim.id}](#${claim.id}) ${MARKS[first[i].verdict]} → ${MARKS[claim.verdict]} | ${label} | ${words.from} | ${words.to} |`,
    ),
  );
  return rows.length === 0
    ? []
    : [`| claim | comparison | ${from} | ${to} |`, '|---|---|---|---|', ...rows, ''];
}

/** Comparisons of one label that came out in another way, or were made in one judgement alone. */
function turned(first: Judged, second: JudgedClaim): Turned[] {
  const words = (outcome: Outcome | undefined): string => OUTCOME_WORDS[outcome ?? 'missing'];
  const of = (claim: Judged): Map<string, Outcome | undefined> =>
    new Map(claim.findings.map(({ label, outcome }) => [label, outcome]));
  const [a, b] = [of(first), of(second)];
  return [...new Set([...a.keys(), ...b.keys()])]
    .map((label) => ({ label, from: words(a.get(label)), to: words(b.get(label)) }))
    .filter(({ from, to }) => from !== to);
}
