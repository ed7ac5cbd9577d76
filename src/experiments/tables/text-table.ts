/** @file A table of text cells from the text of a file: its separator and its header are seen, not asked for. */
import { EigenfluenceError } from '../../linalg/errors.ts';
import { readTable, type TextTable } from '../../linalg/io/index.ts';
import { CommandError } from '../files/command-error.ts';
import { isMissing } from './missing.ts';
import { isInfinite, isNumeral } from './numerals.ts';

/** Names of columns, and the cells below them. */
export interface CellTable {
  readonly separator: string;
  /** Whether the first line of the file holds the names. */
  readonly header: boolean;
  readonly names: readonly string[];
  /** Data rows: empty lines are none. */
  readonly rows: readonly (readonly string[])[];
}

const SEPARATORS = [',', ';', '\t', '|'] as const;

/** Names of a column that is probably to be predicted. */
const TARGET_NAME = /^(target|label|class|y|outcome|diagnosis|species)$/i;

/** What a separator is called. */
export const SEPARATOR_NAMES: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'bars',
};

/** Rows that the separator and the header are seen from. */
const LOOKED_AT = 200;

/**
 * The cells of a table. The separator is the one that gives the most columns, all rows being equally long.
 *
 * @param target - What is named is looked for in the first line.
 * @throws {CommandError} no rows, one column, rows of unequal length, open quotes; the message names the line.
 */
export function cellTable(file: string, text: string, target: string | undefined): CellTable {
  if (text.trim() === '') throw new CommandError(`${file} is empty.`);
  const separator = separatorOf(text);
  const all = tableBy(file, text, separator);
  const width = all.rows[0].length;
  if (width < 2) throw new CommandError(`${file} has one column: ${NEEDED}`);
  const header = hasHeader(all.rows, target);
  const names = header ? distinctNames(all.rows[0]) : all.rows[0].map((_, k) => `column ${k + 1}`);
  const rows = header ? all.rows.slice(1) : all.rows;
  if (rows.length === 0) throw new CommandError(`${file} has a line of names and no rows.`);
  return { separator, header, names, rows };
}

const NEEDED =
  'a target and at least one column to predict it from are needed, apart by commas, semicolons, tabs or bars.';

function tableBy(file: string, text: string, separator: string): TextTable {
  try {
    const returns = !text.includes('\n') && text.includes('\r');
    return readTable(text, { separator, trim: true, emptyLines: 'skip', loneReturn: returns });
  } catch (error) {
    const [first] = text.trimStart().split(/[\r\n]/, 1);
    if (error instanceof EigenfluenceError && !first.includes(separator))
      throw new CommandError(
        `${file}: its first line, ${JSON.stringify(first.slice(0, 40))}, is one column: ${NEEDED} A title above the names must go.`,
      );
    if (error instanceof EigenfluenceError) throw new CommandError(`${file}: ${error.message}`);
    throw error;
  }
}

/**
 * The separator whose first line is as long as the rows (commas of decimals are not in names), and whose rows are equally long and longest, by the first
 * rows; a comma where none is. Commas that another separator leaves inside numbers are none.
 */
function separatorOf(text: string): string {
  const ends = text.includes('\n') ? '\n' : '\r';
  const lines = text
    .split(ends, LOOKED_AT)
    .map(unquoted)
    .filter((line) => line.trim() !== '');
  const decimals = SEPARATORS.some((separator) => separator !== ',' && decimalsBy(lines, separator));
  let best = { separator: ',', named: false, even: 0, width: 1 };
  for (const separator of SEPARATORS) {
    if (separator === ',' && decimals) continue;
    const widths = lines.map((line) => line.split(separator).length);
    const width = median(widths);
    const even = widths.filter((one) => one === width).length / Math.max(1, widths.length);
    if (width < 2) continue;
    const named = widths[0] === width;
    const longer = even > best.even + 0.1 || (even > best.even - 0.1 && width > best.width);
    if (named === best.named ? longer : named) best = { separator, named, even, width };
  }
  return best.separator;
}

/** Digits with a comma that are one number: of decimals, or of thousands. */
const WITH_COMMA = /^(\d+,\d+|\d{1,3}(\.\d{3})+,\d+|\d{1,3}(,\d{3})+(\.\d+)?)$/;

/** Whether every comma stands inside a number. */
function commasInNumbers(field: string): boolean {
  const runs = field.match(/[\d.,]+/g) ?? [];
  return runs.every((run) => !run.includes(',') || WITH_COMMA.test(run));
}

/** Whether a separator makes all lines equally long, and leaves no comma but in numbers; in the first line, which may hold names, it may leave any. */
function decimalsBy(lines: readonly string[], separator: string): boolean {
  const fields = lines.map((line) => line.split(separator));
  const below = fields.length > 1 ? fields.slice(1) : fields;
  return (
    fields.every((one) => one.length > 1 && one.length === fields[0].length) &&
    below.every((one) => one.every(commasInNumbers))
  );
}

/** A line without what stands in quotes: separators there are none. */
function unquoted(line: string): string {
  return line.replace(/"[^"]*("|$)/g, '');
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/**
 * Whether the first line holds names: it says the target; or none of its cells is a number where its column has numbers below,
 * and it is unlike the cells below it.
 */
function hasHeader(rows: readonly (readonly string[])[], target: string | undefined): boolean {
  const [first, ...below] = rows.slice(0, LOOKED_AT);
  if (target !== undefined && !isNumeral(target) && namedIn(first).includes(target)) return true;
  if (first.some((cell) => isNumeral(cell) || (/^[+-]/.test(cell) && isInfinite(cell)))) return false;
  if (new Set(first).size < first.length) return false;
  const numeric = first.some(
    (cell, k) =>
      !isInfinite(cell) && // a name, or a number of the column
      below.length > 0 &&
      below.every((row) => isMissing(row[k]) || isNumeral(row[k]) || isInfinite(row[k])),
  );
  const repeated = first.some((cell, k) => below.some((row) => row[k] === cell));
  return numeric || !repeated;
}

/** Names that a first line would give. */
function namedIn(first: readonly string[]): string[] {
  return distinctNames(first).filter((_, k) => first[k].trim() !== '');
}

/** Names as they are; empty ones by their number, repeated ones with a count behind them. */
function distinctNames(cells: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return cells.map((cell, k) => {
    const name = cell.trim() === '' ? `column ${k + 1}` : cell.trim();
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

/** The column to predict where nobody says: one called target, label, class, y, outcome, diagnosis or species; else the last. */
export function likelyTarget(file: string, text: string): string {
  const said = cellTable(file, text, undefined);
  const named = said.names.find((name) => TARGET_NAME.test(name));
  // the first line is names where it says one of them, even if it looks like the lines below
  const first = said.header ? undefined : said.rows[0].find((cell) => TARGET_NAME.test(cell));
  return named ?? first ?? said.names[said.names.length - 1];
}
