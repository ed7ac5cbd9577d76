/** @file A claim of the paper as it stands beside its figure: the sentence, the verdict, the comparisons behind it. */

import { type Finding, findingText, type JudgedClaim } from '../../judging/claim.ts';
import {
  type ConventionTally,
  conventionCounts,
  conventionGroups,
  conventionSupport,
} from '../../judging/convention-tally.ts';
import { counted } from '../../judging/table.ts';
import { OUTCOME_WORDS, supportText } from '../../judging/verdict.ts';
import { escapeXml } from '../../pages/escape.ts';
import { folded, list, table } from '../../pages/html.ts';

import type { Sweep } from '../claims/sweeps.ts';
import { SWEEP_FIGURES } from './paper-figures.ts';

/** As many comparisons are shown at once; of more the table is folded away. */
const SHOWN = 3;

/** The claims that bear on one figure alone, or on several figures together. */
export function claimsOf(claims: readonly JudgedClaim[], figure: number | 'several'): JudgedClaim[] {
  return claims.filter(({ figures = [] }) =>
    figure === 'several' ? figures.length > 1 : figures.length === 1 && figures[0] === figure,
  );
}

/** A claim with its verdict. Its comparisons stand below, folded when they are many. */
export function claimHtml({
  id,
  place,
  claim,
  verdict,
  summary,
  findings,
  conventions,
}: JudgedClaim): string {
  return (
    `<div class="statement ${verdict.replaceAll(' ', '-')}" id="claim-${escapeXml(id)}">` +
    `<p class="claim"><cite>${escapeXml(place)}</cite> ${escapeXml(claim)}</p>` +
    `<p class="found"><b>${verdict}</b> ${escapeXml(findings.length > SHOWN || findings.length === 0 ? `Here ${summary}.` : `${capital(findings.map(findingText).join('; '))}.`)}${conventions === undefined ? '' : ` ${supportText(conventionSupport(conventions))}`}</p>` +
    (findings.length > SHOWN
      ? folded(counted(findings.length, 'comparison'), [findingTable(findings)])
      : '') +
    (conventions === undefined ? '' : conventionHtml(conventions)) +
    '</div>'
  );
}

/** Every claim in a line, with a link to where it stands on the page. */
export function claimLinks(claims: readonly JudgedClaim[], sweeps: readonly Sweep[]): string {
  const items = claims.map(({ id, figures = [], place, claim, verdict }) => {
    const words = escapeXml(claim);
    const text = isOnPage(figures, sweeps) ? `<a href="#claim-${escapeXml(id)}">${words}</a>` : words;
    return `<li class="verdict ${verdict.replaceAll(' ', '-')}"><b>${verdict}</b> ${text} <cite>${escapeXml(place)}</cite></li>`;
  });
  return `<ul class="verdicts">${items.join('')}</ul>`;
}

/** A claim stands beside its figure when that is drawn: 1 to 3 one per sweep, 5 to 8 with any. */
function isOnPage(figures: readonly number[], sweeps: readonly Sweep[]): boolean {
  if (figures.length > 1 || figures[0] >= 5) return sweeps.length > 0;
  return sweeps.some(({ axis, paper }) => paper && SWEEP_FIGURES[axis] === figures[0]);
}

function findingTable(findings: readonly Finding[]): string {
  return table(
    ['comparison', 'found', 'outcome'],
    findings.map(({ label, found, outcome, remark, marks }) => [
      label,
      [found, ...marks].join(' '),
      remark === '' ? OUTCOME_WORDS[outcome] : remark,
    ]),
  );
}

function conventionHtml(tally: ConventionTally): string {
  return folded(`under the conventions of the study: ${conventionCounts(tally)}`, [
    list(
      conventionGroups(tally).map(
        ({ words, names }) => `${capital(words)} (${names.length}): ${names.join('; ')}.`,
      ),
    ),
  ]);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
