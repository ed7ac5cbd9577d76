/** @file What a row looks like to a person: its cells, its picture, its numbers. */
import { encode } from 'fast-png';
import type { AuditData } from '../audit-data.ts';
import type { Measured } from '../measured.ts';

/** Columns of a row that are shown. */
const COLUMNS = 12;

/** At most so many letters, and no half of one. */
export function clipped(text: string, letters: number): string {
  return text.length > letters ? `${text.slice(0, letters - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
}

/** "name value, …" of the first columns, in at most so many letters. */
export function cellText({ shown }: AuditData, position: number, letters: number): string {
  const text = shown
    .slice(0, COLUMNS)
    .map(({ name, cell }) => `${clipped(name, 40)} ${clipped(cell(position), letters)}`)
    .join(', ');
  return clipped(text, letters);
}

/** The class or the target of a row. */
export function answerText({ classes, answers }: AuditData, position: number): string {
  return classes.length > 0 ? clipped(classes[answers[position]], 60) : shortNumber(answers[position]);
}

/** The row's image as a data URI. */
export function imageUri({ images }: AuditData, position: number): string | undefined {
  if (images === undefined) return undefined;
  const { width, height, channels, pixels } = images;
  const png = encode({ width, height, channels, depth: 8, data: pixels(position) });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/** What is measured of a row that no network saw. */
export function measureOf({ classes }: AuditData): string {
  return classes.length > 0 ? 'loss' : 'absolute error';
}

/** Three digits. */
export function shortNumber(x: number): string {
  return (
    x === 0
      ? '0'
      : Math.abs(x) >= 1e-3 && Math.abs(x) < 1e5
        ? String(Number(x.toPrecision(3)))
        : x.toExponential(2)
  ).replaceAll('-', '−');
}

/** "0.03 ± 0.01", without its sign if asked. */
export function measuredText({ value, error }: Measured, sign = true): string {
  const own = shortNumber(sign ? value : Math.abs(value));
  return error === null ? own : `${own} ± ${shortNumber(error)}`;
}

/** "91.3 ± 0.4 %" of a share, or of a difference of two. */
export function percentText({ value, error }: Measured): string {
  const own = (100 * value).toFixed(1).replace('-', '−');
  return `${own}${error === null ? '' : ` ± ${(100 * error).toFixed(1)}`} %`;
}
