/** @file Numbers as text. */

/** A number with fixed decimals, or a dash. */
export function fixed(value: number | null, digits: number): string {
  return value === null ? '–' : value.toFixed(digits).replace('-', '−');
}

/** A fraction as per cent with one decimal and a true minus sign. */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1).replace('-', '−')} %`;
}

/** A number with three significant digits, or a dash. */
export function precise(value: number | null): string {
  return value === null ? '–' : value.toPrecision(3);
}

/** "1 comparison", "3 comparisons". */
export function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
