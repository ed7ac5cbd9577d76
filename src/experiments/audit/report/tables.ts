/** @file The tables of the page. */
import { escapeXml } from '../../pages/escape.ts';
import type { AuditData } from '../audit-data.ts';
import type { EffectFinding, Findings, LabelFinding } from '../findings.ts';
import { answerText, cellText, clipped, measuredText, measureOf, shortNumber } from './cells.ts';

/** Rows that a table shows at first, and that each "show more" adds. */
const SHOWN = 200;
/** Rows of a table that are in the page; all are in ranked.csv. */
const MOST = 400;
/** Letters of the cells of a row, and of a neighbour's. */
const LETTERS = 160;
const NEIGHBOUR_LETTERS = 90;

/** A cell: text, or a number that is sorted by its value; HTML only from `markup`. */
type Cell =
  | { readonly text: string; readonly value?: number }
  | { readonly markup: string; readonly value?: number };

function table(id: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const head = heads
    .map((text) => `<th scope="col"><button type="button">${escapeXml(text)}</button></th>`)
    .join('');
  const cell = (one: Cell, column: number): string => {
    const inner = 'markup' in one ? one.markup : escapeXml(one.text);
    const value = one.value === undefined ? '' : ` data-value="${one.value}"`;
    if (column === 0) return `<th scope="row"${value}>${inner}</th>`;
    const kind = 'markup' in one ? ' class="cells"' : one.value === undefined ? '' : ' class="number"';
    return `<td${kind}${value}>${inner}</td>`;
  };
  const body = rows
    .slice(0, MOST)
    .map((cells, i) => `<tr${i < SHOWN ? '' : ' hidden'}>${cells.map(cell).join('')}</tr>`)
    .join('\n');
  return `<div class="wide" tabindex="0" role="region" aria-labelledby="${id}"><table data-shown="${SHOWN}"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div><p class="more"><span role="status"></span> <button type="button" class="go" hidden>Show more</button></p>`;
}

const number = (text: string, value: number): Cell => ({ text, value });

/** A row's number, which opens what is known of it. */
const rowLink = (row: number): string => `<a href="#row=${row}">${row}</a>`;
const rowCell = (row: number): Cell => ({ markup: rowLink(row), value: row });

/** Where the script puts the picture of a row. */
const picture = ({ images, used }: AuditData, position: number): string =>
  images === undefined ? '' : `<img data-row="${used[position]}" alt="row ${used[position]}" hidden> `;

function look(data: AuditData, position: number, letters = LETTERS): string {
  return `${picture(data, position)}${escapeXml(cellText(data, position, letters))}`;
}

const lookCell = (data: AuditData, position: number): Cell => ({ markup: look(data, position) });

/** Rows whose own answer is the suggested one, with their cells. */
function neighbourCell(data: AuditData, neighbours: readonly number[]): Cell {
  const lines = neighbours.map(
    (j) =>
      `<li>${rowLink(data.used[j])} (<b>${escapeXml(answerText(data, j))}</b>) ${look(data, j, NEIGHBOUR_LETTERS)}</li>`,
  );
  return lines.length === 0 ? { text: 'none' } : { markup: `<ul>${lines.join('')}</ul>` };
}

/** The flagged first, each as doubtful as it was. */
export function flaggedFirst(labels: readonly LabelFinding[]): LabelFinding[] {
  return [...labels.filter((one) => one.flagged), ...labels.filter((one) => !one.flagged)];
}

export function labelTable({ data, labels }: Findings): string {
  const classes = data.classes.length > 0;
  const rows = flaggedFirst(labels)
    .slice(0, MOST)
    .map(({ position, row, flagged, given, suggested, score, loss, neighbours }): Cell[] => [
      rowCell(row),
      number(flagged ? 'yes' : 'no', Number(flagged)),
      { text: clipped(given, 60) },
      { text: clipped(suggested ?? '', 60) },
      number(shortNumber(1 - score), 1 - score),
      number(measuredText(loss), loss.value),
      lookCell(data, position),
      neighbourCell(data, neighbours),
    ]);
  const heads = ['row', 'look at it', 'given', 'suggested', 'score', measureOf(data), 'cells'];
  return table('labels', [...heads, classes ? 'near rows that speak for it' : 'near rows'], rows);
}

export function effectTable(id: string, { data }: Findings, effects: readonly EffectFinding[]): string {
  const rows = effects.map(({ position, row, effect }): Cell[] => [
    rowCell(row),
    { text: answerText(data, position), ...numeric(data, position) },
    number(measuredText(effect), effect.value),
    lookCell(data, position),
  ]);
  return table(
    id,
    ['row', clipped(data.target, 60), `change of the ${measureOf(data)} without it`, 'cells'],
    rows,
  );
}

export function duplicateTable({ data, duplicates }: Findings): string {
  const place = new Map(Array.from(data.used, (row, position) => [row, position]));
  const rows = duplicates.map(({ position, row, other, score, agree }): Cell[] => {
    const twin = place.get(other);
    return [
      rowCell(row),
      { markup: rowLink(other), value: other },
      { text: agree ? 'yes' : 'no' },
      number(shortNumber(score), score),
      lookCell(data, position),
      twin === undefined ? { text: '' } : lookCell(data, twin),
    ];
  });
  const heads = [
    'row',
    'its twin',
    `same ${clipped(data.target, 60)}`,
    'distance',
    'cells',
    'cells of the twin',
  ];
  return table('duplicates', heads, rows);
}

export function outlierTable({ data, outliers }: Findings): string {
  const rows = outliers.map(({ position, row, score }): Cell[] => [
    rowCell(row),
    number(`${shortNumber(score)} ×`, score),
    { text: answerText(data, position), ...numeric(data, position) },
    lookCell(data, position),
  ]);
  return table('outliers', ['row', 'distance', clipped(data.target, 60), 'cells'], rows);
}

/** Targets are sorted as numbers, classes as text. */
function numeric({ classes, answers }: AuditData, position: number): { readonly value?: number } {
  return classes.length > 0 ? {} : { value: answers[position] };
}
