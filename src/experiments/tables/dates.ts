/** @file Dates as text, as numbers: days since 1970. */
import { isMissing } from './missing.ts';
import { isInfinite } from './numerals.ts';

const TIME = '(?:[T ]+(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,]\\d+)?)?\\s*(Z|[+-]\\d{2}:?\\d{2})?)?';
const YEAR_FIRST = new RegExp(`^(\\d{4})[-/.](\\d{1,2})[-/.](\\d{1,2})${TIME}$`);
const YEAR_LAST = new RegExp(`^(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4})${TIME}$`);
const DAY = 86_400_000;

/** The order in which a date is written. */
export type DateOrder = 'year-month-day' | 'day-month-year' | 'month-day-year';

/** A column of dates. */
export interface Dates {
  readonly order: DateOrder;
  /** Days since 1970-01-01 in UTC; NaN where a cell is missing or infinite. */
  readonly values: Float64Array;
  /** Positions of cells that say infinity, as PostgreSQL writes a time that never comes. */
  readonly infinite: readonly number[];
  /** No day is above 12, so that month and day could be the other way round. */
  readonly ambiguous: boolean;
}

/** A column as dates, or undefined when a cell is none. Day first with points; else by what the numbers allow, month first in doubt. */
export function datesOf(cells: readonly string[]): Dates | undefined {
  const present = cells.filter((cell) => !isMissing(cell) && !isInfinite(cell));
  if (present.length === 0) return undefined;
  const [first] = present;
  const orders: readonly DateOrder[] = YEAR_FIRST.test(first)
    ? ['year-month-day']
    : first.includes('.')
      ? ['day-month-year']
      : ['month-day-year', 'day-month-year'];
  const read = orders.map((order) => valuesIn(cells, order));
  const found = read.findIndex((values) => values !== undefined);
  const values = read[found];
  if (values === undefined) return undefined;
  const infinite = [...cells.keys()].filter((i) => isInfinite(cells[i]));
  const ambiguous = read.filter((one) => one !== undefined).length > 1;
  return { order: orders[found], values, infinite, ambiguous };
}

function valuesIn(cells: readonly string[], order: DateOrder): Float64Array | undefined {
  const out = new Float64Array(cells.length).fill(Number.NaN);
  for (const [i, cell] of cells.entries()) {
    if (isMissing(cell) || isInfinite(cell)) continue;
    const days = daysOf(cell.trim(), order);
    if (Number.isNaN(days)) return undefined;
    out[i] = days;
  }
  return out;
}

/** Days since 1970; NaN for what is no date. */
function daysOf(cell: string, order: DateOrder): number {
  const parts = order === 'year-month-day' ? YEAR_FIRST.exec(cell) : YEAR_LAST.exec(cell);
  if (parts === null) return Number.NaN;
  const [, a, b, c] = parts;
  const [year, month, day] =
    order === 'year-month-day'
      ? [a, b, c]
      : order === 'day-month-year'
        ? [parts[4], parts[3], a]
        : [parts[4], a, parts[3]];
  const [hour = 0, minute = 0, second = 0, zone = 'Z'] = parts.slice(order === 'year-month-day' ? 4 : 5);
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const back = new Date(midnight);
  if (back.getUTCMonth() !== Number(month) - 1 || back.getUTCDate() !== Number(day)) return Number.NaN;
  const clock = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  return (midnight + 1000 * (clock - zoneSeconds(zone))) / DAY;
}

function zoneSeconds(zone: string | number): number {
  const parts = /^([+-])(\d{2}):?(\d{2})$/.exec(String(zone));
  if (parts === null) return 0;
  return (parts[1] === '-' ? -1 : 1) * 60 * (60 * Number(parts[2]) + Number(parts[3]));
}
