/** @file Judged claims as Markdown: the rule, a table, and each claim with its comparisons. */
import { findingText, type JudgedClaim } from './claim.ts';
import { conventionCounts, conventionGroups, conventionSupport } from './convention-tally.ts';
import { countVerdicts, MARKS, verdictGrounds } from './verdict.ts';

const RULE =
  'A comparison is *as stated* when its 95 % interval leaves out 0 on the stated side, *the other way* on the other side, *undecided* otherwise; levels and equality are read as said at the claim, ' +
  'and what has no interval (a time, a distance) as it stands. A claim is confirmed when every comparison is as stated; one about *almost all settings*, or of *at least as good*, when none is ' +
  'the other way and one at least is as stated. Only the conventions of these runs were tried: nothing is said of others. No threshold was chosen with a result in mind.';

/** Everything under a heading of the page's own. */
export function claimsSection(claims: readonly JudgedClaim[]): string[] {
  return [RULE, '', ...claimsOverview(claims), '', ...claims.flatMap(claimStatement)];
}

/** The verdicts counted, and a line for each claim. @param studied - With a column on conventions. */
export function claimsOverview(claims: readonly JudgedClaim[], studied = false): string[] {
  const row = ({ id, claim, place, verdict, summary, conventions }: JudgedClaim): string =>
    `| ${MARKS[verdict]} | [${claim}](#${id}) | ${place} | ${summary} |` +
    (studied ? ` ${conventions === undefined ? '' : conventionCounts(conventions)} |` : '');
  return [
    `${claims.length} claims: ${countVerdicts(claims)}.`,
    '',
    `| | claim | where | comparisons |${studied ? ' conventions |' : ''}`,
    `|---|---|---|---|${studied ? '---|' : ''}`,
    ...claims.map(row),
  ];
}

/** A claim with its anchor, its place and its verdict, the comparisons behind it, and what else should be known. */
export function claimStatement(judged: JudgedClaim): string[] {
  const { id, claim, place, verdict, summary, criterion, findings, conventions, notes = [] } = judged;
  const grounds = verdictGrounds(summary, conventions && conventionSupport(conventions));
  const counted = criterion === undefined ? '' : ` What counts: ${criterion}.`;
  return [
    ...[`### <a id="${id}"></a>${claim}`, '', `${place}. **${sentence(verdict)}** ${grounds}${counted}`, ''],
    ...(findings.length === 0 ? absence(judged) : [...findings.map((one) => `- ${findingText(one)}`), '']),
    ...(conventions === undefined
      ? []
      : [
          `<details><summary>Under the conventions of the study, ${conventions.settings.join(', ')}: ${conventionCounts(conventions)}</summary>`,
          '',
          ...conventionGroups(conventions).map(
            ({ words, names }) => `- ${words} (${names.length}): ${names.join('; ')}`,
          ),
          '',
          '</details>',
          '',
        ]),
    ...(notes.length === 0 ? [] : [notes.map(sentence).join(' '), '']),
  ];
}

/** Why there is no comparison, where the summary does not say so. */
function absence({ summary, untestable }: JudgedClaim): string[] {
  return summary === 'none' ? [sentence(untestable ?? 'the runs that it needs have not been made'), ''] : [];
}

/** With a capital letter and a full stop. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
