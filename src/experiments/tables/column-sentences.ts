/** @file What was understood of a table's columns, in sentences. */
import { quoted } from './answers.ts';
import type { Column } from './columns.ts';
import { type CellTable, SEPARATOR_NAMES } from './text-table.ts';

/** How many rows and columns, and how they are told apart. */
export function tableSentence({ rows, names, separator, header }: CellTable): string {
  return `${rows.length} rows and ${names.length} columns, apart by ${SEPARATOR_NAMES[separator]}, ${
    header ? 'named in the first line' : 'without names: column 1, column 2, …'
  }.`;
}

/** What the columns were taken for, a sentence a kind. @param used - Of each position its row in the file. */
export function columnSentences(
  columns: readonly (readonly [string, Column])[],
  id: string | undefined,
  used: Int32Array,
): string[] {
  const named = (list: readonly string[]): string =>
    `${list.slice(0, 10).map(quoted).join(', ')}${list.length > 10 ? ` and ${list.length - 10} more` : ''}`;
  const of = (test: (column: Column) => boolean): string[] =>
    columns.filter(([, column]) => test(column)).map(([name]) => name);
  const say = (head: string, list: readonly string[], tail = ''): string[] =>
    list.length === 0 ? [] : [`${head}${named(list)}${tail}.`];
  const leftOut = (why: string): string[] => of((column) => column.kind === 'left-out' && column.why === why);
  return [
    ...say(
      'Numbers: ',
      of((c) => c.kind === 'numbers' && c.notation !== 'comma'),
    ),
    ...say(
      'Numbers with a decimal comma: ',
      of((c) => c.kind === 'numbers' && c.notation === 'comma'),
    ),
    ...columns.flatMap(([name, c]) =>
      c.kind === 'numbers' && c.strange.length > 0
        ? [
            `${quoted(name)}: ${c.strange.length} ${c.strange.length === 1 ? 'cell is' : 'cells are'} no number (${quoted(c.strange[0])}) and ${c.strange.length === 1 ? 'counts' : 'count'} as missing.`,
          ]
        : [],
    ),
    ...say(
      'Dates, as days: ',
      of((c) => c.kind === 'dates'),
    ),
    ...columns.flatMap(([name, c]) =>
      (c.kind === 'numbers' || c.kind === 'dates') && c.infinite.length > 0
        ? [
            c.infinite.length === 1
              ? `${quoted(name)}: 1 cell is infinite (row ${used[c.infinite[0]]}) and counts as missing.`
              : `${quoted(name)}: ${c.infinite.length} cells are infinite (the first in row ${used[c.infinite[0]]}) and count as missing.`,
          ]
        : [],
    ),
    ...say(
      'Categories: ',
      of((c) => c.kind === 'categories'),
    ),
    ...columns.flatMap(([name, c]) =>
      c.kind === 'categories' && c.pooled > 0
        ? [
            `${quoted(name)} has ${c.levels.length + c.pooled} different values: the ${c.levels.length} most frequent stand for themselves, ${c.pooled} rare ones are taken together.`,
          ]
        : [],
    ),
    ...say(
      'Missing cells have an indicator of their own: ',
      of((c) => hasMissing(c)),
    ),
    ...say('Left out, the same in every row: ', leftOut('constant')),
    ...say('Left out, because nothing is in them: ', leftOut('empty')),
    ...say('Left out, because they only tell rows apart: ', leftOut('id')),
    ...say('Left out, because free text is not learnt from: ', leftOut('free text')),
    ...(id === undefined ? [] : [`${quoted(id)} names the rows, and is not learnt from.`]),
  ];
}

function hasMissing(column: Column): boolean {
  if (column.kind === 'left-out') return false;
  return column.kind === 'categories'
    ? column.codes.includes(-1)
    : column.values.some((x) => Number.isNaN(x));
}
