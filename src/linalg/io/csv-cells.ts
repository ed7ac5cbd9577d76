/** @file A table of text cells from CSV or from columns apart by blanks: the layer below numbers. */
import { isInstance } from '../border/instances.ts';
import { DomainError, FormatError } from '../errors.ts';
import { checkOptions, type OptionRule } from './options.ts';
import { decodeUtf8 } from './utf8.ts';

export interface TableOptions {
  /** One character between fields, or 'blanks': any run of blanks and tabs, also before the first. Default ','. */
  readonly separator?: string;
  /** Blanks and tabs around a field do not count. Quoted text keeps its own. Default false: they are part of the field. */
  readonly trim?: boolean;
  /** From this mark to the end of the line is a comment, outside quotes; '#' say. Default: there are none. */
  readonly comment?: string;
  /** 'skip' passes over empty lines inside; those at the end never count. Default 'refuse'. */
  readonly emptyLines?: 'refuse' | 'skip';
  /** 'ignore' takes one separator at the end of a line for its end. Default: it begins one more, empty field. */
  readonly trailingSeparator?: 'field' | 'ignore';
  /** A carriage return alone ends a line, as on an old Macintosh. Default false: it is refused. */
  readonly loneReturn?: boolean;
}

/** A cell: its text, and whether it stood in quotes. */
export interface Cell {
  readonly text: string;
  readonly quoted: boolean;
}

export interface TableRow {
  /** Line on which the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly Cell[];
}

const BLANKS = ' \t';

export const TABLE_RULES: Readonly<Record<string, OptionRule>> = {
  separator: { test: isSeparator, want: "one character, no quote or line break, or 'blanks'" },
  trim: [true, false],
  comment: {
    test: (value) => typeof value === 'string' && /^[^"\r\n \t]+$/.test(value),
    want: 'a mark without quotes, blanks or line breaks',
  },
  emptyLines: ['refuse', 'skip'],
  trailingSeparator: ['field', 'ignore'],
  loneReturn: [true, false],
};

function isSeparator(value: unknown): boolean {
  return value === 'blanks' || (typeof value === 'string' && value.length === 1 && !'"\r\n'.includes(value));
}

/**
 * Splits text into rows of cells: RFC 4180 with LF or CRLF, quoted cells ("" for one quote), what the options add.
 *
 * @param text - The whole file, or its bytes in UTF-8; a leading byte-order mark and empty lines at the end are skipped.
 * @returns The rows in order, of any length each; none for an empty file.
 * @throws {FormatError} stray or open quotes, a lone carriage return, empty lines inside, bytes that are not UTF-8.
 * @throws {DomainError} text that is none, or an option that is wrong.
 * Reference: Shafranovich, RFC 4180 (2005), §2.
 * @example readCells('a,"b ""c"""\n')[0].cells[1].text; // 'b "c"'
 */
export function readCells(text: string | Uint8Array, options: TableOptions = {}): TableRow[] {
  checkOptions('readCells', options, TABLE_RULES);
  if (options.comment !== undefined && options.comment === options.separator)
    throw new DomainError('readCells', 'comment', 'another mark than the separator', options.comment);
  return new Splitter(textOf(text), options).rows();
}

function textOf(text: unknown): string {
  if (typeof text === 'string') return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (!isInstance(text, Uint8Array))
    throw new DomainError(
      'readCsv',
      'text',
      'a string or a Uint8Array',
      text === null ? 'null' : `a ${typeof text}`,
    );
  if ((text[0] === 0xff && text[1] === 0xfe) || (text[0] === 0xfe && text[1] === 0xff))
    throw new FormatError('csv', 'the text is UTF-16. Save it as UTF-8.');
  return textOf(decodeUtf8('csv', text));
}

class Splitter {
  private readonly text: string;
  private readonly separator: string;
  private readonly aligned: boolean;
  private readonly options: TableOptions;
  private at = 0;
  private line = 1;

  constructor(text: string, options: TableOptions) {
    this.text = text;
    this.aligned = options.separator === 'blanks';
    this.separator = options.separator ?? ',';
    this.options = options;
  }

  rows(): TableRow[] {
    const rows: TableRow[] = [];
    while (this.at < this.text.length) {
      const row = this.row();
      if (row !== undefined) rows.push(row);
    }
    const { emptyLines = 'refuse' } = this.options;
    if (emptyLines === 'skip') return rows.filter((row) => !isEmpty(row));
    while (rows.length > 0 && isEmpty(rows[rows.length - 1])) rows.pop();
    for (const row of rows) if (isEmpty(row)) throw new FormatError('csv', `line ${row.line} is empty.`);
    return rows;
  }

  /** One row and its line end; undefined for a line that is only a comment. */
  private row(): TableRow | undefined {
    const { line } = this;
    const cells: Cell[] = [];
    if (this.aligned) this.skipBlanks();
    for (;;) {
      cells.push(this.cell(cells.length + 1));
      if (!this.takeSeparator()) break;
      if (this.options.trim) this.skipBlanks();
      if (this.atLineEnd() && (this.aligned || this.options.trailingSeparator === 'ignore')) break;
    }
    const commented = this.skipComment();
    this.endLine();
    const empty = cells.length === 1 && cells[0].text.trim() === '' && !cells[0].quoted;
    return commented && empty ? undefined : { line, cells };
  }

  private takeSeparator(): boolean {
    if (this.aligned) {
      const from = this.at;
      this.skipBlanks();
      return this.at > from;
    }
    if (this.text[this.at] !== this.separator) return false;
    this.at++;
    return true;
  }

  private cell(number: number): Cell {
    const from = this.at;
    if (this.options.trim) this.skipBlanks();
    if (this.text[this.at] === '"') {
      const text = this.quoted();
      if (this.options.trim) this.skipBlanks();
      if (!this.atCellEnd())
        throw new FormatError(
          'csv',
          `line ${this.line}, field ${number}: unexpected ${JSON.stringify(this.text[this.at])}.`,
        );
      return { text, quoted: true };
    }
    this.at = from;
    while (!this.atCellEnd()) {
      if (this.text[this.at] === '"')
        throw new FormatError('csv', `line ${this.line}: a quote inside an unquoted field.`);
      this.at++;
    }
    const text = this.text.slice(from, this.at);
    return { text: this.options.trim ? trimmed(text) : text, quoted: false };
  }

  /** Text in quotes, which may hold line ends; "" inside stands for one quote. */
  private quoted(): string {
    const start = this.at + 1;
    for (let at = start; at < this.text.length; at++) {
      if (this.text[at] !== '"') continue;
      if (this.text[at + 1] === '"') {
        at++;
        continue;
      }
      const value = this.text.slice(start, at).replaceAll('""', '"');
      this.line += value.split('\n').length - 1;
      this.at = at + 1;
      return value;
    }
    throw new FormatError('csv', `line ${this.line}: a quoted field does not end.`);
  }

  private skipBlanks(): void {
    while (this.at < this.text.length && BLANKS.includes(this.text[this.at]) && !this.isSeparator())
      this.at++;
  }

  /** A tab that separates is no blank. */
  private isSeparator(): boolean {
    return !this.aligned && this.text[this.at] === this.separator;
  }

  private atCellEnd(): boolean {
    return this.aligned
      ? this.atLineEnd() || BLANKS.includes(this.text[this.at])
      : this.isSeparator() || this.atLineEnd();
  }

  /** The end of the text, of the line, or the start of a comment. */
  private atLineEnd(): boolean {
    const { at, text } = this;
    if (at >= text.length || text[at] === '\n' || text[at] === '\r') return true;
    return this.options.comment !== undefined && text.startsWith(this.options.comment, at);
  }

  private skipComment(): boolean {
    if (this.options.comment === undefined || !this.text.startsWith(this.options.comment, this.at))
      return false;
    while (this.at < this.text.length && this.text[this.at] !== '\n' && this.text[this.at] !== '\r')
      this.at++;
    return true;
  }

  private endLine(): void {
    if (this.text[this.at] === '\r') {
      if (this.text[this.at + 1] === '\n') this.at++;
      else if (!this.options.loneReturn)
        throw new FormatError(
          'csv',
          `line ${this.line}: a lone carriage return. loneReturn: true ends lines so.`,
        );
    }
    this.at++;
    this.line++;
  }
}

function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}

function isEmpty({ cells }: TableRow): boolean {
  return cells.length === 1 && cells[0].text === '' && !cells[0].quoted;
}
