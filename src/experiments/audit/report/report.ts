/** @file The page of an audit: one file, which asks nothing of any other. */
import { createHash } from 'node:crypto';
import { escapeXml } from '../../pages/escape.ts';
import type { Change, EffectFinding, Findings, Measured, Verification } from '../findings.ts';
import { cellText, imageUri, measuredText, shortNumber } from './cells.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { duplicateTable, effectTable, labelTable, outlierTable } from './tables.ts';

/** Rows that can be looked up. */
const EMBEDDED = 2000;

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const p = (text: string, kind = ''): string =>
  `<p${kind === '' ? '' : ` class="${kind}"`}>${escapeXml(text)}</p>`;
const items = (texts: readonly string[], kind = ''): string =>
  texts.length === 0
    ? ''
    : `<ul${kind === '' ? '' : ` class="${kind}"`}>${texts.map((text) => `<li>${escapeXml(text)}</li>`).join('')}</ul>`;

export function auditReport(findings: Findings): string {
  const { data, labels, harmful, carrying, duplicates, outliers, verified } = findings;
  const flagged = labels.filter((one) => one.flagged).length;
  const title = `Audit of ${data.source}`;
  const wrong = data.classes.length > 0 ? 'Probably mislabelled' : 'Targets that do not fit';
  const measure = measureOf(findings);
  const policy = `default-src 'none'; img-src data:; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}`;
  const section = (id: string, head: string, text: string, body: string): string =>
    `<section><h2 id="${id}">${escapeXml(head)}</h2>${p(text, 'soft')}${body}</section>`;
  const rest = [
    section(
      'harmful',
      'Rows that harm',
      `Without one of these the mean ${measure} on rows that the networks did not see would fall, as predicted without retraining. A negative number is better without the row.`,
      harmful.length === 0 ? p('None.') : effectTable('harmful', findings, harmful),
    ),
    section(
      'carrying',
      'Rows that carry the model',
      `Without one of these the mean ${measure} on other rows would rise most.`,
      carrying.length === 0 ? p('None.') : effectTable('carrying', findings, carrying),
    ),
    section(
      'duplicates',
      'Near-duplicates',
      'Two rows that are nearly the same; those whose answers differ first. The distance is relative to the usual one from a row to its nearest.',
      duplicates.length === 0 ? p('None.') : duplicateTable(findings),
    ),
    section(
      'outliers',
      'Outliers',
      'Rows far from all others: typing errors, other units, or just rare.',
      outliers.length === 0 ? p('None.') : outlierTable(findings),
    ),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeXml(title)}</title><style>${STYLE}</style></head><body><main>
<h1>${escapeXml(title)}</h1>
<nav aria-label="Parts"><a href="#labels">${escapeXml(wrong)} (${flagged})</a><a href="#harmful">Harm (${harmful.length})</a><a href="#carrying">Carry</a><a href="#duplicates">Near-duplicates (${duplicates.length})</a><a href="#outliers">Outliers (${outliers.length})</a><a href="#row">One row</a></nav>
${items(data.understood)}
${modelPanel(findings, measure)}
${verified === undefined ? '' : verifiedPanel(verified, measure)}
${section('labels', wrong, `${flagged} of ${labels.length} rows. Networks that never saw a row say something else, and are as sure of it as they usually are where it is right. All rows, ranked, are in ranked.csv; look before you change any.`, labelTable(findings))}
${rest.join('\n')}
<section><h2 id="row">One row</h2><form id="look"><label for="number">Row number</label> <input id="number" name="row" type="number" min="0" max="${data.rows - 1}" required> <button class="go" type="submit">Show</button></form><div id="found" aria-live="polite"></div></section>
</main>
<script type="application/json" id="rows">${embedded(findings, measure)}</script>
<script>${SCRIPT}</script>
</body></html>
`;
}

function measureOf({ data }: Findings): string {
  return data.classes.length > 0 ? 'loss' : '|error|';
}

function modelPanel({ model, trust }: Findings, measure: string): string {
  const { text, networks, accuracy, heldOutLoss, baseline } = model;
  const quality =
    accuracy === undefined
      ? `On rows that they did not see they are off by ${measuredText(heldOutLoss)} on average; always saying the median would be off by ${shortNumber(baseline)}.`
      : `On rows that they did not see they are right in ${percent(accuracy)}; always saying the most frequent class is right in ${(100 * baseline).toFixed(1)} %. Their mean ${measure} there is ${measuredText(heldOutLoss)}.`;
  const { lds, ci, ceiling, warnings } = trust;
  const bound = (x: number | null): string => (x === null ? '–' : shortNumber(x));
  const trusted =
    lds === null
      ? 'How far the effects of rows can be trusted could not be measured.'
      : `How far to trust the effects of rows: on random halves of the table the predicted changes and those of real retraining rank alike by ${bound(lds)} (95 % ${bound(ci[0])} to ${bound(ci[1])}; 1 is perfect, 0 is chance${ceiling === null ? '' : `; a perfect prediction would reach ${bound(ceiling)}`}).`;
  return `<div class="panel">${p(`${networks} networks were trained: ${text}; each row was left to those that did not see it. ${quality}`)}${p(trusted)}${items(warnings, 'warn')}</div>`;
}

const percent = ({ value, error }: Measured): string =>
  `${(100 * value).toFixed(1)}${error === null ? '' : ` ± ${(100 * error).toFixed(1)}`} %`;

function verifiedPanel({ k, removed, random, relabelled }: Verification, measure: string): string {
  const line = (what: string, { loss, accuracy, predicted }: Change): string =>
    `${what}: the mean ${measure} on the other rows changed by ${measuredText(loss)}${predicted === undefined ? '' : ` (predicted ${shortNumber(predicted)})`}${accuracy === undefined ? '' : `, accuracy by ${percent(accuracy)}`}.`;
  return `<div class="panel">${p(`Retrained to see, on the rows that are not among the ${k} most doubtful:`)}${items(
    [
      line(`Without the ${k} most doubtful rows`, removed),
      ...(relabelled === undefined ? [] : [line('With the suggested answers in their place', relabelled)]),
      line(`Without ${k} random rows`, random),
    ],
  )}</div>`;
}

/** What the page knows of single rows, as JSON that ends no script. */
function embedded(
  { data, labels, harmful, carrying, duplicates, outliers, queries }: Findings,
  measure: string,
): string {
  const finding = new Map(labels.map((one) => [one.position, one]));
  const helped = new Map(queries.map((one) => [one.position, one]));
  const effects = (list: readonly EffectFinding[]): [number, string][] =>
    list.map(({ row, effect }) => [row, measuredText(effect, false)]);
  const wanted = new Set<number>();
  for (const { position } of [
    ...labels.filter((one) => one.flagged),
    ...harmful,
    ...carrying,
    ...duplicates,
    ...outliers,
    ...labels,
  ])
    if (wanted.size < EMBEDDED) wanted.add(position);
  const rows = Object.fromEntries(
    [...wanted].map((position) => {
      const query = helped.get(position);
      const label = finding.get(position);
      const image = imageUri(data, position);
      return [
        String(data.used[position]),
        {
          given: label?.given ?? '',
          ...(label?.suggested === undefined ? {} : { suggested: label.suggested }),
          cells: cellText(data, position),
          ...(image === undefined ? {} : { image }),
          ...(query === undefined ? {} : { helped: effects(query.helped), harmed: effects(query.harmed) }),
        },
      ];
    }),
  );
  return JSON.stringify({ target: data.target, measure, rows })
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}
