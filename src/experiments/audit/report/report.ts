/** @file The page of an audit: one file, which asks nothing of any other. */
import { createHash } from 'node:crypto';
import { escapeXml } from '../../pages/escape.ts';
import type { Findings } from '../findings.ts';
import { clipped, measureOf } from './cells.ts';
import { modelPanel, trustPanel, verifiedPanel } from './panels.ts';
import { rowsJson } from './rows-data.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { duplicateTable, effectTable, labelTable, outlierTable } from './tables.ts';
import { list, paragraph } from './text.ts';

/** A part of the page. */
interface Part {
  readonly id: string;
  readonly title: string;
  /** What stands behind its name in the navigation. */
  readonly count?: number;
  readonly text: string;
  /** Before all of it. */
  readonly warning?: string | undefined;
  /** HTML. */
  readonly body: string;
}

/** The page: a pure function of the findings. All text of the table is escaped; scripts other than its own do not run. */
export function auditReport(findings: Findings): string {
  const { data, verified } = findings;
  const title = `Audit of ${clipped(data.source, 200)}`;
  const parts = [labelPart(findings), ...otherParts(findings)];
  const links = parts.map(
    ({ id, title, count }) =>
      `<a href="#${id}">${escapeXml(title)}${count === undefined ? '' : ` (${count})`}</a>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<title>${escapeXml(title)}</title><style>${STYLE}</style></head><body><main>
<h1>${escapeXml(title)}</h1>
<nav aria-label="Parts">${links.join('')}<a href="#row">One row</a></nav>
<section class="panel" aria-labelledby="understood"><h2 id="understood">What was understood</h2>${list(data.understood)}${paragraph('Rows are counted from 0: row 0 is the first row of data, after the headings.', 'soft')}</section>
${modelPanel(findings)}
${trustPanel(findings)}
${verifiedPanel(verified, measureOf(data))}
${parts.map(partHtml).join('\n')}
<section><h2 id="row">One row</h2>${paragraph('Which rows helped the networks to get a row right, and which stood in the way.', 'soft')}<form id="look"><label for="number">Row number</label> <input id="number" name="row" type="number" min="0" max="${data.rows - 1}" step="1" required> <button class="go" type="submit">Show</button></form><div id="found" tabindex="-1" aria-live="polite"></div><noscript><p class="warn">Looking up a row, sorting and pictures need JavaScript.</p></noscript></section>
</main>
<script type="application/json" id="rows">${rowsJson(findings)}</script>
<script>${SCRIPT}</script>
</body></html>
`;
}

/** Nothing but the page's own style and script, and pictures that are in it. */
function policy(): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return `default-src 'none'; img-src data:; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'`;
}

function partHtml({ id, title, text, warning, body }: Part): string {
  return `<section><h2 id="${id}">${escapeXml(title)}</h2>${warning === undefined ? '' : paragraph(warning, 'warn')}${paragraph(text, 'soft')}${body}</section>`;
}

function labelPart(findings: Findings): Part {
  const { data, labels, trust } = findings;
  const flagged = labels.filter((one) => one.flagged).length;
  const classes = data.classes.length > 0;
  const told = classes
    ? 'Networks that did not see a row give its label little chance.'
    : 'Networks that did not see a row predict something far from its target.';
  return {
    id: 'labels',
    title: classes ? 'Probably mislabelled' : 'Targets that are probably wrong',
    count: flagged,
    warning: trust.distrust,
    text: `${flagged} of ${labels.length} rows ${trust.distrust === undefined ? 'are worth a look and' : 'are flagged all the same and'} come first. ${told} The score goes from 0 to 1; high is doubtful. Look before you change any. All rows, ranked, are in ranked.csv.`,
    body: labelTable(findings),
  };
}

function otherParts(findings: Findings): Part[] {
  const { data, harmful, carrying, duplicates, outliers } = findings;
  const measure = measureOf(data);
  const tableOr = (found: readonly unknown[], html: () => string): string =>
    found.length === 0 ? paragraph('None.') : html();
  return [
    {
      id: 'harmful',
      title: 'Rows that harm',
      count: harmful.length,
      text: `Without one of these the mean ${measure} on rows that the networks did not see would fall. This is predicted, without retraining; a change below 0 is an improvement.`,
      body: tableOr(harmful, () => effectTable('harmful', findings, harmful)),
    },
    {
      id: 'carrying',
      title: 'Rows that carry the model',
      count: carrying.length,
      text: `Without one of these the mean ${measure} on rows that the networks did not see would rise most.`,
      body: tableOr(carrying, () => effectTable('carrying', findings, carrying)),
    },
    {
      id: 'duplicates',
      title: 'Near-duplicates',
      count: duplicates.length,
      text: 'Two rows that are nearly the same. The distance is 0 for equal rows and 1 for the usual distance from a row to its nearest.',
      body: tableOr(duplicates, () => duplicateTable(findings)),
    },
    {
      id: 'outliers',
      title: 'Outliers',
      count: outliers.length,
      text: 'Rows far from all others: typing errors, other units, or just rare. The distance to their neighbours is given as a multiple of the usual one.',
      body: tableOr(outliers, () => outlierTable(findings)),
    },
  ];
}
