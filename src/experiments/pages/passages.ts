/** @file Lines of text whose characters are coloured by influence. */

import type { Passages } from '../protocol/passages.ts';
import { labels, mark, names, panel, quantity, type Spec } from './chart.ts';
import { PALETTE } from './theme.ts';

/** With the sign as text has it. */
function signedScore(score: number): string {
  return `${score < 0 ? '−' : '+'}${Math.abs(score).toPrecision(2)}`;
}

/** Pixels of a character and of a line. */
const CELL = [14, 26] as const;

/** The query, and below it the sequences, every character coloured by its share on a scale of its line. */
export function passagesSpec({ query, helpful, harmful }: Passages): Spec {
  const lines = [
    { ...query, name: 'query' },
    // the lowest scores may help too, if least
    ...[...helpful, ...harmful].map((one) => ({
      ...one,
      name: `${one.score < 0 ? 'harms' : 'helps'}, ${signedScore(one.score)}`,
    })),
  ];
  const rows = lines.flatMap(({ name, text, shares }, line) => {
    const top = Math.max(...shares.map(Math.abs)) || 1;
    return Array.from(text, (character, column) => ({
      line: `${line} ${name}`,
      column,
      character,
      share: column === 0 ? 0 : shares[column - 1] / top,
    }));
  });
  const labelExpr = 'slice(datum.value, 2)';
  const place = {
    x: names('column', { type: 'ordinal', axis: null }),
    y: names('line', { axis: { labelExpr, grid: false, ticks: false, domain: false } }),
  };
  const scale = {
    domain: [-1, 0, 1],
    range: [PALETTE.vermilion, '#FFFFFF', PALETTE.blue],
    interpolate: 'rgb',
  };
  const length = Math.max(...lines.map(({ text }) => text.length));
  return panel([CELL[0] * length, CELL[1] * lines.length], rows, [
    mark('rect', { ...place, color: quantity('share', null, { scale, legend: null }) }, { opacity: 0.75 }),
    labels(place, 'character', { font: 'monospace', fontSize: 14 }),
  ]);
}
