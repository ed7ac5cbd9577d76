/** @file The training digits that helped and harmed a query most, under each method, as pictures. */

import { escapeXml } from '../../pages/escape.ts';

import { rect, svgDocument, text } from '../../pages/svg.ts';
import { MUTED } from '../../pages/theme.ts';
import { METHODS, type Method } from '../../protocol/methods.ts';
import { methodLabel } from '../results/setting-table.ts';
import { digitPng } from './digit-png.ts';
import { METHOD_LOOKS } from './method-marks.ts';

/** A training example in the picture. */
export interface ShownExample {
  readonly pixels: Uint8Array;
  readonly label: number;
  readonly score: number;
}

/** A query with its strongest training examples under each method. */
export interface Showcase {
  readonly pixels: Uint8Array;
  readonly label: number;
  readonly predicted: number;
  readonly loss: number;
  readonly strongest: Readonly<
    Record<Method, { readonly helped: readonly ShownExample[]; readonly harmed: readonly ShownExample[] }>
  >;
}

const CELL = 52;
const IMAGE = 40;
const ROW = 74;
const LEFT = 236;
const GAP = 34;
const TOP = 46;

/** One query: the query at the left, a row per method, helpers and harmers in columns, scores below the pictures. */
export function showcaseFigure(showcase: Showcase, perSide: number): string {
  const side = perSide * CELL;
  const width = LEFT + 2 * side + GAP + 8;
  const height = TOP + METHODS.length * ROW + 4;
  const verdict = showcase.predicted === showcase.label ? 'recognised' : `taken for a ${showcase.predicted}`;
  const parts = [
    text(LEFT, 20, `helped: leaving it out would raise the loss`, { bold: true }),
    text(LEFT + side + GAP, 20, `harmed: leaving it out would lower it`, { bold: true }),
    text(0, 20, `query: a ${showcase.label}, ${verdict}`, { bold: true }),
    image(0, TOP - 6, 104, showcase.pixels, `query, a ${showcase.label}`),
    text(0, TOP + 118, `loss ${showcase.loss.toPrecision(3)}`, { colour: MUTED }),
  ];
  for (const [row, method] of METHODS.entries()) {
    const y = TOP + row * ROW;
    const { helped, harmed } = showcase.strongest[method];
    parts.push(rect(LEFT - 104, y, 4, IMAGE, METHOD_LOOKS[method].colour));
    parts.push(text(LEFT - 94, y + 25, methodLabel(method), {}));
    for (const [k, example] of helped.entries()) parts.push(cell(LEFT + k * CELL, y, example));
    for (const [k, example] of harmed.entries()) parts.push(cell(LEFT + side + GAP + k * CELL, y, example));
  }
  return svgDocument(width, height, parts);
}

function cell(x: number, y: number, { pixels, label, score }: ShownExample): string {
  const caption = `${label}`;
  return (
    image(x, y, IMAGE, pixels, `training example, a ${label}, score ${score.toPrecision(3)}`) +
    text(x + IMAGE / 2, y + IMAGE + 12, caption, { middle: true, size: 11 }) +
    text(x + IMAGE / 2, y + IMAGE + 24, shortNumber(score).replace('-', '−'), {
      middle: true,
      size: 10,
      colour: MUTED,
    })
  );
}

function image(x: number, y: number, side: number, pixels: Uint8Array, title: string): string {
  return (
    `<g><title>${escapeXml(title)}</title><image x="${x}" y="${y}" width="${side}" height="${side}" ` +
    `style="image-rendering:pixelated" href="${digitPng(pixels)}"/>` +
    `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="none" stroke="#BBBBBB"/></g>`
  );
}

/** At most six characters: 12.3, 0.004, 3e-7, 1.2e5. */
function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 0.001 && size < 10_000)
    return value.toPrecision(2).includes('e') ? value.toFixed(0) : value.toPrecision(2);
  return value.toExponential(0).replace('e+', 'e');
}
