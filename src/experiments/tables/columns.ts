/** @file What a column is: numbers, dates, categories, or nothing that a network should see; with the reason in words. */
import { type DateOrder, datesOf } from './dates.ts';
import { isMissing } from './missing.ts';
import { type Notation, numeralsOf } from './numerals.ts';

/** A column that is a feature. */
export type FeatureColumn =
  | {
      readonly kind: 'numbers';
      readonly notation: Notation;
      /** NaN where missing. */
      readonly values: Float64Array;
      /** Positions of infinite cells. */
      readonly infinite: readonly number[];
      readonly strange: readonly string[];
    }
  | {
      readonly kind: 'dates';
      readonly order: DateOrder;
      readonly values: Float64Array;
      readonly infinite: readonly number[];
      readonly ambiguous: boolean;
    }
  | {
      readonly kind: 'categories';
      /** Levels that have a feature each, most frequent first. */
      readonly levels: readonly string[];
      /** Of each row its level, `levels.length` for a rare one, −1 where missing. */
      readonly codes: Int32Array;
      /** How many different texts were pooled as rare. */
      readonly pooled: number;
    };

/** A column that is left out, and why. */
export interface LeftOut {
  readonly kind: 'left-out';
  readonly why: 'constant' | 'id' | 'free text' | 'empty';
}

export type Column = FeatureColumn | LeftOut;

/** Levels of a category that have a feature of their own, at most. */
export const MOST_LEVELS = 20;
/** A rarer level is pooled: fewer rows than this. */
const FEWEST_ROWS = 3;
/** Names that say that a column tells rows apart. */
const ID_NAME =
  /^(id|uid|uuid|guid|key|index|idx|row|nr|no|number|unnamed: 0|.*[_\s-](id|no|nr|key|index)|id[_\s-].*|.*[a-z]Id)$/i;
/** So many rows at least before differing in every row means anything. */
const FEW = 20;

/** What a column is. @param cells - Of the rows that are used. */
export function columnOf(name: string, cells: readonly string[], separator: string): Column {
  const present = cells.filter((cell) => !isMissing(cell));
  if (present.length === 0) return { kind: 'left-out', why: 'empty' };
  const distinct = new Set(present);
  if (distinct.size === 1 && present.length === cells.length) return { kind: 'left-out', why: 'constant' };
  const allDiffer = distinct.size === cells.length && cells.length >= FEW;
  const numerals = numeralsOf(cells, separator);
  if (numerals !== undefined) {
    const { notation, values, infinite, strange } = numerals;
    if (allDiffer && isId(name, values)) return { kind: 'left-out', why: 'id' };
    if (values.every((value, i) => i === 0 || value === values[0]))
      return { kind: 'left-out', why: 'constant' };
    return { kind: 'numbers', notation, values, infinite, strange };
  }
  const dates = datesOf(cells);
  if (dates !== undefined) return { kind: 'dates', ...dates };
  return categoriesOf(present, cells, distinct.size);
}

/** Integers that all differ: an id if they count the rows, or if the name says so. */
function isId(name: string, values: Float64Array): boolean {
  if (!values.every((value) => Number.isInteger(value))) return false;
  return ID_NAME.test(name) || counts(values);
}

function counts(values: Float64Array): boolean {
  return values.every((value, i) => i === 0 || value === values[i - 1] + 1);
}

function categoriesOf(present: readonly string[], cells: readonly string[], distinct: number): Column {
  const texts = cells.map((cell) => (isMissing(cell) ? undefined : cell.trim()));
  if (distinct >= FEW && distinct > 0.5 * present.length) {
    const words = present.reduce((sum, cell) => sum + cell.trim().split(/\s+/).length, 0) / present.length;
    return { kind: 'left-out', why: words > 2 ? 'free text' : 'id' };
  }
  const counts = new Map<string, number>();
  for (const text of texts) if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1);
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const frequent = sorted.filter(([, count]) => count >= FEWEST_ROWS).slice(0, MOST_LEVELS);
  const levels = frequent.map(([level]) => level);
  const pooled = sorted.length - levels.length;
  if (levels.length + (pooled > 0 ? 1 : 0) < 2 && present.length === cells.length)
    return { kind: 'left-out', why: levels.length === 0 ? 'free text' : 'constant' };
  const code = new Map(levels.map((level, k) => [level, k]));
  const codes = Int32Array.from(texts, (text) =>
    text === undefined ? -1 : (code.get(text) ?? levels.length),
  );
  return { kind: 'categories', levels, codes, pooled };
}
