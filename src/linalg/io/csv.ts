/** @file Numeric tables in CSV: numbers on top of the cells of csv-cells.ts. */
import { DomainError, FormatError } from '../errors.ts';
import { Matrix } from '../matrix.ts';
import { type Cell, readCells, TABLE_RULES, type TableOptions, type TableRow } from './csv-cells.ts';
import { checkOptions } from './options.ts';

export interface CsvOptions extends TableOptions {
  /**
   * The first row holds column names: true, false, or 'auto', which takes it for names unless it holds a number or a
   * missing cell, and refuses a first row with both words and numbers. Default false.
   */
  readonly header?: boolean | 'auto';
  /** The number that a missing cell stands for, NaN say. Default 'refuse': the message names line and field. */
  readonly missing?: number | 'refuse';
  /** Texts that mean a missing cell, as they stand, if `missing` is a number. Default: the empty cell alone. */
  readonly missingWords?: readonly string[];
  /** The mark before the fraction. With ',' choose another separator. Default '.'. */
  readonly decimal?: '.' | ',';
  /** NaN, inf and infinity in any letter case, with a sign or not, are numbers. Default false: they are refused. */
  readonly nonFinite?: boolean;
  /** 0x1F is a number, an integer up to 2⁵³ − 1. Default false: it is refused. */
  readonly hexadecimal?: boolean;
}

export interface CsvTable {
  /** Column names; empty without a header. */
  readonly columns: readonly string[];
  /** [rows, columns]. */
  readonly values: Matrix;
}

/** A table of text: what {@link readTable} returns, for columns that are not numbers. */
export interface TextTable {
  readonly columns: readonly string[];
  /** Every row has as many cells as the first, or as there are names. */
  readonly rows: readonly (readonly string[])[];
  /** Line of the file on which each row begins, from 1. */
  readonly lines: readonly number[];
}

const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const HEXADECIMAL = /^[+-]?0[xX][0-9a-fA-F]+$/;
const NON_FINITE = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i;

const RULES = {
  ...TABLE_RULES,
  header: [true, false, 'auto'],
  missing: {
    test: (value: unknown) => typeof value === 'number' || value === 'refuse',
    want: "a number, NaN included, or 'refuse'",
  },
  missingWords: {
    test: (value: unknown) => Array.isArray(value) && value.every((word) => typeof word === 'string'),
    want: 'an array of strings',
  },
  decimal: ['.', ','],
  nonFinite: [true, false],
  hexadecimal: [true, false],
};

/**
 * Reads a table of decimal numbers: RFC 4180 with LF or CRLF, quoted fields, one finite number per field, and whatever
 * else the options allow. Without options nothing is guessed.
 *
 * @param text - The whole file as a string, or its bytes in UTF-8; a leading byte-order mark and empty lines at the end
 * are skipped.
 * @returns values [rows, columns], each the float64 nearest to its decimal; column names if there is a header.
 * @throws {FormatError} rows of unequal length, a field that is not a number of the kind allowed, a missing cell, stray
 * quotes, empty lines inside, no rows. The message names line and field, counted from 1, and the option that would help.
 * @throws {DomainError} an option that does not exist or contradicts another; text that is none.
 * Reference: Shafranovich, RFC 4180 (2005), §2.
 * @example readCsv('1,2\n3,4\n').values.at(1, 0); // 3
 */
export function readCsv(text: string | Uint8Array, options: CsvOptions = {}): CsvTable {
  checkOptions('readCsv', options, RULES);
  const rule = numberRule(options);
  const { columns, rows } = split(text, options, (cell) => rule(cell) !== undefined);
  if (rows.length === 0) throw new FormatError('csv', 'no rows of numbers.');
  const width = columns?.length ?? rows[0].cells.length;
  const values = new Matrix(rows.length, width);
  for (const [i, { line, cells }] of rows.entries()) {
    checkWidth(line, cells, width);
    for (let j = 0; j < width; j++)
      values.data[i * width + j] = rule(cells[j]) ?? notANumber(line, j, cells[j], options);
  }
  return { columns: columns ?? [], values };
}

/**
 * Reads a table of text: names and cells, all rows equally long. Numbers stay as they are written.
 *
 * @param options - Those of {@link readCsv} that speak of cells; `header: 'auto'` needs numbers and is refused.
 * @returns columns (empty without `header`), rows of cells, and the line of each.
 * @throws as {@link readCsv}, but for what speaks of numbers.
 * @example readTable('name,x\na,1\n', { header: true }).rows[0][0]; // 'a'
 */
export function readTable(
  text: string | Uint8Array,
  options: TableOptions & { readonly header?: boolean } = {},
): TextTable {
  checkOptions('readTable', options, { ...TABLE_RULES, header: [true, false] });
  const { columns, rows } = split(text, options, () => false);
  const width = columns?.length ?? rows[0]?.cells.length ?? 0;
  for (const { line, cells } of rows) checkWidth(line, cells, width);
  return {
    columns: columns ?? [],
    rows: rows.map(({ cells }) => cells.map((cell) => cell.text)),
    lines: rows.map(({ line }) => line),
  };
}

/** Header and the rows below it. */
function split(
  text: string | Uint8Array,
  { header = false, ...all }: CsvOptions,
  isNumber: (cell: Cell) => boolean,
): { columns: string[] | undefined; rows: TableRow[] } {
  const cellOptions = Object.fromEntries(Object.entries(all).filter(([name]) => name in TABLE_RULES));
  const rows = readCells(text, cellOptions);
  if (header === false || rows.length === 0) return { columns: undefined, rows };
  const [first, ...rest] = rows;
  const numbers = first.cells.filter(isNumber).length;
  if (header === 'auto' && numbers === first.cells.length) return { columns: undefined, rows };
  if (header === 'auto' && numbers > 0)
    throw new FormatError(
      'csv',
      `line ${first.line} has ${numbers} numbers among ${first.cells.length} fields: is it a header? Say header: true or false.`,
    );
  return { columns: first.cells.map((cell) => cell.text), rows: rest };
}

function checkWidth(line: number, cells: readonly Cell[], width: number): void {
  if (cells.length === width) return;
  const trailing = cells.length === width + 1 && cells[width].text === '' && !cells[width].quoted;
  throw new FormatError(
    'csv',
    `line ${line} has ${cells.length} ${cells.length === 1 ? 'field' : 'fields'}, expected ${width}.${
      trailing ? " A separator ends it: trailingSeparator: 'ignore' reads that." : ''
    }`,
  );
}

/** The number of a cell, or undefined if it is none under these options. */
function numberRule(options: CsvOptions): (cell: Cell) => number | undefined {
  const { decimal = '.', missing = 'refuse', missingWords = [''], separator = ',' } = options;
  if (decimal === separator)
    throw new DomainError('readCsv', 'separator', "another than the decimal mark, ';' say", separator);
  if (/^[0-9.eE+-]$/.test(separator))
    throw new DomainError('readCsv', 'separator', 'a character that stands in no number', `'${separator}'`);
  if (options.missingWords !== undefined && missing === 'refuse')
    throw new DomainError('readCsv', 'missing', 'a number when missingWords are given', missing);
  return ({ text }) => {
    if (missing !== 'refuse' && missingWords.includes(text)) return missing;
    const plain = decimal === ',' ? swapped(text) : text;
    if (NUMBER.test(plain)) {
      const value = Number(plain);
      return Number.isFinite(value) ? value : undefined; // an overflow is no infinity
    }
    if (options.hexadecimal && HEXADECIMAL.test(plain)) {
      const value = (plain[0] === '-' ? -1 : 1) * Number(plain.replace(/^[+-]/, ''));
      return Number.isSafeInteger(value) ? value : undefined;
    }
    const [word, sign, nan] = (options.nonFinite && NON_FINITE.exec(plain)) || [];
    if (word === undefined) return undefined;
    return nan ? Number.NaN : sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  };
}

/** Decimal commas as points. A point in such a text is no number, rather than a thousands mark. */
function swapped(text: string): string {
  return text.includes('.') ? '' : text.replace(',', '.');
}

function notANumber(line: number, column: number, { text, quoted }: Cell, options: CsvOptions): never {
  throw new FormatError(
    'csv',
    `line ${line}, field ${column + 1}: ${JSON.stringify(text.slice(0, 40))} is not a finite number.${hint(text, quoted, options)}`,
  );
}

/** The option that would read this cell, where one would. */
function hint(text: string, quoted: boolean, options: CsvOptions): string {
  if (text === '' && !quoted && options.missing === undefined)
    return ' A missing cell: missing: NaN reads it so.';
  const bare = text.trim();
  if (bare !== text && NUMBER.test(bare)) return ' trim: true passes over blanks.';
  if (NON_FINITE.test(bare)) return ' nonFinite: true reads it.';
  if (HEXADECIMAL.test(bare)) return ' hexadecimal: true reads it.';
  if (/^[0-9.eE+-]+([;\t|][0-9.eE+-]+)+$/.test(bare)) return ' Is the separator another one?';
  if (/^[#%;]/.test(bare)) return ` Is it a comment? comment: '${bare[0]}' passes over it.`;
  if (/^[0-9.eE+-]+([ \t]+[0-9.eE+-]+)+$/.test(bare))
    return " separator: 'blanks' reads columns apart by blanks.";
  if (/[A-Za-z]/.test(bare) && options.header === undefined)
    return ' Is it a name? header: true reads names.';
  return '';
}
