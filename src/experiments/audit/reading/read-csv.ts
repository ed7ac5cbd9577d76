/** @file A table in CSV as examples: what is understood of each column is said. */
import { CommandError, USAGE } from '../../files/command-error.ts';
import type { AuditData } from '../audit-data.ts';
import { type AuditTask, answersOf, FEWEST, presentRows, quoted } from './answers.ts';
import { type Column, columnOf, type FeatureColumn } from './columns.ts';
import { featuresOf } from './features.ts';
import { nearestNames } from './nearest-names.ts';
import { numeralsOf } from './numerals.ts';
import { decodeText, unpackedBytes } from './text-file.ts';
import { type CellTable, cellTable, SEPARATOR_NAMES } from './text-table.ts';

/** What the command line says of a table. */
export interface TableRequest {
  readonly file: string;
  readonly target?: string | undefined;
  readonly task?: AuditTask | undefined;
  /** A column that names rows: shown, and not learnt from. */
  readonly id?: string | undefined;
  /** For a network that is given: every column as it stands, none left out; all must be numbers. Default false. */
  readonly asTheyStand?: boolean | undefined;
}

/** @throws {CommandError} the file, the target or the table is not as it must be; one line that says what to do. */
export function readCsvData(request: TableRequest): AuditData {
  const { file } = request;
  const { text, told } = decodeText(file, unpackedBytes(file));
  const table = cellTable(file, text, request.target);
  const target = chosenColumn(table, file, '--target', request.target);
  const id = request.id === undefined ? undefined : chosenColumn(table, file, '--id', request.id);
  if (id === target) throw new CommandError('--id and --target name the same column.', USAGE);
  const cellsOf = (k: number): string[] => table.rows.map((row) => row[k]);
  const name = table.names[target];
  const used = presentRows(cellsOf(target));
  const missing = table.rows.length - used.length;
  checkRows(file, name, table.rows.length, used.length);
  const kept = (k: number): string[] => Array.from(used, (i) => table.rows[i][k]);
  const answers = answersOf(name, kept(target), table.separator, request.task);
  const columns = table.names.flatMap((one, k): (readonly [string, Column])[] =>
    k === target || k === id
      ? []
      : [
          [
            one,
            request.asTheyStand === true
              ? numbersOf(file, one, kept(k), used, table.separator)
              : columnOf(one, kept(k), table.separator),
          ],
        ],
  );
  const features = columns.filter((one): one is [string, FeatureColumn] => one[1].kind !== 'left-out');
  if (features.length === 0)
    throw new CommandError(
      `${file}: no column but the target is left to learn from: ${columns.map(([one, column]) => `${quoted(one)} ${column.kind === 'left-out' ? column.why : ''}`.trim()).join(', ')}.`,
    );
  const { names, inputs } = featuresOf(features, used.length);
  const warnings = features.flatMap(([one, column]) =>
    column.kind === 'dates' && column.ambiguous
      ? [`Dates of ${quoted(one)} could be day or month first; they are read as ${column.order}.`]
      : [],
  );
  const shownColumns = table.names.flatMap((one, k) =>
    k === target ? [] : [{ name: one, k, first: k === id }],
  );
  shownColumns.sort((a, b) => Number(b.first) - Number(a.first));
  return {
    source: file,
    target: name,
    task: answers.task,
    rows: table.rows.length,
    used,
    features: names,
    inputs,
    answers: answers.values,
    classes: answers.classes,
    understood: [
      ...told,
      tableSentence(table),
      answers.told,
      ...(missing > 0
        ? [
            `${missing} ${missing === 1 ? 'row has' : 'rows have'} no target and ${missing === 1 ? 'is' : 'are'} left out.`,
          ]
        : []),
      ...columnSentences(columns, id === undefined ? undefined : table.names[id]),
    ],
    warnings,
    shown: shownColumns.map(({ name: one, k }) => ({ name: one, cell: (i) => table.rows[used[i]][k] })),
  };
}

/** A column of numbers, whatever its name and even if it is the same everywhere. @throws {CommandError} a cell is no number. */
function numbersOf(
  file: string,
  name: string,
  cells: readonly string[],
  used: Int32Array,
  separator: string,
): Column {
  const numerals = numeralsOf(cells, separator);
  const at = cells.findIndex((cell, i) => numerals === undefined ? numeralsOf([cell], separator) === undefined : Number.isNaN(numerals.values[i])); // biome-ignore format: one condition
  if (numerals === undefined || at >= 0)
    throw new CommandError(
      `${file}: ${quoted(name)} is ${quoted(cells[Math.max(0, at)] ?? '')} in row ${used[Math.max(0, at)]}; a network of your own reads numbers only: encode the column as it was trained on.`,
    );
  return { kind: 'numbers', ...numerals };
}

/** The column that is meant: by name, letter case and blanks aside where that is unique; by number, or `last`, without a header. */
function chosenColumn(
  { names, header }: CellTable,
  file: string,
  option: string,
  asked: string | undefined,
): number {
  const list = names.slice(0, 12).map(quoted).join(', ');
  const columns = `${list}${names.length > 12 ? `, and ${names.length - 12} more` : ''}`;
  if (asked === undefined)
    throw new CommandError(`say which column is the target: ${option} NAME. ${file} has ${columns}.`, USAGE);
  const exact = names.indexOf(asked);
  if (exact >= 0) return exact;
  const alike = names.flatMap((name, k) => (plain(name) === plain(asked) ? [k] : []));
  if (alike.length === 1) return alike[0];
  if (!header && asked === 'last') return names.length - 1;
  const number = /^\d+$/.test(asked) ? Number(asked) : 0;
  if (!header && number >= 1 && number <= names.length) return number - 1;
  if (!header)
    throw new CommandError(
      `${option} ${quoted(asked)}: ${file} has no line of names; give a number from 1 to ${names.length}, or last.`,
    );
  const near = nearestNames(asked, names);
  throw new CommandError(
    `${option}: ${file} has no column ${quoted(asked)}. ${near.length > 0 ? `Nearest: ${near.map(quoted).join(', ')}.` : `It has ${columns}.`}`,
  );
}

function plain(name: string): string {
  return name.trim().toLowerCase();
}

function checkRows(file: string, target: string, rows: number, usable: number): void {
  if (usable === 0)
    throw new CommandError(`${file}: the target ${quoted(target)} is missing in all ${rows} rows.`);
  if (usable < FEWEST)
    throw new CommandError(
      `${file}: ${usable} ${usable === 1 ? 'row has' : 'rows have'} a target; at least ${FEWEST} are needed for an audit.`,
    );
}

function tableSentence({ rows, names, separator, header }: CellTable): string {
  return `${rows.length} rows and ${names.length} columns, apart by ${SEPARATOR_NAMES[separator]}, ${
    header ? 'named in the first line' : 'without names: column 1, column 2, …'
  }.`;
}

/** What the columns were taken for, a sentence a kind. */
function columnSentences(columns: readonly (readonly [string, Column])[], id: string | undefined): string[] {
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
