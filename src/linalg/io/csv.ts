/** @file Numeric tables in CSV. */
import { DomainError, FormatError } from '../errors.ts';
import { Matrix } from '../matrix.ts';

export interface CsvOptions {
  /** The first row holds column names. Default false. */
  readonly header?: boolean;
  /** One character between fields. Default ','. */
  readonly separator?: string;
}

export interface CsvTable {
  /** Column names; empty without `header`. */
  readonly columns: readonly string[];
  /** [rows, columns]. */
  readonly values: Matrix;
}

const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

/**
 * Reads a table of finite decimal numbers: RFC 4180 with LF or CRLF, quoted fields, one number per field.
 *
 * @param text - The whole file; a leading byte-order mark and empty lines at the end are skipped.
 * @returns values [rows, columns], each the float64 nearest to its decimal; column names with `header: true`.
 * @throws {FormatError} rows of unequal length, a field that is not a finite number (blanks around it included), stray
 * quotes, empty lines inside, no rows. The message names line and field, counted from 1.
 * @throws {DomainError} `separator` is not one character, or is a quote or a line break.
 * Reference: Shafranovich, RFC 4180 (2005), §2.
 * @example readCsv('1,2\n3,4\n').values.at(1, 0); // 3
 */
export function readCsv(text: string, options: CsvOptions = {}): CsvTable {
  const { header = false, separator = ',' } = options;
  if (separator.length !== 1 || '"\r\n'.includes(separator))
    throw new DomainError(
      'readCsv',
      'separator',
      'one character, no quote or line break',
      JSON.stringify(separator),
    );
  const rows = splitCsv(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, separator);
  const columns = header ? (rows.shift()?.fields ?? []) : [];
  if (rows.length === 0) throw new FormatError('csv', 'no rows of numbers.');
  const width = header ? columns.length : rows[0].fields.length;
  const values = new Matrix(rows.length, width);
  for (const [i, { line, fields }] of rows.entries()) {
    if (fields.length !== width)
      throw new FormatError(
        'csv',
        `line ${line} has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, expected ${width}.`,
      );
    for (let j = 0; j < width; j++) {
      const value = NUMBER.test(fields[j]) ? Number(fields[j]) : Number.NaN;
      if (!Number.isFinite(value))
        throw new FormatError(
          'csv',
          `line ${line}, field ${j + 1}: ${JSON.stringify(fields[j].slice(0, 40))} is not a finite number.`,
        );
      values.data[i * width + j] = value;
    }
  }
  return { columns, values };
}

interface Row {
  /** Line on which the row begins, from 1. */
  readonly line: number;
  readonly fields: string[];
}

function splitCsv(text: string, separator: string): Row[] {
  const rows: Row[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const row: Row = { line, fields: [] };
    for (;;) {
      const field = text[at] === '"' ? quotedField(text, at, line) : plainField(text, at, separator, line);
      row.fields.push(field.value);
      line += field.lines;
      at = field.end;
      if (text[at] !== separator) break;
      at++;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at++;
    if (at < text.length && text[at] !== '\n')
      throw new FormatError(
        'csv',
        `line ${line}, field ${row.fields.length}: unexpected ${JSON.stringify(text[at])}.`,
      );
    at++;
    line++;
    rows.push(row);
  }
  while (rows.length > 0 && isEmpty(rows[rows.length - 1])) rows.pop();
  for (const row of rows) if (isEmpty(row)) throw new FormatError('csv', `line ${row.line} is empty.`);
  return rows;
}

function isEmpty(row: Row): boolean {
  return row.fields.length === 1 && row.fields[0] === '';
}

interface Field {
  readonly value: string;
  /** Position after the field. */
  readonly end: number;
  /** Line breaks inside. */
  readonly lines: number;
}

function plainField(text: string, start: number, separator: string, line: number): Field {
  let end = start;
  while (
    end < text.length &&
    text[end] !== separator &&
    text[end] !== '\n' &&
    !(text[end] === '\r' && text[end + 1] === '\n')
  ) {
    if (text[end] === '"' || text[end] === '\r')
      throw new FormatError(
        'csv',
        `line ${line}: ${text[end] === '"' ? 'a quote inside an unquoted field' : 'a lone carriage return'}.`,
      );
    end++;
  }
  return { value: text.slice(start, end), end, lines: 0 };
}

/** A field in quotes; "" inside stands for one quote. */
function quotedField(text: string, start: number, line: number): Field {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] !== '"') continue;
    if (text[at + 1] === '"') {
      at++;
      continue;
    }
    const value = text.slice(start + 1, at).replaceAll('""', '"');
    return { value, end: at + 1, lines: value.split('\n').length - 1 };
  }
  throw new FormatError('csv', `line ${line}: a quoted field does not end.`);
}
