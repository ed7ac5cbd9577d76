/** @file Numbers in the spellings of tables: decimal point or comma, thousands, percent. */
import { isMissing } from './missing.ts';

/** How numbers of a column are written. */
export type Notation = 'point' | 'comma' | 'thousands' | 'percent' | 'percent-comma';

const POINT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const COMMA = /^[+-]?(\d+,?\d*|,\d+|\d{1,3}(\.\d{3})+,\d+)([eE][+-]?\d+)?$/;
const THOUSANDS = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/;

const READERS: { readonly [N in Notation]: (cell: string) => number } = {
  point: (cell) => (POINT.test(cell) ? Number(cell) : Number.NaN),
  comma: (cell) => (COMMA.test(cell) ? Number(cell.replaceAll('.', '').replace(',', '.')) : Number.NaN),
  thousands: (cell) => (THOUSANDS.test(cell) ? Number(cell.replaceAll(',', '')) : READERS.point(cell)),
  percent: (cell) => (cell.endsWith('%') ? READERS.point(cell.slice(0, -1).trim()) : Number.NaN),
  'percent-comma': (cell) => (cell.endsWith('%') ? READERS.comma(cell.slice(0, -1).trim()) : Number.NaN),
};

/** Whether a cell is a number in any notation. */
export function isNumeral(cell: string): boolean {
  return Object.values(READERS).some((read) => Number.isFinite(read(cell.trim())));
}

/** A column as numbers. */
export interface Numerals {
  readonly notation: Notation;
  /** NaN where a cell is missing or no number. */
  readonly values: Float64Array;
  /** Cells that are neither missing nor numbers. */
  readonly strange: readonly string[];
}

/** The share of cells that may be no numbers in a column of numbers: typing errors, "n. a." */
const STRANGE = 0.02;

/**
 * A column as numbers, or undefined if it is none. One notation holds for the whole column. Where a comma can mean both, three digits
 * behind every one are thousands in a file whose separator is a comma, and decimals in others.
 */
export function numeralsOf(cells: readonly string[], separator: string): Numerals | undefined {
  const filled = cells.map((cell) => (isMissing(cell) ? undefined : cell.trim()));
  const present = filled.reduce((count, cell) => count + (cell === undefined ? 0 : 1), 0);
  if (present === 0) return undefined;
  const order: readonly Notation[] =
    separator === ','
      ? ['point', 'thousands', 'comma', 'percent', 'percent-comma']
      : ['point', 'comma', 'thousands', 'percent', 'percent-comma'];
  let best: Numerals | undefined;
  for (const notation of order) {
    const read = READERS[notation];
    const values = new Float64Array(cells.length).fill(Number.NaN);
    const strange: string[] = [];
    for (const [i, cell] of filled.entries()) {
      if (cell === undefined) continue;
      const value = read(cell);
      if (Number.isFinite(value)) values[i] = value;
      else strange.push(cell);
    }
    if (best === undefined || strange.length < best.strange.length) best = { notation, values, strange };
    if (strange.length === 0) break;
  }
  return best !== undefined && best.strange.length <= STRANGE * present ? best : undefined;
}
