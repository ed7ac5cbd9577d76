/** @file Tables: each column is declared once, with its heading, and written as Markdown, as CSV or for the terminal. */
/** Undefined numbers are null. `quoted`: text that stands in quotes in CSV even where it need not. */
export type Cell = string | number | null | undefined | { readonly quoted: string };

/** What stands below each heading, from left to right. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

/** A number and the ends of its interval, as columns `name`, `name_lo` and `name_hi`. */
export function withInterval<Row>(name: string, of: (row: Row) => readonly Cell[]): Columns<Row> {
  return Object.fromEntries(
    [name, `${name}_lo`, `${name}_hi`].map((head, k) => [head, (row: Row) => of(row)[k]]),
  );
}

/** Columns under the names of the fields that they show. */
export function fields<K extends string>(...names: readonly K[]): Columns<{ readonly [name in K]: Cell }> {
  return Object.fromEntries(names.map((name) => [name, (row: { readonly [name in K]: Cell }) => row[name]]));
}

/** The same column for each of some values. */
export function columnsOf<T, Row>(
  values: readonly T[],
  head: (value: T, index: number) => string,
  cell: (row: Row, value: T, index: number) => Cell,
): Columns<Row> {
  return Object.fromEntries(
    values.map((value, k) => [head(value, k), (row: Row) => cell(row, value, k)] as const),
  );
}

/** RFC 4180; numbers in full, undefined ones empty. `end` of each line. */
export function csv<Row>(columns: Columns<Row>, rows: readonly Row[], end = '\n'): string {
  return [Object.keys(columns), ...cells(columns, rows)]
    .map((row) => `${row.map(csvField).join(',')}${end}`)
    .join('');
}

function csvField(cell: Cell): string {
  const quoted = typeof cell === 'object' && cell !== null;
  const text = quoted ? cell.quoted : String(cell ?? '');
  return quoted || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** How the line below the headings is written. */
export interface Rule {
  /** Blanks around the dashes. */
  readonly spaced?: boolean;
  /** Whether a column stands to the right, by its cells. */
  readonly right?: (cells: readonly Cell[]) => boolean;
}

/** Lines of Markdown; numbers with four significant digits, undefined ones as a dash. */
export function markdown<Row>(
  columns: Columns<Row>,
  rows: readonly Row[],
  { spaced = false, right = () => false }: Rule = {},
): string[] {
  const body = cells(columns, rows);
  const heads = Object.keys(columns);
  const rules = heads.map((_, j) => (right(body.map((row) => row[j])) ? '---:' : '---'));
  return [
    line(heads),
    spaced ? line(rules) : `|${rules.join('|')}|`,
    ...body.map((row) => line(row.map(shown))),
  ];
}

/** Columns of equal width for the terminal; the first stands to the left, the others to `side`. */
export function aligned<Row>(
  columns: Columns<Row>,
  rows: readonly Row[],
  side: 'left' | 'right' = 'right',
): string[] {
  const lines = [Object.keys(columns), ...texts(columns, rows)];
  const widths = lines[0].map((_, j) => Math.max(...lines.map((line) => line[j].length)));
  const padded = (cell: string, j: number): string =>
    j === 0 || side === 'left' ? cell.padEnd(widths[j]) : cell.padStart(widths[j]);
  return lines.map((line) => line.map(padded).join('  ').trimEnd());
}

/** The cells as they are read. */
export function texts<Row>(columns: Columns<Row>, rows: readonly Row[]): string[][] {
  return cells(columns, rows).map((row) => row.map(shown));
}

function cells<Row>(columns: Columns<Row>, rows: readonly Row[]): Cell[][] {
  const read = Object.values(columns);
  return rows.map((row) => read.map((cell) => cell(row)));
}

function line(texts: readonly string[]): string {
  return `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
}

function shown(cell: Cell): string {
  if (cell === null || cell === undefined) return '–';
  if (typeof cell === 'object') return cell.quoted;
  if (typeof cell === 'string') return cell;
  return (Number.isInteger(cell) ? String(cell) : String(Number(cell.toPrecision(4)))).replace('-', '−');
}
