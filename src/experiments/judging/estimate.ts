/** @file Numbers with a range, their differences, and what may be said of the sign. */
import { studentQuantile } from '../../influence/index.ts';

/** A number and the range that it is known to. Null: undefined. */
export interface Estimate {
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
}

/** An estimate that is defined. */
export interface Defined {
  readonly value: number;
  readonly lo: number;
  readonly hi: number;
}

/** The sign of a number as far as its range carries it. */
export type Sign = 'positive' | 'negative' | 'undecided' | 'undefined';

export const UNDEFINED: Estimate = { value: null, lo: null, hi: null };

/** Positive or negative only when the whole range is; a range that touches zero decides nothing. */
export function signOf(estimate: Estimate): Sign {
  if (!isDefined(estimate)) return 'undefined';
  if (estimate.lo > 0) return 'positive';
  return estimate.hi < 0 ? 'negative' : 'undecided';
}

/** A number with its interval. */
export function interval(value: number | null, [lo, hi]: readonly [number | null, number | null]): Estimate {
  return { value, lo, hi };
}

/** Mean and range of a quantity over base models. One network: the range is a point. */
export function overModels(values: readonly (number | null)[]): Estimate {
  const numbers = values.filter((value) => value !== null);
  if (numbers.length === 0 || numbers.length < values.length) return UNDEFINED;
  return {
    value: numbers.reduce((sum, value) => sum + value, 0) / numbers.length,
    lo: Math.min(...numbers),
    hi: Math.max(...numbers),
  };
}

/** Mean over base models with Student's 95 % interval of it, x̄ ± t s/√M, which covers the draw of the networks. One network: a point. */
export function meanOverModels(values: readonly (number | null)[]): Estimate {
  const numbers = values.filter((value) => value !== null);
  if (numbers.length === 0 || numbers.length < values.length) return UNDEFINED;
  const n = numbers.length;
  const value = numbers.reduce((sum, x) => sum + x, 0) / n;
  return aroundModels(
    value,
    numbers.map((x) => (n * value - x) / (n - 1)),
  );
}

/**
 * A number made of all base models, with Student's 95 % interval from what it is without each of them: the variance is
 * (M − 1)/M Σ (θ₍₋ₘ₎ − mean)². One network: a point.
 */
export function aroundModels(value: number, without: readonly number[]): Estimate {
  const n = without.length;
  if (n < 2) return { value, lo: value, hi: value };
  const mean = without.reduce((sum, x) => sum + x, 0) / n;
  const squares = without.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const reach = studentQuantile(0.975, n - 1) * Math.sqrt((squares * (n - 1)) / n);
  return { value, lo: value - reach, hi: value + reach };
}

/** b − a of each base model. The lists belong to the same networks. */
export function pairedModels(
  b: readonly (number | null)[],
  a: readonly (number | null)[],
): (number | null)[] {
  return b.map((value, i) => minus(value, a[i] ?? null));
}

/**
 * b − a of two independent estimates with 95 % intervals, and the interval of the difference from the distances of the
 * four limits. Reference: Zou and Donner 2008, Construction of confidence limits about effect measures, Eq. 2 (MOVER).
 */
export function independentDifference(b: Estimate, a: Estimate): Estimate {
  if (!isDefined(a) || !isDefined(b)) return UNDEFINED;
  const value = b.value - a.value;
  return {
    value,
    lo: value - Math.hypot(b.value - b.lo, a.hi - a.value),
    hi: value + Math.hypot(b.hi - b.value, a.value - a.lo),
  };
}

/** |x|. A range that includes zero is folded to one that begins there. */
export function magnitude(estimate: Estimate): Estimate {
  if (!isDefined(estimate)) return UNDEFINED;
  const { value, lo, hi } = estimate;
  const sizes = [Math.abs(lo), Math.abs(hi)];
  return {
    value: Math.abs(value),
    lo: lo <= 0 && hi >= 0 ? 0 : Math.min(...sizes),
    hi: Math.max(...sizes),
  };
}

/** −x. */
export function negated(estimate: Estimate): Estimate {
  if (!isDefined(estimate)) return UNDEFINED;
  return { value: -estimate.value, lo: -estimate.hi, hi: -estimate.lo };
}

/** How numbers of a kind are written. */
export interface Format {
  readonly digits: (value: number) => string;
  readonly unit?: string;
}

/** Three decimals: an LDS, a correlation. */
export const DECIMALS: Format = { digits: (x) => x.toFixed(3) };

/** Two decimals: a ratio, an exponent. */
export const TWO_DECIMALS: Format = { digits: (x) => x.toFixed(2) };

/** Three significant digits: an error, a slope. */
export const SIGNIFICANT: Format = { digits: (x) => x.toPrecision(3) };

const percentDigits = (x: number): string => (100 * x).toFixed(1);
export const PERCENT: Format = { digits: percentDigits, unit: ' %' };
/** Differences of shares. */
export const POINTS: Format = { digits: percentDigits, unit: ' percentage points' };

/** "0.024 [0.011, 0.036]", then the unit; without a range where there is none, or where it is a point; a dash for no number. */
export function ranged({ value, lo, hi }: Estimate, { digits, unit = '' }: Format = DECIMALS): string {
  if (value === null) return '–';
  const text = (x: number): string => digits(x).replace('-', '−');
  const range = lo === null || hi === null || lo === hi ? '' : ` [${text(lo)}, ${text(hi)}]`;
  return `${text(value)}${range}${unit}`;
}

/** The same with a plus before a positive number: "+0.024 [0.011, 0.036]". */
export function signed(estimate: Estimate, format: Format = DECIMALS): string {
  const { value } = estimate;
  return `${value !== null && value > 0 ? '+' : ''}${ranged(estimate, format)}`;
}

/** Whether all three numbers are there. */
export function isDefined(estimate: Estimate): estimate is Defined {
  return estimate.value !== null && estimate.lo !== null && estimate.hi !== null;
}

function minus(b: number | null, a: number | null): number | null {
  return a === null || b === null ? null : b - a;
}
