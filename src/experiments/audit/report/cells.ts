/** @file What a row looks like to a person: its cells, its picture, its numbers. */
import { encode } from 'fast-png';
import type { AuditData } from '../audit-data.ts';
import type { Measured } from '../findings.ts';

/** Columns and letters of a row that are shown. */
const COLUMNS = 12;
const LETTERS = 160;

/** "name value, …" of the first columns. */
export function cellText({ shown }: AuditData, position: number): string {
  const text = shown
    .slice(0, COLUMNS)
    .map(({ name, cell }) => `${name} ${cell(position)}`)
    .join(', ');
  return text.length > LETTERS ? `${text.slice(0, LETTERS - 1)}…` : text;
}

/** The row's image as a data URI. */
export function imageUri({ images }: AuditData, position: number): string | undefined {
  if (images === undefined) return undefined;
  const { width, height, channels, pixels } = images;
  const png = encode({ width, height, channels, depth: 8, data: pixels(position) });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/** Three digits. */
export function shortNumber(x: number): string {
  return (
    x === 0
      ? '0'
      : Math.abs(x) >= 1e-3 && Math.abs(x) < 1e5
        ? String(Number(x.toPrecision(3)))
        : x.toExponential(2)
  ).replace('-', '−');
}

/** "0.03 ± 0.01", without its sign if asked. */
export function measuredText({ value, error }: Measured, sign = true): string {
  const own = shortNumber(sign ? value : Math.abs(value));
  return error === null ? own : `${own} ± ${shortNumber(error)}`;
}
