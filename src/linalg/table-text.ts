/** @file The elements of a matrix as a table that a person reads. */

/** Of longer sides so many lines at either end are shown. */
const ROWS_SHOWN = 20;
const COLUMNS_SHOWN = 8;

/** Digits after the point, or of the mantissa. */
const DIGITS = 4;

/**
 * One line for each row, indented, columns aligned at the right, all numbers written alike: as whole numbers if they are, with up to four
 * digits after the point, or as powers of ten where that would show a small one as 0 or a large one at length. Begins with a line feed.
 */
export function tableText(rows: number, cols: number, data: Float64Array): string {
  if (cols === 0) return '';
  const [is, js] = [shownLines(rows, ROWS_SHOWN), shownLines(cols, COLUMNS_SHOWN)];
  const values = is.flatMap((i) => js.map((j) => data[i * cols + j])).filter(Number.isFinite);
  const write = style(values);
  const cells = is.map((i) => js.map((j) => (i < 0 ? '⋮' : j < 0 ? '…' : write(data[i * cols + j]))));
  const widths = js.map((_, c) => Math.max(...cells.map((row) => row[c].length)));
  return cells.map((row) => `\n${row.map((cell, c) => `  ${cell.padStart(widths[c])}`).join('')}`).join('');
}

/** The indices of n lines; −1 stands for those left out. */
function shownLines(n: number, most: number): number[] {
  if (n <= most) return Array.from({ length: n }, (_, i) => i);
  const half = most / 2;
  return Array.from({ length: most + 1 }, (_, i) => (i < half ? i : i === half ? -1 : n - most - 1 + i));
}

function style(values: readonly number[]): (x: number) => string {
  const sizes = values.map(Math.abs);
  const text = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));
  if (sizes.every((x) => Number.isInteger(x) && x < 1e9)) return text;
  if (!sizes.every((x) => x === 0 || (x < 1e6 && x >= 0.5 * 10 ** -DIGITS)))
    return (x) => (Number.isFinite(x) ? x.toExponential(DIGITS) : text(x));
  const places = [1, 2, 3].find((d) => values.every((x) => Number(x.toFixed(d)) === x)) ?? DIGITS;
  return (x) => (Number.isFinite(x) ? x.toFixed(places) : text(x));
}
