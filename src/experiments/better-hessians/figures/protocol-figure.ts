/** @file How the LDS judges a method, on one query of the run: Figure 4. */

import { escapeXml } from '../../pages/escape.ts';

import { arrow, line, rect, svgDocument, text } from '../../pages/svg.ts';
import { MUTED } from '../../pages/theme.ts';
import { digitPng } from './digit-png.ts';
import { METHOD_LOOKS } from './method-marks.ts';

/** One query: what a method predicted and what retraining gave, subset by subset. */
export interface ProtocolExample {
  /** The query. */
  readonly pixels: Uint8Array;
  readonly label: number;
  readonly method: string;
  /** Σ score over the removed examples, divided by N: the predicted rise of the loss. */
  readonly predicted: readonly number[];
  /** The loss of the query after training on the rest, averaged over seeds. */
  readonly measured: readonly number[];
  /** Spearman's ρ between the two. */
  readonly rho: number;
  readonly seeds: number;
  /** Kept examples of the first subsets: whether each of a few training examples is in. */
  readonly masks: readonly (readonly boolean[])[];
}

const HEIGHT = 292;
const TOP = 62;
const MASK_CELL = 7;
const PLOT = { x: 474, y: TOP, width: 214, height: 170 };
const KEPT = METHOD_LOOKS.hessian.colour;

/** Draw, retrain, predict, compare: three panels joined by arrows. */
export function protocolFigure(example: ProtocolExample): string {
  const { masks, predicted, measured, seeds, label, rho, method } = example;
  const subsets = predicted.length;
  const maskWidth = masks[0].length * MASK_CELL;
  const middle = TOP + 85;
  return svgDocument(710, HEIGHT, [
    text(8, 20, `1  Draw ${subsets} halves`, { bold: true }),
    text(8, 37, 'of the training set', { size: 12, colour: MUTED }),
    ...masks.map((mask, row) => maskRow(mask, TOP + row * 17)),
    text(8 + maskWidth / 2, TOP + masks.length * 17 + 8, '⋮', { middle: true, colour: MUTED }),
    text(8, TOP + masks.length * 17 + 34, 'blue: kept', { size: 11, colour: KEPT }),
    arrow(8 + maskWidth + 10, 218, middle - 44, MUTED),
    arrow(8 + maskWidth + 10, 218, middle + 48, MUTED),
    text(228, 20, `2  Retrain ${seeds} times on each`, { bold: true }),
    text(228, 37, 'and average the query’s loss', { size: 12, colour: MUTED }),
    `<g><title>${escapeXml(`the query, a ${label}`)}</title><image x="228" y="${TOP}" width="64" height="64" style="image-rendering:pixelated" href="${digitPng(example.pixels)}"/></g>`,
    rect(228, TOP, 64, 64, 'none', '#BBBBBB'),
    text(302, TOP + 24, 'measured loss', { size: 12 }),
    text(302, TOP + 41, spanText(measured), { size: 12, colour: MUTED }),
    text(228, TOP + 112, '3  Predict without retraining', { bold: true }),
    text(228, TOP + 130, `add the ${method} scores`, { size: 12, colour: MUTED }),
    text(228, TOP + 146, 'of the examples left out', { size: 12, colour: MUTED }),
    arrow(418, 446, middle - 44, MUTED),
    arrow(418, 446, middle + 48, MUTED),
    text(PLOT.x - 16, 20, '4  Compare the ranks', { bold: true }),
    text(PLOT.x - 16, 37, `one point per half; Spearman ρ = ${rho.toFixed(2).replace('-', '−')}`, {
      size: 12,
      colour: MUTED,
    }),
    ...scatter(predicted, measured),
    text(8, HEIGHT - 8, 'The LDS is the mean of ρ over all queries.', { size: 12 }),
  ]);
}

function maskRow(mask: readonly boolean[], y: number): string {
  return mask
    .map((kept, i) => rect(8 + i * MASK_CELL, y, MASK_CELL - 1, 12, kept ? KEPT : '#E3E3E3'))
    .join('');
}

function scatter(predicted: readonly number[], measured: readonly number[]): string[] {
  const { x, y, width, height } = PLOT;
  const across = ranks(predicted);
  const up = ranks(measured);
  const n = predicted.length;
  const place = (rank: number, size: number): number => 6 + (rank / Math.max(1, n - 1)) * (size - 12);
  return [
    line(x, y, x, y + height, '#9A9A9A'),
    line(x, y + height, x + width, y + height, '#9A9A9A'),
    ...across.map(
      (rank, i) =>
        `<circle cx="${(x + place(rank, width)).toFixed(1)}" cy="${(y + height - place(up[i], height)).toFixed(1)}" r="2.6" fill="${KEPT}" fill-opacity="0.65"/>`,
    ),
    text(x + width / 2, y + height + 18, 'predicted rise of the loss (rank)', { middle: true, size: 12 }),
    `<g transform="translate(${x - 9},${y + height / 2}) rotate(-90)">${text(0, 0, 'measured loss (rank)', { middle: true, size: 12 })}</g>`,
  ];
}

/** Places in ascending order, 0 first; ties in the order given. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b] || a - b);
  const places = new Array<number>(values.length).fill(0);
  for (const [place, i] of order.entries()) places[i] = place;
  return places;
}

function spanText(values: readonly number[]): string {
  const [lo, hi] = [Math.min(...values), Math.max(...values)];
  return `${lo.toPrecision(2)} to ${hi.toPrecision(2)}`.replaceAll('-', '−');
}
