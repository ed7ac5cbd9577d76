/** @file A table in CSV as examples: what is understood of each column is said. It is read so wherever a table is read, on the command line and in the page. */
import { CommandError, USAGE } from '../files/command-error.ts';
import {
  answersOf,
  FEWEST,
  leftOutSentences,
  presentRows,
  quoted,
  type TableTask,
  type TaskHint,
} from './answers.ts';
import { columnSentences, tableSentence } from './column-sentences.ts';
import { columnOf, type FeatureColumn } from './columns.ts';
import { decodeText } from './decode-text.ts';
import { featuresOf } from './features.ts';
import { type NamedColumn, type NamedInputs, namedInputs, type Place } from './named-inputs.ts';
import { nearestNames } from './nearest-names.ts';
import { skewWarnings } from './skew.ts';
import { spellingWarnings } from './spellings.ts';
import type { TableData } from './table-data.ts';
import { type CellTable, cellTable } from './text-table.ts';

/** What somebody says of a table. */
export interface TableRequest {
  /** Its name, for messages. */
  readonly file: string;
  readonly target?: string | undefined;
  readonly task?: TableTask | undefined;
  /** A column that names rows: shown, and not learnt from. */
  readonly id?: string | undefined;
  /** For a network that is given: its inputs, from every column as it stands, or by their names ({@link namedInputs}). Absent: what can be learnt from. */
  readonly inputs?: 'columns' | readonly string[] | undefined;
  readonly hint?: TaskHint | undefined;
}

/** @param bytes - Of the file, unpacked. @throws {CommandError} the file, the target or the table is not as it must be; one line that says what to do. */
export function tableData(bytes: Uint8Array, request: TableRequest): TableData {
  const { file } = request;
  const { text, told } = decodeText(file, bytes);
  const table = cellTable(file, text, request.target);
  const target = chosenColumn(table, file, '--target', request.target);
  const id = request.id === undefined ? undefined : chosenColumn(table, file, '--id', request.id);
  if (id === target) throw new CommandError('--id and --target name the same column.', USAGE);
  const cellsOf = (k: number): string[] => table.rows.map((row) => row[k]);
  const name = table.names[target];
  const { used, infinite } = presentRows(cellsOf(target), table.separator);
  const missing = table.rows.length - used.length - infinite.length;
  checkRows(file, name, table.rows.length, used.length, infinite.length);
  const kept = (k: number): string[] => Array.from(used, (i) => table.rows[i][k]);
  const answers = answersOf(name, kept(target), table.separator, request.task, request.hint);
  const columns = table.names.flatMap((one, k) =>
    k === target || k === id ? [] : [{ name: one, cells: kept(k) }],
  );
  const place = { file, used, separator: table.separator };
  const wanted = request.inputs;
  const {
    names,
    inputs,
    told: read,
    warnings,
  } = wanted === undefined
    ? learntInputs(place, columns, id === undefined ? undefined : table.names[id])
    : namedInputs(place, columns, wanted === 'columns' ? undefined : wanted);
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
      ...leftOutSentences('target', missing, infinite),
      ...read,
    ],
    warnings: [
      ...spellingWarnings(`Classes of ${quoted(name)}`, answers.classes),
      // a network that is given predicts the target that it was trained on
      ...(wanted === undefined && answers.task === 'regression' ? skewWarnings(name, answers.values) : []),
      ...warnings,
    ],
    shown: shownColumns.map(({ name: one, k }) => ({ name: one, cell: (i) => table.rows[used[i]][k] })),
  };
}

/** The columns that a network can learn from, as inputs. @throws {CommandError} there is none. */
function learntInputs(
  { file, used, separator }: Place,
  from: readonly NamedColumn[],
  id: string | undefined,
): NamedInputs {
  const columns = from.map(({ name, cells }) => [name, columnOf(name, cells, separator)] as const);
  const features = columns.filter((one): one is [string, FeatureColumn] => one[1].kind !== 'left-out');
  if (features.length === 0)
    throw new CommandError(
      `${file}: no column but the target is left to learn from: ${columns.map(([one, column]) => `${quoted(one)} ${column.kind === 'left-out' ? column.why : ''}`.trim()).join(', ')}.`,
    );
  return {
    ...featuresOf(features, used.length),
    told: columnSentences(columns, id, used),
    warnings: features.flatMap(([one, column]) =>
      column.kind === 'dates' && column.ambiguous
        ? [`Dates of ${quoted(one)} could be day or month first; they are read as ${column.order}.`]
        : column.kind === 'categories'
          ? spellingWarnings(`Values of ${quoted(one)}`, column.levels)
          : [],
    ),
  };
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

function checkRows(file: string, target: string, rows: number, usable: number, infinite: number): void {
  if (usable === 0)
    throw new CommandError(`${file}: the target ${quoted(target)} is missing in all ${rows} rows.`);
  if (usable < FEWEST)
    throw new CommandError(
      `${file}: ${usable} ${usable === 1 ? 'row has' : 'rows have'} a target${infinite > 0 ? ' that is finite' : ''}; at least ${FEWEST} are needed.`,
    );
}
