/** @file Numbers as the page prints them. */

/** Four significant digits; the minus is a minus, what is no number a dash. */
export function number(x: number, digits = 4): string {
  if (Number.isNaN(x)) return '–';
  if (!Number.isFinite(x)) return x > 0 ? '∞' : '−∞';
  const size = Math.abs(x);
  const text =
    x !== 0 && (size < 1e-4 || size >= 10 ** (digits + 2))
      ? x.toExponential(digits - 1)
      : x.toPrecision(digits).includes('e')
        ? String(Math.round(x))
        : x.toPrecision(digits);
  return text.replaceAll('-', '−');
}

/** With its sign. */
export function signed(x: number, digits = 4): string {
  return x > 0 ? `+${number(x, digits)}` : number(x, digits);
}

/** 97.2 %. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** 1,617. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** 0.34 s, 12 s. */
export function seconds(s: number): string {
  return s < 10 ? `${s.toFixed(2)} s` : `${s.toFixed(0)} s`;
}

/** One cell of a CSV file. */
export function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table as CSV: RFC 4180, numbers with all their digits. */
export function csv(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [header, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}
