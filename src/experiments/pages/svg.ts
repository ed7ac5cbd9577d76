/** @file The few SVG elements that figures drawn by hand are made of. */
import { escapeXml } from './escape.ts';

import { FONT, INK } from './theme.ts';

export interface TextStyle {
  readonly bold?: true;
  readonly middle?: true;
  readonly size?: number;
  readonly colour?: string;
}

/** A line of text; `y` is its base line. */
export function text(
  x: number,
  y: number,
  content: string,
  { bold, middle, size = 13, colour = INK }: TextStyle = {},
): string {
  return (
    `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${colour}"${bold === true ? ' font-weight="600"' : ''}` +
    `${middle === true ? ' text-anchor="middle"' : ''}>${escapeXml(content)}</text>`
  );
}

/** A filled rectangle, with an outline if one is named. */
export function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  fill: string,
  stroke?: string,
): string {
  const outline = stroke === undefined ? '' : ` stroke="${stroke}"`;
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}"${outline}/>`;
}

/** A straight line. */
export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${stroke}" stroke-width="${width}"/>`;
}

/** An arrow to the right, its point at (x2, y). */
export function arrow(x1: number, x2: number, y: number, colour: string): string {
  return `${line(x1, y, x2 - 6, y, colour, 1.5)}<path d="M${round(x2)},${round(y)}l-8,-4.5v9z" fill="${colour}"/>`;
}

/** A whole picture on white. */
export function svgDocument(width: number, height: number, parts: readonly string[]): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="${escapeXml(FONT)}"><rect width="100%" height="100%" fill="#FFFFFF"/>${parts.join('')}</svg>`
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
