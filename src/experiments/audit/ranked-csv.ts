/** @file ranked.csv: every row, the most doubtful first, with its cells. */
import type { Findings } from './findings.ts';

/** A field, in quotes where it needs them; what a spreadsheet would take for a formula begins with an apostrophe. */
function field(text: string): string {
  const safe = /^[=+@\t\r]|^-(?!\d|\.\d)/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Lines of 'rank, row, flagged, score, given, suggested, loss, loss error', then the columns of the table. */
export function rankedCsv({ data, labels }: Findings): string {
  const head = [
    'rank',
    'row',
    'flagged',
    'score',
    'given',
    'suggested',
    'loss',
    'loss_error',
    ...data.shown.map(({ name }) => name),
  ];
  const lines = labels.map(({ position, row, flagged, score, given, suggested, loss }, rank) => [
    `${rank + 1}`,
    `${row}`,
    flagged ? 'yes' : 'no',
    `${1 - score}`,
    given,
    suggested ?? '',
    `${loss.value}`,
    loss.error === null ? '' : `${loss.error}`,
    ...data.shown.map(({ cell }) => cell(position)),
  ]);
  return `${[head, ...lines].map((line) => line.map(field).join(',')).join('\n')}\n`;
}
