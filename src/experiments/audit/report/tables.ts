/** @file The tables of the page. */
import { escapeXml } from '../../pages/escape.ts';
import type { AuditData } from '../audit-data.ts';
import type { EffectFinding, Findings } from '../findings.ts';
import { cellText, imageUri, measuredText, shortNumber } from './cells.ts';

/** Rows of a table; the rest is in ranked.csv. */
const SHOWN = 200;

/** A cell: text, or a number that is sorted by its value; HTML only from `markup`. */
type Cell = { readonly text: string; readonly value?: number } | { readonly markup: string };

function table(id: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const head = heads
    .map((text) => `<th scope="col"><button type="button">${escapeXml(text)}</button></th>`)
    .join('');
  const cell = (one: Cell): string => {
    if ('markup' in one) return `<td class="cells">${one.markup}</td>`;
    if (one.value === undefined) return `<td>${escapeXml(one.text)}</td>`;
    return `<td class="number" data-value="${one.value}">${escapeXml(one.text)}</td>`;
  };
  const body = rows.map((cells) => `<tr>${cells.map(cell).join('')}</tr>`).join('\n');
  return `<div class="wide" tabindex="0" role="region" aria-labelledby="${id}"><table data-sortable><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

const number = (text: string, value: number): Cell => ({ text, value });
const row = (value: number): Cell => number(`${value}`, value);

/** The cells of a row, with its picture. */
function look(data: AuditData, position: number): Cell {
  const uri = imageUri(data, position);
  const image = uri === undefined ? '' : `<img src="${uri}" alt="row ${data.used[position]}"> `;
  return { markup: `${image}${escapeXml(cellText(data, position))}` };
}

const answerOf = (data: AuditData, position: number): string =>
  data.classes.length > 0 ? data.classes[data.answers[position]] : shortNumber(data.answers[position]);

export function labelTable({ data, labels }: Findings): string {
  const flagged = labels.filter((one) => one.flagged);
  const shown = (flagged.length > 0 ? flagged : labels).slice(0, SHOWN);
  const rows = shown.map(({ position, row: of, given, suggested, score, loss, neighbours }): Cell[] => [
    row(of),
    { text: given },
    { text: suggested ?? '' },
    number(shortNumber(1 - score), 1 - score),
    number(measuredText(loss), loss.value),
    { text: neighbours.map((j) => `${data.used[j]} (${answerOf(data, j)})`).join(', ') },
    look(data, position),
  ]);
  const loss = data.classes.length > 0 ? 'loss' : '|error|';
  return table(
    'labels',
    [
      'row',
      'given',
      'the networks say',
      'doubt',
      loss,
      data.classes.length > 0 ? 'near rows that agree' : 'near rows',
      'cells',
    ],
    rows,
  );
}

export function effectTable(id: string, { data }: Findings, effects: readonly EffectFinding[]): string {
  const rows = effects
    .slice(0, SHOWN)
    .map(({ position, row: of, effect }): Cell[] => [
      row(of),
      { text: answerOf(data, position) },
      number(measuredText(effect), effect.value),
      look(data, position),
    ]);
  return table(
    id,
    [
      'row',
      data.target,
      data.classes.length > 0 ? 'change of the loss without it' : 'change of |error| without it',
      'cells',
    ],
    rows,
  );
}

export function duplicateTable({ data, duplicates }: Findings): string {
  const rows = duplicates
    .slice(0, SHOWN)
    .map(({ position, row: of, other, score, agree }): Cell[] => [
      row(of),
      row(other),
      { text: agree ? 'yes' : 'no' },
      number(shortNumber(score), score),
      look(data, position),
    ]);
  return table('duplicates', ['row', 'its twin', `same ${data.target}`, 'distance', 'cells'], rows);
}

export function outlierTable({ data, outliers }: Findings): string {
  const rows = outliers
    .slice(0, SHOWN)
    .map(({ position, row: of, score }): Cell[] => [
      row(of),
      number(`${shortNumber(score)} ×`, score),
      { text: answerOf(data, position) },
      look(data, position),
    ]);
  return table('outliers', ['row', 'usual distance to its neighbours', data.target, 'cells'], rows);
}
