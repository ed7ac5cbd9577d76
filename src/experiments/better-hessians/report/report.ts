/** @file The report: one HTML page that needs nothing but itself. */

import type { JudgedClaim } from '../../judging/claim.ts';
import { escapeXml } from '../../pages/escape.ts';
import { figureHtml, paragraph, type Section, sectionHtml } from '../../pages/html.ts';
import type { Figure } from '../../pages/render.ts';
import { STYLE } from '../../pages/style.ts';
import { judgeClaims } from '../claims/claims.ts';
import { collectSweeps } from '../claims/sweeps.ts';
import type { ResultsHead } from '../results/results.ts';
import { answerSection } from './answer-section.ts';
import { beyondSections } from './beyond-section.ts';
import { introductionSections, ladder } from './introduction.ts';
import { makingSection } from './making-section.ts';
import { settingsSection } from './settings-section.ts';
import { bestRows, studySections } from './study-section.ts';
import type { Supplements } from './supplements.ts';
import { diagnosticSections, sweepSections } from './sweep-sections.ts';
import { CONVENTIONS, LIMITS, QUESTION } from './text.ts';
import type { SettingView } from './view.ts';

/** What the report is made from. */
export interface ReportInput {
  readonly head: ResultsHead;
  readonly digest: string;
  /** At least one. */
  readonly settings: readonly SettingView[];
  /** Of other commands; what is not there leaves no trace. */
  readonly supplements?: Supplements;
}

/** The page, and every figure in it as a file of its own. */
export interface Report {
  readonly html: string;
  readonly figures: readonly Figure[];
}

/** Renders the report: a pure function of its input. */
export async function renderReport({
  head,
  digest,
  settings,
  supplements = {},
}: ReportInput): Promise<Report> {
  const sweeps = collectSweeps(settings);
  const { claims, best } = judged(settings, supplements);
  const sections: Section[] = [
    await answerSection({ settings, sweeps, claims, best }),
    ...introductionSections(settings),
    ...(await sweepSections(sweeps, claims)),
    ...(await diagnosticSections(sweeps, settings, claims)),
    ...(await studySections(supplements.study)),
    ...(await beyondSections(supplements.beyond)),
    ...leftOutSections(supplements),
    await settingsSection(settings),
    { id: 'reading', title: 'How to read a score', body: CONVENTIONS, figures: [] },
    { id: 'limits', title: 'Limits', body: LIMITS, figures: [] },
    makingSection(head, digest, settings),
  ];
  const picture = ladder();
  const links = sections.map(({ id, title }) => `<a href="#${id}">${escapeXml(title)}</a>`);
  const body = [
    '<h1>Does a better Hessian give better influence scores?</h1>',
    QUESTION,
    figureHtml(picture),
    `<nav aria-label="sections">${links.join(' ')}</nav>`,
    ...sections.map(sectionHtml),
  ];
  const html =
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>eigenfluence report</title>` +
    `<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head>\n<body><main>\n${body.join('\n')}\n</main></body></html>\n`;
  return { html, figures: [picture, ...sections.flatMap(({ figures }) => figures)] };
}

/** The paper's claims, none where no setting of the paper was run, and the order at each method's best. */
interface Judged {
  readonly claims: readonly JudgedClaim[];
  readonly best: readonly (readonly string[])[];
}

function judged(settings: readonly SettingView[], { study }: Supplements): Judged {
  const table = Object.fromEntries(settings.map(({ name, results }) => [name, results]));
  const claims = judgeClaims(table, study);
  const testable = claims.some(({ verdict }) => verdict !== 'not testable here');
  return { claims: testable ? claims : [], best: bestRows(study) };
}

/** A file that cannot be used has a section that says why, and the page is made without it. */
function leftOutSections({ leftOut = new Map() }: Supplements): Section[] {
  return [...leftOut].map(([command, why]) => ({
    id: command,
    title: `Left out: ${command}`,
    body: [paragraph(why, 'gap')],
    figures: [],
  }));
}
