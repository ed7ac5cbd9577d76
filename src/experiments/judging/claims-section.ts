/** @file Judged statements of a paper as Markdown: the rule, a table, and each statement with its comparisons. */
import type { JudgedPaperClaim } from './paper-claim.ts';
import { countVerdicts, MARKS, OUTCOME_WORDS, outcomeCounts, verdictGrounds } from './verdict.ts';

const RULE =
  'A comparison is *as stated* when its 95 % interval leaves out 0 on the stated side, *the other way* on the other side, *undecided* otherwise; levels and equality are read as said at the claim, ' +
  'and what has no interval (a time, a distance) as it stands. A claim is confirmed when every comparison is as stated; one about *almost all settings*, or of *at least as good*, when none is ' +
  'the other way and one at least is as stated. Only the conventions of these runs were tried: nothing is said of others. No threshold was chosen with a result in mind.';

/** Everything under a heading of the page's own. */
export function paperClaimsSection(claims: readonly JudgedPaperClaim[]): string[] {
  return [
    RULE,
    '',
    `${claims.length} claims: ${countVerdicts(claims)}.`,
    '',
    '| | claim | where | comparisons |',
    '|---|---|---|---|',
    ...claims.map(row),
    '',
    ...claims.flatMap(statement),
  ];
}

function row({ id, place, claim, verdict, findings }: JudgedPaperClaim): string {
  return `| ${MARKS[verdict]} | [${claim}](#${id}) | ${place} | ${comparisons(findings)} |`;
}

function comparisons(findings: JudgedPaperClaim['findings']): string {
  return findings.length === 0 ? 'none' : outcomeCounts(findings.map(({ outcome }) => outcome));
}

function statement(judged: JudgedPaperClaim): string[] {
  const { criterion, untestable, findings, notes } = judged;
  const absent = untestable ?? 'the runs that it needs have not been made';
  return [
    ...claimHeading(
      judged,
      `${verdictGrounds(comparisons(findings))}${criterion === undefined ? '' : ` What counts: ${criterion}.`}`,
    ),
    ...(findings.length === 0 ? [sentence(absent), ''] : []),
    ...findings.map(({ text, outcome }) =>
      outcome === 'as-stated' ? `- ${text}` : `- ${text}, ${OUTCOME_WORDS[outcome]}`,
    ),
    ...(findings.length === 0 ? [] : ['']),
    ...(notes.length === 0 ? [] : [notes.map(sentence).join(' '), '']),
  ];
}

/** A claim with its anchor, its place and its verdict, and what is said beside the verdict. */
export function claimHeading(
  { id, claim, place, verdict }: Readonly<Record<'id' | 'claim' | 'place' | 'verdict', string>>,
  remark: string,
): string[] {
  return [`### <a id="${id}"></a>${claim}`, '', `${place}. **${sentence(verdict)}** ${remark}`.trimEnd(), ''];
}

/** With a capital letter and a full stop. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
