/** @file Numbers in the spellings of tables: decimal point or comma, thousands, percent, amounts of money. */
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

/** A sign, a currency before or behind the number, spaces between them: "-$1,234.50", "3,50 €". */
const CURRENCY = /^([+-]?)\s*(\p{Sc}?)\s*([^\p{Sc}]*?)\s*(\p{Sc}?)$/u;

/** A cell without its currency, and which that is; one of two currencies stays as it is. */
function withoutCurrency(cell: string): { readonly number: string; readonly currency: string } {
  const [, sign, before, number, behind] = CURRENCY.exec(cell) ?? [];
  return number === undefined || (before !== '' && behind !== '')
    ? { number: cell, currency: '' }
    : { number: sign + number, currency: before + behind };
}

/** Infinity as a word, as numpy and pandas write it. */
const INFINITY = /^[+-]?inf(inity)?$/i;

/** Whether a cell says that a number is infinite. */
export function isInfinite(cell: string): boolean {
  return INFINITY.test(cell.trim());
}

/** Whether a cell is a number in any notation, infinity as a word aside. */
export function isNumeral(cell: string): boolean {
  const { number } = withoutCurrency(cell.trim());
  return Object.values(READERS).some((read) => !Number.isNaN(read(number)));
}

/** A column as numbers. */
export interface Numerals {
  readonly notation: Notation;
  /** NaN where a cell is missing, infinite or no number. */
  readonly values: Float64Array;
  /** Positions of infinite cells: infinity as a word, and what is too large for a float64. */
  readonly infinite: readonly number[];
  /** Cells that are neither missing nor numbers. */
  readonly strange: readonly string[];
}

/** The share of cells that may be no numbers in a column of numbers: typing errors, "n. a." */
const STRANGE = 0.02;

/** Cells without the currency of the column, the first one in it. Amounts in another stay as they are, since they do not compare. */
function bare(cells: readonly string[]): string[] {
  const parts = cells.map(withoutCurrency);
  const own = parts.find(({ currency }) => currency !== '')?.currency;
  return parts.map(({ number, currency }, i) => (currency === '' || currency === own ? number : cells[i]));
}

/**
 * A column as numbers, or undefined if it is none: some must be finite. One notation and one currency hold for the whole column. Where a comma can mean both, three digits
 * behind every one are thousands in a file whose separator is a comma, and decimals in others.
 */
export function numeralsOf(cells: readonly string[], separator: string): Numerals | undefined {
  const filled = [...cells.entries()].filter(([, cell]) => !isMissing(cell));
  const present = filled.length;
  if (present === 0) return undefined;
  const numbers = bare(filled.map(([, cell]) => cell.trim()));
  const order: readonly Notation[] =
    separator === ','
      ? ['point', 'thousands', 'comma', 'percent', 'percent-comma']
      : ['point', 'comma', 'thousands', 'percent', 'percent-comma'];
  let best: Numerals | undefined;
  for (const notation of order) {
    const read = READERS[notation];
    const values = new Float64Array(cells.length).fill(Number.NaN);
    const infinite: number[] = [];
    const strange: string[] = [];
    for (const [k, [i, cell]] of filled.entries()) {
      const value = read(numbers[k]);
      if (Number.isFinite(value)) values[i] = value;
      else if (!Number.isNaN(value) || isInfinite(numbers[k])) infinite.push(i);
      else strange.push(cell.trim());
    }
    if (best === undefined || strange.length < best.strange.length)
      best = { notation, values, infinite, strange };
    if (strange.length === 0) break;
  }
  if (best === undefined) return undefined;
  const finiteOrStrange = present - best.infinite.length;
  return finiteOrStrange > 0 && best.strange.length <= STRANGE * finiteOrStrange ? best : undefined;
}
